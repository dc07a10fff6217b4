package app_test

import (
	"fmt"
	"testing"

	"vastrelay/app/bridge"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

func TestKillsDoNotQuickenThePace(t *testing.T) {
	t.Parallel()
	const kills = 4
	stored := make(chan struct{}, 100)
	w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{Pace: true, OnMessage: func(string, chattest.StoredMessage) { stored <- struct{}{} }})
	for i := range kills {
		c := w.start(t, nil)
		c.reach(bridge.PhaseRelaying)
		w.emit(t, vasttest.Emission{Subject: fmt.Sprintf("before kill %d", i)})
		<-stored // the answer is on its way; the program may not have read it yet
		c.kill()
	}
	c := w.start(t, nil)
	c.reach(bridge.PhaseRelaying)
	w.emit(t, vasttest.Emission{Subject: "after all kills"})
	eventually(t, "all stand in Chat", func() bool { return len(w.texts()) == kills+1 && w.count("after all kills") == 1 })
	// Each kill leaves at most one message to be sent once more; a request beyond
	// these was refused for its pace.
	if got, most := w.chat.Requests(), 2*kills+1; got > most {
		t.Errorf("got %d requests, want at most %d", got, most)
	}
}

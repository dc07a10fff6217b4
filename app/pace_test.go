package app_test

import (
	"fmt"
	"strings"
	"testing"

	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

func TestKillsDoNotQuickenThePace(t *testing.T) {
	t.Parallel()
	const kills = 4
	stored := make(chan struct{}, 100)
	w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{Pace: true, OnMessage: func(string, chattest.StoredMessage) { stored <- struct{}{} }})
	var runs []*child
	for i := range kills {
		c := w.start(t, nil)
		runs = append(runs, c)
		c.reach(status.Relaying)
		w.emit(t, vasttest.Emission{Subject: fmt.Sprintf("before kill %d", i)})
		<-stored // the answer is on its way; the program may not have read it yet
		c.kill()
	}
	c := w.start(t, nil)
	runs = append(runs, c)
	c.reach(status.Relaying)
	w.emit(t, vasttest.Emission{Subject: "after all kills"})
	eventually(t, "all stand in Chat", func() bool { return len(w.texts()) == kills+1 && w.count("after all kills") == 1 })
	for i, c := range runs {
		if said := c.stderr.String(); strings.Contains(said, "outcome="+string(relay.RateLimited)) {
			t.Errorf("run %d was told to slow down, want its pace to go on from the run before", i+1)
		}
	}
}

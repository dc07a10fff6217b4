package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store"
)

func TestUpkeepLeavesTheStartAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "events.db"), store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = s.Close() }()
		old := relay.Event{ID: "old", Role: relay.RoleClient, Type: "outbid", ReceivedAt: time.Now().Add(-2 * store.DefaultMaxAge), Payload: []byte(`{}`)}
		if _, err := s.Accept(t.Context(), old, nil); err != nil {
			t.Fatal(err)
		}
		kept := func() bool {
			synctest.Wait()
			found, err := s.History.Events(t.Context(), relay.Query{})
			if err != nil {
				t.Fatal(err)
			}
			return len(found) == 1
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			upkeep{s, &notices{}, slog.New(slog.DiscardHandler)}.run(ctx)
		}()

		time.Sleep(upkeepDelay - time.Second)
		if !kept() {
			t.Error("old events are removed while the program starts")
		}
		time.Sleep(2 * time.Second)
		if kept() {
			t.Error("old events are still there a while after the start")
		}
		cancel()
		<-ended
	})
}

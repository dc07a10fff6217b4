package realtest

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/outbox"
	"vastrelay/relay/store"
)

// scripted is a Sender that refuses every form of a message while told so.
type scripted struct {
	mu      sync.Mutex
	refuses bool
	sent    []relay.Message
}

func (s *scripted) Send(_ context.Context, m relay.Message) relay.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuses {
		return relay.Result{Outcome: relay.ContentRefused, Status: 400}
	}
	s.sent = append(s.sent, m)
	return relay.Result{Outcome: relay.Posted}
}

func (s *scripted) refuse(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuses = on
}

// TestResendOverTheRealStore goes every way of asking for an event again, on a
// virtual clock, with the event store on disk.
func TestResendOverTheRealStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	synctest.Test(t, func(t *testing.T) {
		ctx := t.Context()
		memory, err := store.Open(ctx, path, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		chat := new(scripted)
		box := outbox.New(outbox.Options{Store: memory, Sender: chat, Logger: slog.New(slog.DiscardHandler)})
		if _, err := box.AddDestination(ctx, "AAAAspace", ""); err != nil {
			t.Fatal(err)
		}
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- box.Run(running) }()
		defer func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			if err := memory.Close(); err != nil {
				t.Error(err)
			}
		}()
		ask := func(what string, want int, n int, err error) {
			t.Helper()
			if n != want || err != nil {
				t.Errorf("%s: got %d %v, want %d", what, n, err, want)
			}
			time.Sleep(time.Minute)
		}
		accept := func(ids ...string) {
			t.Helper()
			for _, id := range ids {
				if _, err := box.Accept(ctx, relay.Event{ID: id, ReceivedAt: time.Now()}); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Minute)
		}

		chat.refuse(true)
		accept("dead-1")
		accept("dead-2")
		chat.refuse(false)
		n, err := box.Resend(ctx, "dead-1")
		ask("one dead letter", 1, n, err)
		n, err = box.ResendDead(ctx)
		ask("the other one", 1, n, err)
		n, err = box.Resend(ctx, "dead-1", "dead-2")
		ask("both, delivered", 2, n, err)

		if err := box.Pause(ctx, time.Time{}); err != nil {
			t.Fatal(err)
		}
		accept("kept")
		if kept, err := box.Resume(ctx, true); kept != 1 || err != nil {
			t.Fatalf("kept %d %v", kept, err)
		}
		n, err = box.Resend(ctx, "kept")
		ask("a kept one", 1, n, err)

		if _, err := box.Keep(ctx, relay.Event{ID: "late", ReceivedAt: time.Now()}, relay.Late); err != nil {
			t.Fatal(err)
		}
		ask("a late one", 0, 0, box.PostAnyway(ctx, "late"))

		type message struct {
			event  string
			resent bool
			id     string
		}
		id := func(event string) string { return outbox.FrozenID("AAAAspace", []string{event}, "") }
		want := []message{
			{"dead-1", false, id("dead-1")},
			{"dead-2", false, id("dead-2")},
			{"dead-1", true, ""},
			{"dead-2", true, ""},
			{"kept", false, id("kept")},
			{"late", false, id("late")},
		}
		var got []message
		chat.mu.Lock()
		defer chat.mu.Unlock()
		for _, m := range chat.sent {
			if m.Resent && m.MessageID != id(m.Events[0].ID) {
				m.MessageID = "" // Any but the one that stands already.
			}
			got = append(got, message{m.Events[0].ID, m.Resent, m.MessageID})
			if m.Rung != relay.RungCard {
				t.Errorf("%s was sent as %s", m.Events[0].ID, m.Rung)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("sent:\n got %+v\nwant %+v", got, want)
		}
	})
}

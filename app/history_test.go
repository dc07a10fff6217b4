package app

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/relay"
	"vastrelay/relay/outbox"
	"vastrelay/relay/store"
)

// TestNoEventIsCountedWhereTheStatusSaysThatThereWasNone holds the bars and the
// second line of the window against each other: they count the same things.
func TestNoEventIsCountedWhereTheStatusSaysThatThereWasNone(t *testing.T) {
	for _, tt := range []struct {
		verdict relay.Verdict
		counted int
	}{
		{relay.Accepted, 1}, {relay.Recorded, 0}, {relay.Late, 0}, {relay.Unreadable, 0},
	} {
		t.Run(string(tt.verdict), func(t *testing.T) {
			s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "events.db"), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			event := relay.Event{ID: "e", ReceivedAt: time.Now(), Payload: []byte("{}")}
			if tt.verdict == relay.Accepted {
				_, err = s.Accept(t.Context(), event, []string{"AAAA"})
			} else {
				_, err = s.Keep(t.Context(), event, tt.verdict)
			}
			if err != nil {
				t.Fatal(err)
			}
			tally, err := s.History.Tally(t.Context(), time.Now().Add(-time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			hour, err := (&History{store: s}).Activity(t.Context(), []time.Time{time.Now().Add(-time.Hour), time.Now().Add(time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			bars := hour[0].Total
			if bars != tt.counted || tally.Total != tt.counted || tally.LastEvent.IsZero() != (tt.counted == 0) {
				t.Errorf("got %d in the bars, %d today, last event %v; want %d in all", bars, tally.Total, tally.LastEvent, tt.counted)
			}
		})
	}
}

func TestFindAnEventByTheBeginningOfItsID(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "events.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for _, id := range []string{"ab", "abc1", "abc2", "x"} {
		if _, err := s.Accept(t.Context(), relay.Event{ID: id, ReceivedAt: time.Now(), Payload: []byte("{}")}, nil); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		beginning, want string
		code            health.Code
	}{
		"the whole id":                                  {"abc2", "abc2", ""},
		"the beginning of one":                          {"x", "x", ""},
		"the beginning of several":                      {"abc", "", health.EventAmbiguous},
		"a whole id with which another one begins, too": {"ab", "ab", ""},
		"of none":        {"y", "", health.EventUnknown},
		"nothing at all": {"", "", health.EventUnknown},
	} {
		got, err := (&History{store: s}).Find(t.Context(), tt.beginning)
		if got != tt.want || tt.code != "" && !health.Is(err, tt.code) || tt.code == "" && err != nil {
			t.Errorf("%s: got %q, %v, want %q or the problem %q", name, got, err, tt.want, tt.code)
		}
	}
}

// noSender is asked for nothing as long as no outbox runs.
type noSender struct{ relay.Sender }

func TestTheStatusIsToldOfWhatIsPostedAgain(t *testing.T) {
	for _, tt := range []struct {
		name    string
		verdict relay.Verdict
		again   func(ctx context.Context, r *Resender) error
	}{
		{"an event", relay.Accepted, func(ctx context.Context, r *Resender) error { _, err := r.Resend(ctx, "e"); return err }},
		{"what was given up", relay.Accepted, func(ctx context.Context, r *Resender) error { _, err := r.ResendDead(ctx); return err }},
		{"a late event", relay.Late, func(ctx context.Context, r *Resender) error { return r.PostAnyway(ctx, "e") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "events.db"), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			posts := outbox.New(outbox.Options{Store: s, Sender: noSender{}})
			if _, err := posts.AddDestination(t.Context(), "AAAA", ""); err != nil {
				t.Fatal(err)
			}
			event := relay.Event{ID: "e", ReceivedAt: time.Now(), Payload: []byte("{}")}
			if tt.verdict == relay.Accepted {
				_, err = s.Accept(t.Context(), event, nil)
			} else {
				_, err = s.Keep(t.Context(), event, tt.verdict)
			}
			if err != nil {
				t.Fatal(err)
			}
			told := 0
			if err := tt.again(t.Context(), &Resender{posts, func() { told++ }}); err != nil {
				t.Fatal(err)
			}
			if told != 1 {
				t.Errorf("told %d times, want once", told)
			}
		})
	}
}

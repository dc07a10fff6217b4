package commands

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/timeline"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// history is a History of these events, newest first.
type history struct {
	events []relay.Summary
	asked  []relay.Query
	err    error
}

func (h *history) Events(_ context.Context, q relay.Query) ([]relay.Summary, error) {
	h.asked = append(h.asked, q)
	var page []relay.Summary
	for _, e := range h.events {
		if q.BeforeTime.IsZero() || e.ReceivedAt.Before(q.BeforeTime) {
			page = append(page, e)
		}
	}
	return page[:min(len(page), q.Limit)], h.err
}

func (h *history) Event(_ context.Context, id string) (relay.Detail, error) {
	for _, e := range h.events {
		if e.ID == id {
			verdict := relay.Accepted
			if e.Fate == relay.FateLate {
				verdict = relay.Late
			}
			return relay.Detail{
				Event:   relay.Event{ID: id, Role: relay.RoleClient, Type: e.Type, Subject: e.Title, Message: "first line\nsecond \x1b[31mline", ReceivedAt: e.ReceivedAt, Payload: []byte(`{"n":1.50}`)},
				Verdict: verdict, Fate: e.Fate, StoredAt: e.ReceivedAt.Add(2 * time.Millisecond),
				Posts: []relay.PostDetail{{Members: 1, Post: relay.Post{State: relay.Done}, Attempts: []relay.Attempt{
					{Number: 1, StartedAt: e.ReceivedAt, EndedAt: e.ReceivedAt, Result: relay.Result{Outcome: relay.Posted, Status: 200}},
				}}},
			}, nil
		}
	}
	return relay.Detail{}, relay.ErrNotFound
}

func (h *history) Write(_ context.Context, to io.Writer, name string, q relay.Query, progress func(done, total int)) error {
	h.asked = append(h.asked, q)
	progress(0, len(h.events))
	for _, e := range h.events {
		if _, err := fmt.Fprintln(to, name, e.ID); err != nil {
			return err
		}
	}
	progress(len(h.events), len(h.events))
	return h.err
}

func (h *history) Find(_ context.Context, beginning string) (string, error) {
	for _, e := range h.events {
		if strings.HasPrefix(e.ID, beginning) {
			return e.ID, h.err
		}
	}
	return "", health.New(health.EventUnknown, words.Args{"Beginning": beginning})
}

// manyEvents are n events, a second apart, the newest of now.
func manyEvents(n int) *history {
	h := &history{}
	for i := range n {
		h.events = append(h.events, relay.Summary{
			ID: fmt.Sprintf("%032x", i+1), Role: relay.RoleClient, Type: "outbid", Title: fmt.Sprintf("Instance %d outbid", i), Fate: relay.FatePosted,
			ReceivedAt: time.Now().Add(-time.Duration(i) * time.Second).Truncate(time.Microsecond),
		})
	}
	return h
}

// withHistory is a program with that history.
func withHistory(h History) Program {
	p := quiet()
	p.History = h
	return p
}

func TestEvents(t *testing.T) {
	h := manyEvents(1203)
	h.events[0].Title = "red \x1b[31malert\nin two lines"
	dir := serve(t, withHistory(h))
	t.Run("the newest are listed with their whole ids", func(t *testing.T) {
		r := run(t, []string{dir}, "events")
		r.want(t, ExitDone, "TIME", h.events[0].ID, "red alert in two lines\n", "Instance 19 outbid", "There are older ones")
		if strings.Contains(r.out, "Instance 20 outbid") || strings.Contains(r.out, "\x1b") {
			t.Errorf("got %q, want 20 events and nothing that a terminal obeys", r.out)
		}
	})
	t.Run("a terminal gets what fits into a line", func(t *testing.T) {
		h.events[1].Title = strings.Repeat("long ", 30)
		r := runAt(t, 80, []string{dir}, "events", "--limit", "3")
		r.want(t, ExitDone, h.events[0].ID[:10]+"  ", "long l…")
		for line := range strings.Lines(r.out) {
			if columns(line) > 81 {
				t.Errorf("got the line %q, want at most 80 columns", line)
			}
		}
	})
	t.Run("as many as are asked for, over several pages", func(t *testing.T) {
		for limit, want := range map[int]eventsAnswer{500: {More: true}, 501: {More: true}, 1202: {More: true}, 1203: {}, 9999: {}} {
			a := decode[eventsAnswer](t, run(t, []string{dir}, "events", "--json", "--limit", fmt.Sprint(limit)), ExitDone)
			if len(a.Events) != min(limit, 1203) || a.More != want.More || a.Events[len(a.Events)-1].ID != h.events[len(a.Events)-1].ID {
				t.Errorf("limit %d: got %d events, more: %v", limit, len(a.Events), a.More)
			}
		}
	})
	t.Run("JSON has all of an event", func(t *testing.T) {
		e := decode[eventsAnswer](t, run(t, []string{dir}, "events", "--json", "--limit", "1"), ExitDone).Events[0]
		if want := h.events[0]; e.ID != want.ID || e.Title != want.Title || e.Fate != want.Fate || !e.ReceivedAt.Equal(want.ReceivedAt) || e.Type != want.Type || e.Role != want.Role {
			t.Errorf("got %+v, want %+v", e, want)
		}
	})
	t.Run("the filters reach the store", func(t *testing.T) {
		h.asked = nil
		run(t, []string{dir}, "events", "--search", "a b", "--type", "client:outbid", "--outcome", "failed", "--since", "2026-01-02", "--limit", "7").want(t, ExitDone)
		want := relay.Query{Search: "a b", Type: "outbid", Fate: relay.FateFailed, Limit: 8, Since: time.Date(2026, 1, 2, 0, 0, 0, 0, time.Local)}
		if got := h.asked[0]; got.Search != want.Search || got.Type != want.Type || got.Fate != want.Fate || got.Limit != want.Limit || !got.Since.Equal(want.Since) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
	for name, line := range map[string][]string{
		"a limit of none":              {"--limit", "0"},
		"a limit beyond all":           {"--limit", "10001"},
		"a limit that is no number":    {"--limit", "x"},
		"an outcome that is not there": {"--outcome", "lost"},
		"a moment that is none":        {"--since", "tomorrow"},
		"a moment to come":             {"--since", "2999-01-01"},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, []string{dir}, append([]string{"events"}, line...)...).want(t, ExitWrongUse)
		})
	}
	t.Run("values of flags are completed", func(t *testing.T) {
		if r := run(t, nil, "__complete", "events", "--outcome", ""); !strings.Contains(r.out, "failed\n") {
			t.Errorf("got %q, want the outcomes", r.out)
		}
		if r := run(t, nil, "__complete", "events", "--type", "out"); !strings.Contains(r.out, "outbid\n") {
			t.Errorf("got %q, want the types", r.out)
		}
	})
}

func TestNoEvents(t *testing.T) {
	dir := serve(t, withHistory(&history{}))
	run(t, []string{dir}, "events").want(t, ExitDone, "No event has arrived yet.")
	run(t, []string{dir}, "events", "--outcome", "failed").want(t, ExitDone, "No event matches.")
	if a := decode[eventsAnswer](t, run(t, []string{dir}, "events", "--json"), ExitDone); a.Events == nil || a.More {
		t.Errorf("got %+v, want an empty list", a)
	}
}

func TestAStoreThatCannotBeRead(t *testing.T) {
	dir := serve(t, withHistory(&history{err: fmt.Errorf("read: %w", relay.ErrStoreUnavailable)}))
	run(t, []string{dir}, "events").want(t, ExitFailed, "Events cannot be written to disk")
}

func TestShow(t *testing.T) {
	h := manyEvents(3)
	dir := serve(t, withHistory(h))
	id := h.events[1].ID
	r := run(t, []string{dir}, "show", id)
	r.want(t, ExitDone, "Instance 1 outbid\nPosted · received ", "\n\n  first line\n  second line\n\n", "Received from Vast.ai\n", "On disk", "Attempt 1: posted\n", "HTTP 200")
	e := decode[timeline.Record](t, run(t, []string{dir}, "show", id, "--json"), ExitDone)
	if e.ID != id || !strings.Contains(string(e.Payload), "1.50") || len(e.Attempts) != 1 || e.Attempts[0].Outcome != relay.Posted {
		t.Errorf("got %+v, want all of the event", e)
	}
	run(t, []string{dir}, "show", "ffff").want(t, ExitFailed, "There is no such event", "ffff")
	run(t, []string{dir}, "show").want(t, ExitWrongUse, "vastrelay show ID")
	run(t, []string{dir}, "show", "a", "b").want(t, ExitWrongUse, "vastrelay show ID")
}

// moments are texts that name a moment, with what they name at noon; empty: none.
var moments = map[string]string{
	"90m": "2026-11-28T10:30:00Z", "24h": "2026-11-27T12:00:00Z", "7d": "2026-11-21T12:00:00Z", "1h30m": "2026-11-28T10:30:00Z",
	"2026-11-01": "2026-11-01T00:00:00Z", "2026-11-01 08:30": "2026-11-01T08:30:00Z", "2026-11-01T08:30:15": "2026-11-01T08:30:15Z",
	"2026-11-01T08:30:00+02:00": "2026-11-01T06:30:00Z", "08:30": "2026-11-28T08:30:00Z", "14:00": "2026-11-27T14:00:00Z",
	"": "", "0": "", "-5m": "", "0d": "", "-1d": "", "d": "", "1": "", "yesterday": "", "25:00": "", "99999999999999999999d": "", "9999999h": "", "2026-13-01": "",
}

func TestParseSince(t *testing.T) {
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for text, want := range moments {
		got, err := parseSince(text, noon)
		if (err == nil) != (want != "") || err == nil && got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%q: got %v, %v, want %q", text, got, err, want)
		}
	}
}

func FuzzParseSince(f *testing.F) {
	for text := range moments {
		f.Add(text)
	}
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseSince(text, noon)
		if err == nil && !slices.ContainsFunc(dateLayouts, func(layout string) bool {
			_, err := time.Parse(layout, text)
			return err == nil
		}) && (got.After(noon) || got.Before(noon.Add(-longestAgo))) {
			t.Errorf("%q is %v, want a moment of the past", text, got)
		}
	})
}

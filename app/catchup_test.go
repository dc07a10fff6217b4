package app_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/app"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/vastapi/vasttest"
)

// miss has events happen while the tunnel is away, for as long as a gap takes to be
// recorded.
func (w *world) miss(t *testing.T, d app.Desktop, events ...vasttest.Emission) {
	t.Helper()
	w.edge.SetDown(true)
	await(t, d, "the address is lost", func(s status.Status) bool { return s.Hop(health.HopAddress).State != health.HopOK })
	eventually(t, "ngrok knows it too", func() bool { return len(w.edge.Online()) == 0 })
	for _, e := range events {
		e.Attempts = 1
		sent, err := w.vast.Emit(t.Context(), e)
		if err != nil || len(sent.Deliveries) != 1 || sent.Deliveries[0].Status != http.StatusNotFound {
			t.Errorf("got %+v, %v; want the event missed", sent, err)
		}
	}
	time.Sleep(recorded)
	w.edge.SetDown(false)
	await(t, d, "deliveries arrive again", inPhase(status.Relaying))
	eventually(t, "the gap is recorded", func() bool { g := d.Gaps.Gaps(); return g.Open == nil && len(g.Last) > 0 })
}

// TestMissedEventsAreCaughtUp has a tunnel be away while two events happen, and one
// that comes through in the end, and asks the inbox for them.
func TestMissedEventsAreCaughtUp(t *testing.T) {
	t.Parallel()
	for name, ids := range map[string]vasttest.InboxIDs{
		"by the ids of deliveries": vasttest.InboxIDsOfEvents,
		"by ids of their own":      vasttest.InboxIDsOfRows,
		"without ids":              vasttest.InboxIDsMissing,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.vast.SetInboxIDs(ids)
			code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
				await(t, d, "it relays", inPhase(status.Relaying))
				w.emit(t, vasttest.Emission{Subject: "delivered before", Message: "b"})
				through := vasttest.Emission{Subject: "came through after all", Message: "c", EventID: strings.Repeat("c", 32)}
				w.miss(t, d, vasttest.Emission{Type: "client:outbid", Subject: "missed first", Message: "f"},
					vasttest.Emission{Type: "client:outbid", Subject: "missed second", Message: "s"},
					vasttest.Emission{Type: "client:outbid", Subject: through.Subject, Message: through.Message, EventID: through.EventID})
				w.emit(t, through) // Vast.ai has tried again
				eventually(t, "it stands in Chat", func() bool { return w.count("came through after all") == 1 })

				for _, want := range []int{2, 0} {
					result, err := d.Gaps.CatchUp(ctx)
					if err != nil || result.Relayed != want {
						t.Errorf("got %+v, %v; want %d relayed", result, err, want)
					}
				}
				eventually(t, "both stand in Chat", func() bool { return w.count("missed first") == 1 && w.count("missed second") == 1 })
				if g := d.Gaps.Gaps(); g.Last[0].CaughtUp != 2 || g.CaughtUp != 2 || g.ByHand != (ids != vasttest.InboxIDsOfEvents) || !strings.HasSuffix(g.Last[0].Text.String(), "2 events caught up.") {
					t.Errorf("got %+v", g)
				}
				rows, err := d.History.Events(ctx, relay.Query{Type: "outbid"})
				if err != nil || len(rows) != 4 {
					t.Errorf("got %d rows, %v; want each event once: %+v", len(rows), err, rows)
				}
				for _, row := range rows {
					if row.CaughtUp != strings.HasPrefix(row.Title, "missed") {
						t.Errorf("%s: marked as caught up: %v", row.Title, row.CaughtUp)
					}
				}
			})
			if code != 0 {
				t.Errorf("got exit code %d: %s", code, said)
			}
			for _, text := range w.texts() {
				if strings.Contains(text, "(caught up)") != strings.Contains(text, "missed") {
					t.Errorf("got %s", text)
				}
			}
		})
	}
}

// TestAnInboxOfFiftyLongRows fetches as many rows as Vast.ai ever gives.
func TestAnInboxOfFiftyLongRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "it relays", inPhase(status.Relaying))
		var events []vasttest.Emission
		for n := range 55 {
			events = append(events, vasttest.Emission{Type: "client:outbid", Subject: fmt.Sprintf("Instance #%d was outbid", 1000+n), Message: strings.Repeat("A long story. ", 300)})
		}
		w.miss(t, d, events...)
		result, err := d.Gaps.CatchUp(ctx)
		if err != nil || result.Relayed != 50 || result.Found != 50 {
			t.Errorf("got %+v, %v; want the 50 rows that there are", result, err)
		}
		rows, err := d.History.Events(ctx, relay.Query{Type: "outbid", Limit: 500})
		if err != nil || len(rows) != 50 {
			t.Fatalf("got %d rows, %v; want 50", len(rows), err)
		}
		for i, row := range rows {
			if want := fmt.Sprintf("Instance #%d was outbid", 1054-i); row.Title != want || !row.CaughtUp {
				t.Fatalf("row %d is %q, want %q, in the order in which they happened", i, row.Title, want)
			}
		}
		eventually(t, "all are named in Chat", func() bool {
			all := strings.Join(w.texts(), "")
			return !slices.ContainsFunc(rows, func(row relay.Summary) bool { return !strings.Contains(all, strings.Fields(row.Title)[1]) })
		})
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}

// TestAnInboxThatIsGoneOrBroken asks for what is not there any more.
func TestAnInboxThatIsGoneOrBroken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "it relays", inPhase(status.Relaying))
		for name, tt := range map[string]struct {
			fault vasttest.Fault
			want  health.Code
		}{
			"it is gone":              {vasttest.Fault{Status: http.StatusNotFound, Body: `{"detail": "Not Found"}`}, health.VastInboxUnusable},
			"it is no JSON":           {vasttest.Fault{Status: http.StatusOK, Body: `notifications`}, health.VastIntercepted},
			"it holds no rows":        {vasttest.Fault{Status: http.StatusOK, Body: `{"success": true, "notifications": "none"}`}, health.VastInboxUnusable},
			"its rows are no objects": {vasttest.Fault{Status: http.StatusOK, Body: `{"notifications": [1, null, "x", {}]}`}, ""},
			"a login page answers":    {vasttest.Fault{Status: http.StatusForbidden, Body: `<html>`}, health.VastIntercepted},
		} {
			tt.fault.Route = "/notifications/inbox/"
			remove := w.vast.Inject(tt.fault)
			result, err := d.Gaps.CatchUp(ctx)
			remove()
			if tt.want == "" && err != nil || tt.want != "" && !health.Is(err, tt.want) || result.Relayed != 0 {
				t.Errorf("%s: got %+v, %v; want %q", name, result, err, tt.want)
			}
		}
		if s := d.Bridge.Status(); s.Phase != status.Relaying {
			t.Errorf("got %s: %s, want it to relay all the same", s.Phase, s.Headline)
		}
	})
}

// TestWhatWasMissedIsCaughtUpByItself has events happen while the program does not
// run, and waits for as long as Vast.ai is given to deliver them after all.
func TestWhatWasMissedIsCaughtUpByItself(t *testing.T) {
	if !slowSuite() {
		t.Skip("takes over two minutes; make slow runs it")
	}
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	w.emit(t, vasttest.Emission{Subject: "delivered before"})
	c.stop()
	for _, subject := range []string{"missed first", "missed second"} {
		if _, err := w.vast.Emit(t.Context(), vasttest.Emission{Type: "client:outbid", Subject: subject, Attempts: 1}); err != nil {
			t.Fatal(err)
		}
	}
	w.awaySince(t, time.Now().Add(-10*time.Minute))
	c = w.start(t, nil)
	c.reach(status.Relaying)
	time.Sleep(2 * time.Minute)
	eventually(t, "the gap is said in Chat", func() bool { return w.count("Not reachable") == 1 })
	s, _ := c.snapshot()
	said := s.Gaps.Last[0].Text
	if !strings.HasSuffix(said.String(), "Vast Relay did not run. 2 events caught up.") || !strings.Contains(strings.Join(w.texts(), ""), said.String()) {
		t.Errorf("the status says %q, Chat %q", said, w.texts())
	}
	for _, subject := range []string{"delivered before", "missed first", "missed second"} {
		if got := w.count(subject); got != 1 {
			t.Errorf("%s stands %d times in Chat, want once", subject, got)
		}
	}
}

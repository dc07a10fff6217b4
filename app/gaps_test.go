package app_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/app"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// recorded is how long a gap must last to be recorded, and a little more.
const recorded = 6 * time.Second

// lastGap waits until the last gap that has ended is one for that cause.
func (c *child) lastGap(cause relay.GapCause) (last status.Gap) {
	c.t.Helper()
	eventually(c.t, "a gap because of "+string(cause)+" that is over", func() bool {
		s, ok := c.snapshot()
		if !ok || s.Gaps.Open != nil || len(s.Gaps.Last) == 0 {
			return false
		}
		last = s.Gaps.Last[0]
		return last.Cause == cause
	})
	return last
}

// around complains unless g lasted from began, or up to slack before, to ended, or
// up to slack after.
func around(t *testing.T, g status.Gap, began, ended time.Time, slack time.Duration) {
	t.Helper()
	if early, late := began.Sub(g.Start), g.End.Sub(ended); early < -time.Second || early > slack || late < -time.Second || late > slack {
		t.Errorf("got %v to %v because of %s, want about %v to %v", g.Start, g.End, g.Cause, began, ended)
	}
}

// TestGapsOfARunningProgram takes away the tunnel and then the program itself.
func TestGapsOfARunningProgram(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	if s, _ := c.snapshot(); s.Gaps.Open != nil || len(s.Gaps.Last) != 0 {
		t.Errorf("after the first start: got %+v, want no gap", s.Gaps)
	}

	w.edge.SetDown(true)
	var began time.Time
	eventually(t, "the gap is open", func() bool {
		s, ok := c.snapshot()
		if ok && s.Gaps.Open != nil {
			began = s.Gaps.Open.Start
		}
		return !began.IsZero()
	})
	time.Sleep(recorded)
	w.edge.SetDown(false)
	back := time.Now()
	lost := c.lastGap(relay.GapTunnel)
	around(t, lost, began, back, patience)
	if !lost.MayLose {
		t.Errorf("got %+v: ngrok answers 404, after which nothing is sent again", lost)
	}

	c.kill()
	killed := time.Now()
	time.Sleep(recorded)
	c = w.start(t, nil)
	started := time.Now()
	c.reach(status.Relaying)
	around(t, c.lastGap(relay.GapNotRunning), killed, started, time.Minute+10*time.Second)
	// Its end was in a file of whole seconds when it was shown, and in the store a
	// moment later, which the kill may have come before.
	if s, _ := c.snapshot(); len(s.Gaps.Last) != 2 {
		t.Errorf("got %+v, want the gap of the earlier run as well: %+v", s.Gaps.Last, lost)
	} else if kept := s.Gaps.Last[1]; kept.Cause != lost.Cause || kept.MayLose != lost.MayLose || !kept.Start.Equal(lost.Start) || lost.End.Sub(kept.End).Abs() > time.Second {
		t.Errorf("got %+v, want the gap of the earlier run as it was: %+v", kept, lost)
	}

	if code, _ := c.stop(); code != 0 {
		t.Fatalf("got exit code %d", code)
	}
	stopped := time.Now()
	time.Sleep(recorded)
	c = w.start(t, nil)
	started = time.Now()
	c.reach(status.Relaying)
	around(t, c.lastGap(relay.GapNotRunning), stopped, started, 10*time.Second)
}

// awaySince makes the next start find that deliveries last arrived at the given
// time.
func (w *world) awaySince(t *testing.T, at time.Time) {
	t.Helper()
	orFail(t, os.WriteFile(filepath.Join(w.dir, "reachable.txt"), []byte(at.UTC().Format(time.RFC3339)+"\n"), 0o600))
}

// setting changes one value in the settings file.
func (w *world) setting(t *testing.T, key string, value any) {
	t.Helper()
	path := filepath.Join(w.dir, "settings.json")
	content, err := os.ReadFile(path) //nolint:gosec // The test's own folder.
	orFail(t, err)
	var settings map[string]any
	orFail(t, json.Unmarshal(content, &settings))
	settings[key] = value
	content, err = json.Marshal(settings)
	orFail(t, err)
	orFail(t, os.WriteFile(path, content, 0o600))
}

// TestAGapIsSaidOnceInTheSameWordsEverywhere has the program be away for an hour, as
// its file tells, and be killed again and again once it has said so.
func TestAGapIsSaidOnceInTheSameWordsEverywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	c.stop()
	w.awaySince(t, time.Now().Add(-time.Hour))
	w.setting(t, "no_catch_up", true) // or it would be said two minutes later
	c = w.start(t, nil)
	c.reach(status.Relaying)
	said := c.lastGap(relay.GapNotRunning).Text
	if !strings.HasPrefix(said.String(), "Not reachable ") || !strings.Contains(said.String(), "Vast Relay did not run.") {
		t.Fatalf("got %q", said)
	}
	eventually(t, "the gap is said in Chat", func() bool { return w.count("Not reachable") == 1 })
	// Killed before that is noted, the program would have to try again later.
	eventually(t, "that is noted", func() bool { s, ok := c.snapshot(); return ok && s.Counters.Posts[relay.Posted] == 1 })
	for range 2 {
		c.kill()
		c = w.start(t, nil)
		c.reach(status.Relaying)
	}
	w.command(t, "gaps").holds(t, said.String())
	if got := spokenJSON[status.Gaps](t, w, "gaps"); !slices.ContainsFunc(got.Last, func(g status.Gap) bool { return g.Text == said }) {
		t.Errorf("vastrelay gaps says %+v, the status %q", got, said)
	}
	s, _ := c.snapshot()
	if s.Today != 0 || !s.LastEvent.IsZero() || s.Counters.Accepted != 0 {
		t.Errorf("got %d events today, the last at %v: a gap is none", s.Today, s.LastEvent)
	}
	c.stop()
	if got := w.count("Not reachable"); got != 1 {
		t.Errorf("it stands %d times in Chat, want once: %q", got, w.texts())
	}
	if got := strings.Join(w.texts(), ""); !strings.Contains(got, said.String()) {
		t.Errorf("Chat says %q, the status %q", got, said)
	}
	w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		rows, err := d.History.Events(ctx, relay.Query{Type: relay.GapType})
		if err != nil || len(rows) != 1 || rows[0].Title != said.String() || rows[0].Fate != relay.FatePosted {
			t.Errorf("got %+v, %v; want one row %q", rows, err, said)
		}
	})
}

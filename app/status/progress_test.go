package status

import (
	"testing"
	"time"

	"vastrelay/app/words"
)

func TestProgressReadsAsASentence(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 6, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		left time.Duration // zero: not known
		want string
	}{
		{"the time is not known yet", 0, "posting 120 of 1,600"},
		{"seconds", 20 * time.Second, "posting 120 of 1,600, less than a minute"},
		{"it was to be over by now", -time.Minute, "posting 120 of 1,600, less than a minute"},
		{"nearer to one minute than to two", 80 * time.Second, "posting 120 of 1,600, about 1 minute"},
		{"two minutes", 2 * time.Minute, "posting 120 of 1,600, about 2 minutes"},
		{"an hour and more", 90 * time.Minute, "posting 120 of 1,600, about 90 minutes"},
		{"hours", 100 * time.Minute, "posting 120 of 1,600, about 2 hours"},
	} {
		p := Progress{Posted: 120, Total: 1600}
		if c.left != 0 {
			p.Ends = now.Add(c.left)
		}
		if got := p.words(now).String(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestProgressStandsInPlaceOfWhatWaits(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 6, 0, 0, time.UTC)
	in := Input{Now: now, Posting: Posting{Waiting: 480, Backlog: Progress{Posted: 120, Total: 600, Ends: now.Add(2 * time.Minute)}}}
	s := in.Status()
	s.Phase = Relaying
	facts := s.Facts(now)
	if got := facts[len(facts)-1]; got.Text.String() != "posting 120 of 600, about 2 minutes" || got.About != AboutWaiting {
		t.Errorf("got %q about %q", got.Text, got.About)
	}
	s.Phase = Attention
	for _, f := range s.Facts(now) {
		if f.Text == words.NewPlural("status.relaying.waiting", 480) {
			return
		}
	}
	t.Error("while something fails, it is not said how many wait")
}

func TestOneWaitsAndSeveralWait(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 6, 0, 0, time.UTC)
	german := words.Languages()[1]
	for _, phase := range []Phase{Relaying, Attention} {
		for waiting, want := range map[int]string{1: "1 wartet", 2: "2 warten", 1200: "1.200 warten"} {
			facts := Status{Phase: phase, Waiting: waiting}.Facts(now)
			if got := facts[len(facts)-1].Text.In(german); got != want {
				t.Errorf("%s: got %q, want %q", phase, got, want)
			}
		}
	}
}

func TestProgressIsAChangeOfCounts(t *testing.T) {
	before := Status{Phase: Relaying, Waiting: 480}
	after := before
	after.Backlog = Progress{Posted: 1, Total: 481}
	if got := after.Difference(before); got != CountsChanged {
		t.Errorf("got %b, want the counts alone", got)
	}
}

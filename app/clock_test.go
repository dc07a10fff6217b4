package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// aheadBy is a time that goes ahead of this computer's.
func aheadBy(d time.Duration) func() time.Time { return func() time.Time { return time.Now().Add(d) } }

// clockPrecision is how exactly an answer tells the time: half of the longest call that
// counts, and what Date leaves out of a second.
const clockPrecision = 6 * time.Second

// offBy is by how much the clock is off, as the status says; 0: it says nothing of that.
func offBy(said string) time.Duration {
	_, after, _ := strings.Cut(said, "clock is off by ")
	number, _, _ := strings.Cut(after, ";")
	d, _ := time.ParseDuration(number)
	return d
}

func TestAClockThatIsOff(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		t.Run("by "+skew.String(), func(t *testing.T) {
			t.Parallel()
			w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{Now: aheadBy(skew)})
			w.vast.SetClockSkew(skew)
			c := w.start(t, nil)
			s := c.reach(status.Relaying)
			if got := s.Hop(health.HopVast).Detail.String(); (offBy(got) - skew.Abs()).Abs() > clockPrecision {
				t.Errorf("got %q, want a warning of the clock by %v", got, skew.Abs())
			}
			w.emit(t, vasttest.Emission{Subject: "in time by their clock"})
			eventually(t, "the event stands in Chat", func() bool { return w.count("in time by their clock") == 1 })
			if s, ok := c.snapshot(); !ok || s.Late != 0 || s.Counters.Refused[relay.CodeStaleTimestamp] != 0 {
				t.Errorf("got %d late and refusals %v, want none", s.Late, s.Counters.Refused)
			}
		})
	}
}

// TestAServerWhoseClockIsWrong plays a Date of Vast.ai's API that is a day off
// while deliveries are signed at the right time, behind an address that only a
// test can prove.
func TestAServerWhoseClockIsWrong(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		t.Run("by "+skew.String(), func(t *testing.T) {
			t.Parallel()
			w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
			w.vast.SetDateSkew(skew)
			c := w.start(t, nil)
			s := c.reach(status.Attention)
			if s.Headline.String() != "It is not certain what time it is" || !strings.Contains(s.Cause.String(), "Vast.ai, 2") || !strings.Contains(s.Cause.String(), "Google Chat, right") {
				t.Errorf("got %q: %q, want to be told who says what", s.Headline, s.Cause)
			}
			eventually(t, "there is a webhook", func() bool { return len(w.hooks()) == 1 })
			emit := func(subject string) []vasttest.Delivery {
				sent, err := w.vast.Emit(t.Context(), vasttest.Emission{Type: "client:outbid", Subject: subject, EventID: subject})
				if err != nil {
					t.Fatal(err)
				}
				return sent.Deliveries
			}
			for _, d := range emit("while-it-is-not-certain") {
				if d.Status != http.StatusServiceUnavailable && d.Status != http.StatusNoContent {
					t.Errorf("got %+v, want it to come again", d)
				}
			}
			for _, d := range w.vast.Deliveries() {
				if d.Status == http.StatusUnauthorized {
					t.Errorf("got %+v, want nothing turned away for good by one server's clock", d)
				}
			}
			w.vast.SetDateSkew(0)
			c.reach(status.Relaying)
			w.emit(t, vasttest.Emission{Subject: "while-it-is-not-certain", EventID: "while-it-is-not-certain"})
			eventually(t, "the event stands in Chat", func() bool { return w.count("while-it-is-not-certain") == 1 })
		})
	}
}

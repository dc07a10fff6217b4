package app_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/vastapi/vasttest"
)

// takeoverLimit is how long another copy may take to take over.
const takeoverLimit = 75 * time.Second

// emitted is one event that Vast.ai sent while copies took over from each other.
type emitted struct {
	subject string
	at      time.Time
	taken   bool // by a copy, with 204
}

// TestTwoCopiesOfOneAddress kills the copy that relays, again and again, while 200
// events are sent: the other takes over, and the first comes back as the one that
// stands by. None is posted twice, and what nobody took lies in a gap that says that
// events may be lost.
func TestTwoCopiesOfOneAddress(t *testing.T) {
	if !slowSuite() {
		t.Skip("takes some minutes; make slow runs it")
	}
	t.Parallel()
	const events = 200
	w := newWorld(t)
	other := *w
	other.dir = t.TempDir()
	copies := []*world{w, &other}
	running := []*child{w.start(t, nil), nil}
	running[0].reach(status.Relaying)
	running[1] = other.start(t, nil)
	running[1].reachWithin(status.Standby, 2*time.Minute)

	var mu sync.Mutex
	var sent []emitted
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		for i := range events {
			e := emitted{subject: fmt.Sprintf("Event %03d", i), at: time.Now()}
			answer, err := w.vast.Emit(t.Context(), vasttest.Emission{Type: "client:outbid", Subject: e.subject, Attempts: 1})
			if err != nil {
				t.Error(err)
				return
			}
			e.taken = len(answer.Deliveries) > 0 && answer.Deliveries[len(answer.Deliveries)-1].Status == http.StatusNoContent
			mu.Lock()
			sent = append(sent, e)
			mu.Unlock()
			time.Sleep(900 * time.Millisecond)
		}
	}()
	for round := range 2 {
		active, standby := round%2, 1-round%2
		time.Sleep(20 * time.Second)
		began := time.Now()
		running[active].kill()
		running[standby].reachWithin(status.Relaying, takeoverLimit)
		t.Logf("the other copy took over after %v", time.Since(began).Round(time.Second))
		running[active] = copies[active].start(t, nil)
		running[active].reachWithin(status.Standby, 2*time.Minute)
	}
	<-sending
	var gaps []status.Gap
	for _, c := range running {
		s, _ := c.snapshot()
		gaps = append(gaps, s.Gaps.Last...)
	}
	time.Sleep(5 * time.Second) // what waits is posted
	for _, e := range sent {
		switch n := w.count(e.subject); {
		case n > 1:
			t.Errorf("%s stands in %d messages", e.subject, n)
		case n == 0 && e.taken:
			t.Errorf("%s was taken and is not in the space", e.subject)
		case n == 0 && !within(gaps, e.at):
			t.Errorf("%s, sent at %s, is lost, and no gap says so: %+v", e.subject, e.at.Format(time.TimeOnly), gaps)
		}
	}
}

// TestTwoCopiesWithTwoAddresses has each event delivered to two copies, which post
// into one space: Google Chat knows the second message by its id. A copy that knows of
// no other folds what waits into a digest, which no id can tell for the same; so each
// starts while the webhook of the other is listed.
func TestTwoCopiesWithTwoAddresses(t *testing.T) {
	t.Parallel()
	const events = 8 // more than a copy that is alone posts one by one
	w := newWorld(t)
	other := *w
	other.dir = t.TempDir()
	first := w.start(t, nil)
	first.reach(status.Relaying)
	second := other.start(t, map[string]string{"VASTRELAY_NGROK_DOMAIN": "second.ngrok-free.app"})
	second.reach(status.Relaying)
	first.stop()
	first = w.start(t, nil)
	first.reach(status.Relaying)
	running := []*child{first, second}
	if got := len(w.hooks()); got != 2 {
		t.Fatalf("got %d webhooks, want one for each copy", got)
	}
	for i := range events {
		sent, err := w.vast.Emit(t.Context(), vasttest.Emission{Type: "client:outbid", Subject: fmt.Sprintf("Event %03d", i)})
		if err != nil || len(sent.Deliveries) != 2 {
			t.Fatalf("got deliveries %+v and %v, want one to each copy", sent.Deliveries, err)
		}
	}
	for _, c := range running {
		eventually(t, "all posted", func() bool {
			s, ok := c.snapshot()
			return ok && s.Today == events && s.Waiting == 0
		})
	}
	for i := range events {
		if got := w.count(fmt.Sprintf("Event %03d", i)); got != 1 {
			t.Errorf("event %d stands in %d messages, want one", i, got)
		}
	}
}

// within reports whether a moment lies in a gap that says that events may be lost.
func within(gaps []status.Gap, at time.Time) bool {
	for _, g := range gaps {
		if g.MayLose && !at.Before(g.Start.Add(-time.Second)) && !at.After(g.End.Add(time.Second)) {
			return true
		}
	}
	return false
}

// reachWithin is reach with another limit.
func (c *child) reachWithin(phase status.Phase, limit time.Duration) {
	c.t.Helper()
	deadline := time.Now().Add(limit)
	for time.Now().Before(deadline) {
		if s, ok := c.snapshot(); ok && s.Phase == phase {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	c.t.Fatalf("not %s within %v", phase, limit)
}

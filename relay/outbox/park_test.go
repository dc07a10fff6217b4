package outbox

import (
	"context"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
)

func TestUnauthorizedParksOnlyAfterTenMinutes(t *testing.T) {
	inBubble(t, answering(relay.Unauthorized), func(r *rig) {
		r.accept("a", "b")
		r.pass(9 * time.Minute)
		if r.dest().Parked() {
			t.Fatal("parked before ten minutes had passed")
		}
		r.pass(2 * time.Minute)
		d := r.dest()
		if !d.Parked() || d.ParkReason != "reason" || d.ParkDetail != "Detail." {
			t.Errorf("got %+v, want it parked with the reason", d)
		}
		if n := len(r.chat.log()); n != 4 {
			t.Errorf("got %d attempts, want 4", n)
		}
	})
}

func TestSingle401DelaysPostBySeconds(t *testing.T) {
	inBubble(t, answering(relay.Unauthorized, relay.Posted), func(r *rig) {
		for _, id := range numbered(10) {
			r.chat.mu.Lock()
			r.chat.sent = nil
			r.chat.mu.Unlock()
			r.accept(id)
			r.pass(15 * time.Second)
			r.wantEvents(id, id)
		}
		if d := r.dest(); d.Unauthorized != 0 || d.Parked() {
			t.Errorf("got %+v", d)
		}
	})
}

func TestParkedDestinationKeepsEverythingAndProbesWithTheOldest(t *testing.T) {
	inBubble(t, answering(relay.DestinationGone), func(r *rig) {
		r.accept("a")
		if d := r.dest(); !d.Parked() || !r.store.saved().Parked() {
			t.Fatalf("got %+v, want it parked, on disk too", d)
		}
		r.accept("b", "c")
		r.pass(59 * time.Minute)
		r.wantEvents("a")
		r.pass(2 * time.Minute)
		r.wantEvents("a", "a")
		r.pass(30 * 24 * time.Hour)
		r.wantStates(relay.Waiting, relay.Waiting, relay.Waiting)
		if n := len(r.chat.log()); !between(n, 700, 723) {
			t.Errorf("got %d probes in a month, want one an hour", n)
		}
		for _, id := range r.chat.events() {
			if id != "a" {
				t.Fatalf("%s was the probe, want the oldest", id)
			}
		}

		r.chat.answer(nil)
		r.pass(time.Hour)
		r.wantStates(relay.Done, relay.Done, relay.Done)
		if d := r.dest(); d.Parked() || d.ParkReason != "" || !d.ProbeAt.IsZero() {
			t.Errorf("got %+v, want it open again", d)
		}
	})
}

func TestProbeIsMadeEarly(t *testing.T) {
	tests := map[string]func(*rig){
		"a restart": (*rig).restart,
		"a nudge":   func(r *rig) { r.Nudge() },
		"a new URL": func(r *rig) { _ = r.Reopen(r.t.Context(), space) },
		"resume": func(r *rig) {
			_ = r.Pause(r.t.Context(), time.Time{})
			_, _ = r.Resume(r.t.Context(), false)
		},
	}
	for name, act := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, answering(relay.DestinationGone, relay.DestinationGone, relay.Posted), func(r *rig) {
				r.accept("a", "b")
				r.pass(time.Minute)
				act(r)
				r.pass(5 * time.Second)
				if n := len(r.chat.log()); n != 2 {
					t.Errorf("got %d attempts, want one more", n)
				}
				if !r.dest().Parked() {
					t.Error("a probe that failed opened the destination")
				}
				act(r)
				r.pass(5 * time.Second)
				r.wantStates(relay.Done, relay.Done)
			})
		})
	}
}

func TestParkedDestinationWithNothingHeldTriesTheNextEvent(t *testing.T) {
	inBubble(t, answering(relay.DestinationGone, relay.Posted), func(r *rig) {
		r.accept("a")
		_ = r.Pause(r.t.Context(), time.Time{})
		if n, err := r.Resume(r.t.Context(), true); n != 1 || err != nil {
			t.Fatalf("got %d kept, %v", n, err)
		}
		r.pass(10 * time.Hour)
		r.accept("b")
		r.pass(time.Second)
		r.wantStates(relay.Kept, relay.Done)
		if r.dest().Parked() {
			t.Error("still parked after a success")
		}
	})
}

func TestAProbeIsNoDigest(t *testing.T) {
	inBubble(t, answering(relay.DestinationGone, relay.Posted), func(r *rig) {
		r.accept("a")
		_ = r.Pause(r.t.Context(), time.Time{})
		_, _ = r.Resume(r.t.Context(), true)
		_ = r.Pause(r.t.Context(), time.Time{})
		r.accept(numbered(7)...)
		_, _ = r.Resume(r.t.Context(), false)
		r.pass(time.Minute)
		r.wantMessages("a", "event-001", strings.Join(numbered(7)[1:], " "))
	})
}

func TestAnAnswerToTheOldURLDoesNotParkTheNewOne(t *testing.T) {
	for _, outcome := range []relay.Outcome{relay.DestinationGone, relay.Unauthorized} {
		t.Run(string(outcome), func(t *testing.T) {
			inBubble(t, func(_ context.Context, n int, _ relay.Message) relay.Result {
				if n > 1 {
					return relay.Result{Outcome: relay.Posted}
				}
				time.Sleep(3 * time.Second)
				return relay.Result{Outcome: outcome}
			}, func(r *rig) {
				r.accept("a")
				if err := r.Reopen(r.t.Context(), space); err != nil {
					t.Fatal(err)
				}
				r.pass(5 * time.Second)
				r.wantStates(relay.Done)
			})
		})
	}
}

func TestReopenForgetsWhatTheOldURLRefused(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.stop()
		r.store.save(relay.Destination{Space: space, IDs: relay.IDsHonoured, RefusesIDs: true, RefusesCards: true, Unauthorized: 2, ParkedSince: time.Now()})
		r.start()
		if err := r.Reopen(r.t.Context(), space); err != nil {
			t.Fatal(err)
		}
		want := relay.Destination{Space: space, Label: "Ops", IDs: relay.IDsHonoured}
		if got := r.dest(); got != want || r.store.saved() != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

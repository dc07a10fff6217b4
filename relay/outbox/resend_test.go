package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"vastrelay/relay"
)

// dead makes a dead letter of id by refusing it in every form.
func (r *rig) dead(ids ...string) {
	r.t.Helper()
	r.chat.answer(answering(relay.ContentRefused))
	for _, id := range ids {
		r.accept(id)
		r.pass(5 * time.Second)
	}
	r.chat.answer(nil)
	if got := r.store.count(relay.Dead); got != len(ids) {
		r.t.Fatalf("%d dead letters, want %d", got, len(ids))
	}
}

// sentFor lists the messages that carried the event.
func (r *rig) sentFor(id string) []sent {
	var list []sent
	for _, m := range r.chat.log() {
		if slices.ContainsFunc(m.Events, func(ev relay.Event) bool { return ev.ID == id }) {
			list = append(list, m)
		}
	}
	return list
}

func (r *rig) wantResent(want int, ids ...string) {
	r.t.Helper()
	if n, err := r.Resend(r.t.Context(), ids...); n != want || err != nil {
		r.t.Errorf("Resend(%v) = %d, %v; want %d", ids, n, err, want)
	}
	r.pass(2 * time.Second)
}

func TestADeadLetterIsResentUnderItsIDsFromTheTop(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.dead("a", "b")
		r.wantResent(1, "a")
		r.wantStates(relay.Done, relay.Dead)
		all := r.sentFor("a")
		last := all[len(all)-1]
		if last.MessageID != all[0].MessageID || last.Resent || last.Rung != relay.RungCard {
			t.Errorf("got %+v, want the same id, as a card, not marked", last.Message)
		}
		if c := r.Counters(); c.Resent != 1 {
			t.Errorf("counted %d", c.Resent)
		}
	})
}

func TestARevivedPostHasADayAgain(t *testing.T) {
	inBubble(t, answering(relay.Ambiguous), func(r *rig) {
		r.accept("a")
		r.pass(26 * time.Hour)
		r.wantStates(relay.Dead)
		r.wantResent(1, "a")
		r.pass(23 * time.Hour)
		r.wantStates(relay.Waiting)
		r.pass(3 * time.Hour)
		r.wantStates(relay.Dead)
		r.chat.answer(answering(relay.AlreadyPosted)) // One of them was stored after all.
		r.wantResent(1, "a")
		r.wantStates(relay.Done)
		for _, m := range r.chat.log() {
			if m.MessageID != FrozenID(space, []string{"a"}, "") {
				t.Fatalf("sent as %s", m.MessageID)
			}
		}
	})
}

func TestResendDeadRevivesAllThatTakePart(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.dead(numbered(8)...)
		r.store.mu.Lock()
		r.store.add(relay.Single, "elsewhere", relay.Event{ID: "x"}, time.Now())
		r.store.posts[8].State = relay.Dead
		r.store.mu.Unlock()
		before := len(r.chat.log())
		if n, err := r.ResendDead(r.t.Context()); n != 8 || err != nil {
			t.Errorf("got %d %v, want 8", n, err)
		}
		r.pass(time.Minute)
		if n := r.store.count(relay.Done); n != 8 {
			t.Errorf("%d of 8 are posted", n)
		}
		if n := len(r.chat.log()) - before; n != 8 {
			t.Errorf("%d messages, want each under its own ids", n)
		}
	})
}

func TestADeliveredEventIsResentUnderNewIDsEachTime(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("a")
		r.pass(time.Minute)
		r.wantResent(1, "a")
		r.wantResent(1, "a")
		all := r.sentFor("a")
		if len(all) != 3 || all[0].Resent || !all[1].Resent || !all[2].Resent || all[1].Digest {
			t.Fatalf("got %+v, want two that are marked", all)
		}
		if a, b, c := all[0].MessageID, all[1].MessageID, all[2].MessageID; a == b || b == c || a == c {
			t.Errorf("ids: got %s, %s, %s", a, b, c)
		}
	})
}

func TestAResendThatIsOnItsWayIsNotAddedTwice(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("a")
		r.pass(time.Minute)
		r.chat.answer(answering(relay.ServerTrouble))
		for range 3 {
			r.wantResent(1, "a") // The first adds one; the others bring it forward.
		}
		r.chat.answer(nil)
		r.pass(time.Hour)
		r.wantStates(relay.Done, relay.Done)
	})
}

func TestAnAmbiguousPostIsResentUnderItsIDsFirst(t *testing.T) {
	inBubble(t, answering(relay.Ambiguous), func(r *rig) {
		r.accept("a")
		for time.Until(r.store.post(1).NotBefore) < 10*time.Minute {
			r.pass(time.Second)
		}
		r.chat.answer(answering(relay.AlreadyPosted))
		r.wantResent(1, "a")
		r.wantStates(relay.Done)
		for _, m := range r.chat.log() {
			if m.MessageID != FrozenID(space, []string{"a"}, "") || m.Resent {
				t.Fatalf("got %+v", m.Message)
			}
		}
		r.chat.answer(nil)
		r.wantResent(1, "a") // It is delivered now.
		if all := r.sentFor("a"); !all[len(all)-1].Resent {
			t.Error("the second time it was not sent as new")
		}
	})
}

func TestMembersOfADeadDigestAreResentTogether(t *testing.T) {
	inBubble(t, func(_ context.Context, _ int, m relay.Message) relay.Result {
		if m.Digest {
			return relay.Result{Outcome: relay.ContentRefused}
		}
		return relay.Result{Outcome: relay.Posted}
	}, func(r *rig) {
		r.accept("first")
		r.accept(numbered(7)...)
		r.pass(time.Minute)
		if n := r.store.count(relay.Dead); n != 7 {
			t.Fatalf("%d are dead, want the digest of 7", n)
		}
		r.chat.answer(nil)
		r.wantResent(1, "event-002", "event-005")
		all := r.sentFor("event-007")
		if last := all[len(all)-1]; len(last.Events) != 7 || last.MessageID != all[0].MessageID || last.Resent {
			t.Errorf("got %+v, want the digest as it was", last)
		}
		r.wantResent(1, "event-002")
		all = r.sentFor("event-002")
		if last := all[len(all)-1]; len(last.Events) != 1 || !last.Resent {
			t.Errorf("got %+v, want the one event of the delivered digest", last)
		}
	})
}

func TestWhatWasKeptIsPostedWhenAskedFor(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		_ = r.Pause(r.t.Context(), time.Time{})
		r.accept("a", "b")
		_, _ = r.Resume(r.t.Context(), true)
		r.wantResent(1, "a")
		r.wantStates(relay.Done, relay.Kept)
		if m := r.sentFor("a")[0]; m.Resent || m.MessageID != FrozenID(space, []string{"a"}, "") {
			t.Errorf("got %+v, want it as if it had never been kept", m)
		}
	})
}

func TestResendDuringAPauseLeavesAtResume(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.dead("a")
		r.accept("b")
		r.pass(time.Minute)
		if _, err := r.Keep(r.t.Context(), relay.Event{ID: "late"}, relay.Late); err != nil {
			t.Fatal(err)
		}
		_ = r.Pause(r.t.Context(), time.Time{})
		before := len(r.chat.log())
		r.wantResent(2, "a", "b")
		if err := r.PostAnyway(r.t.Context(), "late"); err != nil {
			t.Error(err)
		}
		r.pass(time.Hour)
		if n := len(r.chat.log()); n != before {
			t.Fatalf("%d messages left during the pause", n-before)
		}
		_, _ = r.Resume(r.t.Context(), false)
		r.pass(time.Minute)
		r.wantStates(relay.Done, relay.Done, relay.Done, relay.Done)
	})
}

func TestResendSkipsWhatItCannotAndGoesOn(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("a", "b")
		r.pass(time.Minute)
		if _, err := r.Keep(r.t.Context(), relay.Event{ID: "late"}, relay.Late); err != nil {
			t.Fatal(err)
		}
		n, err := r.Resend(r.t.Context(), "unknown", "late", "a", "b")
		if n != 2 || !errors.Is(err, relay.ErrNotFound) {
			t.Errorf("got %d %v, want two and what was not found", n, err)
		}
		for _, method := range []string{"Detail", "Resend"} {
			r.store.set(method, fmt.Errorf("disk full: %w", relay.ErrStoreUnavailable))
			before := r.store.called("Detail", "Resend")
			n, err := r.Resend(r.t.Context(), "a", "b")
			if calls := r.store.called("Detail", "Resend") - before; n != 0 || !errors.Is(err, relay.ErrStoreUnavailable) || calls > 2 {
				t.Errorf("while %s fails: got %d %v after %d calls", method, n, err, calls)
			}
			r.store.set(method, nil)
			r.pass(time.Minute)
		}
		r.store.set("DeadPosts", relay.ErrStoreUnavailable)
		if n, err := r.ResendDead(r.t.Context()); n != 0 || !errors.Is(err, relay.ErrStoreUnavailable) {
			t.Errorf("ResendDead: got %d %v", n, err)
		}
	})
}

func TestALateEventIsPostedAnywayOnce(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		if _, err := r.Keep(r.t.Context(), relay.Event{ID: "late", Subject: "Outbid"}, relay.Late); err != nil {
			t.Fatal(err)
		}
		if err := r.PostAnyway(r.t.Context(), "late"); err != nil {
			t.Fatal(err)
		}
		r.pass(time.Minute)
		if all := r.sentFor("late"); len(all) != 1 || all[0].Events[0].Subject != "Outbid" || all[0].Resent {
			t.Errorf("got %+v", all)
		}
		if err := r.PostAnyway(r.t.Context(), "late"); !errors.Is(err, relay.ErrNotFound) {
			t.Errorf("a second time: got %v", err)
		}
		if fresh, err := r.Accept(r.t.Context(), relay.Event{ID: "late"}); fresh || err != nil {
			t.Errorf("delivered in time afterwards: fresh %v, %v", fresh, err)
		}
		if c := r.Counters(); c.Promoted != 1 || c.Accepted != 0 || c.Late != 1 {
			t.Errorf("counters: got %+v", c)
		}
	})
}

func TestWithoutADestinationNothingIsResent(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		if _, err := r.Keep(r.t.Context(), relay.Event{ID: "late"}, relay.Late); err != nil {
			t.Fatal(err)
		}
		r.RemoveDestination(space)
		if err := r.PostAnyway(r.t.Context(), "late"); !errors.Is(err, ErrNoDestination) {
			t.Errorf("PostAnyway: got %v", err)
		}
		if _, err := r.Resend(r.t.Context(), "late"); !errors.Is(err, ErrNoDestination) {
			t.Errorf("Resend: got %v", err)
		}
		if _, err := r.AddDestination(r.t.Context(), space, ""); err != nil {
			t.Fatal(err)
		}
		if err := r.PostAnyway(r.t.Context(), "late"); err != nil {
			t.Errorf("the late event was lost: %v", err)
		}
	})
}

func TestAnEventIsResentIntoADestinationThatIsNew(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("a")
		r.RemoveDestination(space)
		if _, err := r.AddDestination(r.t.Context(), "BBBB", ""); err != nil {
			t.Fatal(err)
		}
		r.wantResent(1, "a")
		if all := r.sentFor("a"); len(all) != 2 || all[1].Space != "BBBB" || !all[1].Resent {
			t.Errorf("got %+v", all)
		}
	})
}

func TestEachDestinationIsJudgedByItselfWhenAnEventIsResent(t *testing.T) {
	inBubble(t, func(_ context.Context, _ int, m relay.Message) relay.Result {
		if m.Space == "picky" {
			return relay.Result{Outcome: relay.ContentRefused}
		}
		return relay.Result{Outcome: relay.Posted}
	}, func(r *rig) {
		if _, err := r.AddDestination(r.t.Context(), "picky", ""); err != nil {
			t.Fatal(err)
		}
		r.accept("a")
		r.pass(time.Minute)
		r.chat.answer(nil)
		before := len(r.chat.log())
		r.wantResent(2, "a")
		for _, m := range r.chat.log()[before:] {
			if m.Resent != (m.Space == space) {
				t.Errorf("into %s: got %+v", m.Space, m.Message)
			}
		}
		if n := r.store.count(relay.Done); n != 3 {
			t.Errorf("%d posts are delivered, want 3", n)
		}
	})
}

// TestResendOpensNoAttemptInBetween looks that no attempt is opened between the look
// at a post and its change.
func TestResendOpensNoAttemptInBetween(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.dead("a", "b")
		r.store.mu.Lock()
		r.store.hook = func(method string) {
			switch method {
			case "Detail", "Revive", "UpdatePost":
				if r.pauser.gate.TryRLock() {
					r.pauser.gate.RUnlock()
					t.Errorf("an attempt could be opened around %s", method)
				}
			}
		}
		r.store.mu.Unlock()
		r.wantResent(1, "a")
		if n, err := r.ResendDead(r.t.Context()); n != 1 || err != nil {
			t.Errorf("ResendDead: got %d %v", n, err)
		}
	})
}

// TestKeptPostThatIsResentHasItsRetryClockAnew: the time for which a person kept it is
// not one of failures.
func TestKeptPostThatIsResentHasItsRetryClockAnew(t *testing.T) {
	inBubble(t, answering(relay.ServerTrouble), func(r *rig) {
		r.accept("a")
		r.pass(minAge - time.Hour)
		if p := r.store.post(1); p.State != relay.Waiting || p.Answers < minAnswers {
			t.Fatalf("got %+v, want it to have failed often", p)
		}
		_ = r.Pause(r.t.Context(), time.Time{})
		if n, err := r.Resume(r.t.Context(), true); n != 1 || err != nil {
			t.Fatalf("Resume: got %d kept, %v", n, err)
		}
		r.pass(48 * time.Hour)
		if n, err := r.Resend(r.t.Context(), "a"); n != 1 || err != nil {
			t.Fatalf("Resend: got %d %v", n, err)
		}
		r.pass(minAge - time.Hour)
		r.wantStates(relay.Waiting)
		r.pass(2 * time.Hour)
		r.wantStates(relay.Dead)
	})
}

package outbox

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

func TestLanePostsAtOnceWhenFreeAndThenOnceASecond(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.pass(time.Hour)
		r.accept("first")
		if got := r.chat.log(); len(got) != 1 || got[0].at != time.Hour {
			t.Fatalf("a free lane: sent %+v, want one at once", got)
		}
		r.pass(time.Minute)
		r.accept(numbered(5)...)
		r.pass(10 * time.Second)
		r.wantEvents(append([]string{"first"}, numbered(5)...)...)
		if gaps := r.chat.gaps(); gaps[0] != time.Minute {
			t.Errorf("a lane that is free again: got a gap of %v", gaps[0])
		} else if slices.Min(gaps[1:]) < time.Second || slices.Max(gaps[1:]) > 1100*time.Millisecond {
			t.Errorf("pace: got gaps %v", gaps[1:])
		}
	})
}

func TestThePaceHoldsWhereMessagesAreCounted(t *testing.T) {
	// The way there and the way back take turns at being slow, as for the first
	// message on a connection; Google counts in between.
	var counted []time.Duration
	began := time.Now()
	reply := func(_ context.Context, n int, _ relay.Message) relay.Result {
		there, back := 400*time.Millisecond, 5*time.Millisecond
		if n%2 == 0 {
			there, back = back, there
		}
		time.Sleep(there)
		counted = append(counted, time.Since(began))
		time.Sleep(back)
		return relay.Result{Outcome: relay.Posted}
	}
	inBubble(t, reply, func(r *rig) {
		began = r.chat.began
		r.accept(numbered(5)...)
		r.pass(10 * time.Second)
		if len(counted) != 5 {
			t.Fatalf("%d messages were counted, want 5", len(counted))
		}
		for i := 1; i < len(counted); i++ {
			if gap := counted[i] - counted[i-1]; gap < time.Second {
				t.Errorf("messages %d and %d are counted only %v apart", i, i+1, gap)
			}
		}
	})
}

func TestLaneSendsWhatWasFrozen(t *testing.T) {
	inBubble(t, answering(relay.Ambiguous, relay.Ambiguous, relay.Posted), func(r *rig) {
		r.accept("a")
		r.pass(time.Minute)
		all := r.chat.log()
		if len(all) != 3 {
			t.Fatalf("got %d sends, want 3", len(all))
		}
		want := FrozenID(space, []string{"a"}, "")
		for i, m := range all {
			if m.MessageID != want || m.Rung != relay.RungCard || m.Space != space || m.Events[0].Subject != "subject of a" || m.Resent || m.Digest {
				t.Errorf("send %d: got %+v", i+1, m.Message)
			}
			if got := m.MayRepeat; got != (i > 0) {
				t.Errorf("send %d: may repeat %v", i+1, got)
			}
		}
		p := r.store.post(1)
		if p.State != relay.Done || p.Tries != 3 || p.Answers != 2 || !p.MayRepeat {
			t.Errorf("post: got %+v", p)
		}
	})
}

func TestLaneGivesAResendAnIDOfItsOwn(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("a")
		r.store.mu.Lock()
		for range 2 {
			p := *r.store.posts[0]
			p.ID, p.Kind, p.State, p.MessageID, p.Rung, p.Tries = relay.PostID(len(r.store.posts)+1), relay.Resend, relay.Waiting, "", "", 0
			r.store.posts = append(r.store.posts, &p)
		}
		r.store.mu.Unlock()
		r.Nudge()
		r.pass(5 * time.Second)
		seen := make(map[string]bool)
		for _, m := range r.chat.log() {
			seen[m.MessageID] = true
		}
		if len(seen) != 3 {
			t.Errorf("got %d ids for a post and two resends", len(seen))
		}
		if got := r.chat.log(); got[0].Resent || !got[1].Resent {
			t.Errorf("Resent: got %v and %v", got[0].Resent, got[1].Resent)
		}
	})
}

func TestLaneHoldsAltogetherAfterA429(t *testing.T) {
	replies := answering(relay.RateLimited, relay.RateLimited, relay.RateLimited, relay.Posted)
	inBubble(t, replies, func(r *rig) {
		r.accept("a", "b", "c")
		r.pass(time.Minute)
		r.wantEvents("a", "a", "a", "a", "b", "c")
		for i, low := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second} {
			if got := r.chat.gaps()[i]; !between(got, low, low+low/4+time.Millisecond) {
				t.Errorf("hold %d: got %v, want %v and a little", i+1, got, low)
			}
		}
		if d := r.dest(); d.HoldStep != 0 || !d.HoldUntil.IsZero() {
			t.Errorf("the hold outlives a success: %+v", d)
		}
		if p := r.store.post(1); p.Answers != 0 || p.MayRepeat {
			t.Errorf("a 429 aged the post: %+v", p)
		}
	})
}

func TestHoldOutlivesARestartAndANudge(t *testing.T) {
	inBubble(t, func(context.Context, int, relay.Message) relay.Result {
		return relay.Result{Outcome: relay.RateLimited, RetryAfter: 30 * time.Second}
	}, func(r *rig) {
		r.accept("a")
		r.chat.answer(nil)
		r.pass(10 * time.Second)
		r.restart()
		r.Nudge()
		r.pass(10 * time.Second)
		if n := len(r.chat.log()); n != 1 {
			t.Fatalf("got %d sends during the hold, want 1", n)
		}
		r.pass(11 * time.Second)
		r.wantStates(relay.Done)
		if got := r.chat.gaps()[0]; got < 30*time.Second {
			t.Errorf("got a hold of %v, want 30 s", got)
		}
	})
}

func TestHoldIsCutWhenClockWasWrong(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.stop()
		d := r.dest()
		d.HoldUntil = time.Now().Add(1000 * time.Hour)
		r.store.save(d)
		r.start()
		r.accept("a")
		r.pass(holdLimit)
		r.wantStates(relay.Done)
	})
}

func TestTheBacklogSaysWhenTheNextAttemptIs(t *testing.T) {
	inBubble(t, answering(relay.Unreachable), func(r *rig) {
		r.accept("a")
		r.pass(time.Minute) // The lane holds back by now.
		r.accept("b")       // It is due at once by itself, but the lane makes no attempt yet.
		b, err := r.Backlog(r.t.Context())
		if err != nil {
			t.Fatal(err)
		}
		before := len(r.chat.log())
		r.pass(time.Until(b.NextAt) - time.Millisecond)
		if got := len(r.chat.log()); got != before {
			t.Errorf("got %d attempts before the one that was announced, want none", got-before)
		}
		r.pass(2 * time.Millisecond)
		if got := len(r.chat.log()); got != before+1 {
			t.Errorf("got %d attempts at the time that was announced, want 1", got-before)
		}
		r.RetryNow()
		r.pass(pace)
		if got := len(r.chat.log()); got != before+2 {
			t.Errorf("got %d attempts at once when a person asks, want 1", got-before-1)
		}
	})
}

func TestUnreachableNeverKillsAPost(t *testing.T) {
	inBubble(t, answering(relay.Unreachable), func(r *rig) {
		r.accept("a", "b")
		r.pass(10 * 24 * time.Hour)
		r.wantStates(relay.Waiting, relay.Waiting)
		for _, m := range r.chat.log() {
			if m.Events[0].ID != "a" {
				t.Fatalf("%s was tried although the oldest cannot leave either", m.Events[0].ID)
			}
		}
		if p := r.store.post(1); p.Answers != 0 || p.MayRepeat || !p.FirstAnswer.IsZero() {
			t.Errorf("post: got %+v, want it no older", p)
		}
		if longest := slices.Max(r.chat.gaps()); longest > unreachableMax {
			t.Errorf("rests of up to %v, want at most %v", longest, unreachableMax)
		}
		r.chat.answer(nil)
		r.Nudge()
		r.pass(3 * time.Second) // an attempt may just have been made: two more at the pace
		r.wantStates(relay.Done, relay.Done)
	})
}

func TestOrdinaryFailuresSpanADayBeforeThePostIsDead(t *testing.T) {
	for _, outcome := range []relay.Outcome{relay.ServerTrouble, relay.Ambiguous} {
		t.Run(string(outcome), func(t *testing.T) {
			inBubble(t, answering(outcome), func(r *rig) {
				r.accept("a")
				r.pass(minAge)
				r.wantStates(relay.Waiting)
				r.pass(2 * time.Hour)
				r.wantStates(relay.Dead)
				n := len(r.chat.log())
				if !between(n, minAnswers, 140) {
					t.Errorf("got %d attempts in a day", n)
				}
				if last := r.chat.log()[n-1].at; last < minAge {
					t.Errorf("given up after %v, want at least %v", last, minAge)
				}
				r.pass(100 * time.Hour)
				if len(r.chat.log()) != n {
					t.Error("a dead letter was tried again")
				}
				if c := r.Counters(); c.Dead != 1 || c.Retries != uint64(n-1) || c.Posts[outcome] != uint64(n) { //nolint:gosec // Small.
					t.Errorf("counters: got %+v after %d attempts", c, n)
				}
			})
		})
	}
}

func TestRetryNowEndsHold(t *testing.T) {
	inBubble(t, func(_ context.Context, n int, _ relay.Message) relay.Result {
		if n == 1 {
			return relay.Result{Outcome: relay.RateLimited, RetryAfter: 99_999_999 * time.Second}
		}
		return relay.Result{Outcome: relay.Posted}
	}, func(r *rig) {
		r.accept("a")
		r.pass(10 * time.Minute)
		r.Nudge()
		r.pass(10 * time.Minute)
		r.wantStates(relay.Waiting)
		r.RetryNow()
		r.pass(time.Second)
		r.wantStates(relay.Done)
	})
}

func TestAnswersOfProxiesDoNotAgePost(t *testing.T) {
	inBubble(t, answering(relay.Unverified), func(r *rig) {
		r.accept("a")
		r.pass(5 * minAge)
		r.wantStates(relay.Waiting)
		r.chat.answer(nil)
		r.pass(unreachableMax)
		r.wantStates(relay.Done)
	})
}

func TestPostRefusedByProxyIsOvertaken(t *testing.T) {
	for _, disliked := range []relay.Result{{Outcome: relay.Unverified, Status: 400}, {Outcome: relay.Unreachable, Status: 400}} {
		t.Run(string(disliked.Outcome), func(t *testing.T) {
			inBubble(t, func(_ context.Context, _ int, m relay.Message) relay.Result {
				if m.Events[0].ID == "disliked" {
					return disliked
				}
				return relay.Result{Outcome: relay.Posted}
			}, func(r *rig) {
				r.accept("disliked")
				r.pass(time.Hour)
				r.accept("b", "c")
				r.pass(5 * time.Second)
				r.wantStates(relay.Waiting, relay.Done, relay.Done)
			})
		})
	}
}

func TestSleepDoesNotAgePost(t *testing.T) {
	inBubble(t, answering(relay.ServerTrouble), func(r *rig) {
		r.accept("a")
		r.stop()
		time.Sleep(7 * 24 * time.Hour) // The program is off.
		r.start()
		r.pass(time.Minute)
		r.wantStates(relay.Waiting)
	})
}

func TestPostInBackoffIsOvertaken(t *testing.T) {
	inBubble(t, func(_ context.Context, _ int, m relay.Message) relay.Result {
		if m.Events[0].ID == "poison" {
			return relay.Result{Outcome: relay.ServerTrouble}
		}
		return relay.Result{Outcome: relay.Posted}
	}, func(r *rig) {
		r.accept("poison", "b", "c")
		r.pass(5 * time.Second)
		r.wantStates(relay.Waiting, relay.Done, relay.Done)
		for r.store.post(1).Tries < 8 {
			r.pass(time.Second)
		}
		r.accept("d") // Just after it failed once more.
		r.pass(3 * time.Second)
		if got := r.store.post(4).State; got != relay.Done {
			t.Errorf("a later post is %s", got)
		}
		r.pass(time.Hour)
		if tries := r.store.post(1).Tries; !between(tries, 8, 14) {
			t.Errorf("the refused one was tried %d times in an hour", tries)
		}
	})
}

func TestOutageIsRetriedWithBackoff(t *testing.T) {
	for _, outcome := range []relay.Outcome{relay.ServerTrouble, relay.Ambiguous, relay.Unreachable, relay.Unverified} {
		t.Run(string(outcome), func(t *testing.T) {
			inBubble(t, answering(outcome), func(r *rig) {
				r.accept("event-000")
				r.accept(numbered(49)...)
				r.pass(time.Hour)
				most := 30
				if outcome == relay.Unreachable || outcome == relay.Unverified {
					most = 80 // A network comes back at any moment.
				}
				if n := len(r.chat.log()); n > most {
					t.Errorf("got %d attempts in an hour of outage, want at most %d", n, most)
				}
				touched := make(map[string]bool)
				for _, m := range r.chat.log() {
					touched[m.MessageID] = true
				}
				if len(touched) > 2 {
					t.Errorf("%d posts were drawn into the outage, want the first and a digest of the rest", len(touched))
				}
				r.chat.answer(nil)
				r.pass(retryMax)
				if n := r.store.count(relay.Done); n < 45 {
					t.Errorf("only %d of 50 were posted soon after the outage", n)
				}
				r.pass(time.Hour)
				if n := r.store.count(relay.Done); n != 50 {
					t.Errorf("%d of 50 were posted", n)
				}
			})
		})
	}
}

func TestPostsAreDueWhenLaneBackoffEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, store: newMemStore(), chat: newChat(answering(relay.ServerTrouble))}
		r.options.Folds = func() bool { return false }
		r.start()
		defer r.stop()
		r.accept(numbered(10)...)
		r.pass(5 * time.Hour)
		if n := len(r.chat.log()); n > 90 {
			t.Errorf("%d attempts in five hours of outage", n)
		}
		r.chat.answer(nil)
		r.pass(troubleMax + 10*pace)
		if n := r.store.count(relay.Done); n != 10 {
			t.Errorf("%d of 10 were posted once the lane tried again", n)
		}
	})
}

func TestStartedPostContinuesAsTextOnceSpaceRefusesCards(t *testing.T) {
	reply := func(_ context.Context, n int, m relay.Message) relay.Result {
		switch {
		case n == 1:
			return relay.Result{Outcome: relay.ServerTrouble}
		case m.Rung == relay.RungCard:
			return relay.Result{Outcome: relay.ContentRefused}
		default:
			return relay.Result{Outcome: relay.Posted}
		}
	}
	inBubble(t, reply, func(r *rig) {
		r.acceptTypes("idle_gpu")
		r.acceptTypes("outbid") // which goes before a retry of the first
		r.pass(time.Minute)
		var got []relay.Rung
		for _, m := range r.chat.log() {
			got = append(got, m.Rung)
		}
		if want := []relay.Rung{relay.RungCard, relay.RungCard, relay.RungText, relay.RungText}; !slices.Equal(got, want) {
			t.Errorf("rungs: got %v, want %v: no form that is known to be refused", got, want)
		}
		r.wantStates(relay.Done, relay.Done)
	})
}

func TestRefusedFormIsFollowedByTheNext(t *testing.T) {
	refuse := func(rungs ...relay.Rung) func(context.Context, int, relay.Message) relay.Result {
		return func(_ context.Context, _ int, m relay.Message) relay.Result {
			if slices.Contains(rungs, m.Rung) {
				return relay.Result{Outcome: relay.ContentRefused, Status: 400, Reason: "bad_request"}
			}
			return relay.Result{Outcome: relay.Posted}
		}
	}
	tests := []struct {
		name    string
		form    relay.Rung
		refused []relay.Rung
		rungs   []relay.Rung // of the first event, then of the second
		states  []relay.PostState
		noCards bool
	}{
		{"nothing is refused", relay.RungCard, nil, []relay.Rung{relay.RungCard, relay.RungCard}, []relay.PostState{relay.Done, relay.Done}, false},
		{"cards are refused and remembered", relay.RungCard, []relay.Rung{relay.RungCard}, []relay.Rung{relay.RungCard, relay.RungText, relay.RungText}, []relay.PostState{relay.Done, relay.Done}, true},
		{"only the shortest form is taken, which says nothing of cards", relay.RungCard, []relay.Rung{relay.RungCard, relay.RungText}, []relay.Rung{relay.RungCard, relay.RungText, relay.RungShortest, relay.RungCard, relay.RungText, relay.RungShortest}, []relay.PostState{relay.Done, relay.Done}, false},
		{"every form is refused", relay.RungCard, []relay.Rung{relay.RungCard, relay.RungText, relay.RungShortest}, []relay.Rung{relay.RungCard, relay.RungText, relay.RungShortest, relay.RungCard, relay.RungText, relay.RungShortest}, []relay.PostState{relay.Dead, relay.Dead}, false},
		{"the person prefers text", relay.RungText, []relay.Rung{relay.RungCard}, []relay.Rung{relay.RungText, relay.RungText}, []relay.PostState{relay.Done, relay.Done}, false},
		{"the person has no preference", "", nil, []relay.Rung{relay.RungCard, relay.RungCard}, []relay.PostState{relay.Done, relay.Done}, false},
		{"text by choice, refused", relay.RungText, []relay.Rung{relay.RungText}, []relay.Rung{relay.RungText, relay.RungShortest, relay.RungText, relay.RungShortest}, []relay.PostState{relay.Done, relay.Done}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &rig{t: t, store: newMemStore(), chat: newChat(refuse(tt.refused...))}
				r.options.Form = func() relay.Rung { return tt.form }
				r.start()
				defer r.stop()
				r.accept("a")
				r.pass(10 * time.Second)
				r.accept("b")
				r.pass(10 * time.Second)
				var got []relay.Rung
				for _, m := range r.chat.log() {
					got = append(got, m.Rung)
				}
				if !slices.Equal(got, tt.rungs) {
					t.Errorf("rungs: got %v, want %v", got, tt.rungs)
				}
				r.wantStates(tt.states...)
				if got := r.store.saved().RefusesCards; got != tt.noCards {
					t.Errorf("RefusesCards: got %v, want %v", got, tt.noCards)
				}
				if len(r.chat.gaps()) > 0 && slices.Min(r.chat.gaps()) < time.Second {
					t.Error("a step down the ladder broke the pace")
				}
			})
		})
	}
}

func TestAPanicWhileSendingCostsOneAttempt(t *testing.T) {
	inBubble(t, func(_ context.Context, n int, _ relay.Message) relay.Result {
		if n == 1 {
			panic("boom")
		}
		return relay.Result{Outcome: relay.Posted}
	}, func(r *rig) {
		r.accept("a")
		r.pass(5 * time.Second)
		r.wantStates(relay.Done)
		if got := r.store.attempt(1).Result; got.Outcome != relay.Ambiguous || got.Reason != reasonPanic {
			t.Errorf("got %+v", got)
		}
	})
}

func TestASenderWithoutAnAnswerIsAmbiguous(t *testing.T) {
	inBubble(t, func(context.Context, int, relay.Message) relay.Result { return relay.Result{} }, func(r *rig) {
		r.accept("a")
		if got := r.store.attempt(1).Result; got.Outcome != relay.Ambiguous || got.Reason == "" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestIdleLaneDoesNothing(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("a")
		r.pass(time.Minute)
		before := r.store.called()
		r.pass(1000 * time.Hour)
		if n := r.store.called() - before; n != 0 {
			t.Errorf("%d calls of the store in a thousand idle hours", n)
		}
	})
}

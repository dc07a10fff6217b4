package outbox

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

// acceptTypes takes an event for each type, with the type and its place as id.
func (r *rig) acceptTypes(slugs ...string) []string {
	r.t.Helper()
	ids := make([]string, len(slugs))
	for i, slug := range slugs {
		ids[i] = fmt.Sprintf("%s-%d", slug, len(r.store.states())+1)
		if _, err := r.Accept(r.t.Context(), relay.Event{ID: ids[i], Type: slug, ReceivedAt: time.Now()}); err != nil {
			r.t.Fatal(err)
		}
	}
	synctest.Wait()
	return ids
}

// wantMessages compares which events each message carried, joined by spaces.
func (r *rig) wantMessages(want ...string) {
	r.t.Helper()
	var got []string
	for _, m := range r.chat.log() {
		var ids []string
		for _, ev := range m.Events {
			ids = append(ids, ev.ID)
		}
		got = append(got, strings.Join(ids, " "))
		if m.Digest != (len(ids) > 1) {
			r.t.Errorf("%q is called a digest: %v", ids, m.Digest)
		}
	}
	if !slices.Equal(got, want) {
		r.t.Errorf("messages:\n got %q\nwant %q", got, want)
	}
}

// postsOf makes waiting posts, each of an event of the given type and age.
func postsOf(now time.Time, age time.Duration, slugs ...string) []relay.Post {
	var posts []relay.Post
	for i, slug := range slugs {
		posts = append(posts, relay.Post{
			ID: relay.PostID(i + 1), Kind: relay.Single, State: relay.Waiting, CreatedAt: now.Add(-age),
			Events: []relay.Event{{ID: fmt.Sprint(i + 1), Type: slug}},
		})
	}
	return posts
}

func times(n int, slug string) []string { return slices.Repeat([]string{slug}, n) }

func TestGatherDecidesWhenToFoldAndWhat(t *testing.T) {
	now := time.Unix(1772490000, 0)
	fresh, old := 10*time.Second, 10*time.Second+time.Nanosecond
	join := func(parts ...[]string) []string { return slices.Concat(parts...) }
	older := func(age time.Duration, after int, posts []relay.Post) []relay.Post {
		for i := range posts[after:] {
			posts[after+i].CreatedAt = now.Add(-age)
		}
		return posts
	}
	many := make([]string, 100)
	for i := range many {
		many[i] = fmt.Sprintf("%s_%d", strings.Repeat("long", 30), i)
	}
	tests := []struct {
		name  string
		posts []relay.Post
		form  relay.Rung
		want  int // the first so many are folded
	}{
		{"nothing waits", nil, relay.RungCard, 0},
		{"one that is fresh", postsOf(now, fresh, "a"), relay.RungCard, 0},
		{"one that is old has no company", postsOf(now, old, "a"), relay.RungCard, 0},
		{"five that are fresh", postsOf(now, fresh, times(5, "a")...), relay.RungCard, 0},
		{"more than five", postsOf(now, 0, times(6, "a")...), relay.RungCard, 6},
		{"two, of which one is old", older(old, 1, postsOf(now, 0, "a", "a")), relay.RungCard, 2},
		{"a card is full", postsOf(now, 0, times(150, "a")...), relay.RungCard, 120},
		{"text is full sooner", postsOf(now, 0, times(150, "a")...), relay.RungText, 40},
		{"every type of the catalogue", postsOf(now, 0, slices.Repeat(catalogue(), 5)...), relay.RungCard, 116},
		{"types whose names fill the message", postsOf(now, 0, many...), relay.RungCard, 28},

		{"few urgent ones are not folded with many others", postsOf(now, 0, join(times(5, "outbid"), times(90, "a"))...), relay.RungCard, 0},
		{"many urgent ones fold by themselves", postsOf(now, 0, join(times(6, "outbid"), times(90, "a"))...), relay.RungCard, 6},
		{"urgent ones that are old fold by themselves", older(fresh, 2, postsOf(now, old, "outbid", "low_credit", "a", "a")), relay.RungCard, 2},
		{"an urgent one goes with ordinary ones that are old", older(old, 1, postsOf(now, 0, "outbid", "a", "a")), relay.RungCard, 3},
		{"only urgent ones", postsOf(now, 0, times(7, "outbid")...), relay.RungCard, 7},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := gather(tt.posts, now, tt.form)
			if len(got) != tt.want {
				t.Fatalf("%d are folded, want %d", len(got), tt.want)
			}
			for i, id := range got {
				if id != tt.posts[i].ID {
					t.Fatalf("member %d is post %d, want the first ones in their order", i, id)
				}
			}
		})
	}
}

// catalogue lists Vast.ai's types, host and client alike.
func catalogue() []string {
	return []string{
		"instance_created", "instance_started", "instance_stopped", "instance_resumed", "instance_deleted", "outbid",
		"machine_maintenance", "upcoming_downtime", "instance_offline", "instance_online", "error_msgs", "low_disk_space",
		"storage_full", "idle_gpu", "near_end_date", "new_end_date", "low_credit", "payment_receipt", "credit_received",
		"billing_failed", "email_verification", "password_reset", "email_change", "team_invitation", "machine_offline",
		"machine_unverified", "machine_error", "receive_reports", "maintenance_scheduled",
	}
}

func TestMoreThanFiveThatWaitGoOutAsOneDigest(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("first")
		r.accept(numbered(40)...)
		r.pass(time.Minute)
		r.wantMessages("first", strings.Join(numbered(40), " "))
		digest := r.chat.log()[1]
		if want := FrozenID(space, numbered(40), ""); digest.MessageID != want || digest.Rung != relay.RungCard || digest.Resent {
			t.Errorf("got %s as %s, want %s as a card", digest.MessageID, digest.Rung, want)
		}
		if digest.at != pace {
			t.Errorf("the digest left after %v, want %v", digest.at, pace)
		}
	})
}

func TestWhatWaitsForLongGoesOutAsOneDigest(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		_ = r.Pause(r.t.Context(), time.Time{})
		r.accept("a")
		r.pass(digestAfter)
		r.accept("b")
		r.pass(time.Second)
		_, _ = r.Resume(r.t.Context(), false)
		r.pass(0)
		r.accept("c")
		r.pass(time.Minute)
		r.wantMessages("a b", "c")
	})
}

// TestDigestMembersAreFrozen lets everything happen to a digest that may have
// left a message, while more events come that would fold.
func TestDigestMembersAreFrozen(t *testing.T) {
	for _, outcome := range []relay.Outcome{relay.Ambiguous, relay.ServerTrouble, relay.RateLimited, relay.Unreachable, relay.ContentRefused, relay.IDsRefused, relay.Unauthorized, relay.DestinationGone} {
		t.Run(string(outcome), func(t *testing.T) {
			var members string
			inBubble(t, func(_ context.Context, _ int, m relay.Message) relay.Result {
				if m.Digest && members == "" {
					members = fmt.Sprint(m.Events)
					return relay.Result{Outcome: outcome}
				}
				return relay.Result{Outcome: relay.Posted}
			}, func(r *rig) {
				r.accept("first")
				r.accept(numbered(10)...)
				r.pass(1500 * time.Millisecond)
				for i := range 20 {
					r.accept(fmt.Sprintf("later-%d", i))
				}
				r.restart()
				r.pass(2 * time.Hour)
				var same []sent
				for _, m := range r.chat.log() {
					if slices.ContainsFunc(m.Events, func(ev relay.Event) bool { return ev.ID == "event-001" }) {
						same = append(same, m)
					}
				}
				if len(same) != 2 || fmt.Sprint(same[1].Events) != members || same[0].MessageID != same[1].MessageID && outcome != relay.IDsRefused {
					t.Errorf("got %+v, want the digest again as it was", same)
				}
				seen := make(map[string]int)
				for _, id := range r.chat.events() {
					seen[id]++
				}
				if len(seen) != 31 {
					t.Errorf("%d of 31 events were sent", len(seen))
				}
				if n := r.store.count(relay.Done); n != 31 {
					t.Errorf("%d of 31 events are posted", n)
				}
			})
		})
	}
}

func TestAPostThatWasTriedJoinsNoDigest(t *testing.T) {
	for _, outcome := range []relay.Outcome{relay.Unreachable, relay.RateLimited, relay.DestinationGone, relay.Ambiguous, relay.ServerTrouble, relay.ContentRefused} {
		t.Run(string(outcome), func(t *testing.T) {
			inBubble(t, answering(outcome, relay.Posted), func(r *rig) {
				r.accept("tried")
				r.accept(numbered(8)...)
				_ = r.Reopen(r.t.Context(), space)
				r.pass(time.Minute)
				r.wantStates(slices.Repeat([]relay.PostState{relay.Done}, 9)...)
				if n := len(r.chat.log()); n != 3 {
					t.Errorf("%d messages, want two of the tried one and a digest", n)
				}
				rests := outcome.MayBeStored() // The tried one rests, and the others overtake it.
				if got := !r.chat.log()[1].Digest; got == rests {
					t.Errorf("the tried one went first again: %v, want %v", got, !rests)
				}
				for _, m := range r.sentFor("tried") {
					if m.Digest || m.MessageID != FrozenID(space, []string{"tried"}, "") {
						t.Errorf("sent as %+v, want it alone under its id", m.Message)
					}
				}
			})
		})
	}
}

func TestUrgentEventsGoFirst(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.acceptTypes("idle_gpu")
		r.acceptTypes("idle_gpu", "idle_gpu", "outbid", "idle_gpu")
		r.pass(2 * pace)
		r.acceptTypes("low_credit")
		r.pass(time.Minute)
		r.wantMessages("idle_gpu-1", "outbid-4", "idle_gpu-2", "low_credit-6", "idle_gpu-3", "idle_gpu-5")
	})
}

func TestUrgentEventsAreNotBuriedInADigestOfOthers(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.acceptTypes("idle_gpu")
		r.acceptTypes(append(times(30, "idle_gpu"), "outbid", "billing_failed")...)
		r.pass(time.Minute)
		all := r.chat.log()
		if len(all) != 4 || all[1].Events[0].Type != "outbid" || all[2].Events[0].Type != "billing_failed" || len(all[3].Events) != 30 {
			t.Errorf("got %d messages: %+v", len(all), all)
		}
	})
}

func TestUrgentEventsDoNotStarveOrdinaryOnes(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.acceptTypes(times(20, "idle_gpu")...)
		for range 60 {
			r.acceptTypes("outbid", "outbid")
			r.pass(time.Second)
		}
		for _, m := range r.chat.log() {
			if m.at > 2*digestAfter {
				break
			}
			if slices.ContainsFunc(m.Events, func(ev relay.Event) bool { return ev.ID == "idle_gpu-20" }) {
				return
			}
		}
		t.Errorf("an ordinary event still waits after %v", 2*digestAfter)
	})
}

func TestNothingIsFoldedWhileAnotherCopyPostsTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, store: newMemStore(), chat: newChat(nil)}
		r.options.Folds = func() bool { return false }
		r.start()
		defer r.stop()
		r.accept(numbered(20)...)
		r.pass(time.Minute)
		r.wantEvents(numbered(20)...)
		if n := len(r.chat.log()); n != 20 {
			t.Errorf("got %d messages, want one for each event", n)
		}
	})
}

func TestFormOfADigest(t *testing.T) {
	tests := []struct {
		name    string
		form    relay.Rung
		refused []relay.Rung
		rungs   []relay.Rung // of each attempt of the first digest
		members int
	}{
		{"cards are taken", relay.RungCard, nil, []relay.Rung{relay.RungCard}, 60},
		{"a refused card becomes text, with all its members", relay.RungCard, []relay.Rung{relay.RungCard}, []relay.Rung{relay.RungCard, relay.RungText}, 60},
		{"refused in every form", relay.RungCard, []relay.Rung{relay.RungCard, relay.RungText, relay.RungShortest}, []relay.Rung{relay.RungCard, relay.RungText, relay.RungShortest}, 60},
		{"the person prefers text", relay.RungText, nil, []relay.Rung{relay.RungText}, 40},
		{"the shortest form names nothing, so none starts there", relay.RungShortest, nil, []relay.Rung{relay.RungText}, 40},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &rig{t: t, store: newMemStore(), chat: newChat(func(_ context.Context, _ int, m relay.Message) relay.Result {
					if m.Digest && slices.Contains(tt.refused, m.Rung) {
						return relay.Result{Outcome: relay.ContentRefused}
					}
					return relay.Result{Outcome: relay.Posted}
				})}
				r.options.Form = func() relay.Rung { return tt.form }
				r.start()
				defer r.stop()
				r.accept("first")
				r.accept(numbered(60)...)
				r.pass(time.Minute)
				var rungs []relay.Rung
				for _, m := range r.chat.log() {
					if m.Digest && m.Events[0].ID == "event-001" {
						rungs = append(rungs, m.Rung)
						if len(m.Events) != tt.members {
							t.Errorf("%d members, want %d", len(m.Events), tt.members)
						}
					}
				}
				if !slices.Equal(rungs, tt.rungs) {
					t.Errorf("rungs: got %v, want %v", rungs, tt.rungs)
				}
			})
		})
	}
}

func TestASpaceThatRefusesCardsGetsDigestsAsText(t *testing.T) {
	inBubble(t, func(_ context.Context, _ int, m relay.Message) relay.Result {
		if m.Rung == relay.RungCard {
			return relay.Result{Outcome: relay.ContentRefused}
		}
		return relay.Result{Outcome: relay.Posted}
	}, func(r *rig) {
		r.accept("first")
		r.pass(time.Minute)
		r.accept("second")
		r.accept(numbered(50)...)
		r.pass(time.Minute)
		for _, m := range r.chat.log()[1:] {
			if m.Rung != relay.RungText || len(m.Events) > 40 {
				t.Errorf("%d events as %s, want at most 40 as text", len(m.Events), m.Rung)
			}
		}
		if n := r.store.count(relay.Done); n != 52 {
			t.Errorf("%d of 52 are posted", n)
		}
	})
}

func TestADigestThatCannotBeFoldedGoesOneByOne(t *testing.T) {
	for _, err := range []error{relay.ErrFrozen, relay.ErrNotFound} {
		t.Run(err.Error(), func(t *testing.T) {
			inBubble(t, nil, func(r *rig) {
				r.store.set("Fold", err)
				r.accept(numbered(10)...)
				r.pass(time.Minute)
				r.wantEvents(numbered(10)...)
			})
		})
	}
}

func TestACrashBetweenFoldAndAttemptLosesNothing(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		r.accept("first")
		r.store.set("BeginAttempt", relay.ErrStoreUnavailable)
		r.accept(numbered(10)...)
		r.pass(2 * time.Second)
		r.stop()
		r.store.set("BeginAttempt", nil)
		r.start()
		r.accept("later")
		r.pass(time.Minute)
		r.wantMessages("first", strings.Join(numbered(10), " "), "later")
	})
}

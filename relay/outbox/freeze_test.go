package outbox

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
)

func TestRefusedIDsAreLeftOutFromThenOn(t *testing.T) {
	inBubble(t, func(_ context.Context, _ int, m relay.Message) relay.Result {
		if m.MessageID != "" {
			return relay.Result{Outcome: relay.IDsRefused, Status: 400}
		}
		return relay.Result{Outcome: relay.Posted}
	}, func(r *rig) {
		r.accept("a", "b")
		r.pass(5 * time.Second)
		r.wantStates(relay.Done, relay.Done)
		r.wantEvents("a", "a", "b")
		for i, m := range r.chat.log() {
			if m.Rung != relay.RungCard || (m.MessageID == "") != (i > 0) {
				t.Errorf("send %d: got %+v", i+1, m.Message)
			}
		}
		r.restart()
		r.accept("c")
		if got := r.chat.log()[3]; got.MessageID != "" {
			t.Errorf("after a restart ids are sent again: %+v", got)
		}
		if id := r.store.post(1).MessageID; id == "" {
			t.Error("the post is not frozen under an id")
		}
	})
}

func TestDestinationLearnsIDSupport(t *testing.T) {
	tests := []struct {
		name    string
		before  relay.IDSupport
		second  relay.Result // after an attempt without an answer
		after   relay.IDSupport
		repeats bool // the second message says that it may repeat
		marked  bool // the post is marked in the end
	}{
		{"unknown, and a collision proves them", relay.IDsUnknown, relay.Result{Outcome: relay.AlreadyPosted}, relay.IDsHonoured, true, false},
		{"unknown, and a replay proves them", relay.IDsUnknown, relay.Result{Outcome: relay.Posted, Replayed: true}, relay.IDsHonoured, true, false},
		{"unknown, and nothing proves them", relay.IDsUnknown, relay.Result{Outcome: relay.Posted}, relay.IDsUnknown, true, true},
		{"known to be honoured", relay.IDsHonoured, relay.Result{Outcome: relay.Posted}, relay.IDsHonoured, false, false},
		{"known to be ignored", relay.IDsIgnored, relay.Result{Outcome: relay.Posted}, relay.IDsIgnored, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(_ context.Context, n int, _ relay.Message) relay.Result {
				if n == 1 {
					return relay.Result{Outcome: relay.Ambiguous}
				}
				return tt.second
			}, func(r *rig) {
				if err := r.LearnIDs(r.t.Context(), space, tt.before); err != nil {
					t.Fatal(err)
				}
				r.accept("a")
				r.pass(5 * time.Second)
				all := r.chat.log()
				if len(all) != 2 || all[0].MayRepeat || all[1].MayRepeat != tt.repeats || all[0].MessageID != all[1].MessageID {
					t.Errorf("got %+v", all)
				}
				if p := r.store.post(1); p.State != relay.Done || p.MayRepeat != tt.marked {
					t.Errorf("post: got %+v", p)
				}
				if got := r.store.saved().IDs; got != tt.after {
					t.Errorf("ids: got %s, want %s", got, tt.after)
				}
			})
		})
	}
}

// TestMessageSaysThatItMayRepeatOnceIDsAreNoLongerHonoured: what an earlier attempt
// may have stored was to be found by ids that prevent nothing any more.
func TestMessageSaysThatItMayRepeatOnceIDsAreNoLongerHonoured(t *testing.T) {
	changes := map[string]func(*rig){
		"another message is refused for its ids": func(r *rig) {
			r.chat.answer(func(_ context.Context, _ int, m relay.Message) relay.Result {
				if m.MessageID != "" {
					return relay.Result{Outcome: relay.IDsRefused, Status: 400}
				}
				return relay.Result{Outcome: relay.Posted}
			})
			r.accept("b")
		},
		"a new URL ignores them": func(r *rig) {
			r.chat.answer(nil)
			if err := errors.Join(r.LearnIDs(r.t.Context(), space, relay.IDsIgnored), r.Reopen(r.t.Context(), space)); err != nil {
				r.t.Fatal(err)
			}
		},
	}
	for name, change := range changes {
		for outcome, want := range map[relay.Outcome]bool{
			relay.Ambiguous: true, relay.ServerTrouble: true, relay.Unverified: true,
			relay.RateLimited: false, relay.Unreachable: false,
		} {
			t.Run(name+" after "+string(outcome), func(t *testing.T) {
				inBubble(t, answering(outcome), func(r *rig) {
					if err := r.LearnIDs(r.t.Context(), space, relay.IDsHonoured); err != nil {
						t.Fatal(err)
					}
					r.accept("a")
					change(r)
					r.pass(time.Minute)
					if p := r.store.post(1); p.State != relay.Done || p.MayRepeat != want {
						t.Errorf("post: got %+v", p)
					}
					var said bool
					for _, m := range r.chat.log() {
						if m.Events[0].ID == "a" {
							said = m.MayRepeat
						}
					}
					if said != want {
						t.Errorf("the message says that it may repeat: %v, want %v", said, want)
					}
				})
			})
		}
	}
}

func TestFrozenIDIsLegalAndUnambiguous(t *testing.T) {
	type arguments struct {
		space  string
		events string // separated by |
		salt   string
	}
	tests := []arguments{
		{"s", "a", ""},
		{"s", "a", "x"},
		{"s", "b", ""},
		{"t", "a", ""},
		{"s", "a|b", ""},
		{"s", "b|a", ""},
		{"s", "ab", ""},
		{"sa", "", ""},
		{"s", "", "a"},
		{"s", "a|", ""},
		{"s", "|a", ""},
		{"", "sa", ""},
		{"s", "a|b|c", ""},
		{"s", "a|bc", ""},
		{"s", "ab|c", ""},
	}
	seen := make(map[string]arguments)
	for _, a := range tests {
		id := FrozenID(a.space, strings.Split(a.events, "|"), a.salt)
		if other, ok := seen[id]; ok {
			t.Errorf("%+v and %+v give the same id", a, other)
		}
		seen[id] = a
		if len(id) != 39 || id[:7] != "client-" {
			t.Errorf("id %q is not legal", id)
		}
		for _, b := range []byte(id[7:]) {
			if !between(b, '0', '9') && !between(b, 'a', 'f') {
				t.Errorf("id %q holds %q", id, b)
			}
		}
		if again := FrozenID(a.space, strings.Split(a.events, "|"), a.salt); again != id {
			t.Error("the id is not always the same")
		}
	}
	// The value itself is on disk and in spaces: it must never change.
	if got, want := FrozenID("AAAA", []string{"0011"}, ""), "client-f6a3ad078ea2ec0c60e58f7e65e108c6"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

package outbox

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

// threaded answers as a Sender does whose messages all belong into a thread:
// refuses says what the space refuses of a rung, in a thread or not.
func threaded(refuses func(rung relay.Rung, inThread bool) bool) func(context.Context, int, relay.Message) relay.Result {
	return func(_ context.Context, _ int, m relay.Message) relay.Result {
		inThread := !m.NoThread && m.Rung != relay.RungShortest
		if refuses(m.Rung, inThread) {
			return relay.Result{Outcome: relay.ContentRefused, Status: 400, Reason: "refused", Detail: "Refused.", Threaded: inThread}
		}
		return relay.Result{Outcome: relay.Posted, Status: 200, Threaded: inThread}
	}
}

func TestMessageRefusedInItsThreadGoesInTheSameFormWithout(t *testing.T) {
	tests := []struct {
		name    string
		refuses func(rung relay.Rung, inThread bool) bool
		first   string // what was sent of the first event, and of the second
		second  string
		noCards bool
	}{
		{
			"a space that takes threads", func(relay.Rung, bool) bool { return false },
			"[card in thread]", "[card in thread]", false,
		},
		{
			"a space that takes no threads keeps its cards, and gets no thread for now",
			func(_ relay.Rung, inThread bool) bool { return inThread },
			"[card in thread card]", "[card]", false,
		},
		{
			"a space that takes no cards is told from one that takes no threads",
			func(rung relay.Rung, _ bool) bool { return rung == relay.RungCard },
			"[card in thread card text]", "[text in thread]", true,
		},
		{
			"a space that takes neither", func(rung relay.Rung, inThread bool) bool { return rung == relay.RungCard || inThread },
			"[card in thread card text]", "[text in thread text]", true,
		},
		{
			"a message that is refused in every longer form", func(rung relay.Rung, _ bool) bool { return rung != relay.RungShortest },
			"[card in thread card text shortest]", "[card in thread card text shortest]", false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, threaded(tt.refuses), func(r *rig) {
				r.accept("a")
				r.pass(10 * time.Second)
				n := len(r.chat.log())
				r.accept("b")
				r.pass(10 * time.Second)
				if first, second := formsOf(r.chat.log()[:n]), formsOf(r.chat.log()[n:]); first != tt.first || second != tt.second {
					t.Errorf("sent %s, then %s; want %s, then %s", first, second, tt.first, tt.second)
				}
				r.wantStates(relay.Done, relay.Done)
				if got := r.store.saved().RefusesCards; got != tt.noCards {
					t.Errorf("on disk, RefusesCards is %v, want %v", got, tt.noCards)
				}
				if slices.Min(append(r.chat.gaps(), time.Hour)) < time.Second {
					t.Error("the attempt without a thread broke the pace")
				}
			})
		})
	}
}

// formsOf describes what was sent.
func formsOf(messages []sent) string {
	var forms []string
	for _, m := range messages {
		form := string(m.Rung)
		if !m.NoThread && m.Rung != relay.RungShortest {
			form += " in thread"
		}
		forms = append(forms, form)
	}
	return fmt.Sprint(forms)
}

func TestThreadsAreTriedAgainAfterADayOrWithANewURL(t *testing.T) {
	noThreads := func(_ relay.Rung, inThread bool) bool { return inThread }
	tests := []struct {
		name string
		act  func(*rig)
		want string
	}{
		{"within the day none is used", func(r *rig) { r.pass(23 * time.Hour) }, "[card]"},
		{"after a day one is tried", func(r *rig) { r.pass(25 * time.Hour) }, "[card in thread card]"},
		{"a new URL may take them", func(r *rig) {
			if err := r.Reopen(r.t.Context(), space); err != nil {
				r.t.Fatal(err)
			}
		}, "[card in thread card]"},
		{"a restart costs one attempt", func(r *rig) { r.stop(); r.start() }, "[card in thread card]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, threaded(noThreads), func(r *rig) {
				r.accept("a")
				r.pass(10 * time.Second)
				n := len(r.chat.log())
				tt.act(r)
				r.accept("b")
				r.pass(10 * time.Second)
				if got := formsOf(r.chat.log()[n:]); got != tt.want {
					t.Errorf("sent %s, want %s", got, tt.want)
				}
				r.wantStates(relay.Done, relay.Done)
			})
		})
	}
}

// TestRestartBetweenFormsDoesNotMarkCardsRefused: what was refused is known in memory
// alone, so that a text which is taken after a restart proves nothing of cards.
func TestRestartBetweenFormsDoesNotMarkCardsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, store: newMemStore(), chat: newChat(threaded(func(rung relay.Rung, _ bool) bool { return rung == relay.RungCard }))}
		r.start()
		r.accept("a")
		r.pass(time.Second + 500*time.Millisecond) // in the thread, then without
		r.stop()
		r.start()
		defer r.stop()
		r.pass(10 * time.Second)
		r.wantStates(relay.Done)
		if r.store.saved().RefusesCards {
			t.Error("cards are booked as refused")
		}
	})
}

// TestNewURLIsNotTakenToRefuseWhatTheOldOneDid: the message that is accepted in
// another form is sent by a URL that was never asked for the first one.
func TestNewURLIsNotTakenToRefuseWhatTheOldOneDid(t *testing.T) {
	tests := []struct {
		name     string
		refuses  func(rung relay.Rung, inThread bool) bool
		attempts time.Duration // until the URL is replaced
		want     string        // what is sent of the next event
	}{
		{"a card", func(rung relay.Rung, _ bool) bool { return rung == relay.RungCard }, 1500 * time.Millisecond, "[card in thread]"},
		{"a thread", func(_ relay.Rung, inThread bool) bool { return inThread }, 0, "[card in thread]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, threaded(tt.refuses), func(r *rig) {
				r.accept("a")
				r.pass(tt.attempts)
				r.chat.answer(nil)
				if err := r.Reopen(r.t.Context(), space); err != nil {
					t.Fatal(err)
				}
				r.pass(10 * time.Second)
				n := len(r.chat.log())
				r.accept("b")
				r.pass(10 * time.Second)
				if got := formsOf(r.chat.log()[n:]); got != tt.want {
					t.Errorf("sent %s, want %s", got, tt.want)
				}
				r.wantStates(relay.Done, relay.Done)
				if r.dest().RefusesCards {
					t.Error("cards are booked as refused")
				}
			})
		})
	}
}

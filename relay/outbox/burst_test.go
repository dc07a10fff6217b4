package outbox

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"vastrelay/relay"
)

// burst is how many events come at once, and how soon all must be named.
const (
	burst         = 10_000
	burstDeadline = 120 * time.Second
)

// TestBurstIsPostedWithinTwoMinutes takes events of all types, at once and over
// a while, and looks at what left: each event once, one message a second.
func TestBurstIsPostedWithinTwoMinutes(t *testing.T) {
	for _, tc := range []struct{ over, answers time.Duration }{
		{0, 0}, {20 * time.Second, 0}, {0, 300 * time.Millisecond}, {20 * time.Second, 300 * time.Millisecond},
	} {
		over := tc.over
		t.Run(fmt.Sprintf("that takes %v to come, with answers after %v", over, tc.answers), func(t *testing.T) {
			slow := func(context.Context, int, relay.Message) relay.Result {
				time.Sleep(tc.answers)
				return relay.Result{Outcome: relay.Posted}
			}
			inBubble(t, slow, func(r *rig) {
				types := catalogue()
				var senders sync.WaitGroup
				const at = 16
				for s := range at {
					senders.Go(func() {
						for i := s; i < burst; i += at {
							time.Sleep(over * at / burst)
							ev := relay.Event{ID: fmt.Sprintf("event-%05d", i), Type: types[i*7%len(types)], ReceivedAt: time.Now()}
							if fresh, err := r.Accept(r.t.Context(), ev); !fresh || err != nil {
								t.Errorf("accept %s: %v %v", ev.ID, fresh, err)
							}
						}
					})
				}
				senders.Wait()
				r.pass(burstDeadline - over)

				ids := r.chat.events()
				slices.Sort(ids)
				if sent, different := len(ids), len(slices.Compact(ids)); sent != burst || different != burst {
					t.Errorf("%d events were sent, %d of them different, want %d", sent, different, burst)
				}
				for _, m := range r.chat.log() {
					if n := len(m.Events); n > roomOf(relay.RungCard).members {
						t.Errorf("a message of %d events", n)
					}
				}
				if gaps := r.chat.gaps(); slices.Min(gaps) < time.Second {
					t.Errorf("two messages only %v apart", slices.Min(gaps))
				}
				all := r.chat.log()
				t.Logf("%d messages, the last after %v", len(all), all[len(all)-1].at)
				if b, err := r.Backlog(r.t.Context()); b.Count != 0 || err != nil {
					t.Errorf("still waiting: %+v %v", b, err)
				}
			})
		})
	}
}

// TestAnUrgentEventIsNotKeptBackByABurst shows what overtaking is worth.
func TestAnUrgentEventIsNotKeptBackByABurst(t *testing.T) {
	inBubble(t, nil, func(r *rig) {
		for i := range burst {
			if _, err := r.Accept(r.t.Context(), relay.Event{ID: fmt.Sprint(i), Type: "idle_gpu"}); err != nil {
				t.Fatal(err)
			}
		}
		r.pass(30 * time.Second)
		before := time.Since(r.chat.began)
		r.acceptTypes("outbid")
		r.pass(2 * time.Second)
		for _, m := range r.chat.log() {
			if slices.ContainsFunc(m.Events, func(ev relay.Event) bool { return ev.Type == "outbid" }) {
				if late := m.at - before; late > pace {
					t.Errorf("it left %v after it came", late)
				}
				return
			}
		}
		t.Error("it still waits")
	})
}

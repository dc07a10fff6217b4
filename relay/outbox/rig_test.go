package outbox

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

// sent is one message as it reached the fake Chat.
type sent struct {
	relay.Message
	at time.Duration // since the test began
}

// chat is a Sender. It notes what it is sent and answers as reply says; without
// a reply it stores the message.
type chat struct {
	began time.Time
	mu    sync.Mutex
	sent  []sent
	reply func(ctx context.Context, n int, m relay.Message) relay.Result // n counts from 1
}

func newChat(reply func(ctx context.Context, n int, m relay.Message) relay.Result) *chat {
	return &chat{began: time.Now(), reply: reply}
}

// answering makes a reply of outcomes that come one after the other; the last
// goes on for ever.
func answering(outcomes ...relay.Outcome) func(context.Context, int, relay.Message) relay.Result {
	return func(_ context.Context, n int, _ relay.Message) relay.Result {
		return relay.Result{Outcome: outcomes[min(n, len(outcomes))-1], Reason: "reason", Detail: "Detail."}
	}
}

func (c *chat) Send(ctx context.Context, m relay.Message) relay.Result {
	c.mu.Lock()
	c.sent = append(c.sent, sent{m, time.Since(c.began)})
	n, reply := len(c.sent), c.reply
	c.mu.Unlock()
	if reply == nil {
		return relay.Result{Outcome: relay.Posted, Name: fmt.Sprintf("spaces/%s/messages/%d", m.Space, n)}
	}
	return reply(ctx, n, m)
}

func (c *chat) answer(reply func(context.Context, int, relay.Message) relay.Result) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reply = reply
}

// log returns what was sent so far.
func (c *chat) log() []sent {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.sent)
}

// gaps returns the times between sends.
func (c *chat) gaps() []time.Duration {
	var gaps []time.Duration
	all := c.log()
	for i := 1; i < len(all); i++ {
		gaps = append(gaps, all[i].at-all[i-1].at)
	}
	return gaps
}

// events lists the ids of the events that were sent, in order.
func (c *chat) events() []string {
	var ids []string
	for _, m := range c.log() {
		for _, ev := range m.Events {
			ids = append(ids, ev.ID)
		}
	}
	return ids
}

const space = "AAAAspace"

// rig is an outbox under test in a synctest bubble.
type rig struct {
	*Outbox
	t       *testing.T
	store   *memStore
	chat    *chat
	options Options
	cancel  context.CancelFunc
	ended   chan struct{}
	took    time.Duration // by the last stop
}

// inBubble runs f with an outbox of one destination that posts to chat.
func inBubble(t *testing.T, reply func(context.Context, int, relay.Message) relay.Result, f func(*rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, store: newMemStore(), chat: newChat(reply)}
		r.start()
		defer r.stop()
		f(r)
	})
}

// start begins a run of the program on what the store holds.
func (r *rig) start() {
	r.t.Helper()
	o := r.options
	o.Store, o.Sender, o.Logger = r.store, r.chat, slog.New(slog.DiscardHandler)
	r.Outbox = New(o)
	if _, err := r.AddDestination(r.t.Context(), space, "Ops"); err != nil {
		r.t.Fatal(err)
	}
	r.run()
}

func (r *rig) run() {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel, r.ended = cancel, make(chan struct{})
	go func() {
		defer close(r.ended)
		if err := r.Run(ctx); err != nil {
			r.t.Errorf("Run: %v", err)
		}
	}()
	synctest.Wait()
}

// stop ends the run as an orderly quit does.
func (r *rig) stop() {
	start := time.Now()
	r.cancel()
	<-r.ended
	r.took = time.Since(start)
}

func (r *rig) restart() {
	r.t.Helper()
	r.stop()
	r.start()
}

// accept takes events of the given ids, and lets the lanes work until they
// wait.
func (r *rig) accept(ids ...string) {
	r.t.Helper()
	for _, id := range ids {
		if fresh, err := r.Accept(r.t.Context(), relay.Event{ID: id, Subject: "subject of " + id, ReceivedAt: time.Now()}); err != nil || !fresh {
			r.t.Fatalf("accept %s: fresh %v, err %v", id, fresh, err)
		}
	}
	synctest.Wait()
}

// pass lets time go by.
func (r *rig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (r *rig) dest() relay.Destination {
	r.t.Helper()
	d, ok := r.Destination(space)
	if !ok {
		r.t.Fatal("the destination takes no part")
	}
	return d
}

func (r *rig) wantStates(want ...relay.PostState) {
	r.t.Helper()
	if got := r.store.states(); !slices.Equal(got, want) {
		r.t.Errorf("states: got %v, want %v", got, want)
	}
}

func (r *rig) wantEvents(want ...string) {
	r.t.Helper()
	if got := r.chat.events(); !slices.Equal(got, want) {
		r.t.Errorf("sent: got %v, want %v", got, want)
	}
}

func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("event-%03d", i+1)
	}
	return ids
}

// between reports whether low <= d <= high.
func between[T cmp.Ordered](d, low, high T) bool { return low <= d && d <= high }

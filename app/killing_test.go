package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// The size of a crash run, and its seed, from the environment.
const (
	crashesVariable = "CRASHES"    // default: a handful, for the quick suite
	seedVariable    = "CRASH_SEED" // default: a new one each time, printed

	fewCrashes     = 3
	outstandingMax = 300 // events under way beyond which the sender takes a break
	redeliverAfter = 40 * time.Millisecond
	drainPatience  = 20 * time.Minute // for all that waits; Chat takes one message a second
)

// killFaults are what Chat does to a post. Each leaves open, or makes unclear,
// whether the message stands in the space.
var killFaults = []chattest.Fault{
	chattest.RateLimit, chattest.InternalError, chattest.Unavailable, chattest.BadGateway, chattest.RequestTimeout,
	chattest.Hang, chattest.StoreThenHang, chattest.StoreThenHang, chattest.StoreThenCut, chattest.StoreThenFail, chattest.StoreThenBabble,
}

// killing is one run of killing the program while events arrive.
type killing struct {
	t      *testing.T
	w      *world
	listen string
	rng    *rand.Rand

	stored chan struct{} // Chat has stored a message
	taken  chan struct{} // a delivery was answered 2xx

	senders     sync.WaitGroup
	outstanding atomic.Int64
	said        *lockedBuffer // by the latest start

	mu       sync.Mutex
	answered map[string]bool // by event: answered 2xx
	named    map[string]int  // by event: messages in Chat that name it
	refused  []string
	messages int
	retries  int

	kills    map[string]int // by what the kill came upon
	restarts []time.Duration
}

// TestCrash kills the program at random points, again and again, while Vast.ai
// delivers and Chat fails, and then counts: every event that was answered with
// a 2xx stands in Chat, in one message and no second.
func TestCrash(t *testing.T) {
	t.Parallel()
	crashes, seed := fewCrashes, rand.Uint64()
	if s := os.Getenv(crashesVariable); s != "" {
		var err error
		if crashes, err = strconv.Atoi(s); err != nil {
			t.Fatalf("%s: %v", crashesVariable, err)
		}
	}
	if s := os.Getenv(seedVariable); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("%s: %v", seedVariable, err)
		}
	}
	t.Logf("%s=%d %s=%d", crashesVariable, crashes, seedVariable, seed)
	w, listen := newOwnURLWorld(t, vasttest.Options{Schedule: []time.Duration{redeliverAfter}}, chattest.Options{})
	k := &killing{
		t: t, w: w, listen: listen, rng: rand.New(rand.NewPCG(seed, 0)), //nolint:gosec // repeatable on purpose
		stored: make(chan struct{}, 1), taken: make(chan struct{}, 1),
		answered: map[string]bool{}, named: map[string]int{}, kills: map[string]int{},
	}
	w.chat.OnMessage(k.note)
	k.prepare()
	began := time.Now()
	for i := range crashes {
		k.cycle(i)
		if k.rng.IntN(50) == 0 {
			t.Logf("%d crashes after %v", i+1, time.Since(began).Round(time.Second))
		}
	}
	killing := time.Since(began)
	k.drain()
	k.report(crashes, seed, killing, time.Since(began)-killing)
}

// eventName is how an event of the run is called, as its subject.
var eventName = regexp.MustCompile(`crash-\d{7}-end`)

// note counts which events a stored message names.
func (k *killing) note(_ string, m chattest.StoredMessage) {
	names := eventName.FindAllString(string(m.Body), -1)
	slices.Sort(names)
	k.mu.Lock()
	k.messages++
	for _, name := range slices.Compact(names) {
		k.named[name]++
	}
	k.mu.Unlock()
	fire(k.stored)
}

func fire(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// start starts the program.
func (k *killing) start() (*exec.Cmd, <-chan struct{}) {
	k.said = &lockedBuffer{}
	return k.w.bare(k.t, k.said, nil, "--log-level", "warn")
}

// prepare lets the program make its webhook.
func (k *killing) prepare() {
	c := k.w.start(k.t, nil)
	c.reach(status.Relaying)
	c.kill()
}

// cycle starts the program, sends it events, and kills it.
func (k *killing) cycle(i int) {
	fault, events := chattest.NoFault, 1+k.rng.IntN(8)
	if k.rng.IntN(2) == 0 {
		fault = killFaults[k.rng.IntN(len(killFaults))]
	}
	when := []string{"any moment", "any moment", "any moment", "after an answer", "after a message was stored"}[k.rng.IntN(5)]
	if i%25 == 24 {
		fault, events, when = chattest.StoreThenHang, 60, "after a message was stored"
	}
	k.w.chat.SetFault(fault)
	drained(k.stored)
	drained(k.taken)

	cmd, done := k.start()
	began := time.Now()
	ctx, cancel := context.WithCancel(k.t.Context())
	up := make(chan time.Duration, 1)
	go func() {
		defer close(up)
		if listens(ctx, k.listen) {
			up <- time.Since(began)
		}
	}()
	k.send(i, events)
	k.await(when, done)
	_ = cmd.Process.Kill()
	<-done
	cancel()
	if !wasKilled(cmd.ProcessState) {
		k.t.Fatalf("the program ended by itself, with code %d, before crash %d:\n%s", cmd.ProcessState.ExitCode(), i, k.said)
	}
	if took, ok := <-up; ok {
		k.restarts = append(k.restarts, took)
	} else {
		when = "before it listened"
	}
	k.kills[when]++
}

func drained(c chan struct{}) {
	select {
	case <-c:
	default:
	}
}

// await waits for the moment to kill.
func (k *killing) await(when string, done <-chan struct{}) {
	wait := time.Duration(k.rng.Int64N(int64(600 * time.Millisecond)))
	var sign <-chan struct{}
	var after time.Duration
	switch when {
	case "after an answer":
		sign, wait, after = k.taken, 2*time.Second, time.Duration(k.rng.Int64N(int64(3*time.Millisecond)))
	case "after a message was stored":
		sign, wait, after = k.stored, 2*time.Second, time.Duration(k.rng.Int64N(int64(3*time.Millisecond)))
	}
	select {
	case <-done:
	case <-sign:
		time.Sleep(after) // the random point itself
	case <-time.After(wait):
	}
}

// send delivers n fresh events as Vast.ai does: each until it is taken or
// refused for good.
func (k *killing) send(cycle, n int) {
	if k.outstanding.Load() > outstandingMax {
		return
	}
	for j := range n {
		name := fmt.Sprintf("crash-%05d%02d-end", cycle, j)
		kind := []string{"client:outbid", "client:instance_online", "client:low_credit"}[j%3]
		again := 0
		if k.rng.IntN(10) == 0 {
			again = 1 // Vast.ai may deliver what was taken once more
		}
		k.outstanding.Add(1)
		k.senders.Go(func() {
			defer k.outstanding.Add(-1)
			sent, err := k.w.vast.Emit(k.t.Context(), vasttest.Emission{
				Type: kind, Subject: name, Message: "Killed while it arrived.", EventID: "id-" + name,
				Attempts: 1 << 20, Duplicate: again,
			})
			k.settled(name, sent, err)
			fire(k.taken)
		})
	}
}

// settled records what became of one event.
func (k *killing) settled(name string, sent vasttest.Emitted, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.retries += len(sent.Deliveries) - 1
	for _, d := range sent.Deliveries {
		switch d.Outcome() {
		case vasttest.Taken:
			k.answered[name] = true
		case vasttest.Refused:
			k.refused = append(k.refused, fmt.Sprintf("%s with %d", name, d.Status))
		case vasttest.Retry:
		}
	}
	if err != nil {
		k.refused = append(k.refused, fmt.Sprintf("%s: %v", name, err))
	}
}

// drain lets the program and Chat work undisturbed until nothing waits.
func (k *killing) drain() {
	k.w.chat.SetFault(chattest.NoFault)
	c := k.w.start(k.t, nil, "--log-level", "warn")
	k.senders.Wait()
	k.t.Logf("all deliveries answered; draining")
	deadline := time.Now().Add(drainPatience)
	for last := time.Now(); ; {
		s, ok := c.snapshot()
		if ok && s.Waiting == 0 && k.unnamed() == 0 {
			break
		}
		if time.Now().After(deadline) {
			k.t.Errorf("%d posts still wait after %v; phase %s: %s", s.Waiting, drainPatience, s.Phase, s.Headline)
			break
		}
		if time.Since(last) > 30*time.Second {
			last = time.Now()
			k.t.Logf("%d posts wait, %d events are not in Chat yet", s.Waiting, k.unnamed())
		}
		time.Sleep(50 * time.Millisecond) // another process is being watched
	}
	c.stop()
}

// unnamed counts the events that were answered and do not stand in Chat.
func (k *killing) unnamed() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := 0
	for name := range k.answered {
		if k.named[name] == 0 {
			n++
		}
	}
	return n
}

// report prints the table and fails the test where a promise was broken.
func (k *killing) report(crashes int, seed uint64, killing, draining time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var lost, doubled, unsent []string
	for name := range k.answered {
		switch n := k.named[name]; {
		case n == 0:
			lost = append(lost, name)
		case n > 1:
			doubled = append(doubled, fmt.Sprintf("%s (%d)", name, n))
		}
	}
	for name := range k.named {
		if !k.answered[name] {
			unsent = append(unsent, name)
		}
	}
	slices.Sort(k.restarts)
	middle, worst := time.Duration(0), time.Duration(0)
	if n := len(k.restarts); n > 0 {
		middle, worst = k.restarts[n/2], k.restarts[n-1]
	}
	k.t.Logf(`
| crashes | events | deliveries repeated | messages | lost | doubled | refused | restart p50 | restart max |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| %d | %d | %d | %d | %d | %d | %d | %v | %v |

seed %d; killing took %v, draining %v; killed: %v; ids honoured without a new message: %d`,
		crashes, len(k.answered), k.retries, k.messages, len(lost), len(doubled), len(k.refused),
		middle.Round(time.Millisecond), worst.Round(time.Millisecond),
		seed, killing.Round(time.Second), draining.Round(time.Second), k.kills, k.w.chat.Replays())
	if len(k.answered) == 0 || k.messages == 0 {
		k.t.Error("no event went through, so nothing was shown")
	}
	for what, names := range map[string][]string{"lost": lost, "doubled": doubled, "refused for good": k.refused, "in Chat without an answer": unsent} {
		slices.Sort(names)
		if len(names) > 0 {
			k.t.Errorf("%s: %d events: %.20q", what, len(names), names)
		}
	}
	if k.t.Failed() {
		k.t.Logf("the program said last:\n%s", k.said)
	}
}

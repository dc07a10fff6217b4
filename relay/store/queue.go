package store

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"vastrelay/relay/store/database"
	"vastrelay/relay/store/journal"
)

const (
	// maxBehind is how many events may wait to be entered before accepting
	// shares its time with entering. They are about two seconds of work, which
	// the first read after a crash may have to wait for.
	maxBehind = 20_000
	// batchDelay is how long after several events at once those who wait for what
	// has arrived wait for more: between two requests of the same connections
	// there is time for a part of the entering, which would hold them up.
	batchDelay = time.Millisecond
	// appendPriorityWindow is how long events go before those who wait for what
	// has arrived: a burst is let in first. A lane, which posts once a second at
	// most, loses nothing by it.
	appendPriorityWindow = time.Second
	// What nobody has asked for is entered into the tables when nothing has
	// arrived for enterAfter, and in any case after enterAtLatest.
	enterAfter    = 100 * time.Millisecond
	enterAtLatest = 2 * time.Second
	// When entering did not work and nobody asks, it is tried again after
	// enterRetry, doubling up to enterRetryMax.
	enterRetry    = time.Second
	enterRetryMax = time.Minute
)

// The states of a request on its way to the writer.
const (
	queued    int32 = iota // nobody has touched it
	taken                  // the writer has it: its answer counts, whatever the context says
	abandoned              // its context ended first: the writer passes it over
)

// request is something that somebody waits for: a change that wants to be
// committed, an event that wants to arrive, or, with neither, that what
// arrived before is in the tables.
type request struct {
	// run makes the change. It may be called again after its changes were
	// undone, so it must set its results anew each time.
	run     func(*database.Tx) error
	arrival *journal.Arrival
	// inPlace says that it may only succeed while the files of the database are
	// in their place. It is always so for an event that arrives.
	inPlace bool

	since time.Time // when it was asked for
	after int64     // the row of arrivals that must have been entered first
	state atomic.Int32
	wrote bool // it has changed something
	err   error
	done  chan struct{} // closed when err is final
}

// newRequest returns a request that can be waited for.
func newRequest(run func(*database.Tx) error, inPlace bool) *request {
	return &request{run: run, inPlace: inPlace, done: make(chan struct{})}
}

// wait waits for the answer. When ctx ends before the writer takes the request
// up, nothing is changed and the context's error comes back.
func (r *request) wait(ctx context.Context) error {
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.state.CompareAndSwap(queued, abandoned) {
			return ctx.Err()
		}
		<-r.done
	}
	return r.err
}

// answer gives a batch its answer: err, or each request its own.
func answer(batch []*request, err error) {
	for _, r := range batch {
		if err != nil {
			r.err = err
		}
		close(r.done)
	}
}

// progress is how far the journal is entered into the tables.
type progress interface {
	Behind() bool
	Appended() int64
	Entered() int64
	Len() int
}

// queue holds what waits for the writing goroutine, and decides what comes next.
// Any goroutine may push and stop; all else belongs to the writing goroutine.
type queue struct {
	maxBatch int
	journal  progress
	wake     chan struct{} // holds a token when there is something to look at
	writes   atomic.Int64  // counts the batches of requests that could not wait

	mu         sync.Mutex
	events     []*request
	changes    []*request // changes and reads, in the order of after
	background []*request // what waits until the others are empty
	stopped    bool

	timing timing
}

// timing is what the writing goroutine has done last, and when it is to do what
// nobody waits for.
type timing struct {
	afterEvents bool      // what came last was a batch of events
	enterAt     time.Time // when what nobody waits for is entered
	enterBy     time.Time // the latest that enterAt may become
	moreUntil   time.Time // until then more events are to be expected
	restUntil   time.Time // the end of a rest, while anything is behind
	failures    int       // of entering, one after the other
}

// appended notes that a batch of events was appended; first says that nothing
// was behind before.
func (t *timing) appended(events int, first bool) {
	now := time.Now()
	if events > 1 {
		t.moreUntil = now.Add(batchDelay)
	}
	if first {
		t.enterBy = now.Add(enterAtLatest)
	}
	if t.enterAt = now.Add(enterAfter); t.enterAt.After(t.enterBy) {
		t.enterAt = t.enterBy
	}
}

// failed notes that entering did not work.
func (t *timing) failed() {
	t.enterAt = time.Now().Add(min(enterRetry<<min(t.failures, 10), enterRetryMax))
	t.failures++
}

// push adds r to one of the lists; false when the queue is stopped.
func (q *queue) push(list *[]*request, r *request) bool {
	q.mu.Lock()
	if q.stopped {
		q.mu.Unlock()
		return false
	}
	r.since, r.after = time.Now(), q.journal.Appended()
	*list = append(*list, r)
	q.mu.Unlock()
	q.signal()
	return true
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// stop refuses further requests.
func (q *queue) stop() {
	q.mu.Lock()
	q.stopped = true
	q.mu.Unlock()
	q.signal()
}

// yield lets concurrent callers join the next batch, as long as that brings
// events: a sync costs the same for one and for many. It waits for nothing.
func (q *queue) yield() {
	for had := 0; ; {
		q.mu.Lock()
		has := len(q.events)
		q.mu.Unlock()
		if has == had || has >= journal.MaxBatch {
			return
		}
		had = has
		runtime.Gosched()
	}
}

// turn is what the writer does next.
type turn int

const (
	turnAppend turn = iota // put events into arrivals
	turnCommit             // make changes
	turnEnter              // move arrivals into the tables
	turnRest               // wait
	turnEnd                // end
)

// next decides what comes next and claims the requests for it. Events go first,
// but alternate with changes, and with entering where somebody has waited for
// that for long enough or too many are behind.
func (q *queue) next() (turn, []*request) {
	q.mu.Lock()
	defer q.mu.Unlock()
	ready := q.ready()
	overdue := q.overdue()
	crowded := q.journal.Len() >= maxBehind && len(q.events) > 0
	switch {
	case len(q.events) > 0 && (!q.timing.afterEvents || ready == 0 && !crowded && !overdue):
		q.writes.Add(1)
		return turnAppend, claim(&q.events, min(q.maxBatch, journal.MaxBatch))
	case ready > 0:
		q.writes.Add(1)
		return turnCommit, claim(&q.changes, min(q.maxBatch, ready))
	case len(q.changes) > 0 && len(q.events) == 0 && !overdue && time.Now().Before(q.timing.moreUntil):
		q.timing.restUntil = q.timing.moreUntil
		return turnRest, nil
	case len(q.changes) > 0 || crowded:
		return turnEnter, nil
	default:
		return q.idle()
	}
}

// overdue reports whether somebody has waited for entering for long enough.
func (q *queue) overdue() bool {
	return len(q.changes) > 0 && time.Since(q.changes[0].since) >= appendPriorityWindow
}

// ready counts the requests that wait for nothing but their turn.
func (q *queue) ready() int {
	n := 0
	for n < len(q.changes) && q.changes[n].after <= q.journal.Entered() {
		n++
	}
	return n
}

// idle is next for when nobody waits.
func (q *queue) idle() (turn, []*request) {
	switch {
	case q.journal.Behind() && !q.stopped:
		if time.Now().Before(q.timing.enterAt) {
			q.timing.restUntil = q.timing.enterAt
			return turnRest, nil
		}
		return turnEnter, nil
	case len(q.background) > 0:
		return turnCommit, claim(&q.background, 1)
	case q.stopped:
		return turnEnd, nil
	default:
		return turnRest, nil
	}
}

// claimWaiting claims all changes and reads that wait.
func (q *queue) claimWaiting() []*request {
	q.mu.Lock()
	defer q.mu.Unlock()
	return claim(&q.changes, len(q.changes))
}

// claim removes the first n requests from list and returns those of them that
// were not abandoned.
func claim(list *[]*request, n int) (batch []*request) {
	n = min(len(*list), n)
	for _, r := range (*list)[:n] {
		if r.state.CompareAndSwap(queued, taken) {
			batch = append(batch, r)
		}
	}
	rest := copy(*list, (*list)[n:])
	clear((*list)[rest:])
	*list = (*list)[:rest]
	return batch
}

// rest waits until there is something to look at.
func (q *queue) rest() {
	if !q.journal.Behind() {
		<-q.wake
		return
	}
	select {
	case <-q.wake:
	case <-time.After(time.Until(q.timing.restUntil)):
	}
}

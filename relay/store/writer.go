package store

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vastrelay/relay/store/database"
)

const (
	// What nobody has asked for is entered into the tables when nothing has
	// arrived for enterAfter, and in any case after enterAtLatest.
	enterAfter    = 100 * time.Millisecond
	enterAtLatest = 2 * time.Second
	// lull is how long after several events at once those who wait for what has
	// arrived wait for more: between two requests of the same connections there
	// is time for a part of the entering, which would hold them up.
	lull = time.Millisecond
	// patience is how long events keep their precedence before those who wait
	// for what has arrived: a burst is let in first. A lane, which posts once a
	// second at most, loses nothing by it.
	patience = time.Second
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
	arrived *arriving
	// inPlace says that it may only succeed while the files of the database are
	// in their place. It is always so for an event that arrives.
	inPlace bool

	since time.Time // when it was asked for
	after int64     // the row of arrivals that must have been entered first
	state atomic.Int32
	err   error
	done  chan struct{} // closed when err is final
}

// arriving is an event for the table of arrivals.
type arriving struct {
	id      string
	body    string // the event's BodyID
	arrival arrival
	encoded []byte
	fresh   bool // the answer: it was not accepted before
}

// writer owns the goroutine and the connection that write.
type writer struct {
	path     string
	opts     Options
	now      func() time.Time
	maxBatch int
	entered  func(int)             // told how many events were entered
	behind   func(Reason)          // told why entering failed; may be nil
	onOpen   func(context.Context) // called once, when the database was opened for the first time

	mu       sync.Mutex
	arriving []*request // events
	waiting  []*request // changes and reads, in the order of after
	patient  []*request // what waits for empty queues
	stopped  bool
	wake     chan struct{} // holds a token when there is something to look at

	busy atomic.Int64 // counts the batches of requests that could not wait

	// Only the writing goroutine changes what follows.
	backlog   backlog
	session   *database.Conn     // nil when it must be opened again
	place     *database.Location // of the session
	shared    bool               // what came last was not an event
	enterAt   time.Time          // when what nobody waits for is entered
	enterBy   time.Time          // the latest that enterAt may become
	lullUntil time.Time          // until then more events are to be expected
	restUntil time.Time          // the end of a rest, while anything is behind
	failures  int                // of entering, one after the other

	home     os.FileInfo           // the file of the database; nil until it was opened
	unopened atomic.Pointer[error] // why the database was never opened; nil once it was

	ended chan struct{}
}

// newWriter returns a writer without a connection. start starts it.
func newWriter(path string, opts Options) *writer {
	w := &writer{
		path:     path,
		opts:     opts,
		now:      opts.Now,
		maxBatch: opts.MaxBatch,
		behind:   opts.OnBehind,
		wake:     make(chan struct{}, 1),
		ended:    make(chan struct{}),
	}
	w.noteUnopened(errNotOpened)
	return w
}

// errNotOpened is why a database cannot be used before it was tried to open it.
var errNotOpened = &UnavailableError{Reason: ReasonOther, Err: errors.New("it is not open yet")}

// opened returns nil once the database was opened, and until then why it was not.
func (w *writer) opened() error {
	if err := w.unopened.Load(); err != nil {
		return *err
	}
	return nil
}

func (w *writer) noteUnopened(err error) { w.unopened.Store(&err) }

// start starts the writing goroutine; stop ends it.
func (w *writer) start(entered func(int)) {
	w.entered = entered
	go w.loop()
}

// do queues run and waits until it is committed and synced. When ctx ends
// before the writer takes it up, nothing is changed and the context's error
// comes back; afterwards the outcome of the commit does.
func (w *writer) do(ctx context.Context, run func(*database.Tx) error) error {
	return w.queue(ctx, &w.waiting, &request{run: run})
}

// doInPlace is do for what is reported as kept: its error says so where the
// files of the database are not in their place any more.
func (w *writer) doInPlace(ctx context.Context, run func(*database.Tx) error) error {
	return w.queue(ctx, &w.waiting, &request{run: run, inPlace: true})
}

// doLater is do for work that can wait: it is taken up when nothing else
// waits, one request in a transaction of its own, which must be short.
func (w *writer) doLater(ctx context.Context, run func(*database.Tx) error) error {
	return w.queue(ctx, &w.patient, &request{run: run})
}

// arrive is do for an event that is accepted.
func (w *writer) arrive(ctx context.Context, a arrival) (fresh bool, err error) {
	arrived := &arriving{id: a.event.ID, body: a.event.BodyID, arrival: a, encoded: appendArrival(nil, a)}
	err = w.queue(ctx, &w.arriving, &request{arrived: arrived})
	return err == nil && arrived.fresh, err
}

// settle waits until what has arrived is in the tables. Its error says why it
// cannot be entered.
func (w *writer) settle(ctx context.Context) error {
	if !w.backlog.behind() {
		return nil
	}
	return w.queue(ctx, &w.waiting, &request{})
}

func (w *writer) queue(ctx context.Context, queue *[]*request, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.done = make(chan struct{})
	if !w.push(queue, r) {
		return database.Classify(database.ErrClosed)
	}
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

func (w *writer) push(queue *[]*request, r *request) bool {
	w.mu.Lock()
	if w.stopped {
		w.mu.Unlock()
		return false
	}
	r.since, r.after = time.Now(), w.backlog.appended.Load()
	*queue = append(*queue, r)
	w.mu.Unlock()
	w.signal()
	return true
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// stop refuses further requests, lets those that wait be committed, and
// returns when the goroutine has ended. What nobody waits for stays in
// arrivals for the next start.
func (w *writer) stop() {
	w.mu.Lock()
	w.stopped = true
	w.mu.Unlock()
	w.signal()
	<-w.ended
}

// close closes the connection; stop must have returned.
func (w *writer) close() error {
	if w.session == nil {
		return nil
	}
	return w.session.Close()
}

func (w *writer) loop() {
	defer close(w.ended)
	for {
		w.gather()
		what, batch := w.next()
		switch what {
		case turnAppend:
			w.append(batch)
		case turnCommit:
			w.commit(batch)
		case turnEnter:
			w.enter()
		case turnRest:
			w.rest()
		case turnEnd:
			return
		}
		w.shared = what != turnAppend
	}
}

// append puts a batch of events into arrivals and answers it.
func (w *writer) append(batch []*request) {
	if len(batch) == 0 {
		return
	}
	first := !w.backlog.behind()
	err := w.work(func(s *database.Conn) error { return w.backlog.append(s, w.now(), batch) })
	if err == nil {
		err = w.inPlace() // Also for events that are known: what is known may be gone.
	}
	answer(batch, err)
	now := time.Now()
	if len(batch) > 1 {
		w.lullUntil = now.Add(lull)
	}
	if first {
		w.enterBy = now.Add(enterAtLatest)
	}
	if w.enterAt = now.Add(enterAfter); w.enterAt.After(w.enterBy) {
		w.enterAt = w.enterBy
	}
}

// enter moves some arrivals into the tables. When that cannot be, those who
// wait for it are told.
func (w *writer) enter() {
	var events int
	err := w.work(func(s *database.Conn) (err error) {
		events, err = w.backlog.enter(s)
		return err
	})
	if err == nil {
		w.failures = 0
		w.entered(events)
		return
	}
	if w.behind != nil {
		w.behind(ReasonOf(err))
	}
	w.enterAt = time.Now().Add(min(enterRetry<<min(w.failures, 10), enterRetryMax))
	w.failures++
	w.mu.Lock()
	behind := claim(&w.waiting, len(w.waiting))
	w.mu.Unlock()
	answer(behind, err)
}

// commit makes a batch of changes and answers it.
func (w *writer) commit(batch []*request) {
	changes := slices.DeleteFunc(slices.Clone(batch), func(r *request) bool { return r.run == nil })
	var err error
	if len(changes) > 0 {
		err = w.work(func(s *database.Conn) error { return write(s, w.now, changes) })
	}
	if wants := func(r *request) bool { return r.inPlace && r.err == nil }; err == nil && slices.ContainsFunc(batch, wants) {
		if moved := w.inPlace(); moved != nil {
			for _, r := range batch {
				if wants(r) {
					r.err = moved
				}
			}
		}
	}
	answer(batch, err)
}

// inPlace returns an error of ReasonMoved when what was just written is in files
// that are not in their place any more. The connection stays: it holds what was
// accepted before, which is posted all the same.
func (w *writer) inPlace() error {
	if w.place == nil {
		return nil
	}
	if err := w.place.Check(); err != nil {
		return &UnavailableError{Reason: ReasonMoved, Err: err}
	}
	return nil
}

// work runs fn over the writing connection, which it opens where that has to
// be. The error is the store's.
func (w *writer) work(fn func(*database.Conn) error) error {
	err := w.connect(context.Background())
	if err == nil {
		if err = fn(w.session); err != nil {
			w.recover(err)
		}
	}
	if err != nil {
		err = database.Unavailable(database.Explain(w.path, err))
		database.NoteDamage(w.path, err)
	}
	return err
}

// connect opens the writing connection where there is none. The first time, it
// makes the file and its tables ready.
func (w *writer) connect(ctx context.Context) error {
	if w.session != nil {
		return nil
	}
	s, err := w.openSession(ctx)
	if err == nil {
		// What became of the last transaction is not certain.
		if err = w.backlog.load(ctx, s); err != nil {
			_ = s.Close()
		}
	}
	if err != nil {
		if w.home == nil {
			w.noteUnopened(database.Unavailable(database.Explain(w.path, err)))
		}
		return err
	}
	first := w.home == nil
	w.session, w.place = s, database.LocationOf(w.path, s.Home, w.opts.InPlace)
	if first {
		w.home = s.Home // The readers look at it from here on, and it never changes.
		w.onOpen(ctx)
		w.unopened.Store(nil)
	}
	if first && w.entered != nil {
		w.entered(indexAfter) // whatever waits for the index has waited long enough
	}
	return nil
}

func (w *writer) openSession(ctx context.Context) (*database.Conn, error) {
	if w.home == nil {
		return database.Open(ctx, w.path, database.Options{
			Schema: schema(), Program: w.opts.Program, Now: w.now, OnDamaged: w.opts.OnDamaged,
		})
	}
	return database.Connect(ctx, w.path, w.home)
}

// recover leaves the connection without a transaction, or closes it, so that
// the next batch opens another, when it may be what is broken. A full disk
// does not break a connection.
func (w *writer) recover(err error) {
	if undo := w.session.Rollback(); undo == nil && database.Diagnose(err) == ReasonFull {
		return
	}
	_ = w.session.Close()
	w.session = nil
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

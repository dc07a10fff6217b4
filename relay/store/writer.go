package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// The states of a request on its way to the writer.
const (
	queued    int32 = iota // nobody has touched it
	taken                  // the writer has it: its answer counts, whatever the context says
	abandoned              // its context ended first: the writer passes it over
)

// request is one change that wants to be committed.
type request struct {
	// run makes the change. It may be called again after its changes were
	// undone, so it must set its results anew each time.
	run   func(*tx) error
	state atomic.Int32
	err   error
	done  chan struct{} // closed when err is final
}

// writer owns the goroutine and the connection that write.
type writer struct {
	path     string
	now      func() time.Time
	maxBatch int
	suspect  func(error) // told of every error, to notice damage

	mu      sync.Mutex
	waiting []*request
	patient []*request // what waits for an empty queue
	stopped bool
	wake    chan struct{} // holds a token when there is something to look at

	busy atomic.Int64 // counts the batches of requests that could not wait

	session *session // the writing goroutine's own; nil when it must be opened again
	ended   chan struct{}
}

func startWriter(path string, opts Options, first *session, suspect func(error)) *writer {
	w := &writer{
		path:     path,
		now:      opts.Now,
		maxBatch: opts.MaxBatch,
		suspect:  suspect,
		wake:     make(chan struct{}, 1),
		session:  first,
		ended:    make(chan struct{}),
	}
	go w.loop()
	return w
}

// do queues run and waits until it is committed and synced. When ctx ends
// before the writer takes it up, nothing is changed and the context's error
// comes back; afterwards the outcome of the commit does.
func (w *writer) do(ctx context.Context, run func(*tx) error) error {
	return w.queue(ctx, &w.waiting, run)
}

// doLater is do for work that can wait: it is taken up when nothing else
// waits, one request in a transaction of its own, which must be short.
func (w *writer) doLater(ctx context.Context, run func(*tx) error) error {
	return w.queue(ctx, &w.patient, run)
}

func (w *writer) queue(ctx context.Context, queue *[]*request, run func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r := &request{run: run, done: make(chan struct{})}
	if !w.push(queue, r) {
		return classify(errClosed)
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
// returns when the goroutine has ended.
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
	return w.session.close()
}

func (w *writer) loop() {
	defer close(w.ended)
	for {
		batch, more := w.take()
		if len(batch) > 0 {
			w.commit(batch)
			continue
		}
		if !more {
			return
		}
		if w.empty() {
			<-w.wake
		}
	}
}

// empty reports whether nothing waits.
func (w *writer) empty() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.waiting)+len(w.patient) == 0
}

// take removes a batch from the queue and claims its requests. more is false
// once all queues are empty for good.
func (w *writer) take() (batch []*request, more bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	batch = claim(&w.waiting, w.maxBatch)
	if len(batch) > 0 {
		w.busy.Add(1)
	} else if len(w.waiting) == 0 {
		batch = claim(&w.patient, 1)
	}
	return batch, len(w.waiting)+len(w.patient) > 0 || !w.stopped
}

// claim removes the first requests from queue, at most n, and returns those of
// them that were not abandoned.
func claim(queue *[]*request, n int) (batch []*request) {
	n = min(len(*queue), n)
	for _, r := range (*queue)[:n] {
		if r.state.CompareAndSwap(queued, taken) {
			batch = append(batch, r)
		}
	}
	rest := copy(*queue, (*queue)[n:])
	clear((*queue)[rest:])
	*queue = (*queue)[:rest]
	return batch
}

// commit writes a batch and answers it.
func (w *writer) commit(batch []*request) {
	err := w.write(batch)
	if err != nil {
		err = unavailable(err)
		w.suspect(err)
	}
	for _, r := range batch {
		if err != nil {
			r.err = err
		}
		close(r.done)
	}
}

// write runs a batch in one transaction and commits it. The error is the
// store's and goes to all; the error of a single request is in that request.
func (w *writer) write(batch []*request) error {
	if w.session == nil {
		s, err := connect(context.Background(), w.path)
		if err != nil {
			return err
		}
		w.session = s
	}
	again, err := w.together(batch)
	if again {
		err = w.apart(batch)
	}
	if err != nil {
		w.recover(err)
	}
	return err
}

// recover leaves the connection without a transaction, or closes it, so that
// the next batch opens another, when it may be what is broken. A full disk
// does not break a connection.
func (w *writer) recover(err error) {
	if undo := w.session.rollback(); undo == nil && reasonFor(err) == ReasonFull {
		return
	}
	_ = w.session.close()
	w.session = nil
}

// together runs a batch without savepoints, which is quick and nearly always
// right. again is true, and everything undone, when a request failed halfway,
// so that its part cannot be told from the others'.
func (w *writer) together(batch []*request) (again bool, err error) {
	if _, err := w.session.exec("BEGIN IMMEDIATE"); err != nil {
		return false, err
	}
	t := &tx{session: w.session, now: w.now()}
	for _, r := range batch {
		t.dirty = false
		r.err = r.run(t)
		switch {
		case r.err == nil:
		case reasonFor(r.err) != "":
			return false, r.err
		case t.dirty:
			err := w.session.rollback()
			return err == nil, err
		}
	}
	_, err = w.session.exec("COMMIT")
	return false, err
}

// apart runs a batch in one transaction again, each request within a savepoint
// of its own, so that one that fails is undone alone.
func (w *writer) apart(batch []*request) error {
	if _, err := w.session.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	t := &tx{session: w.session, now: w.now()}
	for _, r := range batch {
		if err := w.alone(t, r); err != nil {
			return err
		}
	}
	_, err := w.session.exec("COMMIT")
	return err
}

// alone runs r within a savepoint. Its own error stays in r; the error that it
// returns is the store's.
func (w *writer) alone(t *tx, r *request) error {
	if _, err := w.session.exec("SAVEPOINT request"); err != nil {
		return err
	}
	if r.err = r.run(t); r.err != nil {
		if reasonFor(r.err) != "" {
			return r.err
		}
		if _, err := w.session.exec("ROLLBACK TO request"); err != nil {
			return err
		}
	}
	_, err := w.session.exec("RELEASE request")
	return err
}

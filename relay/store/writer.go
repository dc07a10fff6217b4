package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"vastrelay/relay/store/database"
	"vastrelay/relay/store/fulltext"
	"vastrelay/relay/store/journal"
)

// writer owns the goroutine that writes. Its connection and its journal belong
// to that goroutine.
type writer struct {
	queue      *queue
	journal    *journal.Journal
	connection *connection

	disk    *diskHealth
	now     func() time.Time
	entered func(int) // told how many events were entered
	ended   chan struct{}
}

// newWriter returns a writer whose connection is not open. start starts it.
func newWriter(path string, opts Options) *writer {
	j := journal.New(tables{})
	return &writer{
		queue:      &queue{maxBatch: opts.MaxBatch, journal: j, wake: make(chan struct{}, 1)},
		journal:    j,
		connection: newConnection(path, opts),
		disk:       newDiskHealth(),
		now:        opts.Now,
		ended:      make(chan struct{}),
	}
}

// start starts the writing goroutine; stop ends it.
func (w *writer) start(entered func(int)) {
	w.entered = entered
	go w.loop()
}

// do queues run and waits until it is committed and synced. When ctx ends
// before the writer takes it up, nothing is changed and the context's error
// comes back; afterwards the outcome of the commit does.
func (w *writer) do(ctx context.Context, run func(*database.Tx) error) error {
	return w.submit(ctx, &w.queue.changes, newRequest(run, false))
}

// change is do with an error that says what was attempted.
func (w *writer) change(ctx context.Context, what string, run func(*database.Tx) error) error {
	return attempted(what, w.do(ctx, run))
}

// changeInPlace is change for what is reported as kept: it fails also where the files
// of the database are not in their place any more.
func (w *writer) changeInPlace(ctx context.Context, what string, run func(*database.Tx) error) error {
	return attempted(what, w.submit(ctx, &w.queue.changes, newRequest(run, true)))
}

// attempted returns err with what was attempted in front; nil for nil.
func attempted(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// doLater is do for work that can wait: it is taken up when nothing else
// waits, one request in a transaction of its own, which must be short.
func (w *writer) doLater(ctx context.Context, run func(*database.Tx) error) error {
	return w.submit(ctx, &w.queue.background, newRequest(run, false))
}

// accept is do for an event that is accepted.
func (w *writer) accept(ctx context.Context, e journal.Entry) (fresh bool, err error) {
	r := newRequest(nil, true)
	r.arrival = journal.NewArrival(e)
	err = w.submit(ctx, &w.queue.events, r)
	return err == nil && r.arrival.Fresh, err
}

// settle waits until what has arrived is in the tables. Its error says why it
// cannot be entered.
func (w *writer) settle(ctx context.Context) error {
	if !w.journal.Behind() {
		return nil
	}
	return w.submit(ctx, &w.queue.changes, newRequest(nil, false))
}

// submit puts r into a list of the queue and waits for its answer.
func (w *writer) submit(ctx context.Context, list *[]*request, r *request) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !w.queue.push(list, r) {
		return database.Classify(database.ErrClosed)
	}
	return r.wait(ctx)
}

// stop refuses further requests, lets those that wait be committed, and
// returns when the goroutine has ended. What nobody waits for stays in
// arrivals for the next start.
func (w *writer) stop() {
	w.queue.stop()
	<-w.ended
}

func (w *writer) loop() {
	defer close(w.ended)
	for {
		w.queue.yield()
		what, batch := w.queue.next()
		switch what {
		case turnAppend:
			w.append(batch)
		case turnCommit:
			w.commit(batch)
		case turnEnter:
			w.enter()
		case turnRest:
			w.queue.rest()
		case turnEnd:
			return
		}
		w.queue.timing.afterEvents = what == turnAppend
	}
}

// append puts a batch of events into the journal and answers it.
func (w *writer) append(batch []*request) {
	if len(batch) == 0 {
		return
	}
	first := !w.journal.Behind()
	arrivals := make([]*journal.Arrival, len(batch))
	for i, r := range batch {
		arrivals[i] = r.arrival
	}
	err := w.work(func(c *database.Conn) error { return w.journal.Append(c, w.now(), arrivals) })
	if err == nil {
		err = w.connection.inPlace() // Also for events that are known: what is known may be gone.
	}
	w.disk.stored(err)
	answer(batch, err)
	w.queue.timing.appended(len(batch), first)
}

// enter moves some events from the journal into the tables. When that cannot
// be, those who wait for it are told.
func (w *writer) enter() {
	var events int
	err := w.work(func(c *database.Conn) (err error) {
		events, err = w.journal.Enter(c)
		return err
	})
	w.disk.entered(err)
	if err == nil {
		w.queue.timing.failures = 0
		w.entered(events)
		return
	}
	w.queue.timing.failed()
	answer(w.queue.claimWaiting(), err)
}

// commit makes a batch of changes and answers it.
func (w *writer) commit(batch []*request) {
	changes := slices.DeleteFunc(slices.Clone(batch), func(r *request) bool { return r.run == nil })
	var err error
	if len(changes) > 0 {
		err = w.work(func(c *database.Conn) error { return write(c, w.now, changes) })
	}
	w.checkPlace(batch, err)
	answer(batch, err)
}

// checkPlace fails the requests of a batch that may only succeed while the files
// are in their place, where they are not, and notes what such requests tell of
// the disk. err is how the batch ended.
func (w *writer) checkPlace(batch []*request, err error) {
	wants := slices.DeleteFunc(slices.Clone(batch), func(r *request) bool { return !r.inPlace || r.err != nil })
	if len(wants) == 0 {
		return
	}
	if err == nil {
		err = w.connection.inPlace()
		for _, r := range wants {
			r.err = err
		}
	}
	if err != nil || slices.ContainsFunc(wants, func(r *request) bool { return r.wrote }) {
		w.disk.stored(err)
	}
	if err == nil && !w.journal.Behind() {
		w.disk.entered(nil)
	}
}

// work runs fn over the writing connection, which it opens where that has to
// be. The error is the store's.
func (w *writer) work(fn func(*database.Conn) error) error {
	err := w.open(context.Background())
	if err == nil {
		err = w.connection.use(fn)
	}
	if err != nil {
		err = database.Unavailable(database.Explain(w.connection.path, err))
		database.NoteDamage(w.connection.path, err)
	}
	return err
}

// open opens the writing connection where there is none.
func (w *writer) open(ctx context.Context) error {
	if w.connection.conn != nil {
		return nil
	}
	first := w.connection.home == nil
	// What became of the last transaction is not certain.
	err := w.connection.open(ctx, func(q database.Querier) error { return w.journal.Load(ctx, q) })
	if err == nil && first && w.entered != nil {
		w.entered(fulltext.After) // whatever waits for the index has waited long enough
	}
	return err
}

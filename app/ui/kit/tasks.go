package kit

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/health"
)

// Post hands f to the goroutine that owns the widgets and returns without
// waiting for it. Calls run in order.
type Post func(f func())

// After calls f once after d, from any goroutine, unless stop is called before.
type After func(d time.Duration, f func()) (stop func())

// Env is what every part of a window needs of the window.
type Env struct {
	Work *Tasks
	Now  func() time.Time
	Act  func(health.Action) // does what the button of an action says

	// Shown reports whether a button of that action stands out already.
	Shown func(health.Action) bool
}

// Child returns an env whose work ends with its own cancel, or with that of e.
func (e Env) Child() Env {
	e.Work = e.Work.Child()
	return e
}

// Tasks owns the goroutines and timers of one window. Its methods belong to the
// UI goroutine; only the work runs elsewhere.
type Tasks struct {
	post   Post
	after  After
	ctx    context.Context //nolint:containedctx // The lifetime of a window has no call to travel in.
	Cancel context.CancelFunc
	wg     *sync.WaitGroup // shared with every child, so that the root waits for all
}

// NewTasks returns the tasks of a whole program, which live until Close.
func NewTasks(post Post, after After) *Tasks {
	ctx, cancel := context.WithCancel(context.Background())
	return &Tasks{post: post, after: after, ctx: ctx, Cancel: cancel, wg: new(sync.WaitGroup)}
}

// Child returns tasks that end with their own cancel or with t, whichever is
// first, and whose goroutines t waits for.
func (t *Tasks) Child() *Tasks {
	ctx, cancel := context.WithCancel(t.ctx)
	return &Tasks{post: t.post, after: t.after, ctx: ctx, Cancel: cancel, wg: t.wg}
}

// Close cancels all work and waits for it.
func (t *Tasks) Close() {
	t.Cancel()
	t.Wait()
}

// Wait waits for the work under way, that of parents and children included. Its results
// are with Post then.
func (t *Tasks) Wait() { t.wg.Wait() }

// Post has f called on the UI goroutine, unless t has ended by then. Call it from
// any goroutine.
func (t *Tasks) Post(f func()) {
	t.post(func() {
		if t.ctx.Err() == nil {
			f()
		}
	})
}

// After has f called on the UI goroutine after d, unless stop is called or t
// ends before.
func (t *Tasks) After(d time.Duration, f func()) (stop func()) {
	return t.after(d, func() { t.Post(f) })
}

// Start runs work in a goroutine and hands its result to done on the UI
// goroutine, unless the window or cancel came first: then done never runs.
func Start[T any](t *Tasks, work func(ctx context.Context) (T, error), done func(T, error)) (cancel func()) {
	ctx, stop := context.WithCancel(t.ctx)
	t.wg.Add(1)
	go func() {
		defer t.wg.Done()
		v, err := work(ctx)
		t.post(func() {
			if ctx.Err() == nil {
				done(v, err)
			}
			stop()
		})
	}()
	return stop
}

// Do is Start for work that returns nothing but an error.
func (t *Tasks) Do(work func(ctx context.Context) error, done func(error)) {
	Start(t, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, work(ctx)
	}, func(_ struct{}, err error) { done(err) })
}

// Noticeable is how long something may take before it is put into words.
const Noticeable = 300 * time.Millisecond

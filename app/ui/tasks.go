package ui

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

// env is what the parts of a window share.
type env struct {
	work *tasks
	now  func() time.Time
	act  func(health.Action) // does what the button of an action says

	// shown reports whether a button of that action stands out already.
	shown func(health.Action) bool
}

// child returns an env whose work ends with its own cancel, or with that of e.
func (e env) child() env {
	e.work = e.work.child()
	return e
}

// tasks owns the goroutines and timers of one window. Its methods belong to the
// UI goroutine; only the work runs elsewhere.
type tasks struct {
	post   Post
	after  After
	ctx    context.Context //nolint:containedctx // The lifetime of a window has no call to travel in.
	cancel context.CancelFunc
	wg     *sync.WaitGroup // shared with every child, so that the root waits for all
}

// newTasks returns the root, which lives until its close.
func newTasks(post Post, after After) *tasks {
	ctx, cancel := context.WithCancel(context.Background())
	return &tasks{post: post, after: after, ctx: ctx, cancel: cancel, wg: new(sync.WaitGroup)}
}

// child returns tasks that end with their own cancel or with t, whichever is
// first, and whose goroutines t waits for.
func (t *tasks) child() *tasks {
	ctx, cancel := context.WithCancel(t.ctx)
	return &tasks{post: t.post, after: t.after, ctx: ctx, cancel: cancel, wg: t.wg}
}

// close cancels all work and waits for it.
func (t *tasks) close() {
	t.cancel()
	t.wg.Wait()
}

// run has f called on the UI goroutine, unless t has ended by then. Call it from
// any goroutine.
func (t *tasks) run(f func()) {
	t.post(func() {
		if t.ctx.Err() == nil {
			f()
		}
	})
}

// later has f called on the UI goroutine after d, unless stop is called or t
// ends before.
func (t *tasks) later(d time.Duration, f func()) (stop func()) {
	return t.after(d, func() { t.run(f) })
}

// start runs work in a goroutine and hands its result to done on the UI
// goroutine, unless the window or cancel came first: then done never runs.
func start[T any](t *tasks, work func(ctx context.Context) (T, error), done func(T, error)) (cancel func()) {
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

// do is start for work that yields nothing but its error.
func (t *tasks) do(work func(ctx context.Context) error, done func(error)) {
	start(t, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, work(ctx)
	}, func(_ struct{}, err error) { done(err) })
}

// noticeable is how long something may take before it is put into words.
const noticeable = 300 * time.Millisecond

package ui

import (
	"context"
	"sync"
)

// tasks owns the goroutines of one window. Its methods belong to the UI
// goroutine; only the work runs elsewhere.
type tasks struct {
	post   Post
	ctx    context.Context //nolint:containedctx // The lifetime of a window has no call to travel in.
	cancel context.CancelFunc
	wg     *sync.WaitGroup // shared with every child, so that the root waits for all
}

// newTasks returns the root, which lives until its close.
func newTasks(post Post) *tasks {
	ctx, cancel := context.WithCancel(context.Background())
	return &tasks{post: post, ctx: ctx, cancel: cancel, wg: new(sync.WaitGroup)}
}

// child returns tasks that end with their own cancel or with t, whichever is
// first, and whose goroutines t waits for.
func (t *tasks) child() *tasks {
	ctx, cancel := context.WithCancel(t.ctx)
	return &tasks{post: t.post, ctx: ctx, cancel: cancel, wg: t.wg}
}

// close cancels all work and waits for it.
func (t *tasks) close() {
	t.cancel()
	t.wg.Wait()
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

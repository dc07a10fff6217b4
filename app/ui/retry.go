package ui

import (
	"context"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

// retry is what became of a person's wish to have it tried now. The try itself is made
// by the program, which tells of it by its status.
type retry struct {
	began   time.Time // when it was last asked for; zero: never
	running bool      // its end is yet to come
	stop    func()    // ends the wait for that
}

// retryPatience is how long the end of a try is waited for: longer than an attempt at
// Google Chat may take, which is the longest.
const retryPatience = 30 * time.Second

// words says how it stands with the try, in the state s; empty where nothing was asked.
func (r *retry) words(s status.Status) string {
	switch {
	case r.running:
		return words.Text("window.retry.running")
	case s.Phase == status.Attention && !r.began.IsZero() && s.Hop(s.Failing).Tried.After(r.began):
		return words.Text("window.retry.in_vain", words.Args{"Time": words.ClockSeconds(s.Hop(s.Failing).Tried)})
	default:
		return ""
	}
}

// follow notes from s whether the try has ended.
func (r *retry) follow(s status.Status) {
	switch {
	case !r.running:
		return
	case s.Phase == status.Starting: // on the way
		return
	case s.Phase == status.Attention && !s.Hop(s.Failing).Tried.After(r.began):
		return
	}
	r.end()
}

// end notes that the try is over, or waited for no longer.
func (r *retry) end() {
	r.running = false
	if r.stop != nil {
		r.stop()
		r.stop = nil
	}
}

// tryNow has the program try again, and shows in the header that it does and what came
// of it.
func (a *answers) tryNow() {
	if a.retry.running {
		return
	}
	a.retry = retry{began: a.w.ui.env.Now(), running: true}
	a.retry.stop = a.w.ui.env.Work.After(retryPatience, func() {
		a.retry.end()
		a.w.draw()
	})
	a.w.draw()
	a.w.ui.env.Work.Do(func(ctx context.Context) error {
		return a.w.ui.parts.Controls.Perform(ctx, health.ActionRetry)
	}, func(err error) {
		if err != nil {
			a.retry.end()
			a.fail(words.Text("failed.do_that"), err)
		}
		a.w.refreshShown()
	})
}

package app

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

// runHeadless runs until asked ends, until only a person can make it start, or
// until a service fails. In the last case it returns the error, so that a
// supervisor starts the program anew.
func (p *Program) runHeadless(asked context.Context) error {
	defer p.close()
	boundMemory()
	ctx, cancel := context.WithCancelCause(asked)
	defer cancel(nil)
	stop := p.desktop.Bridge.Watch(p.watchdog(cancel))
	defer stop()
	wait := p.start(ctx, cancel)
	<-ctx.Done()
	began := time.Now()
	wait()
	p.log.Info("stopped", "took", time.Since(began).Round(time.Millisecond).String())
	if asked.Err() != nil {
		return nil
	}
	return context.Cause(ctx)
}

// watchdog returns a watcher that logs phases, and ends the run when it cannot
// start until a person changes something. A credential that is refused later
// leaves the program running in attention.
func (p *Program) watchdog(end context.CancelCauseFunc) func(status.Change) {
	var (
		mu    sync.Mutex
		phase status.Phase
		cause words.Sentence
		start startWatch
	)
	return func(news status.Change) {
		if !news.Has(status.StatusChanged) {
			return
		}
		mu.Lock()
		defer mu.Unlock()
		s := p.desktop.Bridge.Status()
		if s.Phase != phase || s.Phase == status.Attention && s.Headline != cause {
			p.log.Info("phase", "phase", string(s.Phase), "headline", s.Headline.String(), "cause", s.Cause.String(), "address", s.Address)
		}
		phase, cause = s.Phase, s.Headline
		if problem, hopeless := start.hopeless(s); hopeless {
			end(&permanentError{problem})
		}
	}
}

// startWatch tells a start that cannot succeed from trouble after it succeeded.
type startWatch struct{ succeeded bool }

// hopeless reports whether the start cannot succeed until a person changes
// something, and why. After a start that has succeeded it is always false.
func (w *startWatch) hopeless(s status.Status) (problem health.Problem, hopeless bool) {
	switch s.Phase {
	case status.Relaying, status.Paused, status.Standby:
		w.succeeded = true
	}
	if w.succeeded {
		return health.Problem{}, false
	}
	return needsPerson(s)
}

// needsPerson reports whether s cannot get better by itself.
func needsPerson(s status.Status) (health.Problem, bool) {
	if s.Phase == status.Setup {
		p := health.Problem{Headline: s.Headline, Cause: s.Cause, Next: words.New("start.refused.give_it")}
		return p, true
	}
	if s.Phase != status.Attention {
		return health.Problem{}, false
	}
	if s.Failing == health.HopChat && s.Space != "" {
		return health.Problem{}, false // a refusal of an earlier run; it is tried again
	}
	return health.Problem{Headline: s.Headline, Next: s.Cause}, s.Severity == health.Person
}

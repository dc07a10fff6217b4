package app

import (
	"context"
	"math"
	"runtime/debug"
	"sync"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
)

// runHeadless runs until ctx ends, until it is clear that only a person can
// make it start, or until a part fails: whatever watches over it starts it anew.
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
func (p *Program) watchdog(end context.CancelCauseFunc) func() {
	var (
		mu    sync.Mutex
		phase status.Phase
		cause string
		start startWatch
	)
	return func() {
		mu.Lock()
		defer mu.Unlock()
		s := p.desktop.Bridge.Status()
		if s.Phase != phase || s.Phase == status.Attention && s.Headline != cause {
			p.log.Info("phase", "phase", string(s.Phase), "headline", s.Headline, "cause", s.Cause, "address", s.Address)
		}
		phase, cause = s.Phase, s.Headline
		if problem, hopeless := start.look(s); hopeless {
			end(&permanentError{problem})
		}
	}
}

// startWatch tells a start that cannot succeed from trouble later on.
type startWatch struct{ succeeded bool }

// look reports why the start cannot succeed until a person changes something.
// Once it has succeeded, it never does.
func (w *startWatch) look(s status.Status) (problem health.Problem, hopeless bool) {
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
		p := health.Problem{Headline: s.Headline, Cause: s.Cause, Next: "Give it in the environment, or paste it in the window of the desktop program."}
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

// memoryGoal is the memory in bytes from which on the garbage collector works
// harder. The program without windows stays below it in a burst of events;
// only strangers who hold thousands of connections open make it grow further,
// and their garbage is not to double what they take up.
const memoryGoal = 48 << 20

// boundMemory sets the goal unless the person has set one, by GOMEMLIMIT. It is
// no hard limit: what is in use stays in use. Source:
// https://go.dev/doc/gc-guide#Memory_limit .
func boundMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(memoryGoal)
	}
}

package app

import (
	"context"
	"errors"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
)

// Limits of a stop. The windows may never end: the toolkit can block itself when
// it ends, https://github.com/fyne-io/fyne/issues/6301 , and a display that hangs
// or is gone keeps its main goroutine in a system call.
const (
	stopLimit    = 5 * time.Second // for everything but the windows
	toolkitLimit = time.Second     // for the windows after that
)

// displayLimit is how long a display may take to show a first window. A display
// over a network can be slow.
const displayLimit = 10 * time.Second

// errDisplayHangs is why no window can be shown on a display that takes a
// connection and never answers.
func errDisplayHangs() error {
	return health.Problem{Headline: words.New("start.display.none"), Cause: words.New("start.display.hangs"), Next: words.New("start.display.headless")}
}

// errQuit is why a program with windows stops when a person quits.
var errQuit = errors.New("the person quit")

// runWindow shows the window until the person quits or asked ends. Everything
// else stops by itself then, whether or not the window returns; in.Exit ends
// the process when it does not.
func (p *Program) runWindow(asked context.Context, in Invocation, hidden bool) error {
	ctx, cancel := context.WithCancelCause(asked)
	p.show = make(chan struct{}, 1)
	p.desktop.Lifecycle.Show = p.show
	p.desktop.Lifecycle.Stop = func(cause error) {
		if cause == nil {
			cause = errQuit
		}
		cancel(cause)
	}
	p.services = append(p.services, service{"give back memory", settleMemory})
	stopped, returned := make(chan struct{}), make(chan struct{})
	p.desktop.Lifecycle.Stopped = stopped
	wait := p.start(ctx, func(err error) { p.log.Error("a part of the program ended", "err", err) })
	go func() {
		defer close(stopped)
		<-ctx.Done()
		began := time.Now()
		wait()
		p.log.Info("stopped", "took", time.Since(began).Round(time.Millisecond).String())
		p.close()
	}()
	release := in.exitUnless(ctx, returned, stopped, func(complete bool) int {
		if !complete {
			p.log.Error("not everything stopped in time; ending the process", "limit", stopLimit.String())
			_ = p.logFile.Close() // writes the line
			return exitFailure
		}
		return in.exitCode(stopCause(asked, ctx))
	})

	err := in.Window(ctx, p.desktop, hidden)
	p.desktop.Lifecycle.Stop(err)
	<-stopped
	close(returned)
	release()
	if err != nil {
		return err
	}
	return stopCause(asked, ctx)
}

// stopCause returns why a program with windows stopped; nil when that was
// wanted.
func stopCause(asked, ctx context.Context) error {
	if cause := context.Cause(ctx); asked.Err() == nil && !errors.Is(cause, errQuit) {
		return cause
	}
	return nil
}

// exitUnless ends the process if returned does not close in time after the end of
// ctx: stopped may take stopLimit to close, and returned toolkitLimit after that.
// The exit code is what code returns, which is told whether stopped has closed.
// exitUnless returns at once; release waits until its goroutine has ended.
func (in Invocation) exitUnless(ctx context.Context, returned, stopped <-chan struct{}, code func(complete bool) int) (release func()) {
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-returned:
			return
		case <-ctx.Done():
		}
		complete := closesWithin(stopped, stopLimit)
		if !closesWithin(returned, toolkitLimit) && in.Exit != nil {
			in.Exit(code(complete))
		}
	}()
	return func() { <-watched }
}

// closesWithin reports whether c closes within d.
func closesWithin(c <-chan struct{}, d time.Duration) bool {
	select {
	case <-c:
		return true
	case <-time.After(d):
		return false
	}
}

// tell shows a person in a window why the program cannot start. The process ends
// with code if the window does not return in time.
func (in Invocation) tell(ctx context.Context, problem health.Problem, code int) {
	ctx, closing := context.WithCancel(ctx)
	defer closing()
	returned, nothing := make(chan struct{}), make(chan struct{})
	close(nothing) // but the window has to stop
	release := in.exitUnless(ctx, returned, nothing, func(bool) int { return code })
	in.Tell(ctx, problem, closing)
	close(returned)
	release()
}

// checkDisplay reports why no window can be shown. Where the display hangs it
// ends the process, because the main goroutine hangs as well.
func (in Invocation) checkDisplay(asked context.Context, f flags) error {
	if f.headless || in.Display == nil {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(asked, displayLimit, errDisplayHangs())
	defer cancel()
	returned, nothing := make(chan struct{}), make(chan struct{})
	close(nothing)
	release := in.exitUnless(ctx, returned, nothing, func(bool) int {
		if asked.Err() != nil {
			return exitOK
		}
		return in.refuse(errDisplayHangs())
	})
	err := in.Display(ctx, f.hidden)
	close(returned)
	release()
	return err
}

package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vastrelay/app/desktop"
	"vastrelay/app/health"
)

const (
	// firstCopyLimit is how long a second start waits for an answer of the copy
	// that holds the folder: that may be starting, or about to end.
	firstCopyLimit = 8 * time.Second
	askInterval    = 100 * time.Millisecond
)

// takeFolder makes the data folder this copy's, if it can be of use there: a copy
// that is to have a window must be able to show one. That comes second, so that
// a start without a display can still say where the program runs.
func (p *Program) takeFolder(ctx context.Context, f flags, in Invocation) error {
	p.seat = desktop.SeatFrom(in.Getenv)
	if err := p.lockFolder(ctx, f, p.seat); err != nil {
		return err
	}
	return in.checkDisplay(ctx, f.headless)
}

// lockFolder takes the data folder for this copy. Where another holds it, that
// is asked to show its window, which errShown says; the folder is taken if that
// copy ends meanwhile.
func (p *Program) lockFolder(ctx context.Context, f flags, seat desktop.Seat) error {
	limit := time.Now().Add(firstCopyLimit)
	for {
		lock, err := desktop.LockFolder(p.dir)
		if err == nil {
			p.lock = lock
			p.closers = append(p.closers, lock)
			return nil
		}
		if !errors.Is(err, desktop.ErrLocked) {
			return err
		}
		if f.headless { // has nothing to show, and whatever starts it can do so again
			return alreadyRunning("", "Stop that copy, or name another folder with --data-dir.")
		}
		answer, err := desktop.Ask(ctx, p.dir, seat)
		switch {
		case err == nil && answer.Shown:
			return errShown
		case err == nil:
			return runningElsewhere(answer)
		case ctx.Err() != nil:
			return ctx.Err()
		case time.Now().After(limit):
			return alreadyRunning(", but does not answer: it is suspended or hangs", "End that copy, or name another folder with --data-dir.")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(askInterval):
		}
	}
}

// alreadyRunning says that another copy uses the folder.
func alreadyRunning(how, next string) error {
	return health.Problem{
		Headline: "Vast Relay cannot start", Cause: "Vast Relay is already running with this data folder" + how + ".", Next: next,
	}
}

// runningElsewhere says where the window of the running copy is.
func runningElsewhere(a desktop.Answer) error {
	if a.Headless {
		return alreadyRunning(fmt.Sprintf(", without a window (process %d)", a.Process), "Stop that copy, or name another folder with --data-dir.")
	}
	return alreadyRunning(fmt.Sprintf(", on %s (process %d)", a.Seat, a.Process), "Use it there, or quit it there and start it here again.")
}

// answerSecondStart is what the running copy says to a second start.
func (p *Program) answerSecondStart(r desktop.Request) desktop.Answer {
	switch {
	case p.show == nil:
		return desktop.Answer{Headless: true}
	case !r.Seat.Sees(p.seat) && r.Version > 1: // the first version does not say where it is
		return desktop.Answer{Seat: p.seat}
	}
	p.askShow()
	return desktop.Answer{Shown: true, Seat: p.seat}
}

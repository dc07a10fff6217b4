package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vastrelay/app/control"
	"vastrelay/app/desktop"
	"vastrelay/app/health"
	"vastrelay/app/words"
)

const (
	// firstCopyLimit is how long a second start waits for an answer of the copy
	// that holds the folder, which may be starting or stopping.
	firstCopyLimit = 8 * time.Second
	askInterval    = 100 * time.Millisecond
)

// lockFolder locks the data folder at dir for this copy. If another copy holds
// it, a start with a window asks that copy to show its window, and returns
// errShown if it does; the folder is locked if that copy ends meanwhile.
func lockFolder(ctx context.Context, dir string, seat control.Seat, headless bool) (*desktop.FolderLock, error) {
	limit := time.Now().Add(firstCopyLimit)
	for {
		lock, err := desktop.LockFolder(dir)
		if err == nil {
			return lock, nil
		}
		if !errors.Is(err, desktop.ErrLocked) {
			return nil, err
		}
		if headless { // has nothing to show, and whatever starts it can do so again
			return nil, alreadyRunning("", "Stop that copy, or name another folder with --data-dir.")
		}
		answer, err := control.Ask(ctx, dir, seat)
		switch {
		case err == nil && answer.Shown:
			return nil, errShown
		case err == nil:
			return nil, runningElsewhere(answer)
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case time.Now().After(limit):
			return nil, alreadyRunning(", but does not answer: it is suspended or hangs", "End that copy, or name another folder with --data-dir.")
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(askInterval):
		}
	}
}

// errShown means that another copy runs and has shown its window instead.
var errShown = errors.New("another copy runs and was asked to show its window")

// alreadyRunning says that another copy uses the folder.
func alreadyRunning(how, next string) error {
	return health.Problem{
		Headline: words.Verbatim("Vast Relay cannot start"), Cause: words.Verbatim("Vast Relay is already running with this data folder" + how + "."), Next: words.Verbatim(next),
	}
}

// runningElsewhere says where the window of the running copy is.
func runningElsewhere(a control.Answer) error {
	if a.Headless {
		return alreadyRunning(fmt.Sprintf(", without a window (process %d)", a.Process), "Stop that copy, or name another folder with --data-dir.")
	}
	return alreadyRunning(fmt.Sprintf(", on %s (process %d)", a.Seat, a.Process), "Use it there, or quit it there and start it here again.")
}

// answerSecondStart is what the running copy says to a second start.
func (p *Program) answerSecondStart(r control.Request) control.Answer {
	seat := p.folder.seat
	switch {
	case p.show == nil:
		return control.Answer{Headless: true}
	case !r.Seat.Sees(seat) && r.Version > 1: // the first version does not say where it is
		return control.Answer{Seat: seat}
	}
	select {
	case p.show <- struct{}{}:
	default: // the window is asked for already
	}
	return control.Answer{Shown: true, Seat: seat}
}

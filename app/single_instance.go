package app

import (
	"context"
	"errors"
	"strconv"
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
			return nil, alreadyRunning(words.New("start.running.here"), words.New("start.running.stop_it"))
		}
		answer, err := control.Ask(ctx, dir, seat)
		switch {
		case err == nil && answer.Shown:
			return nil, errShown
		case err == nil:
			return nil, runningElsewhere(answer)
		case errors.Is(err, control.ErrNoSockets):
			return nil, alreadyRunning(words.New("start.running.here"), words.New("start.running.open_it"))
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case time.Now().After(limit):
			return nil, alreadyRunning(words.New("start.running.silent"), words.New("start.running.end_it"))
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
func alreadyRunning(cause, next words.Sentence) error {
	return health.Problem{Headline: words.New("start.running.headline"), Cause: cause, Next: next}
}

// runningElsewhere says where the window of the running copy is.
func runningElsewhere(a control.Answer) error {
	if a.Headless {
		return alreadyRunning(words.New("start.running.headless", words.Args{"Process": strconv.Itoa(a.Process)}), words.New("start.running.stop_it"))
	}
	return alreadyRunning(words.New("start.running.elsewhere", words.Args{"Place": words.Translate(a.Seat.String()), "Process": strconv.Itoa(a.Process)}), words.New("start.running.use_it"))
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

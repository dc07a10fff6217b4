package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"vastrelay/app/build"
	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/intake"
	"vastrelay/relay/store"
)

// The receiver and the outbox are made before the bridge that they report to;
// these methods stand between. Nothing calls them before the program starts.

func (p *Program) form() relay.Rung {
	if p.settings.Settings().FormOrDefault() == config.FormText {
		return relay.RungText
	}
	return relay.RungCard
}

func (p *Program) threads() googlechat.Threads {
	switch p.settings.Settings().ThreadsOrDefault() {
	case config.ThreadsType:
		return googlechat.ThreadsType
	case config.ThreadsInstance:
		return googlechat.ThreadsInstance
	default:
		return googlechat.ThreadsOff
	}
}

// statusNow is the status with the counters as they stand: a refused request
// changes nothing else, and must be told all the same.
func (p *Program) statusNow() status.Status {
	s := p.Status()
	s.Counters = p.outbox.Counters()
	s.Counters.Refused = p.receiver.Refused()
	s.Build = build.Current()
	s.Folder = p.folder
	return s
}

func (p *Program) noteDisk(why store.Reason) {
	if why == "" {
		p.Reports().Disk("")
		return
	}
	p.Reports().Disk(why.Sentence())
	if why != store.ReasonDamaged { // that the disk takes a little then says nothing of the rest
		p.disturbed("")
	}
}

// disturbed has the disk watched until it is well again, and told why it is
// not unless why is empty. It returns at once.
func (p *Program) disturbed(why store.Reason) {
	select {
	case p.diskTrouble <- why:
	default: // it is watched already
	}
}

func (p *Program) folds() bool                         { return p.Reports().Alone() }
func (p *Program) observePost(progress relay.Progress) { p.Reports().Attempt(progress) }
func (p *Program) observeDelivery(d relay.Delivery)    { p.Reports().Delivery(d) }
func (p *Program) recordOnly(ev relay.Event) bool      { return p.Reports().RecordOnly(ev) }
func (p *Program) noteClock()                          { p.Reports().NoteClock() }
func (p *Program) suspect(c relay.Context)             { p.Reports().Suspect(c) }

// disk passes events to the outbox and tells the bridge whether they could be
// put on disk.
type disk struct {
	intake.Store
	note func(why store.Reason) // why they cannot; empty: they can
	// hasDestination reports whether there is a space to post to.
	hasDestination func() bool
}

// errNoDestination refuses, for now, an event that would never be posted: the
// destinations are in the event store, which cannot be read yet.
var errNoDestination = errors.New("there is no destination yet")

// hasDestination reports whether there is a space to post to.
func (p *Program) hasDestination() bool { return len(p.outbox.Destinations()) > 0 }

// Accept implements intake.Store.
func (d disk) Accept(ctx context.Context, ev relay.Event) (bool, error) {
	if !d.hasDestination() {
		return false, errNoDestination
	}
	fresh, err := d.Store.Accept(ctx, ev)
	d.judge(err)
	return fresh, err
}

// Keep implements intake.Store.
func (d disk) Keep(ctx context.Context, ev relay.Event, v relay.Verdict) (bool, error) {
	fresh, err := d.Store.Keep(ctx, ev, v)
	d.judge(err)
	return fresh, err
}

// judge leaves the note as it is after an error that says nothing of the disk,
// such as a caller that gave up.
func (d disk) judge(err error) {
	switch {
	case err == nil:
		d.note("")
	case errors.Is(err, relay.ErrStoreUnavailable):
		d.note(store.ReasonOf(err))
	}
}

// tryDiskAfter is how long a disk that took nothing is left alone, lookEvery how
// often it is looked whether our files are still in their place.
const (
	tryDiskAfter = 5 * time.Second
	lookEvery    = 10 * time.Second
)

// watchDisk tells that events cannot be put on disk, or not be entered, and
// takes it back once they can: nobody should look for a mend that happened
// while no event came. As long as the disk is well it only looks whether our files
// are in their place: where they are not, a second copy can start.
func (p *Program) watchDisk(ctx context.Context) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			if err := p.store.CheckPlace(ctx); err != nil {
				disk{note: p.noteDisk}.judge(err)
			}
			continue
		case why := <-p.diskTrouble:
			if why != "" {
				p.Reports().Disk(why.Sentence())
			}
			if why == store.ReasonDamaged {
				continue
			}
		}
		timer := time.NewTimer(tryDiskAfter)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		err := p.store.TryWrite(ctx)
		disk{note: p.noteDisk}.judge(err) // which, where it fails, is trouble again
		if err == nil {
			if err := p.settings.Settle(); err != nil {
				p.log.Warn("writing the settings", "err", err)
			}
		}
	}
}

// announcer prints each event as it is relayed: what the demo without a window
// has to show.
type announcer struct {
	mu  *sync.Mutex
	out io.Writer // nil: silent
}

func newAnnouncer(out io.Writer) announcer { return announcer{mu: &sync.Mutex{}, out: out} }

func (a announcer) say(what string, e relay.Event) {
	if a.out == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = fmt.Fprintf(a.out, "%-9s %s\n", what, relay.CleanLine(e.Title()))
}

// delivery announces new events and passes every report on.
func (a announcer) delivery(next func(relay.Delivery)) func(relay.Delivery) {
	return func(d relay.Delivery) {
		if d.Fresh && d.Verdict == relay.Accepted {
			a.say("accepted", d.Event)
		}
		next(d)
	}
}

// post announces what stands in the space and passes every report on.
func (a announcer) post(next func(relay.Progress)) func(relay.Progress) {
	return func(p relay.Progress) {
		if p.Result.Outcome.Delivered() {
			for _, e := range p.Post.Events {
				a.say("posted", e)
			}
		}
		next(p)
	}
}

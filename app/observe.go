package app

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode"

	"vastrelay/app/config"
	"vastrelay/relay"
)

// The receiver and the outbox are made before the bridge that they report to;
// these methods stand between. Nothing calls them before the program starts.

func (p *Program) form() relay.Rung {
	if p.settings.Settings().FormOrDefault() == config.FormText {
		return relay.RungText
	}
	return relay.RungCard
}

func (p *Program) folds() bool                         { return p.Alone() }
func (p *Program) observePost(progress relay.Progress) { p.ObservePost(progress) }
func (p *Program) observeDelivery(d relay.Delivery)    { p.ObserveDelivery(d) }
func (p *Program) recordOnly(ev relay.Event) bool      { return p.RecordOnly(ev) }
func (p *Program) suspect(c relay.Context)             { p.Suspect(c) }

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
	title := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, e.Title())
	a.mu.Lock()
	defer a.mu.Unlock()
	_, _ = fmt.Fprintf(a.out, "%-9s %s\n", what, title)
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

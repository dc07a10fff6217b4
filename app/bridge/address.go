package bridge

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/link"
	"vastrelay/app/proofs"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// address keeps the public address open. Its fields above mu belong to the loop.
type address struct {
	core *core

	run      *tunnelRun // nil: no tunnel was started, or it was stopped
	token    relay.Secret
	shown    string // the newest address that the status has named; empty before the first
	restarts link.RestartSchedule
	dropAt   time.Time // when the replaced tunnels may end; zero: not before the new address is proven

	mu       sync.Mutex // guards all below
	link     link.State
	cancel   context.CancelFunc // of the tunnel, without waiting; nil before the first
	replaced []*tunnelRun       // tunnels that stay open until the address after theirs is proven
}

// tunnelRun is one provider at work.
type tunnelRun struct {
	cancel   context.CancelFunc
	done     chan struct{}
	provider tunnel.Provider
	token    relay.Secret
	settings tunnelSettings
	replaced bool        // its reports count no more; under the mutex of address, as are url and last
	url      string      // the address when it was replaced
	last     tunnel.Link // the newest report
}

// tunnelSettings are the settings that need a new tunnel when they change.
type tunnelSettings struct {
	vendor string
	values []string // of the vendor's fields, in order
}

// tunnelSettings are those in force.
func (c *core) tunnelSettings() tunnelSettings {
	values, vendor := c.o.Settings.Settings().TunnelValues, c.tunnelVendor()
	t := tunnelSettings{vendor: vendor.Name}
	for _, f := range vendor.Fields {
		t.values = append(t.values, values.Of(f))
	}
	return t
}

func (t tunnelSettings) equal(other tunnelSettings) bool {
	return t.vendor == other.vendor && slices.Equal(t.values, other.values)
}

// untilDue is link.State.DueIn, or recheckEvery where nothing is due.
func (a *address) untilDue() time.Duration { return a.current().DueIn(recheckEvery) }

// use keeps the right tunnel running: none is touched while neither the
// token nor its settings changed.
func (a *address) use(token relay.Secret) {
	want := a.core.tunnelSettings()
	again := false // the tunnel has ended and is tried once more
	if a.run != nil {
		var keep bool
		if keep, again = a.leave(token, want); keep {
			return
		}
	}
	if a.revive(token, want) {
		return
	}
	if !again || a.core.board.asked { // else what is wrong stays shown until it is well again
		a.core.board.setHop(health.Hop{Name: health.HopAddress, State: health.HopWorking, Detail: link.Opening(a.before())})
	}
	a.recallProven(token, want)
	provider, err := a.core.o.Factories.Tunnel(token)
	if err != nil {
		a.ended(err)
		a.core.board.setHop(health.Hop{Name: health.HopAddress}.Fail(link.ExplainTunnel(err)))
		return
	}
	a.start(provider, token, want, again)
}

// leave stops or replaces the tunnel unless it is to be kept: it is at work as
// wanted, or refused for good until something changes. again says that it has
// ended and is tried once more.
func (a *address) leave(token relay.Secret, want tunnelSettings) (keep, again bool) {
	ended := false
	select {
	case <-a.run.done:
		ended = true
	default:
	}
	refused := a.current().Refused()
	sameSettings := a.run.settings.equal(want)
	same := sameSettings && a.token == token
	switch {
	case same && (!ended || refused):
		return true, false
	case ended || sameSettings:
		a.stop()
	default:
		a.replace()
	}
	return false, same
}

func (a *address) start(provider tunnel.Provider, token relay.Secret, s tunnelSettings, again bool) {
	ctx, cancel := context.WithCancel(context.Background()) // ends in stop or endReplaced, which Run always calls
	run := &tunnelRun{cancel: cancel, done: make(chan struct{}), provider: provider, token: token, settings: s}
	a.run, a.token, a.restarts = run, token, link.RestartSchedule{}
	a.mu.Lock()
	a.cancel = cancel
	a.link = link.State{
		Generation: a.link.Generation, WasInUse: a.link.WasInUse, LostAt: time.Now(),
		ProvenToken: a.link.ProvenToken, ProvenSetup: a.link.ProvenSetup, Again: again,
	}
	a.mu.Unlock()
	go func() {
		defer close(run.done)
		err := provider.Run(ctx, a.core.o.Receiving.Handler, func(l tunnel.Link) {
			if a.counts(run, l) {
				a.linked(l)
			}
		})
		if ctx.Err() == nil && a.counts(run, tunnel.Link{State: tunnel.Stopped}) {
			if err == nil {
				err = errors.New("the tunnel ended by itself")
			}
			a.ended(err)
			a.core.requests.Wake()
		}
	}()
}

// stop ends the tunnel, if there is one, and waits for it.
func (a *address) stop() {
	run := a.run
	if run == nil {
		return
	}
	run.cancel()
	<-run.done
	a.run = nil
	a.mu.Lock()
	a.link = link.State{Generation: a.link.Generation, WasInUse: a.link.WasInUse}
	a.mu.Unlock()
	a.core.board.update(func(v *status.Input) { v.Address.URL, v.Address.StandbySince = "", time.Time{} })
}

// ended notes that the tunnel is over for good.
func (a *address) ended(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.link.State, a.link.Ended, a.link.URL, a.link.EndedAt = tunnel.Stopped, err, "", time.Now()
}

// linked takes the tunnel's reports. It never blocks.
func (a *address) linked(l tunnel.Link) {
	a.mu.Lock()
	byUs := len(a.replaced) > 0 // a replaced tunnel may hold the name; see makeWay
	a.mu.Unlock()
	if l.State == tunnel.InUse && !byUs {
		// From the moment this copy takes over until it has rotated, deliveries
		// carry the other computer's secret: they must come again, not be lost.
		for _, d := range a.core.wanted("") {
			a.core.o.Receiving.Gate.Suspect(d.Role, true)
		}
	}
	a.mu.Lock()
	before := a.link
	a.link = before.After(l, byUs)
	a.mu.Unlock()
	if before.News(l) && !before.OwnRestart(l) {
		a.core.requests.Wake()
	}
}

// show shows the link's state at its hop and reports whether it is up.
func (a *address) show() (link.State, bool) {
	l := a.current()
	switch {
	case l.Ended != nil:
		a.core.notes.Blame(l.Problem())
	case l.State == tunnel.Online && l.Headline != "": // it does without the credential, which is not accepted
		kind := a.core.tunnelCredential()
		p := l.Refusal()
		p.Action = kind.ReplaceAction()
		a.core.notes.SetProblem(kind, p)
	case l.State == tunnel.Online && !a.token.Empty():
		a.core.notes.Checked(a.core.tunnelCredential(), words.Sentence{}) // nobody is let in without
	}
	moved := l.URL != "" && a.shown != "" && a.shown != l.URL
	if l.URL != "" {
		a.shown = l.URL
	}
	a.core.board.update(func(v *status.Input) {
		v.Address.StandbySince = time.Time{}
		if l.State == tunnel.InUse {
			v.Address.StandbySince = l.Since
		}
		if !l.HeldAt.IsZero() {
			v.Address.StandbySeen = l.HeldAt
		}
		v.Address.URL = l.URL
		if moved { // what was proven of the address before is nothing any more
			v.SetHop(health.Hop{Name: health.HopAddress, State: health.HopWorking, Detail: words.New("hop.address.up")})
			v.SetHop(health.Hop{Name: health.HopWebhook, State: health.HopWorking, Detail: words.New("hop.webhook.moving")})
		}
		if h, ok := link.Hop(l, v.Hops[2], v.Address.Before); ok {
			v.SetHop(h)
		}
	})
	return l, l.State == tunnel.Online && l.Ended == nil
}

// recallProven notes at the link whether its token and its settings have
// proven an address before, in an earlier run or in this one.
func (a *address) recallProven(token relay.Secret, s tunnelSettings) {
	tokenMark, setupMark := a.core.tunnelMarks(token, s)
	sameToken, sameSetup := a.core.proofs.Tunnel(tokenMark, setupMark)
	a.mu.Lock()
	a.link.ProvenToken, a.link.ProvenSetup = sameToken, sameSetup
	a.mu.Unlock()
}

// proven shows that the address leads here and notes that the token and
// the settings of the tunnel have proven an address.
func (a *address) proven(detail words.Sentence) {
	a.restarts = link.RestartSchedule{}
	a.core.board.setHop(health.Hop{Name: health.HopAddress, State: health.HopOK, Detail: detail})
	a.mu.Lock()
	a.link.ProvenToken, a.link.ProvenSetup = true, true
	a.mu.Unlock()
	tokenMark, setupMark := a.core.tunnelMarks(a.token, a.run.settings)
	if sameToken, sameSetup := a.core.proofs.Tunnel(tokenMark, setupMark); sameToken && sameSetup {
		return
	}
	if err := a.core.proofs.NoteTunnel(tokenMark, setupMark); err != nil {
		a.core.log.Warn("noting that the address was proven", "err", err)
	}
}

// reopen makes the tunnels connect anew. Until one says that it has, its link counts
// as down: what it said before the sleep, or in another network, is worth nothing.
func (a *address) reopen() {
	a.mu.Lock()
	runs := slices.Clone(a.replaced)
	for _, run := range runs {
		run.last.State = tunnel.Reconnecting
	}
	if a.link.State == tunnel.Online {
		a.link.State, a.link.LostAt = tunnel.Reconnecting, time.Now()
	}
	a.link.Restarting = false // what the link does next is news
	a.mu.Unlock()
	a.showBefore()
	if a.run != nil {
		runs = append(runs, a.run)
	}
	for _, run := range runs {
		run.provider.Restart()
	}
}

// restartAfterProbe makes the tunnel connect anew after a probe that somebody
// else answered: a name can move while the link looks well. Where Vast.ai's
// deliveries have come through since the link is up, it is left alone.
func (a *address) restartAfterProbe(ctx context.Context) {
	upAt := a.current().UpAt
	delivered := a.core.tests.LastDelivery(relay.Roles()...)
	leadsHere := delivered.After(upAt) && time.Since(delivered) <= proofs.TestEvery
	if ctx.Err() != nil || leadsHere || !a.restarts.Due(time.Now()) {
		return
	}
	a.mu.Lock()
	a.link.Restarting = true
	a.mu.Unlock()
	a.run.provider.Restart()
}

// current returns what is known of the link.
func (a *address) current() link.State {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.link
}

// letGo begins to close the address, without waiting.
func (a *address) letGo() {
	a.mu.Lock()
	end, replaced := a.cancel, a.replaced
	a.mu.Unlock()
	if end != nil {
		end()
	}
	for _, run := range replaced {
		run.cancel()
	}
}

// tryAgain lets a tunnel that ended for good be tried once more.
func (a *address) tryAgain() {
	a.mu.Lock()
	a.link.Ended = nil
	a.mu.Unlock()
}

// rotated notes that the secrets are not the other computer's any more.
func (a *address) rotated() {
	a.mu.Lock()
	a.link.WasInUse = false
	a.mu.Unlock()
}

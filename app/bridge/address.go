package bridge

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/proofs"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// linkState is the newest report of the tunnel.
type linkState struct {
	tunnel.Link
	generation int       // rises whenever the link came up or its address changed
	upAt       time.Time // when the link last came up or its address changed
	lostAt     time.Time
	heldAt     time.Time // when another computer was last seen to have the address
	lastURL    string    // the newest address of this tunnel; it outlasts a drop
	movedAt    time.Time // when that became the address
	wasInUse   bool      // the address was another computer's before this link came up
	again      bool      // the tunnel is tried once more after its end, and the link is not up yet
	restarting bool      // the bridge restarted the provider after a failed probe, and the link is not up again
	err        error     // why the tunnel ended
	endedAt    time.Time

	// Whether the token, and the token with the settings in force, have proven
	// an address before, in this run or an earlier one.
	provenToken, provenSetup bool
}

// address keeps the public address open. Its fields above mu belong to the loop.
type address struct {
	core *core

	run      *tunnelRun // nil: no tunnel was started, or it was stopped
	token    relay.Secret
	shown    string // the newest address that the status has named; empty before the first
	restarts restartSchedule
	dropAt   time.Time // when the replaced tunnels may end; zero: not before the new address is proven

	mu       sync.Mutex // guards all below
	link     linkState
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
	replaced bool        // its reports count no more; under the mutex of address, as is last
	last     tunnel.Link // the newest report
}

// tunnelSettings are the settings that need a new tunnel when they change.
type tunnelSettings struct {
	vendor string
	values []string // of the fields of all vendors, in order
}

func (a *address) settings() tunnelSettings {
	values := a.core.o.Settings.Settings().TunnelValues
	t := tunnelSettings{vendor: a.core.tunnelVendor().Name}
	for _, v := range a.core.o.Factories.Vendors {
		for _, f := range v.Fields {
			t.values = append(t.values, values.Of(f))
		}
	}
	return t
}

func (t tunnelSettings) equal(other tunnelSettings) bool {
	return t.vendor == other.vendor && slices.Equal(t.values, other.values)
}

// retryIn is how long after its end a tunnel is tried again; 0: not before
// something changes. Local trouble, such as a port that another program holds,
// ends without anyone's telling us. What a vendor refused after it had worked
// may work again: a reboot behind a bad network must not end the service.
func (l linkState) retryIn() time.Duration {
	refusal, ok := errors.AsType[*tunnel.PermanentError](l.err)
	switch {
	case !ok:
		return retryMost
	case refusal.Mend == tunnel.MendLocally:
		return retryMost
	case l.provenBefore(refusal):
		return retryRefused
	default:
		return 0
	}
}

// refused reports whether a tunnel that ended is not to be tried yet.
func (l linkState) refused() bool {
	wait := l.retryIn()
	return l.err != nil && (wait == 0 || time.Since(l.endedAt) < wait)
}

// untilDue is how long nothing needs to be done about the link unless it
// reports something: until its tunnel is tried again, or until being down is
// more than a hiccup. Where neither is to come, it is recheckEvery.
func (a *address) untilDue() time.Duration {
	a.mu.Lock()
	l := a.link
	a.mu.Unlock()
	var due time.Time
	switch {
	case l.err != nil && l.retryIn() > 0:
		due = l.endedAt.Add(l.retryIn())
	case l.err == nil && !l.lostAt.IsZero() && !l.lostForLong():
		due = l.lostAt.Add(linkPatience)
	default:
		return recheckEvery
	}
	return max(time.Until(due), time.Second)
}

// explainTunnel is checks.Explain for an error of a tunnel: its button replaces
// the credential of the very tunnel.
func explainTunnel(err error) health.Problem {
	p := checks.Explain(err)
	if refusal, ok := errors.AsType[*tunnel.PermanentError](err); ok && refusal.Mend == tunnel.MendToken && refusal.Credential != "" {
		p.Action = credentials.Kind(refusal.Credential).ReplaceAction()
	}
	return p
}

// problem is why the tunnel ended, for a person.
func (l linkState) problem() health.Problem {
	p := explainTunnel(l.err)
	refusal, permanent := errors.AsType[*tunnel.PermanentError](l.err)
	if wait := l.retryIn(); wait > 0 && (!permanent || l.provenBefore(refusal)) {
		p.Severity = health.Passing
		p.Next = health.Sentences(p.Next, words.Text("hop.address.retried", words.Args{"Time": words.Clock(l.endedAt.Add(wait))}))
	}
	return p
}

// use keeps the right tunnel running: none is touched while neither the
// token nor its settings changed.
func (a *address) use(token relay.Secret) {
	want := a.settings()
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
		detail := words.Text("hop.address.opening")
		if before := a.core.board.status().AddressBefore; before != "" {
			detail = words.Text("hop.address.replacing", words.Args{"Host": host(before)})
		}
		a.core.board.setHop(health.Hop{Name: health.HopAddress, State: health.HopWorking, Detail: detail})
	}
	a.recallProven(token, want)
	provider, err := a.core.o.Factories.Tunnel(token)
	if err != nil {
		a.ended(err)
		a.core.board.setHop(health.Hop{Name: health.HopAddress}.Fail(explainTunnel(err)))
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
	a.mu.Lock()
	refused := a.link.refused()
	a.mu.Unlock()
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
	a.run, a.token, a.restarts = run, token, restartSchedule{}
	a.mu.Lock()
	a.cancel = cancel
	a.link = linkState{
		generation: a.link.generation, wasInUse: a.link.wasInUse, lostAt: time.Now(),
		provenToken: a.link.provenToken, provenSetup: a.link.provenSetup, again: again,
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
			a.core.requests.wakeLoop()
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
	a.link = linkState{generation: a.link.generation, wasInUse: a.link.wasInUse}
	a.mu.Unlock()
	a.core.board.update(func(v *status.Input) { v.Address.URL, v.Address.StandbySince = "", time.Time{} })
}

// ended notes that the tunnel is over for good.
func (a *address) ended(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.link.State, a.link.err, a.link.URL, a.link.endedAt = tunnel.Stopped, err, "", time.Now()
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
	a.link = before.after(l, byUs)
	a.mu.Unlock()
	if before.news(l) && !before.ownRestart(l) {
		a.core.requests.wakeLoop()
	}
}

// after is the link once the tunnel has reported next. byUs says that a replaced
// tunnel of this program may hold the name.
func (l linkState) after(next tunnel.Link, byUs bool) linkState {
	before := l
	l.Link, l.err, l.endedAt = next, nil, time.Time{}
	up := next.State == tunnel.Online || next.State == tunnel.InUse
	l.restarting, l.again = before.restarting && !up, before.again && !up
	switch next.State {
	case tunnel.Online:
		if before.State != tunnel.Online || before.URL != next.URL {
			l.generation++
			l.upAt = time.Now()
		}
		if before.lastURL != next.URL {
			l.lastURL, l.movedAt = next.URL, time.Now()
		}
		l.lostAt = time.Time{}
	case tunnel.InUse:
		if l.wasInUse = !byUs; l.wasInUse {
			l.heldAt = time.Now()
		}
		l.provenToken, l.provenSetup = true, true // another computer uses them well
		fallthrough
	default:
		if l.lostAt.IsZero() {
			l.lostAt = time.Now()
		}
	}
	return l
}

// news reports whether next differs from the link in more than the times and
// the wording of its attempts, which come and go while a link is down.
func (l linkState) news(next tunnel.Link) bool {
	return l.State != next.State || l.URL != next.URL || l.Code != next.Code || l.Headline != next.Headline || l.Cause != next.Cause
}

// ownRestart reports whether the change to next is only what a restart by the
// bridge itself causes: the link goes down and comes back as it was. Such a
// change must not cut short the backoff after the probe that failed. A link that
// comes back after more than a hiccup is news all the same: nobody looks before.
func (l linkState) ownRestart(next tunnel.Link) bool {
	if !l.restarting || next.State == tunnel.InUse || l.lostForLong() {
		return false
	}
	return next.State != tunnel.Online || next.URL == l.lastURL
}

// show shows the link's state at its hop and reports whether it is up.
func (a *address) show() (linkState, bool) {
	a.mu.Lock()
	l := a.link
	a.mu.Unlock()
	switch {
	case l.err != nil:
		a.core.notes.Blame(l.problem())
	case l.State == tunnel.Online && l.Headline != "": // it does without the credential, which is not accepted
		kind := a.core.tunnelCredential()
		p := l.refusal()
		p.Action = kind.ReplaceAction()
		a.core.notes.SetProblem(kind, p)
	case l.State == tunnel.Online && !a.token.Empty():
		a.core.notes.Checked(a.core.tunnelCredential(), "") // nobody is let in without
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
		if !l.heldAt.IsZero() {
			v.Address.StandbySeen = l.heldAt
		}
		v.Address.URL = l.URL
		if moved { // what was proven of the address before is nothing any more
			v.SetHop(health.Hop{Name: health.HopAddress, State: health.HopWorking, Detail: words.Text("hop.address.up")})
			v.SetHop(health.Hop{Name: health.HopWebhook, State: health.HopWorking, Detail: words.Text("hop.webhook.moving")})
		}
		if h, ok := linkHop(l, v.Hops[2]); ok {
			v.SetHop(h)
		}
	})
	return l, l.State == tunnel.Online && l.err == nil
}

// linkHop is the address hop for a link. ok is false when a link that is up
// says nothing new: the probe decides then.
func linkHop(l linkState, old health.Hop) (h health.Hop, ok bool) {
	h = health.Hop{Name: health.HopAddress, State: health.HopWorking}
	switch {
	case l.err != nil:
		return h.Fail(l.problem()), true
	case l.State == tunnel.Online:
		if old.State == health.HopOK || old.State == health.HopFailing {
			return h, false
		}
		h.Detail = words.Text("hop.address.up")
	case l.retrying() && old.State == health.HopFailing:
		return h, false // what failed before is still what is wrong
	case l.State == tunnel.InUse:
		h.Detail = words.Text("hop.address.in_use")
	case l.Headline != "":
		return h.Fail(l.refusal()), true
	case l.lostForLong():
		return h.Fail(l.down()), true
	case l.State == tunnel.Reconnecting:
		h.Detail = words.Text("hop.address.lost")
	default:
		h.Detail = words.Text("hop.address.opening")
	}
	return h, true
}

// refusal is what the vendor refuses, in its words for a person.
func (l linkState) refusal() health.Problem {
	return health.Problem{
		Headline: strings.TrimSuffix(l.Headline, "."), Cause: l.Cause, Next: l.Next, Details: l.Code, Action: health.ActionRetry, Severity: health.Passing,
	}
}

// lostForLong reports whether the link has been down for more than a hiccup.
func (l linkState) lostForLong() bool {
	return !l.lostAt.IsZero() && time.Since(l.lostAt) >= linkPatience
}

// retrying reports whether the bridge itself has just had the link made anew.
func (l linkState) retrying() bool { return (l.restarting || l.again) && !l.lostForLong() }

// down is the problem of a link that does not come up, for a person.
func (l linkState) down() health.Problem {
	p := health.New(health.TunnelDown, words.Args{"Time": words.Clock(l.lostAt)})
	if l.Err != nil {
		p.Details = l.Err.Error()
	}
	return p
}

// recallProven notes at the link whether its token and its settings have
// proven an address before, in an earlier run or in this one.
func (a *address) recallProven(token relay.Secret, s tunnelSettings) {
	tokenMark, setupMark := a.core.tunnelMarks(token, s)
	sameToken, sameSetup := a.core.proofs.Tunnel(tokenMark, setupMark)
	a.mu.Lock()
	a.link.provenToken, a.link.provenSetup = sameToken, sameSetup
	a.mu.Unlock()
}

// proven shows that the address leads here and notes that the token and
// the settings of the tunnel have proven an address.
func (a *address) proven(detail string) {
	a.restarts = restartSchedule{}
	a.core.board.setHop(health.Hop{Name: health.HopAddress, State: health.HopOK, Detail: detail})
	a.mu.Lock()
	a.link.provenToken, a.link.provenSetup = true, true
	a.mu.Unlock()
	tokenMark, setupMark := a.core.tunnelMarks(a.token, a.run.settings)
	if sameToken, sameSetup := a.core.proofs.Tunnel(tokenMark, setupMark); sameToken && sameSetup {
		return
	}
	if err := a.core.proofs.NoteTunnel(tokenMark, setupMark); err != nil {
		a.core.log.Warn("noting that the address was proven", "err", err)
	}
}

// reopen makes the tunnel connect anew. Until it says that it has, the link counts
// as down: what it said before the sleep, or in another network, is worth nothing.
func (a *address) reopen() {
	if a.run == nil {
		return
	}
	a.mu.Lock()
	if a.link.State == tunnel.Online {
		a.link.State, a.link.lostAt = tunnel.Reconnecting, time.Now()
	}
	a.link.restarting = false // what the link does next is news
	a.mu.Unlock()
	a.run.provider.Restart()
}

// Waits between two restarts of the tunnel for the same failed probe.
const (
	restartFirst = 2 * time.Minute
	restartMost  = 15 * time.Minute
)

// restartSchedule says when a failed probe restarts the tunnel: the first one
// at once, the next after restartFirst, then with doubled waits up to
// restartMost. A probe that succeeds starts it over.
type restartSchedule struct {
	last time.Time // of the restart before; zero: there was none
	wait time.Duration
}

// due reports whether the tunnel is to be restarted at now, and counts it as
// restarted if so.
func (s *restartSchedule) due(now time.Time) bool {
	switch {
	case s.last.IsZero():
		s.wait = restartFirst
	case now.Sub(s.last) < s.wait:
		return false
	default:
		s.wait = min(2*s.wait, restartMost)
	}
	s.last = now
	return true
}

// restartAfterProbe makes the tunnel connect anew after a probe that somebody
// else answered: a name can move while the link looks well. Where Vast.ai's
// deliveries have come through since the link is up, it is left alone.
func (a *address) restartAfterProbe(ctx context.Context) {
	a.mu.Lock()
	upAt := a.link.upAt
	a.mu.Unlock()
	delivered := a.core.tests.LastDelivery(relay.Roles()...)
	leadsHere := delivered.After(upAt) && time.Since(delivered) <= proofs.TestEvery
	if ctx.Err() != nil || leadsHere || !a.restarts.due(time.Now()) {
		return
	}
	a.mu.Lock()
	a.link.restarting = true
	a.mu.Unlock()
	a.run.provider.Restart()
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
	a.link.err = nil
	a.mu.Unlock()
}

// rotated notes that the secrets are not the other computer's any more.
func (a *address) rotated() {
	a.mu.Lock()
	a.link.wasInUse = false
	a.mu.Unlock()
}

// host is the host part of an address, with its path if it has one, for
// sentences.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	return u.Host + strings.TrimSuffix(u.EscapedPath(), "/")
}

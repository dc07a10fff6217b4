package bridge

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// linkState is the newest report of the tunnel.
type linkState struct {
	tunnel.Link
	generation int // rises whenever the link came up or its address changed
	lostAt     time.Time
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

// tunnelRun is one provider at work.
type tunnelRun struct {
	cancel   context.CancelFunc
	done     chan struct{}
	provider tunnel.Provider
	settings tunnelSettings
}

// tunnelSettings are the settings that need a new tunnel when they change.
type tunnelSettings struct {
	kind, domain, publicURL, listen string
}

func (b *Bridge) tunnelSettings() tunnelSettings {
	s := b.o.Settings.Settings()
	return tunnelSettings{string(s.TunnelOrDefault()), s.NgrokDomain, s.PublicURL, s.ListenOrDefault()}
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

// problem is why the tunnel ended, for a person.
func (l linkState) problem() health.Problem {
	p := checks.Explain(l.err)
	refusal, permanent := errors.AsType[*tunnel.PermanentError](l.err)
	if wait := l.retryIn(); wait > 0 && (!permanent || l.provenBefore(refusal)) {
		p.Final, p.Retried = false, true
		p.Next += " It is tried again by itself, next at " + words.Clock(l.endedAt.Add(wait)) + "."
	}
	return p
}

// useTunnel keeps the right tunnel running: none is touched while neither the
// token nor its settings changed.
func (b *Bridge) useTunnel(token relay.Secret) {
	want := b.tunnelSettings()
	again := false // the tunnel has ended and is tried once more
	if run := b.parts.tunnel; run != nil {
		ended := false
		select {
		case <-run.done:
			ended = true
		default:
		}
		b.mu.Lock()
		refused := b.link.refused()
		b.mu.Unlock()
		same := b.parts.token == token && run.settings == want
		if same && (!ended || refused) {
			return // at work, or refused for good until something changes
		}
		again = same
		b.stopTunnel()
	}
	if !again || b.parts.asked { // else what is wrong stays shown until it is well again
		b.setHop(health.Hop{Name: health.HopAddress, State: health.HopWorking, Detail: "Opening the public address."})
	}
	b.recallProven(token, want)
	provider, err := b.o.Makers.Tunnel(token)
	if err != nil {
		b.ended(err)
		b.setHop(health.Hop{Name: health.HopAddress}.Fail(checks.Explain(err)))
		return
	}
	b.startTunnel(provider, token, want, again)
}

func (b *Bridge) startTunnel(provider tunnel.Provider, token relay.Secret, s tunnelSettings, again bool) {
	ctx, cancel := context.WithCancel(context.Background()) // ends in stopTunnel, which Run always calls
	run := &tunnelRun{cancel: cancel, done: make(chan struct{}), provider: provider, settings: s}
	b.parts.tunnel, b.parts.token, b.parts.restarts = run, token, restartSchedule{}
	b.mu.Lock()
	b.close = cancel
	b.link = linkState{
		generation: b.link.generation, wasInUse: b.link.wasInUse, lostAt: time.Now(),
		provenToken: b.link.provenToken, provenSetup: b.link.provenSetup, again: again,
	}
	b.mu.Unlock()
	go func() {
		defer close(run.done)
		err := provider.Run(ctx, b.o.Handler, b.linked)
		if ctx.Err() == nil {
			if err == nil {
				err = errors.New("the tunnel ended by itself")
			}
			b.ended(err)
			b.poke()
		}
	}()
}

// stopTunnel ends the tunnel, if there is one, and waits for it.
func (b *Bridge) stopTunnel() {
	run := b.parts.tunnel
	if run == nil {
		return
	}
	run.cancel()
	<-run.done
	b.parts.tunnel = nil
	b.mu.Lock()
	b.link = linkState{generation: b.link.generation, wasInUse: b.link.wasInUse}
	b.mu.Unlock()
	b.update(func(v *status.Input) { v.Address, v.StandbySince = "", time.Time{} })
}

// ended notes that the tunnel is over for good.
func (b *Bridge) ended(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.link.State, b.link.err, b.link.URL, b.link.endedAt = tunnel.Stopped, err, "", time.Now()
}

// linked takes the tunnel's reports. It never blocks.
func (b *Bridge) linked(l tunnel.Link) {
	if l.State == tunnel.InUse {
		// From the moment this copy takes over until it has rotated, deliveries
		// carry the other computer's secret: they must come again, not be lost.
		for _, d := range b.wanted("") {
			b.o.Gate.Suspect(d.Context, true)
		}
	}
	b.mu.Lock()
	before := b.link
	next := before
	next.Link, next.err, next.endedAt = l, nil, time.Time{}
	up := l.State == tunnel.Online || l.State == tunnel.InUse
	next.restarting, next.again = before.restarting && !up, before.again && !up
	switch l.State {
	case tunnel.Online:
		if before.State != tunnel.Online || before.URL != l.URL {
			next.generation++
		}
		if next.lastURL != l.URL {
			next.lastURL, next.movedAt = l.URL, time.Now()
		}
		next.lostAt = time.Time{}
	case tunnel.InUse:
		next.wasInUse = true
		next.provenToken, next.provenSetup = true, true // another computer uses them well
		fallthrough
	default:
		if next.lostAt.IsZero() {
			next.lostAt = time.Now()
		}
	}
	b.link = next
	b.mu.Unlock()
	if before.news(l) && !before.ownRestart(l) {
		b.poke()
	}
}

// news reports whether next differs from the link in more than the times and
// the wording of its attempts, which come and go while a link is down.
func (l linkState) news(next tunnel.Link) bool {
	return l.State != next.State || l.URL != next.URL || l.Code != next.Code || l.Headline != next.Headline || l.Cause != next.Cause
}

// ownRestart reports whether the change to next is only what a restart by the
// bridge itself causes: the link goes down and comes back as it was. Such a
// change must not cut short the backoff after the probe that failed.
func (l linkState) ownRestart(next tunnel.Link) bool {
	if !l.restarting || next.State == tunnel.InUse {
		return false
	}
	return next.State != tunnel.Online || next.URL == l.lastURL
}

// linkNow shows the link's state at its hop and reports whether it is up.
func (b *Bridge) linkNow() (linkState, bool) {
	b.mu.Lock()
	l := b.link
	b.mu.Unlock()
	switch {
	case l.err != nil:
		b.notes.Blame(l.problem())
	case l.State == tunnel.Online && !b.parts.token.Empty():
		b.notes.Checked(credentials.NgrokToken, "") // nobody is let in without
	}
	b.update(func(v *status.Input) {
		v.StandbySince = time.Time{}
		if l.State == tunnel.InUse {
			v.StandbySince = l.Since
		}
		v.Address = l.URL
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
		h.Detail = "The address is up; checking that it leads here."
	case l.retrying() && old.State == health.HopFailing:
		return h, false // what failed before is still what is wrong
	case l.State == tunnel.InUse:
		h.Detail = "The address is in use on another computer; trying again each minute."
	case l.Headline != "":
		return h.Fail(health.Problem{
			Headline: strings.TrimSuffix(l.Headline, "."), Cause: l.Cause, Next: l.Next, Details: l.Code, Action: health.ActionRetry, Retried: true,
		}), true
	case l.lostForLong():
		return h.Fail(l.down()), true
	case l.State == tunnel.Reconnecting:
		h.Detail = "The connection was lost; opening it again."
	default:
		h.Detail = "Opening the public address."
	}
	return h, true
}

// lostForLong reports whether the link has been down for more than a hiccup.
func (l linkState) lostForLong() bool {
	return !l.lostAt.IsZero() && time.Since(l.lostAt) >= linkPatience
}

// retrying reports whether the bridge itself has just had the link made anew.
func (l linkState) retrying() bool { return (l.restarting || l.again) && !l.lostForLong() }

// down is the problem of a link that does not come up, for a person.
func (l linkState) down() health.Problem {
	p := health.Problem{
		Headline: "Vast.ai cannot reach this computer", Cause: "The connection to the tunnel is down since " + words.Clock(l.lostAt) + ".",
		Next: "Check the network; it is tried again by itself.", Action: health.ActionRetry,
	}
	if l.Err != nil {
		p.Details = l.Err.Error()
	}
	return p
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

package bridge

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

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
	restarting bool      // the bridge restarted the provider after a failed probe, and the link is not up again
	err        error     // why the tunnel ended for good
	endedAt    time.Time
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

// mayWorkAgain reports whether a tunnel that ended for good is worth another
// try all the same: a port that another program holds can become free without
// anyone's telling us.
func (l linkState) mayWorkAgain() bool {
	refusal, ok := errors.AsType[*tunnel.PermanentError](l.err)
	return ok && refusal.Reason == tunnel.ReasonAddressInUse && time.Since(l.endedAt) >= retryMost
}

// useTunnel keeps the right tunnel running: none is touched while neither the
// token nor its settings changed.
func (b *Bridge) useTunnel(token relay.Secret) {
	want := b.tunnelSettings()
	if run := b.parts.tunnel; run != nil {
		ended := false
		select {
		case <-run.done:
			ended = true
		default:
		}
		b.mu.Lock()
		refused := b.link.err != nil && !b.link.mayWorkAgain()
		b.mu.Unlock()
		same := b.parts.token == token && run.settings == want
		if same && (!ended || refused) {
			return // at work, or refused for good until something changes
		}
		b.stopTunnel()
	}
	b.setHop(Hop{Name: HopAddress, State: HopWorking, Detail: "Opening the public address."})
	provider, err := b.o.Makers.Tunnel(token)
	if err != nil {
		b.ended(err)
		b.setHop(Hop{Name: HopAddress}.fail(Explain(err)))
		return
	}
	b.startTunnel(provider, token, want)
}

func (b *Bridge) startTunnel(provider tunnel.Provider, token relay.Secret, s tunnelSettings) {
	ctx, cancel := context.WithCancel(context.Background()) // ends in stopTunnel, which Run always calls
	run := &tunnelRun{cancel: cancel, done: make(chan struct{}), provider: provider, settings: s}
	b.parts.tunnel, b.parts.token, b.parts.restarts = run, token, restartSchedule{}
	b.mu.Lock()
	b.close = cancel
	b.link = linkState{generation: b.link.generation, wasInUse: b.link.wasInUse, lostAt: time.Now()}
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
	b.update(func(v *view) { v.address, v.standby = "", time.Time{} })
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
	next.restarting = before.restarting && l.State != tunnel.Online && l.State != tunnel.InUse
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
		fallthrough
	default:
		if next.lostAt.IsZero() {
			next.lostAt = time.Now()
		}
	}
	b.link = next
	b.mu.Unlock()
	if !before.ownRestart(l) {
		b.poke()
	}
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
		b.blameCredential(Explain(l.err))
	case l.State == tunnel.Online && !b.parts.token.Empty():
		b.noteChecked(NgrokToken, "") // nobody is let in without
	}
	b.update(func(v *view) {
		v.standby = time.Time{}
		if l.State == tunnel.InUse {
			v.standby = l.Since
		}
		v.address = l.URL
		if h, ok := linkHop(l, v.hops[2]); ok {
			v.setHop(h)
		}
	})
	return l, l.State == tunnel.Online && l.err == nil
}

// linkHop is the address hop for a link. ok is false when a link that is up
// says nothing new: the probe decides then.
func linkHop(l linkState, old Hop) (h Hop, ok bool) {
	h = Hop{Name: HopAddress, State: HopWorking}
	switch {
	case l.err != nil:
		return h.fail(Explain(l.err)), true
	case l.State == tunnel.Online:
		if old.State == HopOK || old.State == HopFailing {
			return h, false
		}
		h.Detail = "The address is up; checking that it leads here."
	case l.restarting && old.State == HopFailing && time.Since(l.lostAt) < linkPatience:
		return h, false // the probe that failed is still what is wrong
	case l.State == tunnel.InUse:
		h.Detail = "The address is in use on another computer; trying again each minute."
	case !l.lostAt.IsZero() && time.Since(l.lostAt) >= linkPatience:
		p := Problem{
			Headline: "Vast.ai cannot reach this computer", Cause: "The connection to the tunnel is down since " + clock(l.lostAt) + ".",
			Next: "Check the network; it is tried again by itself.", Action: ActionRetry,
		}
		if l.Err != nil {
			p.Details = l.Err.Error()
		}
		return h.fail(p), true
	case l.State == tunnel.Reconnecting:
		h.Detail = "The connection was lost; opening it again."
	default:
		h.Detail = "Opening the public address."
	}
	return h, true
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

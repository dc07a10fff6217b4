// Package link is what is known of the tunnel's link: its newest report, what a
// person should read of it, and when it is tried again.
//
// Its values are plain, and may be read and copied by any goroutine; who changes one
// guards it.
package link

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay/tunnel"
)

// Waits for a link.
const (
	Patience     = 20 * time.Second // a link that is down this long is a failure, not a hiccup
	RetryMost    = time.Minute      // until a tunnel that ended by itself is tried again
	RetryRefused = 15 * time.Minute // after a refusal by a vendor, where trying again can help
)

// State is the newest report of the tunnel.
type State struct {
	tunnel.Link
	Generation int       // rises whenever the link came up or its address changed
	UpAt       time.Time // when the link last came up or its address changed
	LostAt     time.Time
	HeldAt     time.Time // when another computer was last seen to have the address
	LastURL    string    // the newest address of this tunnel; it outlasts a drop
	MovedAt    time.Time // when that became the address
	WasInUse   bool      // the address was another computer's before this link came up
	Again      bool      // the tunnel is tried once more after its end, and the link is not up yet
	Restarting bool      // the bridge restarted the provider after a failed probe, and the link is not up again
	Ended      error     // why the tunnel ended
	EndedAt    time.Time

	// Whether the token, and the token with the settings in force, have proven
	// an address before, in this run or an earlier one.
	ProvenToken, ProvenSetup bool
}

// RetryIn is how long after its end a tunnel is tried again; 0: not before
// something changes. Local trouble, such as a port that another program holds,
// ends without anyone's telling us. What a vendor refused after it had worked
// may work again: a reboot behind a bad network must not end the service.
func (l State) RetryIn() time.Duration {
	refusal, ok := errors.AsType[*tunnel.PermanentError](l.Ended)
	switch {
	case !ok:
		return RetryMost
	case refusal.Mend == tunnel.MendLocally:
		return RetryMost
	case l.ProvenBefore(refusal):
		return RetryRefused
	default:
		return 0
	}
}

// Refused reports whether a tunnel that ended is not to be tried yet.
func (l State) Refused() bool {
	wait := l.RetryIn()
	return l.Ended != nil && (wait == 0 || time.Since(l.EndedAt) < wait)
}

// DueIn is how long nothing needs to be done about the link unless it reports
// something: until its tunnel is tried again, or until being down is more than a
// hiccup. Where neither is to come, it is otherwise.
func (l State) DueIn(otherwise time.Duration) time.Duration {
	var due time.Time
	switch {
	case l.Ended != nil && l.RetryIn() > 0:
		due = l.EndedAt.Add(l.RetryIn())
	case l.Ended == nil && !l.LostAt.IsZero() && !l.LostForLong():
		due = l.LostAt.Add(Patience)
	default:
		return otherwise
	}
	return max(time.Until(due), time.Second)
}

// ExplainTunnel is checks.Explain for an error of a tunnel: its button replaces
// the credential of the very tunnel.
func ExplainTunnel(err error) health.Problem {
	p := checks.Explain(err)
	if refusal, ok := errors.AsType[*tunnel.PermanentError](err); ok && refusal.Mend == tunnel.MendToken && refusal.Credential != "" {
		p.Action = credentials.Kind(refusal.Credential).ReplaceAction()
	}
	return p
}

// Problem is why the tunnel ended, for a person.
func (l State) Problem() health.Problem {
	p := ExplainTunnel(l.Ended)
	refusal, permanent := errors.AsType[*tunnel.PermanentError](l.Ended)
	if wait := l.RetryIn(); wait > 0 && (!permanent || l.ProvenBefore(refusal)) {
		p.Severity = health.Passing
		p.Next = health.Paragraph(p.Next, words.New("hop.address.retried", words.Args{"Time": words.Clock(l.EndedAt.Add(wait))}))
	}
	return p
}

// After is the link once the tunnel has reported next. byUs says that a replaced
// tunnel of this program may hold the name.
func (l State) After(next tunnel.Link, byUs bool) State {
	before := l
	l.Link, l.Ended, l.EndedAt = next, nil, time.Time{}
	up := next.State == tunnel.Online || next.State == tunnel.InUse
	l.Restarting, l.Again = before.Restarting && !up, before.Again && !up
	switch next.State {
	case tunnel.Online:
		if before.State != tunnel.Online || before.URL != next.URL {
			l.Generation++
			l.UpAt = time.Now()
		}
		if before.LastURL != next.URL {
			l.LastURL, l.MovedAt = next.URL, time.Now()
		}
		l.LostAt = time.Time{}
	case tunnel.InUse:
		if l.WasInUse = !byUs; l.WasInUse {
			l.HeldAt = time.Now()
		}
		l.ProvenToken, l.ProvenSetup = true, true // another computer uses them well
		fallthrough
	default:
		if l.LostAt.IsZero() {
			l.LostAt = time.Now()
		}
	}
	return l
}

// News reports whether next differs from the link in more than the times and
// the wording of its attempts, which come and go while a link is down.
func (l State) News(next tunnel.Link) bool {
	return l.State != next.State || l.URL != next.URL || l.Code != next.Code || l.Headline != next.Headline || l.Cause != next.Cause
}

// OwnRestart reports whether the change to next is only what a restart by the
// bridge itself causes: the link goes down and comes back as it was. Such a
// change must not cut short the backoff after the probe that failed. A link that
// comes back after more than a hiccup is news all the same: nobody looks before.
func (l State) OwnRestart(next tunnel.Link) bool {
	if !l.Restarting || next.State == tunnel.InUse || l.LostForLong() {
		return false
	}
	return next.State != tunnel.Online || next.URL == l.LastURL
}

// Opening is the detail of the address hop while the tunnel opens. before is the address
// that Vast.ai still delivers to by a tunnel that this one replaces; empty: none.
func Opening(before string) words.Sentence {
	if before == "" {
		return words.New("hop.address.opening")
	}
	return words.New("hop.address.replacing", words.Args{"Host": Host(before)})
}

// Hop is the address hop for a link. before is that of Opening. ok is false when a link
// that is up says nothing new: the probe decides then.
func Hop(l State, old health.Hop, before string) (h health.Hop, ok bool) {
	h = health.Hop{Name: health.HopAddress, State: health.HopWorking}
	switch {
	case l.Ended != nil:
		return h.Fail(l.Problem()), true
	case l.State == tunnel.Online:
		if old.State == health.HopOK || old.State == health.HopFailing {
			return h, false
		}
		h.Detail = words.New("hop.address.up")
	case l.Retrying() && old.State == health.HopFailing:
		return h, false // what failed before is still what is wrong
	case l.State == tunnel.InUse:
		h.Detail = words.New("hop.address.in_use")
	case l.Headline != "":
		return h.Fail(l.Refusal()), true
	case l.LostForLong():
		return h.Fail(l.Down()), true
	case l.State == tunnel.Reconnecting:
		h.Detail = words.New("hop.address.lost")
	default:
		h.Detail = Opening(before)
	}
	return h, true
}

// Refusal is what the vendor refuses, in its words for a person.
func (l State) Refusal() health.Problem {
	return health.Problem{
		Headline: words.Translate(l.Headline).WithoutStop(), Cause: words.Translate(l.Cause), Next: words.Translate(l.Next), Details: l.Code, Action: health.ActionRetry, Severity: health.Passing,
	}
}

// LostForLong reports whether the link has been down for more than a hiccup.
func (l State) LostForLong() bool {
	return !l.LostAt.IsZero() && time.Since(l.LostAt) >= Patience
}

// Retrying reports whether the bridge itself has just had the link made anew.
func (l State) Retrying() bool { return (l.Restarting || l.Again) && !l.LostForLong() }

// Down is the problem of a link that does not come up, for a person.
func (l State) Down() health.Problem {
	p := health.New(health.TunnelDown, words.Args{"Time": words.NewMoment(l.LostAt, time.Now())})
	if l.Err != nil {
		p.Details = l.Err.Error()
	}
	return p
}

// Waits between two restarts of the tunnel for the same failed probe.
const (
	restartFirst = 2 * time.Minute
	restartMost  = 15 * time.Minute
)

// RestartSchedule says when a failed probe restarts the tunnel: the first one
// at once, the next after restartFirst, then with doubled waits up to
// restartMost. A probe that succeeds starts it over.
type RestartSchedule struct {
	last time.Time // of the restart before; zero: there was none
	wait time.Duration
}

// Due reports whether the tunnel is to be restarted at now, and counts it as
// restarted if so.
func (s *RestartSchedule) Due(now time.Time) bool {
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

// Host is the host part of an address, with its path if it has one, for
// sentences.
func Host(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return address
	}
	return u.Host + strings.TrimSuffix(u.EscapedPath(), "/")
}

// ProvenBefore reports whether what refusal is about has proven an address
// before: a setting together with its token, anything else by the token alone.
func (l State) ProvenBefore(refusal *tunnel.PermanentError) bool {
	if refusal.Mend == tunnel.MendSettings {
		return l.ProvenSetup
	}
	return l.ProvenToken
}

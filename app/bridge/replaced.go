package bridge

import (
	"errors"
	"slices"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/link"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// lingerReplaced is how long a replaced tunnel stays open after the webhook has
// moved: deliveries that left before are still on their way.
const lingerReplaced = 30 * time.Second

// replace leaves the tunnel open, for as long as Vast.ai still delivers to its
// address, and makes room for another one. One that has no address, or shares it
// with another computer, is stopped.
func (a *address) replace() {
	a.mu.Lock()
	current := a.link
	if current.State == tunnel.Online {
		a.run.replaced, a.run.url = true, current.URL
		a.replaced = append(a.replaced, a.run)
		a.link = link.State{Generation: current.Generation, WasInUse: current.WasInUse}
	}
	a.mu.Unlock()
	if current.State != tunnel.Online {
		a.stop()
		return
	}
	a.core.log.Info("the tunnel changes; the address stays until the next one is proven", "address", current.URL)
	a.run, a.dropAt = nil, time.Time{}
	a.core.board.update(func(v *status.Input) { v.Address.URL, v.Address.Before = "", a.before() })
}

// before is the newest address that Vast.ai may still deliver to by a replaced
// tunnel; empty where none is up under the address that it was replaced with.
func (a *address) before() (address string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, run := range a.replaced {
		if run.last.State == tunnel.Online && run.last.URL == run.url {
			address = run.url
		}
	}
	return address
}

// showBefore shows the address before, as it is now.
func (a *address) showBefore() {
	a.core.board.update(func(v *status.Input) { v.Address.Before = a.before() })
}

// counts takes the newest report of a run, and reports whether anything is to be
// made of it.
func (a *address) counts(run *tunnelRun, l tunnel.Link) bool {
	a.mu.Lock()
	run.last = l
	replaced := run.replaced
	a.mu.Unlock()
	if replaced {
		a.showBefore()
	}
	return !replaced
}

// revive takes a replaced tunnel into use again, where just that one is wanted and
// still open: it holds the name that a new one would ask for in vain.
func (a *address) revive(token relay.Secret, want tunnelSettings) bool {
	a.mu.Lock()
	i := slices.IndexFunc(a.replaced, func(run *tunnelRun) bool {
		return run.token == token && run.settings.equal(want) && run.last.State == tunnel.Online
	})
	if i < 0 {
		a.mu.Unlock()
		return false
	}
	run := a.replaced[i]
	a.replaced = slices.Delete(slices.Clone(a.replaced), i, i+1)
	run.replaced = false
	a.link = link.State{Generation: a.link.Generation, WasInUse: a.link.WasInUse}.After(run.last, false)
	a.cancel = run.cancel
	a.mu.Unlock()
	a.run, a.token, a.restarts, a.dropAt = run, token, link.RestartSchedule{}, time.Time{}
	a.recallProven(token, want)
	a.showBefore()
	return true
}

// rest closes the address while credentials are missing. Where only that of
// another tunnel is, the one at work stays open until the person has given it.
func (a *address) rest(creds map[credentials.Kind]relay.Secret) {
	others := creds[credentials.VastKey].Empty() || creds[credentials.ChatURL].Empty()
	switch {
	case others:
		a.stop()
		a.endReplaced()
	case a.run != nil && a.run.settings.vendor != a.core.tunnelSettings().vendor:
		a.replace()
	default:
		a.stop()
	}
}

// endReplaced ends the tunnels that were replaced, and waits for them.
func (a *address) endReplaced() {
	a.mu.Lock()
	replaced := a.replaced
	a.replaced = nil
	a.mu.Unlock()
	if len(replaced) == 0 {
		return
	}
	for _, run := range replaced {
		run.cancel()
	}
	for _, run := range replaced {
		<-run.done
	}
	a.showBefore()
}

// makeWay ends replaced tunnels that hold what the new one needs: its name at the
// vendor, or its port on this computer.
func (a *address) makeWay() {
	a.mu.Lock()
	current, some := a.link, len(a.replaced) > 0
	a.mu.Unlock()
	refusal, _ := errors.AsType[*tunnel.PermanentError](current.Ended)
	portTaken := refusal != nil && refusal.Reason == tunnel.ReasonAddressInUse
	if !some || !portTaken && current.State != tunnel.InUse {
		return
	}
	a.endReplaced()
	if portTaken {
		a.tryAgain()
		a.core.requests.Wake()
	} else {
		a.run.provider.Restart()
	}
}

// dropReplaced ends the replaced tunnels once the address after theirs has been
// proven for a while. It returns when to call it again; 0: no more.
func (a *address) dropReplaced(now time.Time) (again time.Duration) {
	a.mu.Lock()
	some := len(a.replaced) > 0
	a.mu.Unlock()
	switch {
	case !some:
		return 0
	case a.dropAt.IsZero():
		a.dropAt = now.Add(lingerReplaced)
	case !now.Before(a.dropAt):
		a.endReplaced()
		return 0
	}
	return a.dropAt.Sub(now)
}

package bridge

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/webhooks"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// Times of the loop.
const (
	recheckEvery = 15 * time.Minute // all well: prove every hop again
	retryFirst   = 2 * time.Second  // after trouble that may pass
	retryMost    = time.Minute
	retryRefused = 15 * time.Minute // after a refusal by a vendor, where trying again can help
	linkPatience = 20 * time.Second // a link that is down this long is a failure, not a hiccup
)

// running is what the loop has brought up. Only the loop touches it.
type running struct {
	key     relay.Secret
	api     checks.API
	hooks   Hooks
	account vastapi.Account
	token   relay.Secret
	tunnel  *tunnelRun

	provenAt   time.Time // when every hop was last proven
	provenLink int       // the link's generation at that time
	provenURL  string    // the address at that time
	desired    []webhooks.Desired
	results    []webhooks.Result // of the last Ensure that went well
	lastTestAt time.Time
	unchecked  string // what a proxy did to the last probe; empty mostly
	testErr    error  // why the last test that was to prove the address did not
	testedURL  string // the address that the last test which arrived came to
	restarts   restartSchedule
	renewedAt  time.Time // when a refused proof of the address had a secret renewed
	failures   int
	asked      bool // this pass was asked for, by a person or a change of theirs
	testNow    bool // the same, and by somebody who may have mended what the last test failed for
	slept      bool // the computer has slept since the key was last proven: its clock may have been set
}

// loop makes passes until ctx ends: at once when woken, after a backoff when a
// pass failed, and every 15 minutes when all is well.
func (b *Bridge) loop(ctx context.Context) {
	b.parts.lastTestAt = b.proofs.lastTest(time.Now())
	for {
		wait := b.passOnce(ctx)
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-b.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// passOnce makes one pass under a context that a credential change cancels,
// and says how long to wait for the next.
func (b *Bridge) passOnce(ctx context.Context) time.Duration {
	passCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	b.mu.Lock()
	b.abort = cancel
	force, slept := b.force, b.slept
	b.force, b.slept = false, false
	b.mu.Unlock()
	if slept {
		b.reopenAddress()
	}
	b.parts.asked, b.parts.testNow = force, force && !slept
	if force {
		b.parts.provenAt = time.Time{}
		b.parts.failures = 0
	}
	done, err := b.pass(passCtx)
	switch {
	case err != nil:
		b.parts.failures++
		if passCtx.Err() == nil {
			b.log.Warn("bringing the relay up", "err", err)
		}
		return backoff(b.parts.failures, longestBackoff(err))
	case done:
		b.parts.failures = 0
		return recheckEvery
	default:
		return linkPatience
	}
}

// longestBackoff is where doubling ends after err. A refused key is not asked
// about each minute for ever: that looks like somebody who guesses keys.
func longestBackoff(err error) time.Duration {
	switch vastapi.ClassOf(err) {
	case vastapi.BadKey, vastapi.MissingPermission:
		return retryRefused
	default:
		return retryMost
	}
}

// backoff doubles from retryFirst to most, less up to a quarter so that several
// copies do not call in step.
func backoff(failures int, most time.Duration) time.Duration {
	d := retryFirst << min(failures-1, 10)
	d = min(d, most)
	return d - rand.N(d/4) //nolint:gosec // Nobody gains from guessing it.
}

// redo makes the loop start over with fresh credentials and settings.
func (b *Bridge) redo() {
	b.mu.Lock()
	b.force = true
	if b.abort != nil {
		b.abort()
	}
	b.mu.Unlock()
	b.poke()
}

// pass walks the hops in order and brings up what is not up. done means that
// every hop is proven; without done and without err it waits for a person or
// for the link.
func (b *Bridge) pass(ctx context.Context) (done bool, err error) {
	creds, ok, err := b.readCredentials(ctx)
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case !ok && b.parts.tunnel == nil:
		return false, err
	case !ok:
		return false, b.carryOn(ctx)
	}
	// Where the store cannot be read yet, the address opens all the same: while
	// nobody is there, a tunnel answers 404 in our place, which is final.
	chatErr := b.useChat(ctx, creds[credentials.ChatURL])
	if chatErr != nil && !errors.Is(chatErr, relay.ErrStoreUnavailable) {
		return false, chatErr
	}
	if b.anyMissing() {
		b.stopTunnel()
		b.idle(health.HopVast, health.HopAddress, health.HopWebhook)
		return false, nil
	}
	if err := b.useKey(creds[credentials.VastKey]); err != nil {
		return false, b.failHop(ctx, health.HopVast, err)
	}
	if err := b.openAddress(ctx, creds[credentials.NgrokToken]); err != nil {
		return false, b.failHop(ctx, health.HopWebhook, err)
	}
	if chatErr != nil {
		return false, chatErr
	}
	// Only now, while the address opens: the webhook of an earlier run delivers
	// also while the API is away, and while it keeps us waiting.
	keyErr := b.proveKey(ctx)
	link, online := b.linkNow()
	if keyErr != nil {
		return false, b.failHop(ctx, health.HopVast, keyErr)
	}
	if !online {
		return false, nil
	}
	if b.isProven(link) {
		return true, nil
	}
	return b.prove(ctx, link)
}

// carryOn keeps relaying with what is in use while the keyring cannot be read:
// a screen that locks must not make the program deaf. Only an address that has
// changed is announced, which needs the keyring and says so.
func (b *Bridge) carryOn(ctx context.Context) error {
	link, online := b.linkNow()
	if !online || link.generation == b.parts.provenLink {
		return nil
	}
	if link.URL != b.parts.provenURL || len(b.parts.results) == 0 {
		_, err := b.prove(ctx, link)
		return err
	}
	checkable, err := b.probe(ctx, link)
	if err != nil {
		b.restartAfterProbe(ctx)
	}
	if err == nil && !checkable {
		err = b.proveByTest(ctx, link, b.parts.results)
	}
	if err != nil {
		return b.failHop(ctx, health.HopAddress, err)
	}
	b.parts.provenLink = link.generation
	return nil
}

// isProven reports whether the last proof still holds.
func (b *Bridge) isProven(l linkState) bool {
	b.mu.Lock()
	suspected := len(b.suspects) > 0
	b.mu.Unlock()
	suspected = suspected && time.Since(b.parts.lastTestAt) >= ownTestEvery // nothing can be done about it before
	return !suspected && b.parts.provenLink == l.generation && time.Since(b.parts.provenAt) < recheckEvery-time.Second
}

// prove brings the address and the webhooks from "up" to "proven".
func (b *Bridge) prove(ctx context.Context, l linkState) (done bool, err error) {
	due := time.Since(b.parts.provenAt) >= recheckEvery-time.Second && !b.parts.provenAt.IsZero()
	if due || b.parts.slept || b.hop(health.HopVast).State != health.HopOK {
		if err := b.checkKey(ctx); err != nil {
			return false, b.failHop(ctx, health.HopVast, err)
		}
	}
	checkable, err := b.probe(ctx, l)
	if err != nil {
		b.restartAfterProbe(ctx)
		return false, b.failHop(ctx, health.HopAddress, err)
	}
	results, err := b.ensureWebhooks(ctx, l)
	if err != nil {
		return false, b.failHop(ctx, health.HopWebhook, err)
	}
	if err := b.clearSuspicion(ctx, results); err != nil {
		return false, b.failHop(ctx, health.HopWebhook, err)
	}
	if !checkable {
		if err := b.proveByTest(ctx, l, results); err != nil {
			return false, b.failHop(ctx, health.HopAddress, err)
		}
	}
	if err := b.checkChannels(ctx, results); err != nil {
		return false, b.failHop(ctx, health.HopWebhook, err)
	}
	b.parts.provenAt, b.parts.provenLink, b.parts.provenURL = time.Now(), l.generation, l.URL
	return true, nil
}

// failHop shows err at the hop, unless the pass was cancelled.
func (b *Bridge) failHop(ctx context.Context, name health.HopName, err error) error {
	if ctx.Err() == nil {
		p := checks.Explain(err)
		b.notes.Blame(p)
		b.setHop(health.Hop{Name: name}.Fail(p))
	}
	return err
}

// idle sets hops back to "not looked at yet".
func (b *Bridge) idle(names ...health.HopName) {
	b.update(func(v *status.Input) {
		for _, n := range names {
			v.SetHop(health.Hop{Name: n, State: health.HopIdle})
		}
		v.Address, v.Webhooks = "", nil
	})
}

// useKey makes the API client and what drives the webhooks anew when the key
// changed. It calls nobody.
func (b *Bridge) useKey(key relay.Secret) error {
	if b.parts.api != nil && b.parts.key == key {
		return nil
	}
	api, err := b.o.Makers.API(key)
	if err != nil {
		return checks.NotAKey(err)
	}
	b.parts.key, b.parts.api, b.parts.hooks = key, api, b.o.Makers.Hooks(api)
	b.parts.account, b.parts.provenAt = vastapi.Account{}, time.Time{}
	b.mu.Lock()
	b.hooks = b.parts.hooks
	b.mu.Unlock()
	return nil
}

// openAddress keeps the right tunnel running. Before it opens, the receiver
// knows the stored secrets, and expects deliveries for every context: a webhook
// that another copy or an earlier installation made for this address may
// deliver before it is found.
func (b *Bridge) openAddress(ctx context.Context, token relay.Secret) error {
	if b.parts.tunnel == nil {
		if err := b.parts.hooks.Recall(ctx); err != nil {
			return err
		}
		for _, d := range b.wanted("") {
			b.o.Gate.Expect(d.Context)
		}
	}
	b.useTunnel(token)
	return nil
}

// reopenAddress makes the tunnel connect anew. Until it says that it has, the
// link counts as down: what it said before it slept is worth nothing.
func (b *Bridge) reopenAddress() {
	b.parts.slept = true
	if b.parts.tunnel == nil {
		return
	}
	b.log.Info("the computer has slept; connecting anew")
	b.mu.Lock()
	if b.link.State == tunnel.Online {
		b.link.State, b.link.lostAt = tunnel.Reconnecting, time.Now()
	}
	b.link.restarting = false // what the link does next is news
	b.mu.Unlock()
	b.parts.tunnel.provider.Restart()
}

// proveKey proves a key that has not been yet.
func (b *Bridge) proveKey(ctx context.Context) error {
	if b.parts.account.ID != 0 {
		return nil
	}
	b.working(health.HopVast, "Asking Vast.ai who the API key belongs to.")
	return b.checkKey(ctx)
}

// working shows that the hop is being brought up. One that is well stays so
// meanwhile, and one that fails until it is well again, unless a person asked:
// else every try would look like a change.
func (b *Bridge) working(name health.HopName, detail string) {
	old := b.hop(name).State
	if old == health.HopOK || (old == health.HopFailing && !b.parts.asked) {
		return
	}
	b.setHop(health.Hop{Name: name, State: health.HopWorking, Detail: detail})
}

// checkKey proves the key and measures the clock.
func (b *Bridge) checkKey(ctx context.Context) error {
	account, err := b.parts.api.WhoAmI(ctx)
	if err != nil {
		return err
	}
	b.parts.account, b.parts.slept = account, false
	who := checks.AccountName(account)
	detail := "The API key works; it belongs to " + who + "."
	if offset, ok := b.parts.api.ClockOffset(); ok {
		b.o.Clock.Note(relay.WitnessVast, offset)
	}
	b.ClockSet() // it is measured by the other witnesses too
	b.NoteClock()
	detail += clockDetail(b.o.Clock.State())
	b.notes.Checked(credentials.VastKey, who)
	b.setHop(health.Hop{Name: health.HopVast, State: health.HopOK, Detail: detail})
	return nil
}

package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/reach"
	"vastrelay/app/status"
	"vastrelay/app/webhooks"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// ownTestEvery is the shortest time between two tests that the program itself
// asks Vast.ai for.
const ownTestEvery = 15 * time.Minute

// probe asks for our own address. checkable is false when this computer
// cannot tell; an error means that somebody else answered.
func (b *Bridge) probe(ctx context.Context, l linkState) (checkable bool, err error) {
	b.working(health.HopAddress, "Checking that "+host(l.URL)+" leads here.")
	err = b.o.Prober.Probe(ctx, l.URL)
	switch {
	case err == nil:
		b.addressProven(host(l.URL) + " leads here; checked at " + words.Clock(time.Now()) + ".")
		return true, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, reach.ErrCannotCheck):
		b.log.Info("address cannot be checked from here", "err", err)
		b.parts.unchecked = checks.ProxyWords(err)
		return false, nil
	default:
		return false, health.Problem{
			Headline: "The public address does not lead here", Cause: "Something else answered at " + host(l.URL) + ".",
			Next: "Check whether another program or computer uses this address; it is tried again by itself.", Details: checks.WithoutPaths(err), Action: health.ActionRetry,
		}
	}
}

// wanted is what the webhooks at Vast.ai should be, one per context. While
// nobody has confirmed the settings, each webhook of ours that there is stays
// wanted, with the types that it has.
func (b *Bridge) wanted(origin string) []webhooks.Desired {
	s := b.o.Settings.Settings()
	byContext := map[relay.Context][]string{}
	for _, key := range chosenTypes(s) {
		if !config.KnownEventKey(key) {
			continue // of a newer version; Vast.ai's API would refuse it
		}
		c, _, _ := strings.Cut(key, ":")
		byContext[relay.Context(c)] = append(byContext[relay.Context(c)], key)
	}
	var wanted []webhooks.Desired
	for _, c := range relay.Contexts() {
		types := byContext[c]
		chosen := len(types) > 0 && (c != relay.ContextHost || s.Host)
		if !chosen && !s.Unconfirmed {
			continue
		}
		wanted = append(wanted, webhooks.Desired{
			Context: c, URL: strings.TrimSuffix(origin, "/") + c.Path(), Types: types,
			Name: webhooks.Name(b.o.Host, s.InstallationID, c), InstallationID: s.InstallationID,
			KeepListed: s.Unconfirmed, IfListed: !chosen,
		})
	}
	return wanted
}

// chosenTypes are the full keys of the notifications that the person chose, or
// the preselection.
func chosenTypes(s config.Settings) []string {
	if len(s.EventTypes) == 0 {
		return vastapi.Preselection()
	}
	return s.EventTypes
}

// ensureWebhooks brings Vast.ai's webhooks to what they should be.
func (b *Bridge) ensureWebhooks(ctx context.Context, l linkState) ([]webhooks.Result, error) {
	b.working(health.HopWebhook, "Looking at the webhooks at Vast.ai.")
	wanted := b.wanted(l.URL)
	if len(wanted) == 0 {
		return nil, health.Problem{
			Headline: "No notification is chosen", Cause: "Without one, Vast.ai has nothing to send.",
			Next: "Choose at least one in Settings, Events.", Action: health.ActionSetUp,
		}
	}
	results, err := b.parts.hooks.Ensure(ctx, wanted)
	if err != nil {
		b.showWebhooks(results, err)
		return nil, err
	}
	b.showWebhooks(results, nil)
	wanted = slices.DeleteFunc(wanted, func(d webhooks.Desired) bool {
		return !slices.ContainsFunc(results, func(r webhooks.Result) bool { return r.Context == d.Context })
	})
	b.parts.desired, b.parts.results = wanted, results
	if l.wasInUse {
		// The other computer may have rotated the secret, or still know it.
		for _, d := range wanted {
			if err := b.parts.hooks.Rotate(ctx, d); err != nil {
				return nil, err
			}
			b.mu.Lock()
			suspected := b.suspects[d.Context]
			b.mu.Unlock()
			b.o.Gate.Suspect(d.Context, suspected)
		}
		b.mu.Lock()
		b.link.wasInUse = false
		b.mu.Unlock()
	}
	return results, nil
}

// showWebhooks puts what Ensure found into the status. After an error those
// that it said nothing of are shown as before: an API that is away for a moment
// does not take a webhook away. Only a choice to be made says that there is
// none.
func (b *Bridge) showWebhooks(results []webhooks.Result, err error) {
	hooks := make([]status.Webhook, len(results))
	for i, r := range results {
		hooks[i] = status.Webhook{ID: r.ID, Context: r.Context, URL: r.URL, Types: r.Types}
	}
	choose, _ := errors.AsType[*webhooks.ErrChoose](err)
	b.update(func(v *status.Input) {
		for _, old := range v.Webhooks {
			told := slices.ContainsFunc(hooks, func(w status.Webhook) bool { return w.Context == old.Context })
			if err != nil && !told && (choose == nil || choose.Context != old.Context) {
				hooks = append(hooks, old)
			}
		}
		v.Webhooks = hooks
	})
}

// clearSuspicion deals with contexts whose deliveries carry wrong signatures:
// one test, and a rotation when that is refused too. Until it is settled, such
// deliveries are asked to come again, so that none is lost.
func (b *Bridge) clearSuspicion(ctx context.Context, results []webhooks.Result) error {
	b.mu.Lock()
	suspects := make([]relay.Context, 0, len(b.suspects))
	for c := range b.suspects {
		suspects = append(suspects, c)
	}
	b.mu.Unlock()
	for _, c := range suspects {
		settled, err := b.clearContext(ctx, c, results)
		if err != nil {
			return err
		}
		if !settled {
			continue
		}
		b.trust(c)
	}
	return nil
}

// trust ends the suspicion that the secret of c is wrong.
func (b *Bridge) trust(c relay.Context) {
	b.o.Gate.Suspect(c, false)
	b.mu.Lock()
	delete(b.suspects, c)
	b.mu.Unlock()
}

// clearContext reports whether it is settled that the secret of c is right.
func (b *Bridge) clearContext(ctx context.Context, c relay.Context, results []webhooks.Result) (settled bool, err error) {
	i := slices.IndexFunc(results, func(r webhooks.Result) bool { return r.Context == c })
	if i < 0 {
		return true, nil // there is no webhook of ours whose secret could be wrong
	}
	if time.Since(b.parts.lastTestAt) < ownTestEvery {
		return false, nil
	}
	switch err := b.ownTest(ctx, results[i]); {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err == nil:
		return true, nil
	case checks.MayPass(err), errors.Is(err, checks.ErrTestLost), errors.Is(err, checks.ErrOffTime): // none says anything of the secret
		return false, err
	default:
		b.log.Warn("a test was refused, as deliveries before it", "context", string(c), "err", err)
	}
	if err := b.renewSecret(ctx, c); err != nil {
		return false, err
	}
	return true, nil
}

// renewSecret makes Vast.ai sign the deliveries of c with a secret that is
// known here.
func (b *Bridge) renewSecret(ctx context.Context, c relay.Context) error {
	i := slices.IndexFunc(b.parts.desired, func(d webhooks.Desired) bool { return d.Context == c })
	if i < 0 {
		return nil // its webhook is not wanted any more
	}
	b.log.Warn("deliveries carry a wrong signature; rotating the secret", "context", string(c))
	return b.parts.hooks.Rotate(ctx, b.parts.desired[i])
}

// proveByTest proves the address by one delivery from Vast.ai, where this
// computer cannot ask for the address itself. What came to another address
// before proves nothing of this one. What an earlier run has proven or tried
// counts as well: a program that is restarted again and again must not ask
// Vast.ai for a test each time.
func (b *Bridge) proveByTest(ctx context.Context, l linkState, results []webhooks.Result) error {
	if b.parts.testedURL == l.URL && time.Since(b.parts.lastTestAt) < ownTestEvery && b.hop(health.HopAddress).State == health.HopOK {
		return nil
	}
	key := b.wayKey(ctx, results[0])
	if at := b.tests.LastDelivery(); at.After(l.movedAt) && time.Since(at) < ownTestEvery {
		b.wayProven(key, at)
		b.addressProven("A delivery from Vast.ai arrived at " + words.Clock(at) + ".")
		return nil
	}
	if at, ok := b.proofs.believed(key, time.Now()); ok {
		b.addressProven("A delivery from Vast.ai arrived at " + words.Clock(at) + ".")
		return nil
	}
	if until := b.proofs.heldUntil(key, time.Now()); !until.IsZero() && !b.parts.testNow {
		return b.awaitTest(until)
	}
	b.working(health.HopAddress, "Asking Vast.ai for a test delivery.")
	err := b.ownTest(ctx, results[0])
	if errors.Is(err, checks.ErrWrongSignature) {
		// The address leads here. Waiting for a suspicion to be settled would
		// be in vain: that waits for the last test to be long ago.
		err = b.renewAndTest(ctx, results[0])
	}
	if ctx.Err() == nil {
		b.parts.testErr = err
	}
	if err != nil {
		return err
	}
	b.parts.testedURL = l.URL
	b.trust(results[0].Context)
	b.wayProven(b.wayKey(ctx, results[0]), time.Now()) // its secret may be new
	b.addressProven("A test delivery from Vast.ai arrived at " + words.Clock(time.Now()) + ".")
	return nil
}

// wayProven keeps on disk that a delivery of Vast.ai has proven the way of key.
func (b *Bridge) wayProven(key string, at time.Time) {
	if err := b.proofs.noteWay(key, at); err != nil {
		b.log.Warn("noting that a delivery proved the address", "err", err)
	}
}

// awaitTest says that the address is not proven, and when the next test is.
func (b *Bridge) awaitTest(until time.Time) error {
	p := health.Problem{
		Headline: "The public address is not proven yet", Cause: "It cannot be checked from here, and the last test from Vast.ai did not show that it works.",
		Action: health.ActionRetry,
	}
	if b.parts.testErr != nil {
		p = checks.Explain(b.parts.testErr)
	}
	p.Cause = health.Sentences(p.Cause, b.parts.unchecked)
	p.Next = health.Sentences(p.Next, "The next test is at "+words.Clock(until)+"; any notification that arrives proves the address as well.")
	return p
}

// renewAndTest renews the secret of a webhook whose test was refused, and tests
// once more. It renews seldom: where the secret is not at fault, that is no help.
func (b *Bridge) renewAndTest(ctx context.Context, r webhooks.Result) error {
	if !b.parts.renewedAt.IsZero() && time.Since(b.parts.renewedAt) < ownTestEvery {
		return checks.ErrAltered
	}
	if err := b.renewSecret(ctx, r.Context); err != nil {
		return err
	}
	b.parts.renewedAt = time.Now()
	err := b.ownTest(ctx, r)
	if errors.Is(err, checks.ErrWrongSignature) {
		return checks.ErrAltered
	}
	return err
}

// ownTest asks Vast.ai for a test that is recorded, not posted, and demands
// that it arrives: an answer of success alone proves nothing, since a
// tunnel's warning page answers 200 as well. That it asks is on disk before it
// does; without that there is no test.
func (b *Bridge) ownTest(ctx context.Context, r webhooks.Result) error {
	key := b.wayKey(ctx, r)
	if err := b.proofs.noteTest(key, time.Now()); err != nil {
		return err
	}
	run := b.tests.Begin(true)
	defer run.Close()
	_, err := b.parts.api.Test(ctx, r.ID)
	if vastapi.ClassOf(err) != vastapi.RateLimited { // else there was none
		b.parts.lastTestAt = time.Now()
	}
	if neverAsked(err) {
		if err := b.proofs.noteTest(key, time.Now().Add(retryMost-ownTestEvery)); err != nil {
			b.log.Warn("noting that there was no test", "err", err)
		}
	}
	if err == nil {
		run.Linger(ctx)
	}
	switch _, arrived := run.Arrived(); {
	case arrived: // whatever became of the answer
		return nil
	case err != nil:
		return run.Blame(err)
	default:
		return checks.ErrTestLost
	}
}

// neverAsked reports whether err shows that Vast.ai has sent no test. Another
// one may then follow in a minute.
func neverAsked(err error) bool {
	switch vastapi.ClassOf(err) {
	case vastapi.RateLimited:
		return true
	case vastapi.Unreachable, vastapi.GivenUp:
		return !vastapi.Unclear(err)
	default:
		return false
	}
}

// checkChannels warns when one of our types is switched off for webhooks in
// the person's preferences: subscribed, it still would not arrive.
func (b *Bridge) checkChannels(ctx context.Context, results []webhooks.Result) error {
	prefs, err := b.parts.api.Preferences(ctx, b.parts.account.ID)
	if err != nil {
		if vastapi.ClassOf(err) == vastapi.Unexpected {
			b.log.Warn("reading the notification preferences", "err", err)
			b.webhookOK(results, "Its preferences could not be read.")
			return nil
		}
		return err
	}
	off := webhooks.ChannelsOff(prefs, results)
	for i, key := range off {
		_, slug, _ := strings.Cut(key, ":")
		off[i] = relay.TypeWords(slug)
	}
	if len(off) == 0 {
		b.webhookOK(results, "")
		return nil
	}
	return health.Problem{
		Headline: "Vast.ai will not send some notifications",
		Cause:    "The webhook channel is switched off in the Vast.ai preferences for " + words.List(off) + ".",
		Next:     "Switch them on here or in the Vast.ai console, or choose other events.", Action: health.ActionEnableChannels,
	}
}

func (b *Bridge) webhookOK(results []webhooks.Result, more string) {
	n := 0
	for _, r := range results {
		n += len(r.Types)
	}
	b.setHop(health.Hop{Name: health.HopWebhook, State: health.HopOK, Detail: health.Sentences(fmt.Sprintf("Vast.ai delivers %d kinds of notifications to this address.", n), more)})
}

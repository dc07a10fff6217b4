package bridge

import (
	"context"
	"errors"
	"slices"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/health"
	"vastrelay/app/link"
	"vastrelay/app/proofs"
	"vastrelay/app/reach"
	"vastrelay/app/status"
	"vastrelay/app/webhooks"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// prover proves the address and the webhooks, and heals what is wrong with them.
// Only the loop uses it.
type prover struct {
	core    *core
	account *account
	address *address
	desired []webhooks.Desired
	results []webhooks.Result // of the last ensure that went well
	seenAt  time.Time         // when all of results were last known to be there
	test    testRecord
}

// testRecord is what is known of the tests that were to prove the address.
type testRecord struct {
	now       bool // what the last test failed for may have been mended
	lastAt    time.Time
	err       error          // why the last test that was to prove the address did not
	url       string         // the address that the last test which arrived came to
	unchecked words.Sentence // what a proxy did to the last probe; empty mostly
	reached   bool           // the last probe came through, and does not prove the address
	renewedAt time.Time      // when a refused proof of the address had a secret renewed
	byClockAt time.Time      // when a clock that was certain again last had a test repeated
	failedAt  time.Time      // when a test of a person's check did not arrive; zero: none, or the way was proven since
}

// proofLasts is how long a delivery of Vast.ai proves the address.
func (t *testRecord) proofLasts() time.Duration {
	if t.reached {
		return proofs.ReachedLasts
	}
	return proofs.TestEvery
}

// mayRepeatByClock reports whether a test is to be repeated at once because it is
// certain again what time it is, and counts that. Witnesses that agree and disagree
// in turn must not ask for a test each time.
func (t *testRecord) mayRepeatByClock(now time.Time) bool {
	if !t.byClockAt.IsZero() && now.Sub(t.byClockAt) < proofs.TestEvery {
		return false
	}
	t.byClockAt = now
	return true
}

// probe asks for our own address. checkable is false when this computer
// cannot tell, or when a proxy in front may treat Vast.ai differently; an error
// means that somebody else answered.
func (p *prover) probe(ctx context.Context, l link.State) (checkable bool, err error) {
	p.test.unchecked, p.test.reached = words.Sentence{}, false
	p.core.board.working(health.HopAddress, words.New("hop.address.probing", words.Args{"Host": link.Host(l.URL)}))
	err = p.core.o.Prober.Probe(ctx, l.URL)
	switch {
	case err == nil && p.core.proxyInFront():
		p.test.reached = true
		return false, nil
	case err == nil && !p.test.failedAt.IsZero(): // it leads here, and what Vast.ai sends there got lost all the same
		return false, nil
	case err == nil:
		p.address.proven(words.New("hop.address.probed", words.Args{"Host": link.Host(l.URL), "Time": words.Clock(time.Now())}))
		return true, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, reach.ErrCannotCheck):
		p.core.log.Info("address cannot be checked from here", "err", err)
		p.test.unchecked = checks.ProxyWords(err)
		return false, nil
	default:
		return false, health.New(health.AddressElsewhere, words.Args{"Host": link.Host(l.URL)}).With(checks.WithoutPaths(err))
	}
}

// ensure brings Vast.ai's webhooks to what they should be.
func (p *prover) ensure(ctx context.Context, l link.State) ([]webhooks.Result, error) {
	p.core.board.working(health.HopWebhook, words.New("hop.webhook.looking"))
	wanted := p.core.wanted(l.URL)
	if len(wanted) == 0 {
		return nil, health.New(health.NoEventChosen)
	}
	asked := time.Now()
	results, err := p.account.webhooks().Ensure(ctx, wanted)
	if err != nil {
		p.noteAway(len(webhooks.Moved(err)) > 0)
		p.showWebhooks(results, err)
		return nil, err
	}
	p.noteAway(slices.ContainsFunc(results, p.isRemade))
	p.showWebhooks(results, nil)
	wanted = slices.DeleteFunc(wanted, func(d webhooks.Desired) bool {
		return !slices.ContainsFunc(results, func(r webhooks.Result) bool { return r.Role == d.Role })
	})
	p.desired, p.results, p.seenAt = wanted, results, asked
	if l.WasInUse {
		// The other computer may have rotated the secret, or still know it.
		for _, d := range wanted {
			if err := p.account.webhooks().Rotate(ctx, d); err != nil {
				return nil, err
			}
			p.core.o.Receiving.Gate.Suspect(d.Role, p.core.suspects.Has(d.Role))
		}
		p.address.rotated()
	}
	return results, nil
}

// isRemade reports whether r is another webhook than the last one of its role: that
// was gone.
func (p *prover) isRemade(r webhooks.Result) bool {
	return slices.ContainsFunc(p.results, func(before webhooks.Result) bool { return before.Role == r.Role && before.ID != r.ID })
}

// noteAway notes until when a webhook was known to be there that was found to be away.
func (p *prover) noteAway(away bool) {
	if away {
		p.core.board.update(func(in *status.Input) { in.Address.WebhookSeen = p.seenAt })
	}
}

// forget forgets the webhooks of another key's account.
func (p *prover) forget() { p.desired, p.results, p.seenAt = nil, nil, time.Time{} }

// showWebhooks puts what Ensure found into the status. After an error those
// that it said nothing of are shown as before: an API that is away for a moment
// does not take a webhook away. Only a choice to be made says that there is
// none.
func (p *prover) showWebhooks(results []webhooks.Result, err error) {
	hooks := make([]status.Webhook, len(results))
	for i, r := range results {
		hooks[i] = status.Webhook{ID: r.ID, Role: r.Role, URL: r.URL, Types: r.Types, Edited: p.edited(r.Role, r.Edit)}
	}
	for _, e := range webhooks.Moved(err) {
		url := relay.CleanLine(*e.Edit.URL)
		hooks = append(hooks, status.Webhook{ID: e.ID, Role: e.Role, URL: url, Types: []string{}, Edited: p.edited(e.Role, e.Edit)})
	}
	choose, _ := errors.AsType[*webhooks.ErrChoose](err)
	p.core.board.update(func(v *status.Input) {
		for _, old := range v.Webhooks {
			told := slices.ContainsFunc(hooks, func(w status.Webhook) bool { return w.Role == old.Role })
			if err != nil && !told && (choose == nil || choose.Role != old.Role) {
				hooks = append(hooks, old)
			}
		}
		v.Webhooks = hooks
	})
}

// edited is what somebody changed of a webhook, beside what is wanted; nil: nothing.
func (p *prover) edited(role relay.Role, edit webhooks.Edit) *status.Edit {
	if edit.IsZero() {
		return nil
	}
	e := &status.Edit{}
	if edit.URL != nil {
		e.URL = relay.CleanLine(*edit.URL)
	}
	if edit.Name != nil {
		e.Renamed, e.Name = true, relay.CleanLine(*edit.Name)
	}
	if edit.Types != nil {
		for _, d := range p.core.wanted("") {
			if d.Role == role {
				e.Removed, e.Added = vastapi.CompareTypes(d.Types, edit.Types)
			}
		}
	}
	return e
}

// clearSuspicion deals with roles whose deliveries carry wrong signatures:
// one test, and a rotation when that is refused too. Until it is settled, such
// deliveries are asked to come again, so that none is lost.
func (p *prover) clearSuspicion(ctx context.Context, results []webhooks.Result) error {
	for _, c := range p.core.suspects.All() {
		settled, err := p.clearContext(ctx, c, results)
		if err != nil {
			return err
		}
		if !settled {
			continue
		}
		p.core.suspects.Trust(c)
	}
	return nil
}

// clearContext reports whether it is settled that the secret of c is right.
func (p *prover) clearContext(ctx context.Context, c relay.Role, results []webhooks.Result) (settled bool, err error) {
	i := slices.IndexFunc(results, func(r webhooks.Result) bool { return r.Role == c })
	if i < 0 {
		return true, nil // there is no webhook of ours whose secret could be wrong
	}
	if time.Since(p.test.lastAt) < proofs.TestEvery {
		return false, nil
	}
	switch err := p.ownTest(ctx, results[i]); {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err == nil:
		return true, nil
	case checks.MayPass(err), health.Is(err, health.TestLost), health.Is(err, health.TestOffTime): // none says anything of the secret
		return false, err
	default:
		p.core.log.Warn("a test was refused, as deliveries before it", "role", string(c), "err", err)
	}
	if err := p.renewSecret(ctx, c); err != nil {
		return false, err
	}
	return true, nil
}

// renewSecret makes Vast.ai sign the deliveries of c with a secret that is
// known here.
func (p *prover) renewSecret(ctx context.Context, c relay.Role) error {
	i := slices.IndexFunc(p.desired, func(d webhooks.Desired) bool { return d.Role == c })
	if i < 0 {
		return nil // its webhook is not wanted any more
	}
	p.core.log.Warn("deliveries carry a wrong signature; rotating the secret", "role", string(c))
	return p.account.webhooks().Rotate(ctx, p.desired[i])
}

// proveByTest proves the address by a delivery from Vast.ai to each webhook, where
// this computer cannot ask for the address itself: something in front of it may
// let the one path through and not the other.
func (p *prover) proveByTest(ctx context.Context, l link.State, results []webhooks.Result) error {
	if p.test.failedAt.IsZero() && p.test.url == l.URL && time.Since(p.test.lastAt) < proofs.TestEvery && p.core.board.hop(health.HopAddress).State == health.HopOK {
		return nil
	}
	var shown words.Sentence
	for _, r := range results {
		detail, err := p.proveWay(ctx, l, r)
		if err != nil {
			return err
		}
		shown = detail
	}
	p.test.failedAt = time.Time{}
	p.address.proven(shown)
	return nil
}

// proveWay proves the way from Vast.ai to one webhook, and says how. What came to
// another address before proves nothing of this one. What an earlier run has
// proven or tried counts as well: a program that is restarted again and again must
// not ask Vast.ai for a test each time.
func (p *prover) proveWay(ctx context.Context, l link.State, r webhooks.Result) (detail words.Sentence, err error) {
	key := p.core.wayKey(ctx, r)
	if at := p.core.tests.LastDelivery(r.Role); at.After(l.MovedAt) && at.After(p.test.failedAt) && time.Since(at) < proofs.TestEvery {
		p.wayProven(key, at)
		return words.New("hop.address.delivered", words.Args{"Time": words.NewMoment(at, time.Now())}), nil
	}
	if at, ok := p.core.proofs.Believed(key, time.Now(), p.test.proofLasts()); ok && at.After(p.test.failedAt) {
		return words.New("hop.address.delivered", words.Args{"Time": words.NewMoment(at, time.Now())}), nil
	}
	if until := p.core.proofs.HeldUntil(key, time.Now()); !until.IsZero() && !p.test.now {
		return words.Sentence{}, p.awaitTest(until)
	}
	p.core.board.working(health.HopAddress, words.New("hop.address.testing"))
	err = p.ownTest(ctx, r)
	if health.Is(err, health.TestSignatureWrong) {
		// The address leads here. Waiting for a suspicion to be settled would
		// be in vain: that waits for the last test to be long ago.
		err = p.renewAndTest(ctx, r)
	}
	if p.test.reached {
		err = checks.TurnedAway(err, link.Host(l.URL))
	}
	if ctx.Err() == nil {
		p.test.err = err
	}
	if err != nil {
		return words.Sentence{}, err
	}
	p.test.url = l.URL
	p.core.suspects.Trust(r.Role)
	p.wayProven(p.core.wayKey(ctx, r), time.Now()) // its secret may be new
	return words.New("hop.address.tested", words.Args{"Time": words.Clock(time.Now())}), nil
}

// wayProven keeps on disk that a delivery of Vast.ai has proven the way of key.
func (p *prover) wayProven(key string, at time.Time) {
	if err := p.core.proofs.NoteWay(key, at); err != nil {
		p.core.log.Warn("noting that a delivery proved the address", "err", err)
	}
}

// awaitTest says that the address is not proven, and when the next test is.
func (p *prover) awaitTest(until time.Time) error {
	problem := health.New(health.AddressUnproven)
	if p.test.err != nil {
		problem = checks.Explain(p.test.err)
	}
	problem.Cause = health.Paragraph(problem.Cause, p.test.unchecked)
	problem.Next = health.Paragraph(problem.Next, words.New("hop.address.next_test", words.Args{"Time": words.Clock(until)}))
	return problem
}

// renewAndTest renews the secret of a webhook whose test was refused, and tests
// once more. It renews seldom: where the secret is not at fault, that is no help.
func (p *prover) renewAndTest(ctx context.Context, r webhooks.Result) error {
	if !p.test.renewedAt.IsZero() && time.Since(p.test.renewedAt) < proofs.TestEvery {
		return health.New(health.DeliveriesAltered).With(relay.CodeInvalidSignature)
	}
	if err := p.renewSecret(ctx, r.Role); err != nil {
		return err
	}
	p.test.renewedAt = time.Now()
	err := p.ownTest(ctx, r)
	if health.Is(err, health.TestSignatureWrong) {
		return health.New(health.DeliveriesAltered).With(relay.CodeInvalidSignature)
	}
	return err
}

// ownTest asks Vast.ai for a test that is recorded, not posted, and demands
// that it arrives: an answer of success alone proves nothing, since a
// tunnel's warning page answers 200 as well. That it asks is on disk before it
// does; without that there is no test.
func (p *prover) ownTest(ctx context.Context, r webhooks.Result) error {
	key := p.core.wayKey(ctx, r)
	if err := p.core.proofs.NoteTest(key, time.Now()); err != nil {
		return err
	}
	run := p.core.tests.Begin(r.Role, true)
	defer run.Close()
	_, err := p.account.api.Test(ctx, r.ID)
	if vastapi.ClassOf(err) != vastapi.RateLimited { // else there was none
		p.test.lastAt = time.Now()
	}
	if checks.NeverAsked(err) {
		if err := p.core.proofs.NoteTest(key, time.Now().Add(retryMost-proofs.TestEvery)); err != nil {
			p.core.log.Warn("noting that there was no test", "err", err)
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
		return health.New(health.TestLost)
	}
}

// lookAtWebhooks proves that the webhooks are listed as they were left, and that
// nothing of them is switched off. One that is gone is made anew, as far as that can
// be done.
func (p *prover) lookAtWebhooks(ctx context.Context, l link.State) error {
	asked := time.Now()
	listed, err := p.account.api.Webhooks(ctx)
	if err != nil {
		return err
	}
	for _, r := range p.results {
		i := slices.IndexFunc(listed, func(w vastapi.Webhook) bool { return w.ID == r.ID })
		switch {
		case i < 0:
			p.noteAway(true)
			p.hideWebhook(r.ID)
			results, err := p.ensure(ctx, l) // which looks at the others as well
			if err != nil {
				return err
			}
			return p.checkChannels(ctx, results)
		case !webhooks.SameURL(listed[i].URL, r.URL):
			moved := &webhooks.ErrEdited{Role: r.Role, ID: r.ID, Edit: webhooks.Edit{URL: &listed[i].URL}}
			p.noteAway(true)
			p.showWebhooks(nil, moved)
			return moved
		}
	}
	p.seenAt = asked
	p.showWebhooks(p.results, nil)
	return p.checkChannels(ctx, p.results)
}

// hideWebhook takes a webhook that is gone out of the status.
func (p *prover) hideWebhook(id int64) {
	p.core.board.update(func(in *status.Input) {
		in.Webhooks = slices.DeleteFunc(slices.Clone(in.Webhooks), func(w status.Webhook) bool { return w.ID == id })
	})
}

// checkChannels warns when one of our types is switched off for webhooks in
// the person's preferences: subscribed, it still would not arrive.
func (p *prover) checkChannels(ctx context.Context, results []webhooks.Result) error {
	err := checks.Channels(ctx, p.account.api, p.account.owner.ID, results)
	switch {
	case err == nil:
		p.webhookOK(results, words.Sentence{})
	case vastapi.ClassOf(err) == vastapi.Unexpected:
		p.core.log.Warn("reading the notification preferences", "err", err)
		p.webhookOK(results, words.New("hop.webhook.preferences_unread"))
	default:
		return err
	}
	return nil
}

func (p *prover) webhookOK(results []webhooks.Result, more words.Sentence) {
	n := 0
	for _, r := range results {
		n += len(r.Types)
	}
	p.core.board.setHop(health.Hop{Name: health.HopWebhook, State: health.HopOK, Detail: health.Paragraph(words.NewPlural("hop.webhook.proven", n), more)})
}

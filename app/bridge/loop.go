package bridge

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/link"
	"vastrelay/app/proofs"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// Times of the loop.
const (
	recheckEvery = 15 * time.Minute // all well: prove every hop again
	retryFirst   = 2 * time.Second  // after trouble that may pass
	retryMost    = link.RetryMost
	retryRefused = link.RetryRefused
	keyringEvery = 30 * time.Second // a keyring that hung does not tell when it answers again
	passLimit    = 20 * time.Minute // a pass takes longer than all its deadlines together: it hangs
)

// loop brings the hops up in order and keeps them up. Only the goroutine of Run
// touches it.
type loop struct {
	core    *core
	account *account
	address *address
	chat    *chatWatch
	keyring *keyringWatch
	prover  *prover

	proven   proven
	failures int  // passes in a row that failed
	unread   bool // the credentials could not be read in the last pass
}

// proven is when every hop was last proven, and with which link.
type proven struct {
	at    time.Time
	inUse time.Time // with what was in use, while the keyring could not be read
	link  int       // the link's generation
	url   string
}

// run makes passes until ctx ends: at once when woken, after a backoff when a
// pass failed, and every 15 minutes when all is well or a person must act first.
func (l *loop) run(ctx context.Context) {
	l.prover.test.lastAt = l.core.proofs.LastTest(time.Now())
	for {
		wait := l.passOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-l.core.requests.Woken():
		case <-time.After(wait):
		}
	}
}

// passOnce makes one pass under a context that a credential change cancels,
// and says how long to wait for the next.
func (l *loop) passOnce(ctx context.Context) time.Duration {
	passCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	asked := l.core.requests.Begin(cancel)
	defer l.core.requests.End()
	l.account.doubted = l.account.doubted || asked.Slept
	l.account.disputed = l.account.disputed || asked.Disputed
	if asked.Undelivered != nil {
		l.prover.test.err, l.prover.test.failedAt = asked.Undelivered, time.Now()
	}
	if asked.Reconnect {
		l.address.reopen()
	}
	l.core.board.asked = asked.Asked()
	l.prover.test.now = asked.Mended || asked.ClockRight && l.prover.test.mayRepeatByClock(time.Now())
	if asked.Restart {
		l.proven.at, l.proven.inUse, l.failures = time.Time{}, time.Time{}, 0
	}
	if l.core.resting.Load() {
		l.closeAll()
		return recheckEvery
	}
	done, err := l.pass(passCtx)
	switch {
	case err != nil:
		l.failures++
		if passCtx.Err() == nil {
			l.core.log.Warn("bringing the relay up", "err", err)
		}
		wait := backoff(l.failures, longestBackoff(err))
		l.core.board.update(func(in *status.Input) { in.NoteTry(time.Now(), wait) })
		return wait
	case done:
		l.failures = 0
		return cmp.Or(l.address.dropReplaced(time.Now()), recheckEvery)
	case l.unread:
		return keyringEvery
	default:
		return l.address.untilDue()
	}
}

// closeAll closes the address and proves nothing more.
func (l *loop) closeAll() {
	l.address.stop()
	l.address.endReplaced()
	l.core.board.idle(health.HopVast, health.HopAddress, health.HopWebhook)
	l.core.board.update(func(in *status.Input) { in.CleanedUp = l.core.resting.Load() }) // a person may have started again
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

// pass walks the hops in order and brings up what is not up. done means that
// every hop is proven; without done and without err it waits for a person or
// for the link.
func (l *loop) pass(ctx context.Context) (done bool, err error) {
	creds, ok, err := l.readCredentials(ctx)
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case !ok && l.address.run == nil:
		return false, err
	case !ok:
		return false, l.carryOn(ctx)
	}
	// Where the store cannot be read yet, the address opens all the same: while
	// nobody is there, a tunnel answers 404 in our place, which is final.
	chatErr := l.chat.use(ctx, creds[credentials.ChatURL])
	if chatErr != nil && !errors.Is(chatErr, relay.ErrStoreUnavailable) {
		return false, chatErr
	}
	if l.core.board.anyMissing() {
		l.address.rest(creds)
		l.core.board.idle(health.HopVast, health.HopAddress, health.HopWebhook)
		return false, nil
	}
	news, err := l.account.use(creds[credentials.VastKey])
	switch {
	case err != nil:
		return false, l.core.failHop(ctx, health.HopVast, err)
	case news:
		l.proven.at = time.Time{}
		l.prover.forget()
	}
	if err := l.openAddress(ctx, creds[l.core.tunnelCredential()]); err != nil {
		return false, l.core.failHop(ctx, health.HopWebhook, err)
	}
	if chatErr != nil {
		return false, chatErr
	}
	// Only now, while the address opens: the webhook of an earlier run delivers
	// also while the API is away, and while it keeps us waiting.
	keyErr := l.account.prove(ctx)
	current, online := l.address.show()
	l.address.makeWay()
	if keyErr != nil {
		return false, l.core.failHop(ctx, health.HopVast, keyErr)
	}
	if !online {
		return false, nil
	}
	if l.isProven(current) {
		return true, nil
	}
	return l.prove(ctx, current)
}

// carryOn keeps relaying with what is in use while the keyring cannot be read:
// a screen that locks must not make the program deaf, nor leave it so. Every hop is
// still proven when that is due. Only an address that has changed is announced, and
// a webhook made, which needs the keyring and says so.
func (l *loop) carryOn(ctx context.Context) error {
	if l.address.run.settings.vendor == l.core.tunnelVendor().Name { // else that token is not for it
		l.address.use(l.address.token) // a tunnel that has ended is tried again when that is due
	}
	current, online := l.address.show()
	due := l.recheckDue()
	if !online || current.Generation == l.proven.link && !due {
		return nil
	}
	if current.URL != l.proven.url || current.WasInUse || len(l.prover.results) == 0 {
		_, err := l.prove(ctx, current)
		return err
	}
	if err := l.reprove(ctx, current); err != nil || !due {
		return err
	}
	if err := l.account.check(ctx); err != nil {
		return l.core.failHop(ctx, health.HopVast, err)
	}
	if err := l.prover.lookAtWebhooks(ctx, current); err != nil {
		return l.core.failHop(ctx, health.HopWebhook, err)
	}
	if err := l.prover.clearSuspicion(ctx, l.prover.results); err != nil {
		return l.core.failHop(ctx, health.HopWebhook, err)
	}
	l.proven.inUse, l.failures = time.Now(), 0
	return nil
}

// recheckDue reports whether it is time to prove every hop again with what is in use,
// or one of them is not well and may be by now.
func (l *loop) recheckDue() bool {
	last := l.proven.at
	if l.proven.inUse.After(last) {
		last = l.proven.inUse
	}
	return time.Since(last) >= recheckEvery-time.Second || l.suspected() || slices.ContainsFunc(
		[]health.HopName{health.HopVast, health.HopAddress, health.HopWebhook},
		func(name health.HopName) bool { return l.core.board.hop(name).State != health.HopOK },
	)
}

// reprove proves an address that the webhooks have already.
func (l *loop) reprove(ctx context.Context, current link.State) error {
	checkable, err := l.prover.probe(ctx, current)
	if err != nil {
		l.address.restartAfterProbe(ctx)
	}
	if err == nil && !checkable {
		err = l.prover.proveByTest(ctx, current, l.prover.results)
	}
	if err != nil {
		return l.core.failHop(ctx, health.HopAddress, err)
	}
	l.proven.link = current.Generation
	return nil
}

// isProven reports whether the last proof still holds.
func (l *loop) isProven(current link.State) bool {
	return !l.suspected() && l.proven.link == current.Generation && time.Since(l.proven.at) < recheckEvery-time.Second
}

// suspected reports whether deliveries carry wrong signatures, and a test may be made
// that settles why.
func (l *loop) suspected() bool {
	return len(l.core.suspects.All()) > 0 && time.Since(l.prover.test.lastAt) >= proofs.TestEvery
}

// prove brings the address and the webhooks from "up" to "proven".
func (l *loop) prove(ctx context.Context, current link.State) (done bool, err error) {
	due := time.Since(l.proven.at) >= recheckEvery-time.Second && !l.proven.at.IsZero()
	if due || l.account.doubted || l.core.board.hop(health.HopVast).State != health.HopOK {
		if err := l.account.check(ctx); err != nil {
			return false, l.core.failHop(ctx, health.HopVast, err)
		}
	}
	checkable, err := l.prover.probe(ctx, current)
	if err != nil {
		l.address.restartAfterProbe(ctx)
		return false, l.core.failHop(ctx, health.HopAddress, err)
	}
	results, err := l.prover.ensure(ctx, current)
	if err != nil {
		return false, l.core.failHop(ctx, health.HopWebhook, err)
	}
	if err := l.prover.clearSuspicion(ctx, results); err != nil {
		return false, l.core.failHop(ctx, health.HopWebhook, err)
	}
	if !checkable {
		if err := l.prover.proveByTest(ctx, current, results); err != nil {
			return false, l.core.failHop(ctx, health.HopAddress, err)
		}
	}
	if err := l.prover.checkChannels(ctx, results); err != nil {
		return false, l.core.failHop(ctx, health.HopWebhook, err)
	}
	l.proven.at, l.proven.link, l.proven.url = time.Now(), current.Generation, current.URL
	return true, nil
}

// openAddress keeps the right tunnel running. Before it opens, the receiver
// knows the stored secrets, and expects deliveries for every role: a webhook
// that another copy or an earlier installation made for this address may
// deliver before it is found.
func (l *loop) openAddress(ctx context.Context, token relay.Secret) error {
	if l.address.run == nil {
		if err := l.account.webhooks().Recall(ctx); err != nil {
			return err
		}
		for _, d := range l.core.wanted("") {
			l.core.o.Receiving.Gate.Expect(d.Role)
		}
	}
	l.address.use(token)
	return nil
}

// readCredentials reads what the pass needs, and the heartbeat URL. ok is false
// when the keyring must be opened by the person first.
func (l *loop) readCredentials(ctx context.Context) (creds map[credentials.Kind]relay.Secret, ok bool, err error) {
	creds, ok, err = l.readUsed(ctx)
	if ok || l.core.credentials.Given(credentials.HeartbeatURL) {
		l.readHeartbeat(ctx)
	}
	return creds, ok, err
}

// readUsed is readCredentials without the heartbeat URL.
func (l *loop) readUsed(ctx context.Context) (creds map[credentials.Kind]relay.Secret, ok bool, err error) {
	if l.core.o.Keyring != nil {
		if state := l.keyring.lookNow(ctx); state.Action != health.ActionNone {
			l.keyringTrouble(unreadable(state))
			for _, kind := range credentials.Kinds() {
				if !l.core.credentials.Given(kind) {
					l.core.notes.SetState(kind, credentials.Unreadable)
				}
			}
			return nil, false, ctx.Err()
		}
	}
	creds, l.unread = map[credentials.Kind]relay.Secret{}, false
	var missing []credentials.Kind
	used, optional := l.core.usedCredentials()
	for _, kind := range used {
		read, err := l.core.credentials.Read(ctx, kind)
		if err != nil {
			if ctx.Err() == nil {
				l.keyringTrouble(checks.KeyringProblem(err))
			}
			return nil, false, err
		}
		l.core.notes.SetState(kind, read.State)
		if read.Barred != nil {
			l.core.notes.SetProblem(kind, health.New(health.CredentialBarred, words.Args{"Variable": kind.Variable(), "Reason": words.Translate(read.Barred.Error())}))
		}
		switch {
		case !read.Secret.Empty():
			creds[kind] = read.Secret
		case kind != optional || read.Barred != nil: // one that is barred is not silently done without
			missing = append(missing, kind)
		}
	}
	l.core.board.update(func(v *status.Input) {
		v.Missing = missing
		v.SetHop(l.keyringHop(missing))
	})
	return creds, true, nil
}

// readHeartbeat reads the heartbeat URL. Where it cannot be read, the last one
// stays in use: a keyring that fails for it alone keeps nothing else from working.
func (l *loop) readHeartbeat(ctx context.Context) {
	read, err := l.core.credentials.Read(ctx, credentials.HeartbeatURL)
	l.core.notes.SetState(credentials.HeartbeatURL, read.State)
	if err != nil {
		l.core.log.Debug("reading the heartbeat URL", "err", err)
		return
	}
	l.core.o.Heartbeat.Use(read.Secret)
}

// keyringTrouble shows why the keyring cannot be read. While the address is
// open it is no failure: what was read before stays in use.
func (l *loop) keyringTrouble(p health.Problem) {
	l.unread = true
	h := health.Hop{Name: health.HopKeyring}.Fail(p)
	if l.address.run != nil {
		h.State, h.Next = health.HopUntested, words.New("hop.keyring.in_use")
	}
	l.core.board.setHop(h)
}

// keyringHop is the first hop once the credentials could be looked at.
func (l *loop) keyringHop(missing []credentials.Kind) health.Hop {
	h := health.Hop{Name: health.HopKeyring, State: health.HopOK, Detail: words.New("hop.keyring.proven")}
	switch {
	case len(missing) > 0:
		h.State, h.Detail = health.HopMissing, credentials.StillMissing(missing)
		h.Next, h.Action = words.New("hop.paste_missing"), health.ActionSetUp
		if l.core.credentials.IsEphemeral() {
			h.State, h.Detail = health.HopUnavailable, health.Paragraph(words.New("hop.keyring.absent"), h.Detail)
		}
	case l.core.credentials.IsEphemeral():
		h.Detail = words.New("hop.keyring.in_memory")
	case len(l.core.credentials.Environment) > 0:
		h.Detail = words.New("hop.keyring.environment")
	}
	return h
}

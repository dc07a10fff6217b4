package bridge

import (
	"context"
	"errors"
	"slices"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/link"
	"vastrelay/app/reach"
	"vastrelay/app/status"
	"vastrelay/app/webhooks"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// The codes of the checks, by which one names another that it needs.
const (
	checkCredentials = "credentials"
	checkClock       = "clock"
	checkKey         = "key"
	checkTunnel      = "tunnel"
	checkAddress     = "address"
	checkWebhooks    = "webhooks"
	checkDelivery    = "delivery"
	checkChat        = "chat"
)

// Checks are the checks of all hops of b in the order of the way, for one run. They look
// at the program as it runs; the last two send messages, which stand in the space. Where
// one finds a hop otherwise than the status says, the loop looks at it anew.
func Checks(b *Bridge) []checks.Check {
	e := &examination{b: b}
	return []checks.Check{
		{Code: checkCredentials, Name: words.New("doctor.name.keyring"), Run: e.confirmed(health.HopKeyring, quietly(e.credentials))},
		{Code: checkClock, Name: words.New("doctor.name.clock"), Run: quietly(e.clock)},
		{Code: checkKey, Name: words.New("doctor.name.key"), Needs: []string{checkCredentials}, Run: e.confirmed(health.HopVast, quietly(e.key))},
		{Code: checkTunnel, Name: words.New("doctor.name.tunnel"), Needs: []string{checkCredentials}, Run: e.confirmed(health.HopAddress, quietly(e.tunnel))},
		{Code: checkAddress, Name: words.New("doctor.name.address"), Needs: []string{checkTunnel}, Run: e.confirmed(health.HopAddress, quietly(e.address))},
		{Code: checkWebhooks, Name: words.New("doctor.name.webhooks"), Needs: []string{checkKey, checkTunnel}, Run: e.confirmed(health.HopWebhook, quietly(e.webhooks))},
		{Code: checkDelivery, Name: words.New("doctor.name.delivery"), Needs: []string{checkAddress, checkWebhooks}, Run: e.confirmed(health.HopAddress, e.delivery)},
		{Code: checkChat, Name: words.New("doctor.name.chat"), Needs: []string{checkCredentials}, Run: e.chat},
	}
}

// checkFunc makes one check, reporting its steps.
type checkFunc = func(ctx context.Context, report func(health.Step)) (words.Sentence, error)

// confirmed is check, and has the loop prove the hops anew where what it finds of the hop of
// that name is not what the status says.
func (e *examination) confirmed(name health.HopName, check checkFunc) checkFunc {
	return func(ctx context.Context, report func(health.Step)) (words.Sentence, error) {
		found, err := check(ctx, report)
		switch {
		case saysSame(e.b.core.board.hop(name), err), ctx.Err() != nil, health.Is(err, health.TestUnderWay):
		case checks.Undelivered(err):
			e.b.core.requests.CheckAgain(err)
		default:
			e.b.core.requests.CheckAgain(nil)
		}
		return found, err
	}
}

// saysSame reports whether shown says what a check found, which is err where something
// is wrong. A hop that is being proven will say it by itself.
func saysSame(shown health.Hop, err error) bool {
	switch shown.State {
	case health.HopWorking, health.HopIdle:
		return true
	case health.HopOK:
		return err == nil
	case health.HopFailing:
		return err != nil && shown.Detail == checks.Explain(err).Headline
	default: // something is missing, or cannot be read
		return false
	}
}

// quietly makes a check of one that has no steps.
func quietly(look func(context.Context) (words.Sentence, error)) checkFunc {
	return func(ctx context.Context, _ func(health.Step)) (words.Sentence, error) { return look(ctx) }
}

// examination is one run of the checks.
type examination struct {
	b       *Bridge
	api     checks.API
	owner   vastapi.Account
	reached bool  // the address was reached, past a proxy that may treat Vast.ai differently
	sent    bool  // a test has arrived
	posted  error // why one is not in the space; nil: all are, or are held
}

// credentials proves that all that is needed can be read.
func (e *examination) credentials(ctx context.Context) (words.Sentence, error) {
	if e.b.core.o.Keyring != nil {
		if state := e.b.keyring.lookNow(ctx); state.Action != health.ActionNone {
			return words.Sentence{}, unreadable(state)
		}
	}
	kinds, optional := e.b.core.usedCredentials()
	var missing []credentials.Kind
	for _, kind := range kinds {
		read, err := e.b.core.credentials.Read(ctx, kind)
		if err != nil {
			return words.Sentence{}, checks.KeyringProblem(err)
		}
		if read.Secret.Empty() && kind != optional {
			missing = append(missing, kind)
		}
	}
	if len(missing) > 0 {
		return words.Sentence{}, health.New(health.CredentialsMissing, words.Args{"Missing": credentials.StillMissing(missing)})
	}
	return words.New("doctor.found.credentials"), nil
}

// clock measures by how much this computer's clock is off.
func (e *examination) clock(ctx context.Context) (words.Sentence, error) {
	e.b.core.o.Receiving.Clock.Measure(ctx)
	e.b.clock.note()
	state := e.b.core.o.Receiving.Clock.State()
	switch {
	case !checks.ClockTrouble(state).IsZero():
		return words.Sentence{}, health.New(health.ClockUncertain, words.Args{"Readings": checks.ClockTrouble(state)})
	case !checks.ClockDetail(state).IsZero():
		return checks.ClockDetail(state), nil
	case !state.Measured:
		return words.New("doctor.found.clock_unmeasured"), nil
	default:
		return words.New("doctor.found.clock"), nil
	}
}

// key proves the key and what it may read. Whether it may write shows only when
// something is written.
func (e *examination) key(ctx context.Context) (_ words.Sentence, err error) {
	if e.api, err = e.b.account.client(ctx); err != nil {
		return words.Sentence{}, err
	}
	if e.owner, err = e.api.WhoAmI(ctx); err != nil {
		return words.Sentence{}, err
	}
	if _, err := e.api.NotificationTypes(ctx); err != nil {
		return words.Sentence{}, err
	}
	if _, err := e.api.Webhooks(ctx); err != nil {
		return words.Sentence{}, err
	}
	return words.New("doctor.found.key", words.Args{"Owner": checks.AccountName(e.owner)}), nil
}

// tunnel proves that the link is up. A tunnel that has ended is tried again first: what
// ended it may be mended. Where the link is not up, the vendor is asked whether the token
// is at fault; the tunnel then learns that too, by connecting anew.
func (e *examination) tunnel(ctx context.Context) (words.Sentence, error) {
	current := e.b.address.current()
	if current.Ended != nil {
		current = e.retryTunnel(ctx)
	}
	switch {
	case current.Ended != nil:
		return words.Sentence{}, current.Problem()
	case current.State == tunnel.Online:
		return words.New("doctor.found.tunnel", words.Args{"Time": words.NewMoment(current.Since, time.Now())}), nil
	case current.State == tunnel.InUse:
		return words.Sentence{}, health.New(health.AddressInUse)
	}
	if kind := e.b.core.tunnelCredential(); kind != "" {
		token, err := e.b.core.credentials.Read(ctx, kind)
		if err != nil {
			return words.Sentence{}, checks.KeyringProblem(err)
		}
		if !token.Secret.Empty() {
			if _, err := e.b.core.o.Factories.CheckToken(ctx, kind, token.Secret); err != nil && !errors.Is(err, tunnel.ErrUncheckable) {
				e.b.core.requests.Reconnect()
				return words.Sentence{}, link.ExplainTunnel(err)
			}
		}
	}
	return words.Sentence{}, current.Down()
}

// retryTunnel has a tunnel that has ended tried again, and returns the link as it is
// once it is up, or has ended again, or after link.Patience.
func (e *examination) retryTunnel(ctx context.Context) link.State {
	news := make(chan struct{}, 1)
	defer e.b.Watch(func(status.Change) { signal(news) })()
	e.b.address.tryAgain()
	e.b.core.requests.Restart()
	ctx, cancel := context.WithTimeout(ctx, link.Patience)
	defer cancel()
	for {
		current := e.b.address.current()
		if current.Ended != nil || e.b.Status().Address != "" || current.State == tunnel.InUse {
			return current
		}
		select {
		case <-news:
		case <-ctx.Done():
			return current
		}
	}
}

// address asks for our own address from outside, as far as that can be done from
// here.
func (e *examination) address(ctx context.Context) (words.Sentence, error) {
	origin := e.b.Status().Address
	if origin == "" {
		return words.Sentence{}, health.New(health.AddressMissing)
	}
	err := e.b.core.o.Prober.Probe(ctx, origin)
	switch {
	case err == nil:
		e.reached = e.b.core.proxyInFront()
		return words.New("doctor.found.address", words.Args{"Host": link.Host(origin)}), nil
	case errors.Is(err, reach.ErrCannotCheck):
		return health.Paragraph(words.New("doctor.found.address_unknown"), checks.ProxyWords(err)), nil
	default:
		return words.Sentence{}, health.New(health.AddressElsewhere, words.Args{"Host": link.Host(origin)}).With(checks.WithoutPaths(err))
	}
}

// webhooks proves that each webhook of ours is listed as it should be, and that
// nothing of it is switched off.
func (e *examination) webhooks(ctx context.Context) (words.Sentence, error) {
	ours := e.b.Status().Webhooks
	if len(ours) == 0 {
		return words.Sentence{}, health.New(health.WebhookMissing)
	}
	listed, err := e.api.Webhooks(ctx)
	if err != nil {
		return words.Sentence{}, err
	}
	results := make([]webhooks.Result, len(ours))
	for i, hook := range ours {
		at := slices.IndexFunc(listed, func(w vastapi.Webhook) bool { return w.ID == hook.ID })
		if at < 0 {
			return words.Sentence{}, health.New(health.WebhookGone)
		}
		if !hook.LeadsHere() || !webhooks.SameURL(listed[at].URL, hook.URL) {
			return words.Sentence{}, health.New(health.WebhookMoved, words.Args{"Host": relay.CleanLine(listed[at].URL)})
		}
		results[i] = webhooks.Result{Role: hook.Role, ID: hook.ID, URL: hook.URL, Types: hook.Types}
	}
	if err := checks.Channels(ctx, e.api, e.owner.ID, results); err != nil {
		return words.Sentence{}, err
	}
	return words.NewPlural("doctor.found.webhooks", len(ours)), nil
}

// delivery has Vast.ai test each webhook. What becomes of the tests in the space is
// kept for chat, whose hop that is.
func (e *examination) delivery(ctx context.Context, report func(health.Step)) (words.Sentence, error) {
	if !e.b.testing.TryLock() {
		return words.Sentence{}, health.New(health.TestUnderWay)
	}
	defer e.b.testing.Unlock()
	hooks := e.b.testable()
	st := health.NewSteps(report)
	for _, hook := range hooks {
		st.Start(askingForTest(hook.Role, len(hooks)))
		posted, err := e.b.followTest(ctx, hook, st)
		if e.reached {
			err = checks.TurnedAway(err, link.Host(e.b.Status().Address))
		}
		if err != nil {
			e.noteTest(ctx, hook, err)
			return words.Sentence{}, err
		}
		e.sent, e.posted = true, errors.Join(e.posted, posted())
	}
	return words.NewPlural("doctor.found.delivery", len(hooks)), nil
}

// noteTest keeps the loop from asking for a test of its own right after one of hook got
// lost.
func (e *examination) noteTest(ctx context.Context, hook status.Webhook, err error) {
	if !checks.Undelivered(err) {
		return
	}
	key := e.b.core.wayKey(ctx, webhooks.Result{ID: hook.ID, URL: hook.URL})
	if err := e.b.core.proofs.NoteTest(key, time.Now()); err != nil {
		e.b.core.log.Warn("noting that a test got lost", "err", err)
	}
}

// chat says what became of the tests in the space. Where there was none, it posts a
// message.
func (e *examination) chat(ctx context.Context, report func(health.Step)) (words.Sentence, error) {
	switch {
	case e.posted != nil:
		e.b.chat.notPosted()
		return words.Sentence{}, e.posted
	case e.sent && e.b.core.o.Posting.Pauser.Paused().Active():
		return words.New("doctor.found.chat_held"), nil
	case e.sent:
		return words.New("doctor.found.chat_by_test"), nil
	}
	if err := e.b.TestToChat(ctx, report); err != nil {
		return words.Sentence{}, err
	}
	return words.New("doctor.found.chat"), nil
}

package bridge

import (
	"context"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/tunnel"
)

// checkDeadline bounds the live check of one credential.
const checkDeadline = 30 * time.Second

// check proves a pasted credential. It changes nothing.
func (b *Bridge) check(ctx context.Context, kind credentials.Kind, pasted string, st *health.Steps) (checks.Pasted, error) {
	if pasted == "" {
		return checks.Pasted{}, health.New(health.CredentialEmpty, words.Args{"Credential": kind.Words()})
	}
	switch kind {
	case credentials.VastKey:
		return checks.VastKey(ctx, b.core.o.Factories.API, relay.NewSecret(pasted), st)
	case credentials.ChatURL:
		return checks.ChatURL(ctx, b.core.o.Posting.Chat, b.core.o.Factories.ParseChatURL, func(u googlechat.URL) error { return b.askAboutWaiting(ctx, u) }, pasted, st)
	case credentials.HeartbeatURL:
		return checks.HeartbeatURL(ctx, b.core.o.Heartbeat.Check, relay.NewSecret(pasted), st)
	default:
		login := func(ctx context.Context, token relay.Secret) (tunnel.Account, error) {
			return b.core.o.Factories.CheckToken(ctx, kind, token)
		}
		return checks.TunnelToken(ctx, b.core.vendorWith(kind), login, relay.NewSecret(pasted), st)
	}
}

// SaveCredential cleans what was pasted, proves it live and keeps it. What is
// refused is not kept; what cannot be checked now is. A Chat URL into another
// space, while messages wait for the one before, is refused once with the
// question what to do; given again it is taken.
// Errors are a Problem.
func (b *Bridge) SaveCredential(ctx context.Context, kind credentials.Kind, pasted string, report func(health.Step)) error {
	b.changing.Lock()
	defer b.changing.Unlock()
	if err := b.Ended(); err != nil {
		return err
	}
	if b.core.credentials.Given(kind) {
		return health.New(health.CredentialFromEnvironment)
	}
	ctx, cancel := context.WithTimeout(ctx, checkDeadline)
	defer cancel()
	st := health.NewSteps(report)
	c, err := b.check(ctx, kind, relay.CleanPaste(pasted), st)
	if err != nil {
		return err
	}
	st.Start(words.New("check.saving"))
	if err := b.core.credentials.Keep(ctx, kind, c.Value); err != nil {
		return st.Fail(checks.KeyringProblem(err))
	}
	if b.core.credentials.IsEphemeral() {
		st.Done(words.New("check.saved_in_memory"))
	} else {
		st.Done(words.New("check.saved"))
	}
	// The window asks at once what is still missing; the loop looks later.
	b.core.notes.Renew(kind, b.core.credentials.KeptIn(), c.Detail)
	if c.Proven {
		b.core.notes.Checked(kind, c.Detail)
	}
	b.startAgain()
	defer b.core.requests.Restart()
	switch kind {
	case credentials.ChatURL:
		b.askedURL = relay.Secret{}
		return b.chat.adopted(ctx, c)
	case credentials.VastKey, credentials.HeartbeatURL: // the loop reads it, and asks for all that depends on it anew
	default:
		b.address.tryAgain() // the account may have been put right, and its token be the same
	}
	return nil
}

// RemoveCredential forgets a credential and stops what needed it.
func (b *Bridge) RemoveCredential(ctx context.Context, kind credentials.Kind) error {
	b.changing.Lock()
	defer b.changing.Unlock()
	if err := b.Ended(); err != nil {
		return err
	}
	if err := b.core.credentials.Remove(ctx, kind); err != nil {
		return checks.KeyringProblem(err)
	}
	if kind == credentials.ChatURL {
		// The space stays the destination: what still arrives is kept for it.
		b.core.o.Posting.Chat.RemoveURL(b.core.o.Settings.Settings().Space)
		b.chat.removed()
	}
	b.core.notes.Renew(kind, credentials.Missing, words.Sentence{})
	b.core.requests.Restart()
	return nil
}

// askAboutWaiting refuses a URL into another space once while messages wait
// for the space before: what becomes of them is for the person to say.
func (b *Bridge) askAboutWaiting(ctx context.Context, u googlechat.URL) error {
	before := b.core.o.Settings.Settings().Space
	if before == "" || before == u.Space() || b.askedURL == u.Secret() {
		return nil
	}
	backlog, err := b.core.o.Posting.Queue.Backlog(ctx)
	if err != nil || backlog.Count == 0 {
		return err
	}
	b.askedURL = u.Secret()
	return health.New(health.PostsOfOtherSpace, words.Args{"Count": backlog.Count})
}

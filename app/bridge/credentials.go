package bridge

import (
	"context"
	"fmt"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
)

// required lists the credentials without which nothing can be relayed.
func (b *Bridge) required() []credentials.Kind {
	if b.o.Settings.Settings().TunnelOrDefault() == config.TunnelNgrok {
		return credentials.Kinds()
	}
	return []credentials.Kind{credentials.VastKey, credentials.ChatURL}
}

// readCredentials reads what the pass needs. ok is false when the keyring must
// be opened by the person first.
func (b *Bridge) readCredentials(ctx context.Context) (creds map[credentials.Kind]relay.Secret, ok bool, err error) {
	if b.o.Keyring != nil {
		if state := b.lookAtKeyring(ctx); state.Action != health.ActionNone {
			b.keyringTrouble(health.Problem{Headline: state.Words, Next: "Vast Relay goes on as soon as it can read its credentials.", Details: state.State, Action: state.Action})
			for _, kind := range credentials.Kinds() {
				if !b.credentials.Given(kind) {
					b.notes.SetState(kind, credentials.Unreadable)
				}
			}
			return nil, false, ctx.Err()
		}
	}
	creds = map[credentials.Kind]relay.Secret{}
	var missing []credentials.Kind
	for _, kind := range b.required() {
		read, err := b.credentials.Read(ctx, kind)
		if err != nil {
			if ctx.Err() == nil {
				b.keyringTrouble(checks.KeyringProblem(err))
			}
			return nil, false, err
		}
		b.notes.SetState(kind, read.State)
		if read.Barred != nil {
			b.notes.SetProblem(kind, health.Problem{
				Headline: "Must come from the environment in this run", Cause: read.Barred.Error() + ".", Next: "Give it in the environment, or start without the override.",
			})
		}
		if read.Secret.Empty() {
			missing = append(missing, kind)
			continue
		}
		creds[kind] = read.Secret
	}
	b.update(func(v *status.Input) {
		v.Missing = missing
		v.SetHop(b.keyringHop(missing))
	})
	return creds, true, nil
}

// keyringTrouble shows why the keyring cannot be read. While the address is
// open it is no failure: what was read before stays in use.
func (b *Bridge) keyringTrouble(p health.Problem) {
	h := health.Hop{Name: health.HopKeyring}.Fail(p)
	if b.parts.tunnel != nil {
		h.State, h.Next = health.HopUntested, "What was read before stays in use."
	}
	b.setHop(h)
}

// keyringHop is the first hop once the credentials could be looked at.
func (b *Bridge) keyringHop(missing []credentials.Kind) health.Hop {
	h := health.Hop{Name: health.HopKeyring, State: health.HopOK, Detail: "The credentials are in the system keyring."}
	switch {
	case len(missing) > 0:
		h.State, h.Detail = health.HopMissing, credentials.StillMissing(missing)
		h.Next, h.Action = "Paste it in Settings.", health.ActionSetUp
	case b.credentials.IsEphemeral():
		h.Detail = "There is no system keyring: the credentials are kept in memory and are forgotten at the end of this run."
	case len(b.credentials.Environment) > 0:
		h.Detail = "Credentials from the environment are used for this run."
	}
	return h
}

// anyMissing reports whether the last reading lacked a credential.
func (b *Bridge) anyMissing() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.v.Missing) > 0
}

// Credentials describes the three credentials, in order.
func (b *Bridge) Credentials() []credentials.Credential { return b.notes.All() }

// checkDeadline bounds the live check of one credential.
const checkDeadline = 30 * time.Second

// check proves a pasted credential. It changes nothing.
func (b *Bridge) check(ctx context.Context, kind credentials.Kind, pasted string, st *health.Steps) (checks.Pasted, error) {
	if pasted == "" {
		return checks.Pasted{}, health.Problem{Headline: "Nothing was pasted", Next: "Paste the " + kind.Words() + " and try again."}
	}
	switch kind {
	case credentials.VastKey:
		return checks.VastKey(ctx, b.o.Makers.API, relay.NewSecret(pasted), st)
	case credentials.ChatURL:
		return checks.ChatURL(ctx, b.o.Chat, b.o.Makers.ParseChatURL, func(u googlechat.URL) error { return b.askAboutWaiting(ctx, u) }, pasted, st)
	default:
		return checks.NgrokToken(ctx, b.o.Makers.CheckToken, relay.NewSecret(pasted), st)
	}
}

// SaveCredential cleans what was pasted, proves it live and keeps it. What is
// refused is not kept; what cannot be checked now is. A Chat URL into another
// space, while messages wait for the one before, is refused once with the
// question what to do; given again it is taken.
// Errors are a Problem.
func (b *Bridge) SaveCredential(ctx context.Context, kind credentials.Kind, pasted string, report func(health.Step)) error {
	b.opMu.Lock()
	defer b.opMu.Unlock()
	if err := b.Ended(); err != nil {
		return err
	}
	if b.credentials.Given(kind) {
		return health.Problem{
			Headline: "This credential comes from the environment", Cause: "What is pasted here would not be used in this run.",
			Next: "Start Vast Relay without the environment variable to use a stored one.",
		}
	}
	ctx, cancel := context.WithTimeout(ctx, checkDeadline)
	defer cancel()
	st := health.NewSteps(report)
	c, err := b.check(ctx, kind, relay.CleanPaste(pasted), st)
	if err != nil {
		return err
	}
	st.Start("Saving")
	if err := b.credentials.Keep(ctx, kind, c.Value); err != nil {
		return st.Fail(checks.KeyringProblem(err))
	}
	if b.credentials.IsEphemeral() {
		st.Done("Kept in memory for this run: there is no system keyring.")
	} else {
		st.Done("Saved in the system keyring.")
	}
	// The window asks at once what is still missing; the loop looks later.
	b.notes.Renew(kind, b.credentials.KeptIn(), c.Detail)
	if c.Proven {
		b.notes.Checked(kind, c.Detail)
	}
	defer b.redo()
	switch kind {
	case credentials.ChatURL:
		return b.adopted(ctx, c)
	case credentials.NgrokToken:
		b.resetTunnel() // the account may have been put right, and its token be the same
	}
	return nil
}

// adopted takes a URL that was just checked into use.
func (b *Bridge) adopted(ctx context.Context, c checks.Pasted) error {
	b.askedURL = relay.Secret{}
	if err := b.adoptSpace(ctx, c.URL, c.IDs, true); err != nil {
		return checks.Explain(err)
	}
	b.mu.Lock()
	b.posting = postingHealth{url: c.Value, proven: c.Proven}
	b.mu.Unlock()
	return nil
}

// adoptSpace makes u the space that events go to. What waits for an earlier
// space stays with that one; a new URL into the same space resumes it.
func (b *Bridge) adoptSpace(ctx context.Context, u googlechat.URL, ids relay.IDSupport, reopen bool) error {
	s := b.o.Settings.Settings()
	b.o.Chat.SetURL(u)
	before := s.Space
	if before != u.Space() {
		s.Label = ""
	}
	d, err := b.o.Outbox.AddDestination(ctx, u.Space(), s.Label)
	if err != nil {
		return err
	}
	if before != "" && before != u.Space() {
		b.log.Info("posting to another space; what waits for the one before is kept for it")
		// Only now: an event that met no destination would never be posted.
		b.o.Outbox.RemoveDestination(before)
		b.o.Chat.RemoveURL(before)
	}
	if ids != relay.IDsUnknown {
		if err := b.o.Outbox.LearnIDs(ctx, u.Space(), ids); err != nil {
			return err
		}
	}
	if before != u.Space() {
		s = b.o.Settings.Settings() // as it stands by now: a person may have changed something else
		s.Space, s.Label = u.Space(), d.Label
		if err := b.o.Settings.Save(s); err != nil {
			return err
		}
	}
	b.update(func(v *status.Input) { v.Space, v.Label = d.Space, d.Label })
	b.changed()
	if reopen {
		return b.o.Outbox.Reopen(ctx, d.Space)
	}
	return nil
}

// RemoveCredential forgets a credential and stops what needed it.
func (b *Bridge) RemoveCredential(ctx context.Context, kind credentials.Kind) error {
	b.opMu.Lock()
	defer b.opMu.Unlock()
	if err := b.Ended(); err != nil {
		return err
	}
	if err := b.credentials.Remove(ctx, kind); err != nil {
		return checks.KeyringProblem(err)
	}
	if kind == credentials.ChatURL {
		// The space stays the destination: what still arrives is kept for it.
		b.o.Chat.RemoveURL(b.o.Settings.Settings().Space)
		b.mu.Lock()
		b.posting = postingHealth{}
		b.mu.Unlock()
	}
	b.notes.Renew(kind, credentials.Missing, "")
	b.redo()
	return nil
}

// askAboutWaiting refuses a URL into another space once while messages wait
// for the space before: what becomes of them is for the person to say.
func (b *Bridge) askAboutWaiting(ctx context.Context, u googlechat.URL) error {
	before := b.o.Settings.Settings().Space
	if before == "" || before == u.Space() || b.askedURL == u.Secret() {
		return nil
	}
	backlog, err := b.o.Outbox.Backlog(ctx)
	if err != nil || backlog.Count == 0 {
		return err
	}
	b.askedURL = u.Secret()
	p := health.Problem{
		Headline: fmt.Sprintf("%d messages still wait for the space before", backlog.Count),
		Cause:    "This URL leads into another space. They would stay behind: kept, and posted only when a URL into their own space is given again.",
		Next:     "To leave them behind, paste and save this URL once more. To post them first, wait, or give a new URL into the space before.",
	}
	if backlog.Count == 1 {
		p.Headline = "1 message still waits for the space before"
		p.Cause = "This URL leads into another space. It would stay behind: kept, and posted only when a URL into its own space is given again."
		p.Next = "To leave it behind, paste and save this URL once more. To post it first, wait, or give a new URL into the space before."
	}
	return p
}

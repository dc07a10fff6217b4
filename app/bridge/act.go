package bridge

import (
	"context"
	"slices"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// Perform does what the button of a says. Actions that open a part of the
// window are not for it and do nothing here.
func (b *Bridge) Perform(ctx context.Context, a health.Action) error {
	if err := b.Ended(); err != nil {
		return err
	}
	switch a {
	case health.ActionRetry, health.ActionStart:
		b.resetTunnel()
		b.redo()
		b.o.Outbox.RetryNow()
	case health.ActionUnlockKeyring, health.ActionCreateKeyring, health.ActionLookAgain:
		if b.o.Keyring == nil {
			return nil
		}
		err := b.o.Keyring.Unlock(secrets.Interactive(ctx))
		b.lookAtKeyring(ctx) // what was told so far is no longer so
		if err != nil {
			return checks.KeyringProblem(err)
		}
		b.redo()
	case health.ActionEnableChannels:
		return b.enableChannels(ctx)
	case health.ActionConfirmSettings:
		return b.confirmSettings()
	case health.ActionResume:
		return b.Resume(ctx, false)
	}
	return nil
}

// confirmSettings puts settings that were restored in force for good: from now
// on Vast.ai is told what they say.
func (b *Bridge) confirmSettings() error {
	s := b.o.Settings.Settings()
	s.Unconfirmed = false
	if err := b.o.Settings.Save(s); err != nil {
		return checks.Explain(err)
	}
	b.ApplySettings()
	return nil
}

// resetTunnel lets a tunnel that ended for good be tried once more.
func (b *Bridge) resetTunnel() {
	b.mu.Lock()
	b.link.err = nil
	b.mu.Unlock()
}

// Pause holds posting until the given time; the zero time means until Resume.
// Receiving goes on.
func (b *Bridge) Pause(ctx context.Context, until time.Time) error {
	if err := b.Ended(); err != nil {
		return err
	}
	if err := b.o.Outbox.Pause(ctx, until); err != nil {
		return checks.Explain(err)
	}
	b.publish()
	b.changed()
	return nil
}

// Resume posts again. With keep, what is held is kept without being posted.
func (b *Bridge) Resume(ctx context.Context, keep bool) error {
	if err := b.Ended(); err != nil {
		return err
	}
	if _, err := b.o.Outbox.Resume(ctx, keep); err != nil {
		return checks.Explain(err)
	}
	b.publish()
	b.changed()
	return nil
}

// Woke takes the word that the computer has slept: nothing came through
// meanwhile, and the connection to the tunnel may be dead without a sign. It is
// made anew, and everything is proven again. Woke returns at once.
func (b *Bridge) Woke() {
	b.mu.Lock()
	b.slept = true
	b.waits.running = time.Now()
	b.mu.Unlock()
	b.redo()
	b.o.Outbox.Nudge()
}

// Catalogue fetches the notification types with what is chosen; the built-in
// list when Vast.ai cannot be asked.
func (b *Bridge) Catalogue(ctx context.Context) (status.Catalogue, error) {
	api, err := b.apiNow(ctx)
	if err == nil {
		var types []vastapi.NotificationType
		if types, err = api.NotificationTypes(ctx); err == nil {
			return b.catalogue(types, true), nil
		}
	}
	b.log.Info("using the built-in list of notifications", "err", err)
	return b.catalogue(vastapi.Catalogue(), false), nil
}

// apiNow makes a client of its own for a call on the person's behalf, so that
// it never waits for the loop's.
func (b *Bridge) apiNow(ctx context.Context) (checks.API, error) {
	key, err := b.credentials.Read(ctx, credentials.VastKey)
	if err != nil {
		return nil, checks.KeyringProblem(err)
	}
	if key.Secret.Empty() {
		return nil, health.Problem{Headline: "There is no Vast.ai API key yet", Next: "Paste it in Settings.", Action: health.ActionReplaceKey}
	}
	api, err := b.o.Makers.API(key.Secret)
	if err != nil {
		return nil, checks.NotAKey(err)
	}
	return api, nil
}

// ApplySettings makes changed settings take effect: a tunnel whose settings
// changed is opened anew, webhooks are brought to the chosen events.
func (b *Bridge) ApplySettings() {
	b.update(func(v *status.Input) {
		s := b.o.Settings.Settings()
		v.Label, v.Unconfirmed = s.Label, s.Unconfirmed
	})
	b.resetTunnel()
	b.redo()
}

// ForeignWebhooks lists the webhooks at Vast.ai that are not ours.
func (b *Bridge) ForeignWebhooks(ctx context.Context) ([]status.Webhook, error) {
	api, err := b.apiNow(ctx)
	if err != nil {
		return nil, err
	}
	listed, err := api.Webhooks(ctx)
	if err != nil {
		return nil, checks.Explain(err)
	}
	ours := b.Status().Webhooks
	var foreign []status.Webhook
	for _, w := range listed {
		if slices.ContainsFunc(ours, func(o status.Webhook) bool { return o.ID == w.ID }) {
			continue
		}
		foreign = append(foreign, status.Webhook{ID: w.ID, Name: relay.CleanLine(w.Name), URL: relay.CleanLine(w.URL), Types: w.EventTypes})
	}
	return foreign, nil
}

// ReplaceWebhook takes over the webhook with that id, by the person's word:
// it gets our name, address and events, and a new secret.
func (b *Bridge) ReplaceWebhook(ctx context.Context, id int64) error {
	b.opMu.Lock()
	defer b.opMu.Unlock()
	if err := b.Ended(); err != nil {
		return err
	}
	origin := b.Status().Address
	if origin == "" { // an address is opened only under a key, so there are hooks
		return health.Problem{Headline: "There is no public address yet", Next: "Wait until the address is up and try again.", Action: health.ActionRetry}
	}
	b.mu.Lock()
	hooks := b.hooks
	b.mu.Unlock()
	ours := b.Status().Webhooks
	for _, d := range b.wanted(origin) {
		if d.IfListed || slices.ContainsFunc(ours, func(w status.Webhook) bool { return w.Context == d.Context }) {
			continue
		}
		if err := hooks.Replace(ctx, d, id); err != nil {
			return checks.Explain(err)
		}
		b.redo()
		return nil
	}
	return nil
}

// enableChannels sends our event types once more, which switches their
// webhook channel on again.
// Source: https://docs.vast.ai/api-reference/notifications/update-notification-webhook .
func (b *Bridge) enableChannels(ctx context.Context) error {
	api, err := b.apiNow(ctx)
	if err != nil {
		return err
	}
	for _, w := range b.Status().Webhooks {
		if _, err := api.Update(ctx, w.ID, vastapi.Change{EventTypes: w.Types}); err != nil {
			return checks.Explain(err)
		}
	}
	b.redo()
	return nil
}

// RecordOnly reports whether ev is a test that the program itself started, to
// be kept without being posted. The receiver asks before it accepts.
func (b *Bridge) RecordOnly(ev relay.Event) bool { return b.tests.RecordOnly(ev) }

// ObserveDelivery takes the receiver's reports. It returns at once.
func (b *Bridge) ObserveDelivery(d relay.Delivery) {
	if d.Verdict == relay.Unreadable {
		b.mu.Lock()
		b.v.UnreadableReason = d.Event.Message
		b.mu.Unlock()
	}
	b.tests.Delivered(d)
	b.changed()
}

// Suspect takes the receiver's word that deliveries of c carry wrong
// signatures. It returns at once.
func (b *Bridge) Suspect(c relay.Context) {
	b.mu.Lock()
	known := b.suspects[c]
	b.suspects[c] = true
	b.mu.Unlock()
	b.o.Gate.Suspect(c, true)
	if !known { // a stranger who forges deliveries must not keep the loop from backing off
		b.poke()
	}
}

// Alone reports whether no other copy of this program relays the same events,
// as far as is known. Two copies that fold would each name an event in a
// digest of other members, which no id can tell for the same.
func (b *Bridge) Alone() bool {
	b.mu.Lock()
	hooks := b.hooks
	b.mu.Unlock()
	return hooks == nil || hooks.Twins() == 0
}

// NoteDisk says why events cannot be put on disk just now, as a sentence;
// empty: they can, and what waited for that goes on. It returns at once and is
// cheap while nothing changes.
func (b *Bridge) NoteDisk(sentence string) {
	if b.noteIfNew(func(v *status.Input) *string { return &v.Disk }, sentence) && sentence == "" {
		b.poke()
	}
}

// Notice says something that needs nobody to act, in a few words beside the
// rhythm; empty: nothing.
func (b *Bridge) Notice(words string) {
	b.noteIfNew(func(v *status.Input) *string { return &v.Notice }, words)
}

func (b *Bridge) noteIfNew(field func(*status.Input) *string, text string) (changed bool) {
	b.mu.Lock()
	same := *field(&b.v) == text
	*field(&b.v) = text
	b.mu.Unlock()
	if !same {
		b.publish()
	}
	return !same
}

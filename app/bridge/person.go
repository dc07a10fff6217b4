package bridge

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/app/webhooks"
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
		b.address.tryAgain()
		b.core.requests.restartLoop()
		b.core.o.Posting.Queue.RetryNow()
	case health.ActionUnlockKeyring, health.ActionCreateKeyring, health.ActionLookAgain:
		if b.core.o.Keyring == nil {
			return nil
		}
		err := b.core.o.Keyring.Unlock(secrets.Interactive(ctx))
		b.keyring.lookNow(ctx) // what was told so far is no longer so
		if err != nil {
			return checks.KeyringProblem(err)
		}
		b.core.requests.restartLoop()
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
	s := b.core.o.Settings.Settings()
	s.Unconfirmed = false
	if err := b.core.o.Settings.Save(s); err != nil {
		return checks.Explain(err)
	}
	b.ApplySettings()
	return nil
}

// Pause holds posting until the given time; the zero time means until Resume.
// Receiving goes on.
func (b *Bridge) Pause(ctx context.Context, until time.Time) error {
	if err := b.Ended(); err != nil {
		return err
	}
	if err := b.core.o.Posting.Pauser.Pause(ctx, until); err != nil {
		return checks.Explain(err)
	}
	b.core.board.publish(0)
	b.chat.countSoon(status.PostFinished)
	return nil
}

// Resume posts again. With keep, what is held is kept without being posted.
func (b *Bridge) Resume(ctx context.Context, keep bool) error {
	if err := b.Ended(); err != nil {
		return err
	}
	if _, err := b.core.o.Posting.Pauser.Resume(ctx, keep); err != nil {
		return checks.Explain(err)
	}
	b.core.board.publish(0)
	b.chat.countSoon(status.PostFinished)
	return nil
}

// ApplySettings makes changed settings take effect: a tunnel whose settings
// changed is opened anew, webhooks are brought to the chosen events.
func (b *Bridge) ApplySettings() {
	b.core.board.update(func(v *status.Input) {
		s := b.core.o.Settings.Settings()
		v.Posting.Label, v.Trouble.Unconfirmed = s.Label, s.Unconfirmed
	})
	b.address.tryAgain()
	b.core.requests.restartLoop()
}

// ForeignWebhooks lists the webhooks at Vast.ai that are not ours.
func (b *Bridge) ForeignWebhooks(ctx context.Context) ([]status.Webhook, error) {
	api, err := b.account.client(ctx)
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
	b.changing.Lock()
	defer b.changing.Unlock()
	if err := b.Ended(); err != nil {
		return err
	}
	origin := b.Status().Address
	if origin == "" { // an address is opened only under a key, so there are hooks
		return health.New(health.AddressMissing)
	}
	hooks := b.account.webhooks()
	ours := b.Status().Webhooks
	for _, d := range b.core.wanted(origin) {
		if d.IfListed || slices.ContainsFunc(ours, func(w status.Webhook) bool { return w.Role == d.Role }) {
			continue
		}
		if err := hooks.Replace(ctx, d, id); err != nil {
			return checks.Explain(err)
		}
		b.core.requests.restartLoop()
		return nil
	}
	return nil
}

// RestoreOurs gives the webhooks that somebody changed at Vast.ai back what this
// program wants them to be, by the person's word.
func (b *Bridge) RestoreOurs(ctx context.Context) error {
	return b.settleEdits(func(hooks WebhookManager, wanted []webhooks.Desired) error { return hooks.Restore(ctx, wanted) })
}

// TakeTheirs keeps what somebody changed of our webhooks at Vast.ai, by the person's
// word: changed types are chosen from now on, a name stays, and a webhook with
// another address is left to whom it delivers; this program makes another.
func (b *Bridge) TakeTheirs(ctx context.Context) error {
	return b.settleEdits(func(hooks WebhookManager, wanted []webhooks.Desired) error {
		types, err := hooks.Accept(ctx, wanted)
		if len(types) == 0 {
			return err
		}
		s := b.core.o.Settings.Settings()
		chosen := slices.DeleteFunc(slices.Clone(chosenTypes(s)), func(key string) bool {
			role, _, _ := strings.Cut(key, ":")
			return types[relay.Role(role)] != nil
		})
		for _, role := range relay.Roles() {
			chosen = append(chosen, types[role]...)
		}
		s.EventTypes = chosen
		return errors.Join(err, b.core.o.Settings.Save(s))
	})
}

// settleEdits carries out a person's choice about webhooks that somebody changed.
func (b *Bridge) settleEdits(settle func(hooks WebhookManager, wanted []webhooks.Desired) error) error {
	b.changing.Lock()
	defer b.changing.Unlock()
	if err := b.Ended(); err != nil {
		return err
	}
	origin := b.Status().Address
	if origin == "" { // an address is opened only under a key, so there are hooks
		return health.New(health.AddressMissing)
	}
	defer b.core.requests.restartLoop()
	if err := settle(b.account.webhooks(), b.core.wanted(origin)); err != nil {
		return checks.Explain(err)
	}
	return nil
}

// enableChannels sends our event types once more, which switches their
// webhook channel on again.
// Source: https://docs.vast.ai/api-reference/notifications/update-notification-webhook .
func (b *Bridge) enableChannels(ctx context.Context) error {
	api, err := b.account.client(ctx)
	if err != nil {
		return err
	}
	for _, w := range b.Status().Webhooks {
		if !w.LeadsHere() {
			continue
		}
		if _, err := api.Update(ctx, w.ID, vastapi.Change{EventTypes: w.Types}); err != nil {
			return checks.Explain(err)
		}
	}
	b.core.requests.restartLoop()
	return nil
}

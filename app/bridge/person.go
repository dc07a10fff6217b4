package bridge

import (
	"context"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
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
		b.startAgain()
		b.address.tryAgain()
		b.chat.forgetFailedTest()
		b.core.requests.Restart()
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
		b.core.requests.Restart()
	case health.ActionKeepForRun:
		if b.core.o.Keyring != nil && !b.keyring.describe().InUse {
			b.core.o.Keyring.KeepInMemory()
			b.keyring.lookNow(ctx)
			b.core.requests.Restart()
		}
	case health.ActionEnableChannels:
		return b.enableChannels(ctx)
	case health.ActionConfirmSettings:
		return b.confirmSettings()
	case health.ActionResume:
		return b.Resume(ctx, false)
	}
	return nil
}

// startAgain ends the rest after a clean-up.
func (b *Bridge) startAgain() {
	if b.core.resting.Swap(false) {
		b.core.board.update(func(in *status.Input) { in.CleanedUp = false })
	}
}

// confirmSettings puts settings that were restored in force for good: from now
// on Vast.ai is told what they say.
func (b *Bridge) confirmSettings() error {
	err := b.core.o.Settings.Change(func(s *config.Settings) error {
		s.Unconfirmed = false
		return nil
	})
	if err != nil {
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
	b.chat.counts.Soon(status.PostFinished)
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
	b.chat.counts.Soon(status.PostFinished)
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
	b.core.requests.Restart()
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
	b.core.requests.Restart()
	return nil
}

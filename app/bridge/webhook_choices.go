package bridge

import (
	"context"
	"errors"
	"slices"

	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/webhooks"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// Webhooks carries out what a person chooses about webhooks at Vast.ai. Each method
// may be called from any goroutine; its errors are a Problem.
type Webhooks struct{ b *Bridge }

// Webhooks returns what carries out a person's choices about webhooks.
func (b *Bridge) Webhooks() Webhooks { return Webhooks{b} }

// ForeignWebhooks lists the webhooks at Vast.ai that are not ours.
func (w Webhooks) ForeignWebhooks(ctx context.Context) ([]status.Webhook, error) {
	api, err := w.b.account.client(ctx)
	if err != nil {
		return nil, err
	}
	listed, err := api.Webhooks(ctx)
	if err != nil {
		return nil, checks.Explain(err)
	}
	ours := w.b.Status().Webhooks
	var foreign []status.Webhook
	for _, hook := range listed {
		if slices.ContainsFunc(ours, func(o status.Webhook) bool { return o.ID == hook.ID }) {
			continue
		}
		foreign = append(foreign, status.Webhook{ID: hook.ID, Name: relay.CleanLine(hook.Name), URL: relay.CleanLine(hook.URL), Types: hook.EventTypes})
	}
	return foreign, nil
}

// ReplaceWebhook takes over the webhook with that id, by the person's word: it gets
// our name and address, a new secret and our events. With keepEvents it keeps those
// that it has, which are chosen from then on.
func (w Webhooks) ReplaceWebhook(ctx context.Context, id int64, keepEvents bool) error {
	return w.change(func(editor WebhookEditor, wanted []webhooks.Desired) error {
		ours := w.b.Status().Webhooks
		i := slices.IndexFunc(wanted, func(d webhooks.Desired) bool {
			return !d.IfListed && !slices.ContainsFunc(ours, func(o status.Webhook) bool { return o.Role == d.Role })
		})
		if i < 0 {
			return nil
		}
		d, theirs := wanted[i], []string(nil)
		if keepEvents {
			var err error
			if theirs, err = w.eventsOf(ctx, id, d.Role); err != nil {
				return err
			}
		}
		if len(theirs) > 0 {
			d.Types = theirs
		}
		if err := editor.Replace(ctx, d, id); err != nil || len(theirs) == 0 {
			return err
		}
		return w.choose(map[relay.Role][]string{d.Role: theirs})
	})
}

// eventsOf returns the events of a webhook as far as they are of that role; none
// where it is not there, which Replace says.
func (w Webhooks) eventsOf(ctx context.Context, id int64, role relay.Role) ([]string, error) {
	api, err := w.b.account.client(ctx)
	if err != nil {
		return nil, err
	}
	listed, err := api.Webhooks(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(listed, func(hook vastapi.Webhook) bool { return hook.ID == id })
	if i < 0 {
		return nil, nil
	}
	return webhooks.TypesOf(role, listed[i]), nil
}

// choose makes types those that are chosen, in each role that it names.
func (w Webhooks) choose(types map[relay.Role][]string) error {
	return w.b.core.o.Settings.Change(func(s *config.Settings) error {
		s.EventTypes = webhooks.ReplaceTypes(chosenTypes(*s), types)
		return nil
	})
}

// RestoreOurs gives the webhooks that somebody changed at Vast.ai back what this
// program wants them to be, by the person's word.
func (w Webhooks) RestoreOurs(ctx context.Context) error {
	return w.change(func(editor WebhookEditor, wanted []webhooks.Desired) error { return editor.Restore(ctx, wanted) })
}

// TakeTheirs keeps what somebody changed of our webhooks at Vast.ai, by the person's
// word: changed types are chosen from now on, a name stays, and a webhook with
// another address is left to whom it delivers; this program makes another.
func (w Webhooks) TakeTheirs(ctx context.Context) error {
	return w.change(func(editor WebhookEditor, wanted []webhooks.Desired) error {
		types, err := editor.Accept(ctx, wanted)
		if len(types) == 0 {
			return err
		}
		return errors.Join(err, w.choose(types))
	})
}

// change has do carry out a person's choice about the webhooks, which are wanted to be
// as told, and brings everything up anew.
func (w Webhooks) change(do func(editor WebhookEditor, wanted []webhooks.Desired) error) error {
	w.b.changing.Lock()
	defer w.b.changing.Unlock()
	if err := w.b.Ended(); err != nil {
		return err
	}
	origin := w.b.Status().Address
	if origin == "" { // an address is opened only under a key, so there are hooks
		return health.New(health.AddressMissing)
	}
	defer w.b.core.requests.Restart()
	if err := do(w.b.account.editor(), w.b.core.wanted(origin)); err != nil {
		return checks.Explain(err)
	}
	return nil
}

// CleanedUp reports whether relaying rests since a clean-up.
func (w Webhooks) CleanedUp() bool { return w.b.core.resting.Load() }

// CleanUp deletes our webhooks at Vast.ai, and with secrets everything that the
// keyring holds for this program, and reports each step. Relaying rests from then on,
// until a person starts it again: else the webhooks would be made anew. What came
// before is still posted. Where a webhook could not be deleted, relaying goes on.
func (w Webhooks) CleanUp(ctx context.Context, secrets bool, report func(health.Step)) error {
	w.b.changing.Lock()
	defer w.b.changing.Unlock()
	if err := w.b.Ended(); err != nil {
		return err
	}
	st := health.NewSteps(report)
	st.Start(words.New("cleanup.webhooks"))
	api, err := w.b.account.client(ctx)
	if err != nil {
		return st.Fail(checks.Explain(err))
	}
	w.b.core.resting.Store(true)
	w.b.core.requests.Restart()
	editor := w.b.account.editor() // which waits for what the loop has begun
	if editor == nil {
		_, editor = w.b.core.o.Factories.Webhooks(api)
	}
	deleted, err := editor.RemoveAll(ctx, w.b.core.o.Settings.Settings().InstallationID)
	if err != nil {
		w.b.startAgain() // those that are left still deliver
		w.b.core.requests.Restart()
		return st.Fail(checks.Explain(err))
	}
	st.Done(words.NewPlural("cleanup.deleted", deleted))
	w.b.core.board.update(func(in *status.Input) { in.Webhooks = nil })
	if !secrets {
		return nil
	}
	st.Start(words.New("cleanup.secrets"))
	for _, kind := range credentials.Kinds() {
		if err := w.b.core.credentials.Remove(ctx, kind); err != nil {
			return st.Fail(checks.KeyringProblem(err))
		}
		if !w.b.core.credentials.Given(kind) {
			w.b.core.notes.Renew(kind, credentials.Missing, words.Sentence{})
		}
	}
	st.Done(words.New("cleanup.forgotten"))
	return nil
}

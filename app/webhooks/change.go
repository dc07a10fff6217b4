package webhooks

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"maps"
	"time"

	"vastrelay/app/secrets"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// keepDeadline is how long storing a secret may take after the program was told to
// stop: a secret that is lost must be rotated at the next start.
const keepDeadline = 3 * time.Second

// The points between which a crash must be survived.
const (
	pointIntent   = "intent written"
	pointSent     = "call sent"
	pointAnswered = "answer received"
	pointSaved    = "secret saved"
	pointReadBack = "secret read back"
	pointCleared  = "intent cleared"
)

// create makes the role's webhook and keeps its secret.
func (e *Executor) create(ctx context.Context, records Records, d Desired) (int64, error) {
	before := records[d.Role]
	intended := before
	intended.Intent = &Intent{Kind: IntentCreate, URL: d.URL, At: time.Now().UTC()}
	if err := e.save(records, d.Role, intended); err != nil {
		return 0, err
	}
	e.step(pointIntent)
	// Deliveries can arrive before the answer does, signed with a secret that is not
	// known yet. That of an earlier webhook is not needed any more.
	e.gate.Forget(d.Role)
	e.gate.Expect(d.Role)
	created, err := e.api.Create(ctx, vastapi.NewWebhook{URL: d.URL, EventTypes: d.Types, Name: d.Name})
	e.step(pointSent)
	if err != nil {
		if !vastapi.Unclear(err) && before.Intent == nil {
			e.gate.Forget(d.Role)
			err = errors.Join(err, e.save(records, d.Role, before))
		}
		return 0, fmt.Errorf("make the %s webhook: %w", d.Role, err)
	}
	e.step(pointAnswered)
	e.log.Info("webhook created", "role", string(d.Role), "webhook_id", created.Webhook.ID)
	if err := e.keepSecret(ctx, records, d, created.Webhook.ID, relay.NewSecret(created.Secret.Reveal())); err != nil {
		return 0, err
	}
	if before.ID != 0 && before.ID != created.Webhook.ID {
		e.deleteSecret(ctx, before.ID)
	}
	return created.Webhook.ID, nil
}

// rotate replaces the secret of the webhook, which becomes the role's, and
// keeps the new one.
func (e *Executor) rotate(ctx context.Context, records Records, d Desired, id int64) error {
	before := records[d.Role]
	intended := before.of(id)
	intended.Intent = &Intent{Kind: IntentRotate, ID: id, At: time.Now().UTC()}
	if err := e.save(records, d.Role, intended); err != nil {
		return err
	}
	e.step(pointIntent)
	e.gate.RotateStarted(d.Role)
	secret, err := e.api.RotateSecret(ctx, id)
	e.step(pointSent)
	if err != nil {
		// The secret is still the one before only if Vast.ai refused the call and no
		// earlier call had left that open.
		if !vastapi.Unclear(err) && before.ID == id && before.Intent == nil {
			e.gate.RotateEnded(d.Role)
			err = errors.Join(err, e.save(records, d.Role, before))
		}
		return fmt.Errorf("rotate the secret of the %s webhook: %w", d.Role, err)
	}
	e.step(pointAnswered)
	e.log.Info("webhook secret rotated", "role", string(d.Role), "webhook_id", id)
	if err := e.keepSecret(ctx, records, d, id, relay.NewSecret(secret.Reveal())); err != nil {
		return err
	}
	if before.ID != 0 && before.ID != id {
		e.deleteSecret(ctx, before.ID)
	}
	return nil
}

// keepSecret hands a new secret to the gate, stores it, reads it back and only then
// clears the intent, which the caller has set. The gate comes first, since Vast.ai
// signs deliveries with the secret from now on. If it cannot be stored, it is held
// for this run, and the intent stays.
func (e *Executor) keepSecret(ctx context.Context, records Records, d Desired, id int64, secret relay.Secret) error {
	e.gate.SecretLoaded(d.Role, secret)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepDeadline)
	defer cancel()
	r := records[d.Role]
	e.unsaved[id] = unsaved{secret: secret, since: r.Intent.At}
	if r.ID != id {
		// By the id, the secret is found again when storing it is tried again.
		r = r.of(id)
		if err := e.save(records, d.Role, r); err != nil {
			return err
		}
	}
	if err := e.store(ctx, id, secret); err != nil {
		return fmt.Errorf("keep the secret of the %s webhook: %w", d.Role, err)
	}
	e.step(pointReadBack)
	r.Intent = nil
	if err := e.save(records, d.Role, r); err != nil {
		return err
	}
	delete(e.unsaved, id)
	e.step(pointCleared)
	return nil
}

// errNotKept means that what was stored did not come back.
var errNotKept = errors.New("what was stored did not come back")

// store writes a secret and reads it back.
func (e *Executor) store(ctx context.Context, id int64, secret relay.Secret) error {
	name := secrets.WebhookSecret(id)
	if err := e.vault.Set(ctx, name, secret); err != nil {
		return err
	}
	e.step(pointSaved)
	kept, err := e.vault.Get(ctx, name)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(kept.Reveal()), []byte(secret.Reveal())) != 1 {
		return errNotKept
	}
	return nil
}

// update changes what differs. The record says beforehand what the webhook will be,
// so that a change whose answer is lost is not taken for somebody else's.
func (e *Executor) update(ctx context.Context, records Records, d Desired, id int64, change vastapi.Change) error {
	if change.Empty() {
		return nil
	}
	if r := records[d.Role]; r.ID == id {
		r.Sent = &Shape{URL: d.URL, Types: d.Types, Name: d.Name}
		if err := e.save(records, d.Role, r); err != nil {
			return err
		}
	}
	if _, err := e.api.Update(ctx, id, change); err != nil {
		return fmt.Errorf("update the %s webhook: %w", d.Role, err)
	}
	e.log.Info("webhook updated", "role", string(d.Role), "webhook_id", id,
		"url", change.URL != nil, "types", change.EventTypes != nil, "name", change.Name != nil)
	return nil
}

// deleteWebhook deletes a webhook of ours that is not needed.
func (e *Executor) deleteWebhook(ctx context.Context, id int64) error {
	if err := e.api.Delete(ctx, id); err != nil {
		return fmt.Errorf("delete a webhook of ours that is not needed: %w", err)
	}
	e.log.Info("webhook deleted", "webhook_id", id)
	e.deleteSecret(ctx, id)
	return nil
}

// forgetRole deletes the record of a role that is no longer wanted; its webhook is
// gone by now. Which webhooks were left to somebody else stays on record: they may
// still carry our name.
func (e *Executor) forgetRole(ctx context.Context, records Records, role relay.Role, id int64) error {
	e.gate.Forget(role)
	if id != 0 {
		e.deleteSecret(ctx, id)
	}
	if released := records[role].Released; len(released) > 0 {
		return e.save(records, role, Record{Released: released, unknown: records[role].unknown})
	}
	next := maps.Clone(records)
	delete(next, role)
	if err := e.file.Save(next); err != nil {
		return fmt.Errorf("write the webhook records: %w", err)
	}
	delete(records, role)
	return nil
}

// deleteSecret deletes the secret of a webhook that is not ours any more. A failure
// is only logged: nothing reads such a secret.
func (e *Executor) deleteSecret(ctx context.Context, id int64) {
	delete(e.unsaved, id)
	if err := e.vault.Delete(ctx, secrets.WebhookSecret(id)); err != nil {
		e.log.Warn("forgetting the secret of a former webhook", "webhook_id", id, "err", err)
	}
}

// maxRotates is how often Rotate sends the call while its outcome stays open.
const maxRotates = 3

// errNoWebhook means that there is nothing to rotate yet.
var errNoWebhook = errors.New("there is no webhook yet")

// Rotate replaces the secret of the role's webhook. The call is sent again when its
// answer is lost; after maxRotates, the intent makes the next Ensure rotate.
func (e *Executor) Rotate(ctx context.Context, d Desired) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for try := 1; ; try++ {
		records, err := e.load()
		if err != nil {
			return err
		}
		id := records[d.Role].ID
		if id == 0 {
			return fmt.Errorf("rotate the secret of the %s webhook: %w", d.Role, errNoWebhook)
		}
		err = e.rotate(ctx, records, d, id)
		if err == nil || !vastapi.Unclear(err) || try == maxRotates || ctx.Err() != nil {
			return err
		}
	}
}

// Replace makes the webhook with that id ours, since a person chose it: it gets our
// address, types and name, and a new secret. After a crash in between, the next
// Ensure does the rest: it finds the webhook by its id.
func (e *Executor) Replace(ctx context.Context, d Desired, id int64) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	records, err := e.load()
	if err != nil {
		return err
	}
	// It is recorded only after the change: the next Ensure must not take a webhook
	// for ours that is still another program's. From the change on, it is found by
	// its address, which is ours.
	e.gate.RotateStarted(d.Role)
	change := vastapi.Change{URL: &d.URL, EventTypes: d.Types, Name: &d.Name}
	if _, err := e.api.Update(ctx, id, change); err != nil {
		switch {
		case vastapi.Unclear(err):
		case records[d.Role].ID == 0:
			e.gate.Forget(d.Role)
		default:
			e.gate.RotateEnded(d.Role)
		}
		return fmt.Errorf("take over webhook %d: %w", id, err)
	}
	e.log.Info("webhook taken over", "role", string(d.Role), "webhook_id", id)
	e.step(pointSent)
	if err := e.rotate(ctx, records, d, id); err != nil {
		return err
	}
	return e.recordWebhook(records, d, id, Edit{})
}

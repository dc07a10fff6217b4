package vastapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"
)

// Webhook is a webhook as Vast.ai lists it, without its secret.
// Source: https://docs.vast.ai/api-reference/notifications/list-notification-webhooks .
type Webhook struct {
	ID         int64
	UserID     int64  // the account it belongs to
	Name       string // empty when it has none
	URL        string
	EventTypes []string // full keys, or bare slugs; see CompareTypes
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// NewWebhook is what Create needs.
type NewWebhook struct {
	URL        string   // see ValidateURL
	EventTypes []string // full keys; see ValidateEventTypes
	Name       string   // see ValidateName; empty: none
}

// Created is the answer to Create. The secret is shown this once.
type Created struct {
	Webhook Webhook
	Secret  WebhookSecret
	Enabled []string // keys whose webhook channel was switched on by the call; for information
}

// Change is what Update changes; nil fields stay as they are.
type Change struct {
	URL *string
	// EventTypes replaces the whole subscription; nil leaves it. Sending it,
	// even unchanged, switches the types' webhook channels on again.
	EventTypes []string
	Name       *string // an empty name removes it
}

// Empty reports whether c changes nothing.
func (c Change) Empty() bool { return c.URL == nil && c.EventTypes == nil && c.Name == nil }

// TestAnswer is what Vast.ai says of a test that it delivered.
type TestAnswer struct {
	EventID string // the event's id; empty when Vast.ai does not tell
}

const (
	routeWebhooks = "/webhooks/"
	routeWebhook  = "/webhooks/{id}/"
)

// Webhooks lists the account's webhooks, in no particular order.
// Source: https://docs.vast.ai/api-reference/notifications/list-notification-webhooks .
func (c *Client) Webhooks(ctx context.Context) ([]Webhook, error) {
	op := operation{name: "list webhooks", method: http.MethodGet, route: routeWebhooks, repeats: true}
	return fetch(ctx, c, op, 0, nil, decodeWebhooks)
}

// Create makes a webhook. It is tried again after a 429 only: when the error is
// Unclear, list and look for the URL.
// Source: https://docs.vast.ai/api-reference/notifications/create-notification-webhook .
func (c *Client) Create(ctx context.Context, w NewWebhook) (Created, error) {
	op := operation{name: "create webhook", method: http.MethodPost, route: routeWebhooks}
	if err := cmp.Or(ValidateURL(w.URL), ValidateEventTypes(w.EventTypes), ValidateName(w.Name)); err != nil {
		return Created{}, within(op, err)
	}
	request := struct {
		URL        string   `json:"webhook_url"`
		EventTypes []string `json:"event_types"`
		Name       string   `json:"name,omitempty"`
	}{w.URL, w.EventTypes, w.Name}
	return fetch(ctx, c, op, 0, request, decodeCreated)
}

// Update changes the webhook and returns it as it is now. An empty change is
// refused. The secret stays the same.
// Source: https://docs.vast.ai/api-reference/notifications/update-notification-webhook .
func (c *Client) Update(ctx context.Context, id int64, change Change) (Webhook, error) {
	op := operation{name: "update webhook", method: http.MethodPut, route: routeWebhook, repeats: true}
	if err := change.validate(id); err != nil {
		return Webhook{}, within(op, err)
	}
	answer, err := fetch(ctx, c, op, id, change.request(), decodeWebhook)
	return answer.Webhook.webhook(), err
}

// validate checks the parts of c that are sent.
func (c Change) validate(id int64) error {
	if c.Empty() {
		return invalid("", "nothing to change")
	}
	errs := []error{validateID(id)}
	if c.URL != nil {
		errs = append(errs, ValidateURL(*c.URL))
	}
	if c.EventTypes != nil {
		errs = append(errs, ValidateEventTypes(c.EventTypes))
	}
	if c.Name != nil {
		errs = append(errs, ValidateName(*c.Name))
	}
	return cmp.Or(errs...)
}

// request holds only what c changes.
func (c Change) request() map[string]any {
	fields := make(map[string]any, 3)
	if c.URL != nil {
		fields["webhook_url"] = *c.URL
	}
	if c.EventTypes != nil {
		fields["event_types"] = c.EventTypes
	}
	if c.Name != nil {
		fields["name"] = *c.Name
		if *c.Name == "" {
			// Whether an empty string is accepted is not documented; null is.
			fields["name"] = nil
		}
	}
	return fields
}

// Delete removes the webhook. One that is gone already is a success.
// Source: https://docs.vast.ai/api-reference/notifications/delete-notification-webhook .
func (c *Client) Delete(ctx context.Context, id int64) error {
	op := operation{name: "delete webhook", method: http.MethodDelete, route: routeWebhook, repeats: true}
	if err := validateID(id); err != nil {
		return within(op, err)
	}
	// A page in place of the API's answer must not pass for a deletion.
	_, err := fetch(ctx, c, op, id, nil, decodeAs[struct{}])
	if ClassOf(err) == WebhookGone {
		return nil
	}
	return err
}

// RotateSecret replaces the webhook's secret; the old one stops being valid at
// once. It is tried again after a 429 only: when the error is Unclear, the stored
// secret may not be valid any more; rotate again then.
// Source: https://docs.vast.ai/api-reference/notifications/rotate-notification-webhook-secret .
func (c *Client) RotateSecret(ctx context.Context, id int64) (WebhookSecret, error) {
	op := operation{name: "rotate webhook secret", method: http.MethodPost, route: routeWebhook + "rotate-secret/"}
	if err := validateID(id); err != nil {
		return WebhookSecret{}, within(op, err)
	}
	renewed, err := fetch(ctx, c, op, id, nil, decodeCreated)
	return renewed.Secret, err
}

// Test asks Vast.ai for one test delivery and waits for its outcome, at most 30
// seconds per try: the receiver must go on answering meanwhile. A refusal by
// the receiver, also for a wrong secret, is of class NotDeliverable.
// Source: https://docs.vast.ai/api-reference/notifications/test-notification-webhook .
func (c *Client) Test(ctx context.Context, id int64) (TestAnswer, error) {
	op := operation{name: "test webhook", method: http.MethodPost, route: routeWebhook + "test/", delivers: true}
	if err := validateID(id); err != nil {
		return TestAnswer{}, within(op, err)
	}
	answer, err := fetch(ctx, c, op, id, nil, decodeAs[struct {
		EventID looseText `json:"event_id"`
	}])
	return TestAnswer{EventID: string(answer.EventID)}, err
}

// validateID refuses ids that no webhook has.
func validateID(id int64) error {
	if id <= 0 {
		return invalid("", "there is no webhook with an id below 1")
	}
	return nil
}

// within names the operation in a refusal made before sending.
func within(op operation, err error) error {
	return invalid(op.name, err.Error())
}

// misread is the failure of a call that was carried out, and whose answer cannot be
// used.
func misread(op operation, err error) error {
	e := &Error{Class: Unexpected, Status: http.StatusOK, Op: op.name, Message: err.Error(), Unclear: true}
	if errors.Is(err, errNotObject) { // which every answer of the API is
		e.Class = Intercepted
	}
	return e
}

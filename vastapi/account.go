package vastapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// Account is who a key belongs to.
type Account struct {
	ID       int64
	Username string
	Email    string
}

// WhoAmI returns the account of the key; success means that the key is good.
// Source: https://docs.vast.ai/api-reference/accounts/show-user .
func (c *Client) WhoAmI(ctx context.Context) (Account, error) {
	op := operation{name: "ask whose key it is", method: http.MethodGet, route: "/users/current/", repeats: true}
	return fetch(ctx, c, op, 0, nil, decodeAccount)
}

// decodeAccount keeps three fields of an answer that may also hold an API key and
// a billing address.
func decodeAccount(body []byte) (Account, error) {
	var answer struct {
		ID       looseInt  `json:"id"`
		Username looseText `json:"username"`
		Email    looseText `json:"email"`
	}
	if err := decodeObject(body, &answer); err != nil {
		return Account{}, err
	}
	if answer.ID <= 0 {
		return Account{}, errNoField
	}
	return Account{ID: int64(answer.ID), Username: string(answer.Username), Email: string(answer.Email)}, nil
}

// Preferences says which channels carry which type: role ("client" or "host"),
// then slug, then channel ("email", "webhooks", …), then on or off.
// Source: https://docs.vast.ai/api-reference/notifications/get-notification-preferences .
type Preferences map[string]map[string]map[string]bool

// Webhooks reports whether the webhook channel of a type is on, by its full key
// or bare slug; known is false when the preferences do not say. A bare slug
// that both roles have is on when it is on in both.
func (p Preferences) Webhooks(key string) (on, known bool) {
	for _, full := range ExpandType(key) {
		role, slug, _ := strings.Cut(full, ":")
		if state, ok := p[role][slug]["webhooks"]; ok {
			on = state && (on || !known)
			known = true
		}
	}
	return on, known
}

// Preferences returns the account's notification preferences. userID must be
// the key's own account. There is no way to change them in this package: the
// vendor's PUT replaces everything, e-mail choices included.
func (c *Client) Preferences(ctx context.Context, userID int64) (Preferences, error) {
	op := operation{name: "read notification preferences", method: http.MethodGet, route: "/users/{id}/notification-prefs/", repeats: true}
	if userID <= 0 {
		return nil, invalid(op.name, "the account id is not known")
	}
	return fetch(ctx, c, op, userID, nil, decodePreferences)
}

// decodePreferences leaves out entries that have another form than documented.
func decodePreferences(body []byte) (Preferences, error) {
	var answer struct {
		Preferences map[string]json.RawMessage `json:"notification_preferences"`
	}
	if err := decodeObject(body, &answer); err != nil {
		return nil, err
	}
	if answer.Preferences == nil {
		return nil, errNoField
	}
	p := make(Preferences, len(answer.Preferences))
	for role, raw := range answer.Preferences {
		var slugs map[string]json.RawMessage
		if json.Unmarshal(raw, &slugs) != nil {
			continue
		}
		p[role] = make(map[string]map[string]bool, len(slugs))
		for slug, raw := range slugs {
			p[role][slug] = decodeChannels(raw)
		}
	}
	return p, nil
}

// decodeChannels decodes a map of channels, leaving out those that are neither
// on nor off.
func decodeChannels(raw json.RawMessage) map[string]bool {
	var channels map[string]json.RawMessage
	if json.Unmarshal(raw, &channels) != nil {
		return nil
	}
	states := make(map[string]bool, len(channels))
	for name, value := range channels {
		switch string(value) {
		case "true":
			states[name] = true
		case "false":
			states[name] = false
		}
	}
	return states
}

// InboxItem is one row of the account's inbox in the console.
type InboxItem struct {
	EventID   string
	Type      string // a slug without its role
	Context   string // "client" or "host"; empty when absent
	Subject   string
	Message   string
	CreatedAt time.Time
	Raw       string // the whole row as JSON
}

// maxInbox is how much of an inbox is read: fifty rows of 20 KiB each.
const maxInbox = 1 << 20

// Inbox returns the newest rows of the console's inbox, at most about fifty.
// The vendor no longer documents the call, although it is answered, so nothing may
// depend on it: it is a hint at what may have been missed.
func (c *Client) Inbox(ctx context.Context) ([]InboxItem, error) {
	op := operation{name: "read inbox", method: http.MethodGet, route: "/notifications/inbox/", repeats: true, longest: maxInbox}
	return fetch(ctx, c, op, 0, nil, decodeInbox)
}

// decodeInbox leaves out rows that are no objects.
func decodeInbox(body []byte) ([]InboxItem, error) {
	var answer struct {
		Notifications []json.RawMessage `json:"notifications"`
	}
	if err := decodeObject(body, &answer); err != nil {
		return nil, err
	}
	if answer.Notifications == nil {
		return nil, errNoField
	}
	items := make([]InboxItem, 0, len(answer.Notifications))
	for _, raw := range answer.Notifications {
		var row struct {
			EventID   looseText `json:"event_id"`
			Type      looseText `json:"notif_type"`
			Context   looseText `json:"user_context"`
			Subject   looseText `json:"subject"`
			Message   looseText `json:"message"`
			CreatedAt looseTime `json:"created_at"`
		}
		if decodeObject(raw, &row) != nil {
			continue
		}
		items = append(items, InboxItem{
			EventID: string(row.EventID), Type: string(row.Type), Context: string(row.Context),
			Subject: string(row.Subject), Message: string(row.Message), CreatedAt: row.CreatedAt.Time,
			Raw: string(raw),
		})
	}
	return items, nil
}

package vastapi

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// The loose types read what the vendor documents and take everything else for
// empty, so that a whole answer is not lost for one unexpected field. None of them
// returns an error.

// looseText is a string; null and anything else is empty.
type looseText string

// UnmarshalJSON implements json.Unmarshaler.
func (t *looseText) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) != nil {
		s = ""
	}
	*t = looseText(s)
	return nil
}

// looseTexts is a list of strings; entries that are none are left out.
type looseTexts []string

// UnmarshalJSON implements json.Unmarshaler.
func (t *looseTexts) UnmarshalJSON(b []byte) error {
	var entries []looseText
	if json.Unmarshal(b, &entries) != nil {
		entries = nil
	}
	*t = nil
	for _, e := range entries {
		if e != "" {
			*t = append(*t, string(e))
		}
	}
	return nil
}

// looseInt is an integer, also when written as 8101.0 or "8101"; anything else
// is 0.
type looseInt int64

// UnmarshalJSON implements json.Unmarshaler.
func (n *looseInt) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	*n = 0
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		*n = looseInt(i)
		return nil
	}
	// Beyond 2^53 a float no longer names one integer.
	if f, err := strconv.ParseFloat(text, 64); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		*n = looseInt(f)
	}
	return nil
}

// looseBool is true for true only.
type looseBool bool

// UnmarshalJSON implements json.Unmarshaler.
func (t *looseBool) UnmarshalJSON(b []byte) error {
	*t = string(b) == "true"
	return nil
}

// looseTime is Unix seconds, whole or fractional; anything that is no time
// between the years 1970 and 9999 is the zero time.
type looseTime struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler.
func (t *looseTime) UnmarshalJSON(b []byte) error {
	t.Time = time.Time{}
	seconds, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	const year9999 = 253402300799
	if err != nil || math.IsNaN(seconds) || seconds <= 0 || seconds > year9999 {
		return nil
	}
	whole, fraction := math.Modf(seconds)
	// A float64 of today's seconds is exact to a quarter of a microsecond.
	t.Time = time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000).UTC()
	return nil
}

// wireWebhook is a webhook as answers show it; the secret comes with create and
// rotate only.
// Source: https://docs.vast.ai/api-reference/notifications/list-notification-webhooks .
type wireWebhook struct {
	ID         looseInt   `json:"id"`
	UserID     looseInt   `json:"user_id"`
	Name       looseText  `json:"name"`
	URL        looseText  `json:"webhook_url"`
	EventTypes looseTexts `json:"event_types"`
	CreatedAt  looseTime  `json:"created_at"`
	UpdatedAt  looseTime  `json:"updated_at"`
	Secret     looseText  `json:"webhook_secret"`
}

// webhook returns the public form, without the secret.
func (w wireWebhook) webhook() Webhook {
	return Webhook{
		ID: int64(w.ID), UserID: int64(w.UserID), Name: string(w.Name), URL: string(w.URL),
		EventTypes: w.EventTypes, CreatedAt: w.CreatedAt.Time, UpdatedAt: w.UpdatedAt.Time,
	}
}

// Errors of decoding never quote the answer, which may hold a secret.
var (
	errNotObject = errors.New("the answer is not a JSON object")
	errNoField   = errors.New("the answer lacks what was asked for")
	errNoID      = errors.New("the answer holds a webhook without an id")
	errNoSecret  = errors.New("the answer holds no usable webhook secret")
)

// decodeObject decodes a JSON object into v, and rejects every other value.
func decodeObject(body []byte, v any) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(body, &object); err != nil || object == nil {
		return errNotObject
	}
	if err := json.Unmarshal(body, v); err != nil {
		return errNoField
	}
	return nil
}

// decodeAs decodes a JSON object into a T.
func decodeAs[T any](body []byte) (v T, err error) {
	err = decodeObject(body, &v)
	return v, err
}

// webhookAnswer shows one webhook, and the types whose channel was switched on.
type webhookAnswer struct {
	Webhook wireWebhook `json:"webhook"`
	Enabled looseTexts  `json:"enabled_notification_preferences"`
}

// decodeWebhook decodes an answer that shows one webhook.
func decodeWebhook(body []byte) (webhookAnswer, error) {
	answer, err := decodeAs[webhookAnswer](body)
	if err == nil && answer.Webhook.ID <= 0 {
		err = errNoID
	}
	return answer, err
}

// maxSecretLength bounds a webhook secret, whose form is not documented.
const maxSecretLength = 4096

// decodeCreated decodes an answer that shows one webhook with its secret.
func decodeCreated(body []byte) (Created, error) {
	answer, err := decodeWebhook(body)
	if err != nil {
		return Created{}, err
	}
	secret := string(answer.Webhook.Secret)
	if secret == "" || len(secret) > maxSecretLength {
		return Created{}, errNoSecret
	}
	return Created{Webhook: answer.Webhook.webhook(), Secret: NewWebhookSecret(secret), Enabled: answer.Enabled}, nil
}

// decodeWebhooks decodes the list. An answer without the list, or with an entry
// that has no id, is refused: it must never pass for "there are none".
func decodeWebhooks(body []byte) ([]Webhook, error) {
	var answer struct {
		Webhooks *json.RawMessage `json:"webhooks"`
	}
	if err := decodeObject(body, &answer); err != nil {
		return nil, err
	}
	if answer.Webhooks == nil {
		return nil, errNoField
	}
	var entries []wireWebhook
	if err := json.Unmarshal(*answer.Webhooks, &entries); err != nil {
		return nil, errNoField
	}
	list := make([]Webhook, 0, len(entries))
	for _, w := range entries {
		if w.ID <= 0 {
			return nil, errNoID
		}
		list = append(list, w.webhook())
	}
	return list, nil
}

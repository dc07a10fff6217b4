package timeline

import (
	"encoding/json"
	"time"

	"vastrelay/relay"
)

// Record is everything that is known of an event, for programs. Its members keep
// their names and meaning.
type Record struct {
	ID         string          `json:"event_id"`
	Role       relay.Role      `json:"context"`
	Type       string          `json:"type,omitempty"`
	Subject    string          `json:"subject,omitempty"`
	Message    string          `json:"message,omitempty"`
	ReceivedAt time.Time       `json:"received_at"`
	Verdict    relay.Verdict   `json:"verdict"`
	Fate       relay.Fate      `json:"fate"`
	CaughtUp   bool            `json:"caught_up,omitempty"` // fetched from Vast.ai's inbox
	Attempts   []Attempt       `json:"attempts"`
	Payload    json.RawMessage `json:"payload,omitempty"`      // as Vast.ai sent it, if that is JSON
	Raw        string          `json:"payload_text,omitempty"` // else as text
	Headers    []relay.Header  `json:"headers,omitempty"`      // of the delivery
}

// Attempt is one attempt to post an event.
type Attempt struct {
	Number    int           `json:"number"`
	StartedAt time.Time     `json:"started_at"`
	Outcome   relay.Outcome `json:"outcome"`
	Status    int           `json:"status,omitempty"` // of HTTP
	Reason    string        `json:"reason,omitempty"`
	Detail    string        `json:"detail,omitempty"`
	Message   string        `json:"message,omitempty"` // its name in Google Chat
	TookMS    int64         `json:"took_ms"`
}

// RecordOf returns the record of d.
func RecordOf(d relay.Detail) Record {
	r := Record{
		ID: d.Event.ID, Role: d.Event.Role, Type: d.Event.Type, Subject: d.Event.Subject, Message: d.Event.Message,
		ReceivedAt: d.Event.ReceivedAt, Verdict: d.Verdict, Fate: d.Fate, CaughtUp: d.Event.CaughtUp, Headers: d.Event.Headers, Attempts: []Attempt{},
	}
	for _, p := range d.Posts {
		for _, a := range p.Attempts {
			r.Attempts = append(r.Attempts, Attempt{
				Number: a.Number, StartedAt: a.StartedAt, Outcome: a.Result.Outcome, Status: a.Result.Status,
				Reason: a.Result.Reason, Detail: a.Result.Detail, Message: a.Result.Name, TookMS: a.Result.Took.Milliseconds(),
			})
		}
	}
	if json.Valid(d.Event.Payload) {
		r.Payload = d.Event.Payload
	} else {
		r.Raw = string(d.Event.Payload)
	}
	return r
}

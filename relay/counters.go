package relay

import "time"

// Counters is a snapshot of what this run has done. Counts start at zero with
// each run.
type Counters struct {
	Accepted   uint64 `json:"accepted"`   // new events on disk
	Duplicates uint64 `json:"duplicates"` // deliveries of events that were on disk already
	Recorded   uint64 `json:"recorded"`   // own tests, recorded only
	Late       uint64 `json:"late"`
	Unreadable uint64 `json:"unreadable"`

	// Refused counts refused requests by the error code of the answer, such
	// as "invalid_signature".
	Refused map[string]uint64 `json:"refused"`
	// Posts counts attempts by outcome.
	Posts map[Outcome]uint64 `json:"posts"`

	Retries uint64 `json:"retries"`
	Dead    uint64 `json:"dead"`

	LastAccepted time.Time `json:"last_accepted,omitzero"`
	LastPosted   time.Time `json:"last_posted,omitzero"`
}

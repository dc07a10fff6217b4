package webhooks

import (
	"encoding/json"
	"errors"
	"slices"

	"vastrelay/app/config"
	"vastrelay/relay"
)

// Record is what is kept on disk of a context's webhook; never its secret.
type Record struct {
	ID     int64    `json:"id,omitempty"`
	URL    string   `json:"url,omitempty"`
	Types  []string `json:"types,omitempty"`
	Intent *Intent  `json:"intent,omitempty"`

	unknown config.Unknown  // members that a newer version of the program wrote
	raw     json.RawMessage // of a context that only a newer version knows: all of it
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Record) UnmarshalJSON(data []byte) error {
	type plain Record
	var p plain
	unknown, err := config.UnmarshalKeeping(data, &p)
	if err != nil {
		return err
	}
	*r = Record(p)
	r.unknown = unknown
	return nil
}

// MarshalJSON implements json.Marshaler.
func (r Record) MarshalJSON() ([]byte, error) {
	if r.raw != nil {
		return r.raw, nil
	}
	type plain Record
	return config.MarshalKeeping(plain(r), r.unknown)
}

// Records are the records of all contexts. A context that only a newer version
// of the program knows is kept as it is and never acted on.
type Records map[relay.Context]Record

// UnmarshalJSON implements json.Unmarshaler.
func (r *Records) UnmarshalJSON(data []byte) error {
	var members map[relay.Context]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	records := make(Records, len(members))
	for c, member := range members {
		record := Record{raw: member}
		if known(c) {
			record = Record{}
			if err := json.Unmarshal(member, &record); err != nil {
				return err
			}
		}
		records[c] = record
	}
	*r = records
	return nil
}

// Check returns an error for an object that holds something, but nothing that a
// file of records holds.
func (r Records) Check() error {
	for c := range r {
		if known(c) {
			return nil
		}
	}
	if len(r) > 0 {
		return errors.New("it holds no record of a webhook")
	}
	return nil
}

// known reports whether c is a context that this version of the program knows.
func known(c relay.Context) bool { return slices.Contains(relay.Contexts(), c) }

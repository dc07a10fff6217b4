package webhooks

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"vastrelay/app/datadir"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// Record is what is kept on disk of a role's webhook; never its secret.
type Record struct {
	ID     int64    `json:"id,omitempty"`
	URL    string   `json:"url,omitempty"`
	Types  []string `json:"types,omitempty"`
	Name   string   `json:"name,omitempty"`
	Intent *Intent  `json:"intent,omitempty"`

	// Sent is what a change is to make of the webhook, from before it is sent until
	// it is known to have arrived.
	Sent *Shape `json:"sent,omitempty"`
	// Released are webhooks of ours that a person left to somebody else.
	Released []int64 `json:"released,omitempty"`

	unknown datadir.Unknown // members that a newer version of the program wrote
	raw     json.RawMessage // of a role that only a newer version knows: all of it
}

// stored is what a plan is made from.
func (r Record) stored(hasSecret bool) Stored {
	return Stored{
		ID: r.ID, Left: Shape{URL: r.URL, Types: r.Types, Name: r.Name}, Sent: r.Sent,
		HasSecret: hasSecret, Intent: r.Intent, Released: r.Released,
	}
}

// noteArrived puts into the records what is listed of changes whose answers were lost:
// the next change takes the place of the one before in Sent, and what that left would
// be taken for somebody else's. It is on disk with the next save.
func noteArrived(records Records, listed []vastapi.Webhook) {
	for _, w := range listed {
		for role, r := range records {
			if r.Sent == nil || r.ID != w.ID {
				continue
			}
			if SameURL(w.URL, r.Sent.URL) {
				r.URL = r.Sent.URL
			}
			if sameTypes(w.EventTypes, r.Sent.Types) {
				r.Types = r.Sent.Types
			}
			if w.Name == r.Sent.Name {
				r.Name = r.Sent.Name
			}
			records[role] = r
		}
	}
}

// of returns r as the record of the webhook with that id. How that was left is not
// known where r is of another one.
func (r Record) of(id int64) Record {
	if r.ID != id {
		r.ID, r.URL, r.Types, r.Name, r.Sent = id, "", nil, "", nil
	}
	r.Released = slices.DeleteFunc(slices.Clone(r.Released), func(released int64) bool { return released == id })
	return r
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Record) UnmarshalJSON(data []byte) error {
	type plain Record
	var p plain
	unknown, err := datadir.UnmarshalKeeping(data, &p)
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
	return datadir.MarshalKeeping(plain(r), r.unknown)
}

// Records are the records of all roles. A role that only a newer version
// of the program knows is kept as it is and never acted on.
type Records map[relay.Role]Record

// UnmarshalJSON implements json.Unmarshaler.
func (r *Records) UnmarshalJSON(data []byte) error {
	var members map[relay.Role]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	records := make(Records, len(members))
	for role, member := range members {
		record := Record{raw: member}
		if known(role) {
			record = Record{}
			if err := json.Unmarshal(member, &record); err != nil {
				return err
			}
		}
		records[role] = record
	}
	*r = records
	return nil
}

// Check returns an error for an object that holds something, but nothing that a
// file of records holds.
func (r Records) Check() error {
	for role := range r {
		if known(role) {
			return nil
		}
	}
	if len(r) > 0 {
		return errors.New("it holds no record of a webhook")
	}
	return nil
}

// File keeps Records on disk. Load returns none when there never were any. Save
// replaces them whole and returns after they are synced. *datadir.File[Records]
// is one.
type File interface {
	Load() (Records, error)
	Save(r Records) error
}

// load reads the records. Restored ones may be older than the last rotate: each
// of them gets an open intent, so that its secret is renewed. Damaged ones are as
// good as none: what is ours is then found by its address or name.
func (e *Executor) load() (Records, error) {
	records, err := e.file.Load()
	damaged, isDamaged := errors.AsType[*datadir.DamagedError](err)
	switch {
	case isDamaged:
		e.log.Warn("the webhook records are damaged", "restored", damaged.Restored, "err", err)
		e.onDamaged(damaged)
	case err != nil:
		return nil, fmt.Errorf("read the webhook records: %w", err)
	}
	if records == nil {
		records = make(Records)
	}
	if !isDamaged {
		return records, nil
	}
	for role, r := range records {
		if !known(role) {
			continue
		}
		r.URL, r.Sent = "", nil // we may have changed it since
		if r.Intent == nil && r.ID != 0 {
			r.Intent = &Intent{Kind: IntentRotate, ID: r.ID, At: time.Now().UTC()}
		}
		records[role] = r
	}
	if err := e.file.Save(records); err != nil {
		// The file is still gone, and is restored once more by the next load.
		e.log.Warn("writing the restored webhook records", "err", err)
	}
	return records, nil
}

// known reports whether this version of the program knows role.
func known(role relay.Role) bool { return slices.Contains(relay.Roles(), role) }

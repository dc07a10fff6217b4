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
	Promoted   uint64 `json:"promoted"` // late events that a person had posted anyway

	// Refused counts refused requests by the error code of the answer, such
	// as "invalid_signature".
	Refused map[string]uint64 `json:"refused"`
	// Posts counts attempts by outcome.
	Posts map[Outcome]uint64 `json:"posts"`

	Retries uint64 `json:"retries"` // attempts that were not the first of their post
	Dead    uint64 `json:"dead"`    // posts given up
	Resent  uint64 `json:"resent"`  // posts that a person asked for again
	Digests uint64 `json:"digests"` // delivered posts that carried several events
	Folded  uint64 `json:"folded"`  // events in them
	Parks   uint64 `json:"parks"`   // times that posting to a destination was suspended

	// Commits is how long it took to put each new event on disk, from the
	// request to the store until its synced answer.
	Commits Latency `json:"commits"`

	LastAccepted time.Time `json:"last_accepted,omitzero"`
	LastPosted   time.Time `json:"last_posted,omitzero"`
}

// Latency is a histogram of durations.
type Latency struct {
	Count   uint64        `json:"count"`
	Sum     time.Duration `json:"sum_ns"`
	Buckets []Bucket      `json:"buckets"` // by rising bound; what exceeds the last is in Count alone
}

// Bucket counts the durations up to a bound, those of lower buckets included,
// as https://prometheus.io/docs/concepts/metric_types/#histogram has it.
type Bucket struct {
	UpTo  time.Duration `json:"up_to_ns"`
	Count uint64        `json:"count"`
}

package status

import "time"

// Release is a version of the program that was published. All text in it is plain.
type Release struct {
	Version string   `json:"version"`        // "1.3.0"
	News    []string `json:"news,omitempty"` // what is new, a line for each
	Page    string   `json:"page,omitempty"` // https address of its page; empty: none that may be opened
}

// UpdateFailure says why nobody could tell whether there is a newer version.
type UpdateFailure string

// The failures.
const (
	UpdateUnreachable UpdateFailure = "unreachable" // there was no connection, or the proxy refused it
	UpdateLate        UpdateFailure = "late"        // there was no answer in time
	UpdateRefused     UpdateFailure = "refused"     // the host answered with an error, or leads elsewhere
	UpdateUnreadable  UpdateFailure = "unreadable"  // the answer is not what it should be
	UpdateNobody      UpdateFailure = "nobody"      // this build does not say whom to ask
)

// Updates is what is known of newer versions of the program.
type Updates struct {
	Host    string        // that is asked; empty: this build asks nobody
	Asked   bool          // a person was asked whether to look for newer versions
	Wanted  bool          // and wants it
	Checked time.Time     // when the host was asked last; zero: never
	Failed  UpdateFailure // why that came to nothing; empty: it did not
	Newer   *Release      // the newest version; nil where the program is that, or nobody knows
	PutAway bool          // a person has put away the note about Newer
}

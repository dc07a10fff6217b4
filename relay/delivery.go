package relay

import "time"

// Codes of refusals: what the answer to a refused request says, and the keys of
// Counters.Refused.
const (
	CodeNotFound           = "not_found"
	CodeMethodNotAllowed   = "method_not_allowed"
	CodeTooLarge           = "too_large"
	CodeOverloaded         = "overloaded" // too many bodies are arriving
	CodeIncomplete         = "incomplete_body"
	CodeMissingSignature   = "missing_signature"
	CodeMalformedSignature = "malformed_signature"
	CodeMissingTimestamp   = "missing_timestamp"
	CodeMalformedTimestamp = "malformed_timestamp"
	CodeInvalidSignature   = "invalid_signature" // no secret of ours gives it
	CodeUnsettledSignature = "signature_unsettled"
	CodeStaleTimestamp     = "stale_timestamp"
	CodeClockUnmeasured    = "clock_unmeasured" // no two witnesses say that the delivery is late
	CodeInvalidJSON        = "invalid_json"
	CodeNotReady           = "not_ready" // the webhook's secret is not loaded
	CodeStopping           = "stopping"
	CodeStoreUnavailable   = "store_unavailable"
	CodeInternal           = "internal"
)

// Delivery tells an observer what became of one request whose
// signature was checked: anything refused earlier is only counted.
type Delivery struct {
	Role    Role
	Event   Event   // zero unless the signature was valid
	Verdict Verdict // empty unless the delivery was kept or had been before
	Fresh   bool    // the event was not known
	Status  int     // of the answer
	Code    string  // of the answer's error; empty for 204
	OffTime bool    // the time at which it was signed is off: it proves nothing, whatever the answer
	Arrived time.Time
}

// Refusal is one refused request on the path of a role. Nothing of what
// was sent is kept: anybody can send it.
type Refusal struct {
	At     time.Time `json:"at"`
	Role   Role      `json:"context"`
	Status int       `json:"status"` // of the answer
	Code   string    `json:"code"`   // of the answer's error
}

package relay

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of what is taken from a delivery.
const (
	maxEventID  = 128
	maxAttempt  = 1_000_000
	lastSeconds = 253402300799 // the end of the year 9999, the last that RFC 3339 can write
)

// decodeEvent makes an Event of a verified body that arrived at the given time
// for c. ok is false when the body is not a JSON object; the event then has
// only its id, context, times and payload.
//
// The body is signed, so what it says is Vast.ai's word; but no field is
// promised to stay as documented, so a field of another type than expected is
// read as well as it can be and never refused. Of a key that occurs twice the
// last counts. JSON nested deeper than encoding/json's 10,000 levels counts as
// unreadable.
func decodeEvent(c Context, h http.Header, body []byte, at time.Time) (ev Event, ok bool) {
	ev = Event{Context: c, ReceivedAt: at, Attempt: attemptOf(h), Payload: body}

	fields, ok := objectOf(body)
	if !ok {
		// An unreadable delivery never takes the id that its header names: the
		// event itself may still arrive, and must then be new.
		ev.ID = bodyID(body)
		return ev, false
	}

	ev.ID = eventID(fields["event_id"], h.Get(headerEventID), body)
	ev.Type = strings.TrimPrefix(textOf(fields["notif_type"]), string(c)+":")
	ev.Subject = textOf(fields["subject"])
	ev.Message = textOf(fields["message"])
	ev.UserID = integerOf(fields["user_id"])
	ev.OccurredAt = timeOf(fields["timestamp"])
	return ev, true
}

// objectOf returns the members of the object that body consists of. It uses a
// map, since decoding into a struct would match keys in any letter case.
func objectOf(body []byte) (map[string]json.RawMessage, bool) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, false // fields is nil for the JSON value null.
	}
	return fields, true
}

// eventID chooses the event's id: the body's, because it is signed; else the
// header's; else one made from the body.
func eventID(field json.RawMessage, header string, body []byte) string {
	if id := boundedID(scalarOf(field), field); id != "" {
		return id
	}
	if id := boundedID(header, []byte(header)); id != "" {
		return id
	}
	return bodyID(body)
}

// boundedID returns id when it is short and plain enough to be a key, a log
// field and part of a file name. Any other non-empty id is replaced by a hash:
// of id itself, or of raw where decoding lost bytes and so the difference
// between two ids.
func boundedID(id string, raw []byte) string {
	if id == "" || plainID(id) {
		return id
	}
	if strings.ContainsRune(id, utf8.RuneError) {
		return "id-" + shortHash(raw)
	}
	return "id-" + shortHash([]byte(id))
}

func plainID(id string) bool {
	if len(id) > maxEventID {
		return false
	}
	for i := range len(id) {
		b := id[i]
		alphanumeric := 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
		if !alphanumeric && !strings.ContainsRune("-_.:", rune(b)) {
			return false
		}
	}
	return true
}

func bodyID(body []byte) string { return "body-" + shortHash(body) }

// shortHash returns the first 128 bits of b's SHA-256 as 32 hex digits.
func shortHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// scalarOf returns a JSON string's text or a number's digits, and nothing for
// any other value. raw is valid JSON, without space around it.
func scalarOf(raw json.RawMessage) string {
	if len(raw) == 0 {
		return ""
	}
	switch b := raw[0]; {
	case b == '"' && bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw):
		return string(raw[1 : len(raw)-1]) // as Unmarshal would, in a fraction of the time
	case b == '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return ""
		}
		return s
	case b == '-' || '0' <= b && b <= '9':
		return string(raw)
	default:
		return ""
	}
}

// textOf returns raw as text: a string's contents, nothing for null, and the
// JSON itself for any other value.
func textOf(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	if raw[0] == '"' {
		return scalarOf(raw)
	}
	var compact bytes.Buffer
	if json.Compact(&compact, raw) != nil {
		return ""
	}
	return strings.ToValidUTF8(compact.String(), string(utf8.RuneError))
}

// integerOf returns a whole number, written as a number or as a string; 0 when
// raw is neither.
func integerOf(raw json.RawMessage) int64 {
	text := scalarOf(raw)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0
	}
	return int64(f)
}

// timeOf returns Unix seconds, written as a number or as a string, to the
// microsecond; the zero time when raw is neither or not a plausible time.
func timeOf(raw json.RawMessage) time.Time {
	f, err := strconv.ParseFloat(scalarOf(raw), 64)
	if err != nil || !(f > 0 && f <= lastSeconds) {
		return time.Time{}
	}
	seconds, fraction := math.Modf(f)
	return time.Unix(int64(seconds), int64(math.Round(fraction*1e6))*1e3).UTC()
}

func attemptOf(h http.Header) int {
	n, err := strconv.Atoi(h.Get(headerAttempt))
	if err != nil || n < 1 || n > maxAttempt {
		return 0
	}
	return n
}

package intake

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vastrelay/relay"

	"github.com/go-json-experiment/json/jsontext"
)

// Bounds of what is taken from a delivery.
const (
	maxEventID  = 128
	maxAttempt  = 1_000_000
	lastSeconds = 253402300799 // the end of the year 9999, the last that RFC 3339 can write
)

// decodeEvent makes an Event of a verified body that arrived at the given time
// for role. ok is false when the body is not a JSON object; the event then has its
// id, role, times and payload, and says in its message why.
//
// The body is signed, so what it says is Vast.ai's word; but no field is
// promised to stay as documented, so a field of another type than expected is
// converted where that is possible, and never refused. Of a key that occurs twice the
// last counts. What encoders are known to write beside the standard is taken: a
// byte order mark, and NaN and infinities, which count as null. JSON nested
// deeper than the parser's 10,000 levels counts as unreadable.
func decodeEvent(role relay.Role, h http.Header, body []byte, at time.Time) (ev relay.Event, ok bool) {
	ev = relay.Event{Role: role, ReceivedAt: at, Attempt: attemptOf(h), Payload: body, Headers: headersOf(h)}

	text := relay.WithoutMark(body)
	fields, err := readFields(text)
	if err != nil {
		if finite, changed := relay.FiniteNumbers(text); changed {
			fields, err = readFields(finite)
		}
	}
	if err != nil {
		// An unreadable delivery never takes the id that its header names: the
		// event itself may still arrive, and must then be new.
		ev.ID = bodyID(body)
		ev.Subject, ev.Message = unreadableTitle, unreadableReason(text, err)
		return ev, false
	}

	ev.ID = signedID(scalarOf(fields.eventID), fields.eventID)
	if ev.ID == "" {
		ev.BodyID = bodyID(body)
		ev.ID = unsignedID(h.Get(headerEventID), ev.BodyID)
	}
	ev.Type = strings.TrimPrefix(textOf(fields.notifType), string(role)+":")
	ev.Subject = textOf(fields.subject)
	ev.Message = textOf(fields.message)
	ev.UserID = integerOf(fields.userID)
	ev.OccurredAt = timeOf(fields.timestamp)
	return ev, true
}

// unreadableTitle is the subject of a delivery that cannot be read.
const unreadableTitle = "Unreadable delivery"

// unreadableReason says to a person why text is not a JSON object.
func unreadableReason(text []byte, err error) string {
	syntax, _ := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return "Its body is empty."
	case errors.Is(err, errNotObject):
		return "Its body is JSON, but not an object."
	case errors.Is(err, errMore):
		return "Its body has something after the JSON object."
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "Its body is JSON that breaks off."
	case syntax != nil:
		return fmt.Sprintf("Its body is not JSON, from byte %d on.", syntax.ByteOffset)
	default:
		return "Its body is not JSON."
	}
}

// fields are the members of a delivery that an event is made of, as they are
// written there; nil for those that are missing.
type fields struct{ eventID, notifType, subject, message, userID, timestamp jsontext.Value }

// named returns where the member of that name belongs; nil for any other.
func (f *fields) named(name []byte) *jsontext.Value {
	switch string(name) {
	case "event_id":
		return &f.eventID
	case "notif_type":
		return &f.notifType
	case "subject":
		return &f.subject
	case "message":
		return &f.message
	case "user_id":
		return &f.userID
	case "timestamp":
		return &f.timestamp
	default:
		return nil
	}
}

// lenient takes what encoding/json takes.
var lenient = []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}

var (
	errNotObject = errors.New("the value is not an object")
	errMore      = errors.New("there is more after the object")
)

// readFields reads the object that body consists of; it is an error when it is
// anything else.
func readFields(body []byte) (f fields, err error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(body), lenient...)
	switch begin, err := d.ReadToken(); {
	case err != nil:
		return fields{}, err
	case begin.Kind() != jsontext.KindBeginObject:
		return fields{}, errNotObject
	}
	var name []byte
	for d.PeekKind() != jsontext.KindEndObject {
		raw, err := d.ReadValue()
		if err != nil {
			return fields{}, err
		}
		name = unquoted(name[:0], raw)
		if raw, err = d.ReadValue(); err != nil {
			return fields{}, err
		}
		if value := f.named(name); value != nil {
			end := d.InputOffset()
			*value = body[end-int64(len(raw)) : end] // d reuses the bytes of raw.
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return fields{}, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return fields{}, errMore
	}
	return f, nil
}

// headerPrefix begins every id that comes from a header. The header is not part
// of what is signed: whoever replays a signed body could otherwise give it the
// id of another event, which would then be taken for a duplicate.
const headerPrefix = "header-"

// unsignedID returns the id of an event whose body names none: one that is made
// from the header's, else the one that is made from the body.
func unsignedID(header, body string) string {
	if header == "" {
		return body
	}
	if id := headerPrefix + header; plainID(id) {
		return id
	}
	return headerPrefix + shortHash([]byte(header))
}

// EventID returns the id under which the event is kept whose body names id; empty
// when that is empty.
func EventID(id string) string { return signedID(id, []byte(id)) }

// signedID returns the id that a body names, when it is short and plain enough
// to be a key, a log field and part of a file name. Any other non-empty id, and
// one that looks like an id of unsignedID, is replaced by a hash: of id itself,
// or of raw where decoding lost bytes and so the difference between two ids.
func signedID(id string, raw []byte) string {
	unsigned := strings.HasPrefix(id, headerPrefix) || strings.HasPrefix(id, bodyPrefix)
	switch {
	case id == "" || plainID(id) && !unsigned:
		return id
	case strings.ContainsRune(id, utf8.RuneError):
		return "id-" + shortHash(raw)
	default:
		return "id-" + shortHash([]byte(id))
	}
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

// bodyPrefix begins every id that is made from a body.
const bodyPrefix = "body-"

func bodyID(body []byte) string { return bodyPrefix + shortHash(body) }

// shortHash returns the first 128 bits of b's SHA-256 as 32 hex digits.
func shortHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

// scalarOf returns a JSON string's text or a number's digits, and nothing for
// any other value. raw is valid JSON, without space around it.
func scalarOf(raw jsontext.Value) string {
	switch raw.Kind() {
	case jsontext.KindString:
		return string(unquoted(nil, raw))
	case jsontext.KindNumber:
		return string(raw)
	default:
		return ""
	}
}

// unquoted appends the text of a JSON string to b. What is no UTF-8 in it
// becomes U+FFFD.
func unquoted(b []byte, raw jsontext.Value) []byte {
	b, _ = jsontext.AppendUnquote(b, raw) // of a string, its error is about UTF-8 only
	return b
}

// textOf returns raw as text: a string's contents, nothing for null, and the
// JSON itself for any other value.
func textOf(raw jsontext.Value) string {
	switch raw.Kind() {
	case jsontext.KindInvalid, jsontext.KindNull:
		return ""
	case jsontext.KindString:
		return scalarOf(raw)
	default:
		text := raw.Clone()
		if text.Compact(lenient...) != nil {
			return ""
		}
		return strings.ToValidUTF8(string(text), string(utf8.RuneError))
	}
}

// integerOf returns a whole number, written as a number or as a string; 0 when
// raw is neither.
func integerOf(raw jsontext.Value) int64 {
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
func timeOf(raw jsontext.Value) time.Time {
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

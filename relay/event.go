package relay

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Role says on whose behalf Vast.ai sends an event. The payload does not
// carry it, so each role has a webhook and a path of its own.
type Role string

// The two roles of Vast.ai's notification catalogue,
// https://docs.vast.ai/guides/reference/notifications .
const (
	RoleClient Role = "client" // the account rents
	RoleHost   Role = "host"   // the account hosts machines
)

// Roles lists every role, in the order in which they are shown.
func Roles() []Role { return []Role{RoleClient, RoleHost} }

// Path is the request path that deliveries for r arrive at: "/vast/client" or
// "/vast/host".
func (r Role) Path() string { return "/vast/" + string(r) }

// TestType is the notif_type of the event that Vast.ai sends for a test. It is
// not part of the catalogue and cannot be subscribed to.
const TestType = "webhook_test"

// GapType is the type of the events that this program makes itself: one for each
// Gap that is over. Vast.ai has no type of that name.
const GapType = "vastrelay_gap"

// Event is one Vast.ai notification. An event can be delivered several times;
// ID is the same in each.
// Source: https://docs.vast.ai/guides/reference/notification-webhooks .
type Event struct {
	ID      string // event_id; else made from the header's id, or from the body's hash
	Role    Role   // from the path it arrived at
	Type    string // notif_type: a slug without its role, "outbid"; may be empty
	Subject string // one line; may be empty
	Message string // plain text; may be empty
	UserID  int64  // the Vast.ai account; 0 when absent
	BodyID  string // made from the body's hash, where ID is not part of the signed body; else empty

	OccurredAt time.Time // the payload's timestamp; zero when absent or not a number
	ReceivedAt time.Time // when the delivery that was accepted arrived here

	Attempt  int    // X-Vast-Delivery-Attempt of that delivery, from 1; 0 when absent
	CaughtUp bool   // no delivery brought it: it was fetched from Vast.ai's inbox after a gap
	Payload  []byte // the raw body, exactly as signed; of a fetched event, its row of the inbox

	// Headers are those of that delivery that help to understand it, by name, each
	// once; none that prove anything. Empty where no delivery brought the event, and
	// for one of an earlier version. They are kept as long as Payload.
	Headers []Header
}

// Header is one field of the head of an HTTP request.
type Header struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Own reports whether the program made the event itself. It is listed and posted as
// any other, but not counted as one that arrived.
func (e Event) Own() bool { return e.Type == GapType }

// Title is the line by which people know the event: its subject, else its type
// in words, else "Vast.ai notification".
func (e Event) Title() string {
	switch {
	case e.Subject != "":
		return e.Subject
	case e.Type != "":
		return TypeWords(e.Type)
	default:
		return "Vast.ai notification"
	}
}

// ShortTitle returns title without the words with which Vast.ai begins nearly
// every subject, for places where the room ends before the news does: "Your
// Vast.ai Instance #7 Is Offline" becomes "Instance #7 Is Offline".
func ShortTitle(title string) string {
	for _, opening := range []string{"Your Vast.ai ", "Your ", "Vast.ai: "} {
		rest, found := strings.CutPrefix(title, opening)
		if rest = strings.TrimSpace(rest); !found || rest == "" {
			continue
		}
		first, size := utf8.DecodeRuneInString(rest)
		return string(unicode.ToUpper(first)) + rest[size:]
	}
	return title
}

// numberInTitle finds the number of an instance or a machine as Vast.ai's subjects
// have it.
var numberInTitle = regexp.MustCompile(`#(\d{1,18})\b`)

// NumberInTitle returns the number of the instance or the machine that title names,
// at most 18 digits; empty when it names none.
func NumberInTitle(title string) string {
	if number := numberInTitle.FindStringSubmatch(title); number != nil {
		return number[1]
	}
	return ""
}

// Verdict says what the receiver made of a delivery that it kept.
type Verdict string

// Verdicts of kept deliveries.
const (
	Accepted   Verdict = "accepted"   // verified, new, to be posted
	Recorded   Verdict = "recorded"   // verified test that the program itself started: kept, never posted
	Late       Verdict = "late"       // valid signature, but outside the time window
	Unreadable Verdict = "unreadable" // valid signature, but not a JSON object
)

package relay

import (
	"context"
	"time"
)

// Sender sends one message to its destination, once. It does not retry, pace or
// remember: the lane does. It is safe for concurrent use, honours ctx, and
// never lets a credential into a Result.
type Sender interface {
	Send(ctx context.Context, m Message) Result
}

// Rung is a step of the ladder down which a refused message is re-rendered.
type Rung string

// The rungs, from the richest form to the plainest.
const (
	RungCard     Rung = "card"     // a card with a button
	RungText     Rung = "text"     // plain text
	RungShortest Rung = "shortest" // title, type and id only
)

// Below returns the next rung down, and false at the bottom.
func (r Rung) Below() (Rung, bool) {
	switch r {
	case RungCard:
		return RungText, true
	case RungText:
		return RungShortest, true
	default:
		return "", false
	}
}

// Message is what a lane asks a Sender to carry: one event, or the members of
// a digest, under ids that were frozen at the post's first attempt.
type Message struct {
	Space     string // the space id, without "spaces/"
	Events    []Event
	Digest    bool
	Rung      Rung
	MessageID string // the frozen client-assigned id; empty: send no ids
	Resent    bool   // a person asked for it again: say so in the text
	MayRepeat bool   // an earlier attempt may have been stored: say so in the text
	NoThread  bool   // the space refused it in a thread: name none
}

// Preview is what a message shows in its space, as plain text.
type Preview struct {
	Text     string        // beside the card; the whole message where there is none
	Title    string        // of the card; empty: there is no card
	Subtitle string        // of the card; may be empty
	Lines    []PreviewLine // of the card
	Buttons  []string      // of the card, by their words
}

// PreviewLine is a paragraph of a card, or a fact under its label.
type PreviewLine struct {
	Label string // empty for a paragraph
	Text  string
}

// Outcome classes what became of one attempt. Every answer of Google Chat
// falls into exactly one.
type Outcome string

// Outcomes of an attempt.
const (
	Posted          Outcome = "posted"           // stored now
	AlreadyPosted   Outcome = "already_posted"   // an earlier attempt under the same ids was stored: delivered
	ContentRefused  Outcome = "content_refused"  // this form of the message is refused: one rung down
	IDsRefused      Outcome = "ids_refused"      // the id parameters are refused: same rung, without ids
	RateLimited     Outcome = "rate_limited"     // the space's lane must wait
	Unauthorized    Outcome = "unauthorized"     // 401: known to happen at random on a good URL; a few tries, then park
	DestinationGone Outcome = "destination_gone" // the URL, webhook or space is refused: park, keep everything
	ServerTrouble   Outcome = "server_trouble"   // 5xx: try again under the same ids; may have been stored
	Unreachable     Outcome = "unreachable"      // never reached Google: certainly not stored, does not age the post; with a Status, something in between answered
	Ambiguous       Outcome = "ambiguous"        // sent, no answer: may have been stored
	Unverified      Outcome = "unverified"       // the answer is not Google's own: no verdict, may have been stored, does not age the post
)

// Delivered reports whether the message stands in the space.
func (o Outcome) Delivered() bool { return o == Posted || o == AlreadyPosted }

// MayBeStored reports whether the attempt may have left a message in the space
// although it did not say so.
func (o Outcome) MayBeStored() bool { return o == Ambiguous || o == ServerTrouble || o == Unverified }

// Result is the outcome of one attempt with what a person needs to know of it.
type Result struct {
	Outcome    Outcome
	Status     int           // HTTP status; 0 when there was no answer
	Reason     string        // stable code for the cause, such as "token_missing"; empty on success
	Detail     string        // one sentence of cause, redacted; empty on success
	Name       string        // the stored message's name, spaces/S/messages/M; empty when not known
	Thread     string        // the stored message's thread name; empty when not known
	Replayed   bool          // the answer proves that ids are honoured
	Threaded   bool          // it is about a message that named a thread
	RetryAfter time.Duration // what the server asked for; 0 when it did not say
	Took       time.Duration
}

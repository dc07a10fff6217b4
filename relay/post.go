package relay

import (
	"slices"
	"time"
)

// IDSupport says whether a destination is known to honour client-assigned ids.
// No vendor page says so for webhook URLs, so it is learnt.
type IDSupport string

// What can be known of a destination's ids.
const (
	IDsUnknown  IDSupport = "unknown"
	IDsHonoured IDSupport = "yes"
	IDsIgnored  IDSupport = "no"
)

// Destination is one Google Chat space, known by its space id. Its URL, which
// is a credential, is never part of it.
type Destination struct {
	Space string // the space id, without "spaces/"
	Label string // what the person calls it; may be empty

	IDs          IDSupport
	RefusesIDs   bool // a 400 named an id parameter: none are sent
	RefusesCards bool // a card was refused, the same event as text was not

	ParkedSince  time.Time // zero: not parked
	ParkReason   string    // Result.Reason of the answer that parked it
	ParkDetail   string    // Result.Detail of that answer
	ProbeAt      time.Time // when the oldest held post is tried next, as a probe
	Unauthorized int       // 401 answers in a row

	HoldUntil time.Time     // the lane waits until then, after a 429
	HoldStep  time.Duration // the last hold's length; the next one doubles it
}

// Parked reports whether posting to d is suspended until a probe succeeds.
func (d Destination) Parked() bool { return !d.ParkedSince.IsZero() }

// PostID identifies a post in the store. Ids rise in the order of acceptance.
type PostID int64

// AttemptID identifies an attempt in the store.
type AttemptID int64

// PostState says where a post stands.
type PostState string

// The states of a post.
const (
	Waiting PostState = "waiting" // to be sent when its lane is free and NotBefore has passed
	Sending PostState = "sending" // an attempt is under way, or was when the program died
	Done    PostState = "posted"  // it stands in the space
	Dead    PostState = "dead"    // refused in every form, or too old: a person may resend it
	Kept    PostState = "kept"    // a person chose to keep it without posting
)

// PostKind says what a post is made of.
type PostKind string

// The kinds of posts.
const (
	Single PostKind = "single" // one event
	Digest PostKind = "digest" // several events folded into one message
	Resend PostKind = "resend" // asked for again by a person, under ids of its own
)

// Post is one message for one destination. Its members, space and message id
// freeze at its first attempt; afterwards only rung and state change.
type Post struct {
	ID    PostID
	Space string
	Kind  PostKind
	State PostState

	Events    []Event // in the order of acceptance; one unless Kind is Digest
	MessageID string  // empty until frozen
	Rung      Rung    // empty until frozen
	MayRepeat bool    // an attempt may have been stored and ids are not known to be honoured

	NotBefore   time.Time // earliest next attempt
	Tries       int       // attempts so far, of every outcome
	Answers     int       // ordinary failures, which age the post: ServerTrouble and Ambiguous
	FirstAnswer time.Time // the first of those; zero when there is none
	CreatedAt   time.Time
}

// Urgent reports whether p goes before others: one of its events is urgent.
func (p Post) Urgent() bool {
	return slices.ContainsFunc(p.Events, func(ev Event) bool { return KindOf(ev.Role, ev.Type).Urgent })
}

// Attempt is one try of a post, as kept in the store.
type Attempt struct {
	ID        AttemptID
	Post      PostID
	Number    int // from 1, within the post
	Rung      Rung
	StartedAt time.Time
	EndedAt   time.Time // zero while under way
	Result    Result    // zero while under way
	MayRepeat bool      // marked for the person: this attempt may stand beside another
}

// Pause is the person's wish that nothing be posted for now. The zero value
// means posting is on.
type Pause struct {
	Since time.Time // zero: not paused
	Until time.Time // zero: until resumed by hand
}

// Active reports whether posting is paused.
func (p Pause) Active() bool { return !p.Since.IsZero() }

// Progress tells an observer of one finished attempt.
type Progress struct {
	Destination Destination // as it stands after the attempt
	Post        Post        // as it stands after the attempt
	Result      Result
	At          time.Time
}

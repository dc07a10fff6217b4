package relay

import "time"

// Fate is what became of an event as a whole, for the mark in the list.
type Fate string

// The fates of an event.
const (
	FatePosted     Fate = "posted"
	FateWaiting    Fate = "waiting" // accepted, not yet posted
	FateFailed     Fate = "failed"  // dead letter
	FateKept       Fate = "kept"    // kept without posting, by a person's choice
	FateRecorded   Fate = "recorded"
	FateLate       Fate = "late"
	FateUnreadable Fate = "unreadable"
)

// Accepted reports whether an event of that fate was taken in to be posted. Only
// such events are counted as events: a test that the program sent to itself, a
// late delivery and an unreadable one are not.
func (f Fate) Accepted() bool {
	switch f {
	case FatePosted, FateWaiting, FateFailed, FateKept:
		return true
	default:
		return false
	}
}

// Query selects a page of events. The zero value is the newest page.
type Query struct {
	Search string // words that must all occur in subject or message, case-insensitive; empty: all
	Type   string // a type slug; empty: all
	Fate   Fate   // empty: all
	Limit  int    // 1 to 500; 0 means 100

	Since time.Time // only events that arrived then or later; zero: all
	Until time.Time // only events that arrived before then; zero: all

	IDs []string // only these events; empty: all

	// AfterTime and AfterID select the page before the first row of a later one:
	// the oldest of the rows that are newer than it, in the same order as ever. A
	// zero AfterTime does not.
	AfterTime time.Time
	AfterID   string

	// BeforeTime and BeforeID continue after the last row of the previous
	// page; a zero BeforeTime starts at the newest.
	BeforeTime time.Time
	BeforeID   string
}

// Summary is one row of the event list.
type Summary struct {
	ID         string
	Role       Role
	Type       string
	Title      string
	ReceivedAt time.Time
	Fate       Fate
	MayRepeat  bool
	CaughtUp   bool // fetched from Vast.ai's inbox after a gap
	Unread     bool // no person has read it

	Note GapNote // of an event of the type GapType; zero for all others
}

// Detail is one event with everything that was tried for it.
type Detail struct {
	Event    Event
	Verdict  Verdict
	Fate     Fate
	StoredAt time.Time // when the transaction that accepted it was committed
	Posts    []PostDetail
}

// PostDetail is one post of an event with its attempts, oldest first.
type PostDetail struct {
	Post     Post // without Events
	Members  int  // how many events the post carries
	Attempts []Attempt
}

// Activity counts the events that arrived in one stretch of time.
type Activity struct {
	Total  int // accepted events
	Failed int // those of them that were given up
}

// Tally counts events by what became of them.
type Tally struct {
	Total     int // accepted events
	ByFate    map[Fate]int
	LastEvent time.Time // when the newest accepted event arrived, whenever that was; zero when none
}

package relay

import (
	"context"
	"errors"
	"time"
)

// ErrStoreUnavailable is wrapped by every Store error that means "cannot write
// just now": disk full, read-only, damaged, closed. The receiver answers 503.
var ErrStoreUnavailable = errors.New("the event store cannot be written")

// ErrNotFound means that the named row does not exist.
var ErrNotFound = errors.New("not found")

// ErrFrozen means that a post may not change any more: an attempt of it may
// have left a message in the space.
var ErrFrozen = errors.New("the post is frozen")

// Store is the durable memory of the outbox. Every method that writes returns
// only after its change is synced to disk, and every other one sees what was
// written before it was called. It is safe for concurrent use.
type Store interface {
	// Accept writes ev, and that one post waits for each of spaces, in a single
	// transaction. fresh is false, and nothing is written, when the event id
	// was accepted before, in this run or any earlier one, or an event with the
	// same BodyID within the last 24 hours. A new post has no
	// message id, no rung and a zero NotBefore: it is due at once.
	Accept(ctx context.Context, ev Event, spaces []string) (fresh bool, err error)

	// Keep writes a delivery that is not to be posted, under its verdict
	// (Recorded, Late or Unreadable). fresh is false when the id is known.
	// A Late event that is later accepted becomes an accepted one.
	Keep(ctx context.Context, ev Event, v Verdict) (fresh bool, err error)
	// Known reports whether ev was accepted or recorded before: whether Accept
	// would not find it fresh.
	Known(ctx context.Context, ev Event) (bool, error)

	// Destinations lists all destinations ever saved.
	Destinations(ctx context.Context) ([]Destination, error)
	// SaveDestination creates or replaces d, keyed by its space.
	SaveDestination(ctx context.Context, d Destination) error

	// Next returns the first post of space that is Waiting with NotBefore at or
	// before now, with its events; ErrNotFound when there is none, and another
	// error when that cannot be said. Posts with an event that is Urgent come
	// first, and then the oldest.
	Next(ctx context.Context, space string, now time.Time) (Post, error)
	// Backlog describes the posts of space that are Waiting or Sending.
	Backlog(ctx context.Context, space string) (Backlog, error)

	// BeginAttempt marks p Sending, writes its frozen MessageID, Rung and
	// MayRepeat, and opens an attempt, before the request leaves. p.Tries
	// counts the new attempt already.
	BeginAttempt(ctx context.Context, p Post, startedAt time.Time) (AttemptID, error)
	// FinishAttempt closes the attempt and writes p's new state in the same
	// transaction.
	FinishAttempt(ctx context.Context, id AttemptID, endedAt time.Time, r Result, p Post) error
	// LastAttempt returns the attempt of a post of space that was opened last,
	// with its Result as far as a lane goes by it: Outcome and RetryAfter.
	// ErrNotFound when there is none, or none for so long that it does not matter.
	LastAttempt(ctx context.Context, space string) (Attempt, error)
	// Interrupted closes every attempt that a crash left open, as Ambiguous at
	// endedAt, returns their posts, and sets them Waiting.
	Interrupted(ctx context.Context, endedAt time.Time) ([]Post, error)
	// UpdatePost writes the state, times and counters of a post that has no
	// attempt under way.
	UpdatePost(ctx context.Context, p Post) error
	// KeepWaiting sets every Waiting post of all spaces that was created at or
	// before upTo, or whose time of creation is still to come, to Kept, and says how
	// many.
	KeepWaiting(ctx context.Context, upTo time.Time) (int, error)
	// ShiftRetryClocks moves FirstAnswer and NotBefore of every Waiting post,
	// and HoldUntil and ProbeAt of every destination, later by d: retry clocks
	// stand still while posting is paused. A zero time stays zero, so that a
	// post which was never tried is still due at once.
	ShiftRetryClocks(ctx context.Context, d time.Duration) error

	// Foldable lists up to limit Waiting posts of space that may join a
	// digest, urgent ones first and then oldest first: of kind Single, with
	// NotBefore at or before now, and without an attempt that may have stored
	// something. Next gives posts in the same order.
	Foldable(ctx context.Context, space string, now time.Time, limit int) ([]Post, error)
	// Fold turns the posts, two or more of one space, into one Waiting post of
	// kind Digest with all their events in the order of acceptance, and
	// returns it. It returns ErrFrozen, and changes nothing, when one of them
	// is not foldable any more.
	Fold(ctx context.Context, ids []PostID) (Post, error)

	// Revive sets a Dead post Waiting again under the ids that it has; its
	// retry clock starts over at now. ErrNotFound when it is not Dead.
	Revive(ctx context.Context, id PostID, now time.Time) error
	// Resend adds a Waiting post of kind Resend for one event, without ids so
	// far, and returns its id, which sets its message id apart. ErrNotFound
	// when the event is unknown or was never accepted.
	Resend(ctx context.Context, eventID, space string, now time.Time) (PostID, error)
	// Promote makes a Late event an accepted one with one Waiting post for
	// each of spaces. ErrNotFound when it is not Late.
	Promote(ctx context.Context, eventID string, spaces []string, now time.Time) error
	// DeadPosts lists the Dead posts of all spaces, oldest first.
	DeadPosts(ctx context.Context) ([]Post, error)

	// Detail returns all that is known of one event; ErrNotFound if unknown.
	Detail(ctx context.Context, id string) (Detail, error)

	// Pause returns the pause that was last saved.
	Pause(ctx context.Context) (Pause, error)
	// SavePause replaces it.
	SavePause(ctx context.Context, p Pause) error
}

// Backlog describes what waits in one lane.
type Backlog struct {
	Count  int       // posts Waiting or Sending
	Oldest time.Time // when the oldest of them was accepted; zero when Count is 0
	NextAt time.Time // the earliest NotBefore among the Waiting; zero when none waits
}

// Lane is a destination with what waits for it.
type Lane struct {
	Destination Destination
	Backlog     Backlog
}

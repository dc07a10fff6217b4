package relay

import (
	"context"
	"time"
)

// Archive is what digests, resends and late deliveries ask of the durable
// memory beside Store. Every method that writes returns only after its change
// is synced. It is safe for concurrent use.
type Archive interface {
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
}

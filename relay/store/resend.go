package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// Revive implements relay.Store. The post keeps its message id, its rung and
// the count of its tries; it is due at once.
func (s *Store) Revive(ctx context.Context, id relay.PostID, _ time.Time) error {
	return s.writer.change(ctx, fmt.Sprintf("revive post %d", id), func(t *database.Tx) error {
		// A clock that starts at the next failure has started over; it needs no
		// moment to start from.
		n, err := t.Exec(`UPDATE posts SET state = 'waiting', not_before = 0, answers = 0, first_answer = NULL
			WHERE id = ? AND state = 'dead'`, int64(id))
		if err != nil {
			return err
		}
		if n == 0 {
			return relay.ErrNotFound
		}
		return settle(t, id)
	})
}

// Resend implements relay.Store. The post counts as created at now. An event
// of which only the id is left cannot be sent again: ErrNotFound. A space
// without a destination is the caller's affair.
func (s *Store) Resend(ctx context.Context, eventID, space string, now time.Time) (relay.PostID, error) {
	var post int64
	err := s.writer.change(ctx, "resend an event", func(t *database.Tx) error {
		num, kind, err := keptAs(t, eventID, relay.Accepted)
		if err != nil {
			return err
		}
		if post, err = addPost(t, space, relay.Resend, num, kind.Urgent, now.UnixMicro()); err != nil {
			return err
		}
		return settle(t, relay.PostID(post))
	})
	if err != nil {
		return 0, err
	}
	return relay.PostID(post), nil
}

// Promote implements relay.Store. The event keeps the time at which it
// arrived; its posts count as created at now. Without spaces it is kept.
func (s *Store) Promote(ctx context.Context, eventID string, spaces []string, now time.Time) error {
	spaces = distinct(spaces)
	return s.writer.change(ctx, "accept a late event", func(t *database.Tx) error {
		num, kind, err := keptAs(t, eventID, relay.Late)
		if err != nil {
			return err
		}
		if _, err := t.Exec(`UPDATE event_ids SET verdict = ? WHERE num = ?`, string(relay.Accepted), num); err != nil {
			return err
		}
		if _, err := t.Exec(`UPDATE events SET fate = ? WHERE num = ?`, string(fateAccepted(spaces)), num); err != nil {
			return err
		}
		for _, space := range spaces {
			if _, err := addPost(t, space, relay.Single, num, kind.Urgent, now.UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
}

// keptAs finds an event that is kept under the verdict, with the kind of its
// type; relay.ErrNotFound when there is none.
func keptAs(t *database.Tx, id string, as relay.Verdict) (num int64, kind relay.Kind, err error) {
	var role, slug string
	err = t.Row(`SELECT e.num, e.context, e.type FROM event_ids i JOIN events e ON e.num = i.num WHERE i.id = ? AND i.verdict = ?`,
		[]any{id, string(as)}, &num, &role, &slug)
	if errors.Is(err, sql.ErrNoRows) {
		err = relay.ErrNotFound
	}
	return num, relay.KindOf(relay.Role(role), slug), err
}

// DeadPosts implements relay.Store.
func (s *Store) DeadPosts(ctx context.Context) ([]relay.Post, error) {
	var posts []relay.Post
	err := s.reads.read(ctx, "list the dead letters", func(q database.Querier) (err error) {
		posts, err = readPosts(ctx, q, postsWithEvents+`IN (SELECT id FROM posts WHERE state = 'dead')`+byPost)
		return err
	})
	return posts, err
}

package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// maxFoldable is how many posts Foldable lists at most.
const maxFoldable = 1000

// notFoldable is true of a Waiting post p that must not join a digest, for its kind,
// its mark, or an attempt that is open, stored a message or may have stored one.
const notFoldable = `(p.kind <> 'single' OR p.may_repeat OR EXISTS (
	SELECT 1 FROM attempts a WHERE a.post = p.id AND (a.ended_at IS NULL
		OR a.outcome IN ('posted', 'already_posted', 'ambiguous', 'server_trouble', 'unverified'))))`

// Foldable implements relay.Store. limit is cut to 1 to 1000.
func (s *Store) Foldable(ctx context.Context, space string, now time.Time, limit int) ([]relay.Post, error) {
	var posts []relay.Post
	err := s.reads.read(ctx, "list what can be folded", func(q database.Querier) (err error) {
		posts, err = readPosts(ctx, q, postsWithEvents+`IN (
				SELECT p.id FROM posts p
				WHERE p.space = ? AND p.state = 'waiting' AND p.not_before <= ? AND NOT `+notFoldable+`
				ORDER BY p.urgent DESC, p.id LIMIT ?
			) ORDER BY p.urgent DESC, p.id, m.position`, space, now.UnixMicro(), min(max(limit, 1), maxFoldable))
		return err
	})
	return posts, err
}

// Fold implements relay.Store. The members are in the order of acceptance, whatever
// the order of ids, and an id that is named twice counts once. For a post that is
// gone, for example into another digest, the error wraps relay.ErrFrozen and
// relay.ErrNotFound. Digests, and posts that a person asked for again, are refused.
//
// The digest takes the place and the id of the oldest of the posts, and is urgent
// when one of them is. Google has seen nothing of it yet, so message id, rung,
// answers and retry clock start over. It is not tried before the latest NotBefore of
// its members. Their earlier attempts, none of which stored a message, become its
// own.
func (s *Store) Fold(ctx context.Context, ids []relay.PostID) (relay.Post, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) < 2 {
		return relay.Post{}, errors.New("fold posts: fewer than two")
	}
	var digest relay.Post
	err := s.writer.change(ctx, "fold posts", func(t *database.Tx) (err error) {
		digest, err = fold(ctx, t, ids)
		return err
	})
	if err != nil {
		return relay.Post{}, err
	}
	return digest, nil
}

func fold(ctx context.Context, t *database.Tx, ids []relay.PostID) (relay.Post, error) {
	list, first := database.JSONList(ids), int64(ids[0])
	if err := checkFoldable(t, list, len(ids)); err != nil {
		return relay.Post{}, err
	}
	for _, step := range foldSteps() {
		if _, err := t.Exec(step, list, first); err != nil {
			return relay.Post{}, err
		}
	}
	posts, err := readPosts(ctx, t, postsWithEvents+`= ?`+byPost, first)
	if err != nil {
		return relay.Post{}, err
	}
	return posts[0], nil
}

// checkFoldable returns why the posts in list, which should be want, cannot be
// folded.
func checkFoldable(t *database.Tx, list string, want int) error {
	var found, spaces, frozen int
	if err := t.Row(`SELECT COUNT(*), COUNT(DISTINCT p.space), COALESCE(SUM(p.state <> 'waiting' OR `+notFoldable+`), 0)
		FROM posts p WHERE p.id IN (SELECT value FROM json_each(?))`, []any{list}, &found, &spaces, &frozen); err != nil {
		return err
	}
	switch {
	case found != want:
		return fmt.Errorf("%w: %w", relay.ErrFrozen, relay.ErrNotFound)
	case spaces != 1:
		return errors.New("they are of several spaces")
	case frozen > 0:
		return relay.ErrFrozen
	}
	return nil
}

// foldSteps are the statements that fold the posts ?1, a JSON list, into the
// first of them, ?2.
//
// Members and attempts are numbered anew in the order of their posts, counted on
// from the highest number in use, so that no two have the same number meanwhile.
func foldSteps() []string {
	const all = `(SELECT value FROM json_each(?1))`
	return []string{
		`UPDATE posts SET kind = 'digest', message_id = '', rung = '', answers = 0, first_answer = NULL,
			(not_before, tries, created_at, urgent) =
				(SELECT MAX(p.not_before), SUM(p.tries), MIN(p.created_at), MAX(p.urgent) FROM posts p WHERE p.id IN ` + all + `)
			WHERE id = ?2`,
		`INSERT INTO post_events (post, position, event)
			SELECT ?2, (SELECT MAX(position) FROM post_events WHERE post = ?2)
				+ ROW_NUMBER() OVER (ORDER BY post, position), event
			FROM post_events WHERE post IN ` + all + ` AND post <> ?2`,
		`UPDATE attempts SET post = ?2, number = moved.number FROM (
				SELECT id, (SELECT COALESCE(MAX(number), 0) FROM attempts WHERE post = ?2)
					+ ROW_NUMBER() OVER (ORDER BY started_at, id) AS number
				FROM attempts WHERE post IN ` + all + ` AND post <> ?2
			) AS moved WHERE moved.id = attempts.id`,
		`DELETE FROM posts WHERE id IN ` + all + ` AND id <> ?2`,
	}
}

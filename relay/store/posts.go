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

// errUnderWay refuses a change to a post whose attempt has not ended.
var errUnderWay = errors.New("an attempt is under way")

// postColumns are the columns of posts as p that postScan receives.
const postColumns = `p.id, p.space, p.kind, p.state, p.message_id, p.rung, p.may_repeat, p.not_before,
	p.tries, p.answers, p.first_answer, p.created_at`

// postScan receives postColumns.
type postScan struct {
	post               relay.Post
	notBefore, created int64
	firstAnswer        sql.NullInt64
}

// dest lists where the columns go, in their order.
func (p *postScan) dest() []any {
	return []any{
		&p.post.ID, &p.post.Space, &p.post.Kind, &p.post.State, &p.post.MessageID, &p.post.Rung, &p.post.MayRepeat,
		&p.notBefore, &p.post.Tries, &p.post.Answers, &p.firstAnswer, &p.created,
	}
}

func (p *postScan) value() relay.Post {
	p.post.NotBefore, p.post.CreatedAt = database.TimeFromZero(p.notBefore), database.TimeOf(p.created)
	p.post.FirstAnswer = database.TimeOrZero(p.firstAnswer)
	return p.post
}

// postsWithEvents selects whole posts, a row per member; a condition on p
// follows, then byPost.
const (
	postsWithEvents = `SELECT ` + postColumns + `, ` + eventColumns + `
		FROM posts p
		JOIN post_events m ON m.post = p.id
		JOIN events e ON e.num = m.event
		JOIN event_ids i ON i.num = e.num` + joinPayload + `
		WHERE p.id `
	byPost = ` ORDER BY p.id, m.position`
)

// readPosts reads what postsWithEvents selects.
func readPosts(ctx context.Context, q database.Querier, query string, args ...any) ([]relay.Post, error) {
	var posts []relay.Post
	err := database.ForEach(ctx, q, func(rows *sql.Rows) error {
		var p postScan
		var e eventScan
		if err := rows.Scan(append(p.dest(), e.dest()...)...); err != nil {
			return err
		}
		post := p.value()
		if n := len(posts); n == 0 || posts[n-1].ID != post.ID {
			posts = append(posts, post)
		}
		last := &posts[len(posts)-1]
		last.Events = append(last.Events, e.value())
		return nil
	}, query, args...)
	return posts, err
}

// Next implements relay.Store. Urgent posts, see relay.Kind.Urgent, come first; a
// digest is urgent when one of its events is. Where there is no post, and arrived
// events cannot be entered into the tables, the error says why they cannot: the lane
// must try again.
func (s *Store) Next(ctx context.Context, space string, now time.Time) (relay.Post, error) {
	const what = "find the next post"
	behind := s.writer.settle(ctx)
	var posts []relay.Post
	err := s.reads.readTables(what, func(q database.Querier) (err error) {
		posts, err = readPosts(ctx, q, postsWithEvents+`= (
				SELECT id FROM posts WHERE space = ? AND state = 'waiting' AND not_before <= ?
				ORDER BY urgent DESC, id LIMIT 1
			)`+byPost, space, now.UnixMicro())
		if err == nil && len(posts) == 0 {
			err = relay.ErrNotFound
		}
		return err
	})
	if behind != nil && errors.Is(err, relay.ErrNotFound) {
		err = attempted(what, behind)
	}
	if err != nil {
		return relay.Post{}, err
	}
	return posts[0], nil
}

// Backlog implements relay.Store. A post without a NotBefore counts in NextAt
// as due when it was created.
func (s *Store) Backlog(ctx context.Context, space string) (relay.Backlog, error) {
	var b relay.Backlog
	err := s.reads.read(ctx, "look at the backlog", func(q database.Querier) error {
		return database.ForEach(ctx, q, func(rows *sql.Rows) error {
			var oldest, next sql.NullInt64
			err := rows.Scan(&b.Count, &oldest, &next)
			b.Oldest, b.NextAt = database.TimeOrZero(oldest), database.TimeOrZero(next)
			return err
		}, `SELECT COUNT(*), MIN(created_at),
				MIN(CASE WHEN state = 'waiting' THEN CASE WHEN not_before = 0 THEN created_at ELSE not_before END END)
			FROM posts WHERE space = ? AND (state = 'waiting' OR state = 'sending')`, space)
	})
	return b, err
}

// UpdatePost implements relay.Store. It writes State, Rung, MayRepeat, NotBefore,
// Tries, Answers and FirstAnswer; frozen fields stay. It refuses the state Sending,
// which only BeginAttempt sets, and a post with an attempt under way.
func (s *Store) UpdatePost(ctx context.Context, p relay.Post) error {
	what := fmt.Sprintf("update post %d", p.ID)
	if err := checkState(p.State); err != nil {
		return attempted(what, err)
	}
	return s.writer.change(ctx, what, func(t *database.Tx) error {
		var open bool
		if err := t.Row(`SELECT EXISTS (SELECT 1 FROM attempts WHERE post = ? AND ended_at IS NULL)`,
			[]any{p.ID}, &open); err != nil {
			return err
		}
		if open {
			return errUnderWay
		}
		n, err := t.Exec(`UPDATE posts SET state = ?, rung = ?, may_repeat = ?, not_before = ?,
				tries = ?, answers = ?, first_answer = ? WHERE id = ?`,
			string(p.State), string(p.Rung), p.MayRepeat, database.MicrosOrZero(p.NotBefore),
			p.Tries, p.Answers, database.Micros(p.FirstAnswer), p.ID)
		if err != nil {
			return err
		}
		if n == 0 {
			return relay.ErrNotFound
		}
		return settle(t, p.ID)
	})
}

// checkState refuses states that a post cannot be set to from outside.
func checkState(state relay.PostState) error {
	switch state {
	case relay.Waiting, relay.Done, relay.Dead, relay.Kept:
		return nil
	default:
		return fmt.Errorf("a post cannot be set to the state %q", state)
	}
}

// KeepWaiting implements relay.Store. A post whose time lies ahead is from before the
// clock was set back.
func (s *Store) KeepWaiting(ctx context.Context, upTo time.Time) (int, error) {
	var kept []relay.PostID
	err := s.writer.change(ctx, "keep what waits", func(t *database.Tx) error {
		var err error
		t.Changed = true
		kept, err = database.Column[relay.PostID](ctx, t,
			`UPDATE posts SET state = 'kept' WHERE state = 'waiting' AND (created_at <= ? OR created_at > ?) RETURNING id`,
			upTo.UnixMicro(), t.Now.UnixMicro())
		if err != nil {
			return err
		}
		return settle(t, kept...)
	})
	if err != nil {
		return 0, err
	}
	return len(kept), nil
}

// ShiftRetryClocks implements relay.Store. Zero times stay zero.
func (s *Store) ShiftRetryClocks(ctx context.Context, d time.Duration) error {
	us := d.Microseconds()
	return s.writer.change(ctx, "shift the retry clocks", func(t *database.Tx) error {
		if _, err := t.Exec(`UPDATE posts SET first_answer = first_answer + ?1,
				not_before = CASE WHEN not_before = 0 THEN 0 ELSE not_before + ?1 END
			WHERE state = 'waiting'`, us); err != nil {
			return err
		}
		_, err := t.Exec(`UPDATE destinations SET hold_until = hold_until + ?1, probe_at = probe_at + ?1`, us)
		return err
	})
}

// derived is the fate and may_repeat of an event, by its posts: failed where one is
// dead, else waiting where one is open, else posted where one was delivered, else
// kept.
const derived = `(
	SELECT CASE
			WHEN SUM(p.state = 'dead') > 0 THEN 'failed'
			WHEN SUM(p.state IN ('waiting', 'sending')) > 0 THEN 'waiting'
			WHEN SUM(p.state = 'posted') > 0 THEN 'posted'
			ELSE 'kept'
		END,
		COALESCE(MAX(p.may_repeat), 0)
	FROM post_events m JOIN posts p ON p.id = m.post
	WHERE m.event = events.num
)`

// settle writes fate and may_repeat of the events of posts after these changed.
func settle(t *database.Tx, posts ...relay.PostID) error {
	if len(posts) == 0 {
		return nil
	}
	_, err := t.Exec(`UPDATE events SET (fate, may_repeat) = `+derived+`
		WHERE num IN (SELECT event FROM post_events WHERE post IN (SELECT value FROM json_each(?)))`, database.JSONList(posts))
	return err
}

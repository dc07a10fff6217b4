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

// errRefrozen refuses to give a post a second message id.
var errRefrozen = errors.New("the post is frozen under another message id")

// BeginAttempt implements relay.Store. It counts the try, also where p.Tries counts
// it already. It returns relay.ErrNotFound when there is no such post or it is not
// Waiting any more, for example because a person chose to keep it in the meantime;
// nothing may be sent then.
func (s *Store) BeginAttempt(ctx context.Context, p relay.Post, startedAt time.Time) (relay.AttemptID, error) {
	var id relay.AttemptID
	err := s.writer.change(ctx, fmt.Sprintf("begin an attempt of post %d", p.ID), func(t *database.Tx) (err error) {
		id, err = beginAttempt(t, p, startedAt)
		return err
	})
	if err != nil {
		return 0, err
	}
	return id, nil
}

func beginAttempt(t *database.Tx, p relay.Post, startedAt time.Time) (relay.AttemptID, error) {
	var frozen string
	var state relay.PostState
	err := t.Row(`SELECT message_id, state FROM posts WHERE id = ?`, []any{p.ID}, &frozen, &state)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return 0, relay.ErrNotFound
	case err != nil:
		return 0, err
	case state != relay.Waiting:
		return 0, fmt.Errorf("it is %s, not waiting: %w", state, relay.ErrNotFound)
	case frozen != "" && p.MessageID != "" && frozen != p.MessageID:
		return 0, errRefrozen
	}
	if frozen == "" {
		frozen = p.MessageID
	}
	if _, err := t.Exec(`UPDATE posts SET state = 'sending', message_id = ?, rung = ?, may_repeat = ?,
			tries = MAX(tries + 1, ?) WHERE id = ?`, frozen, string(p.Rung), p.MayRepeat, p.Tries, p.ID); err != nil {
		return 0, err
	}
	id, err := t.Insert(`INSERT INTO attempts (post, number, rung, started_at, may_repeat)
		SELECT ?1, COALESCE(MAX(number), 0) + 1, ?2, ?3, ?4 FROM attempts WHERE post = ?1`,
		p.ID, string(p.Rung), startedAt.UnixMicro(), p.MayRepeat)
	if err != nil {
		return 0, err
	}
	return relay.AttemptID(id), settle(t, p.ID)
}

// FinishAttempt implements relay.Store. Of p it writes State, Rung, MayRepeat,
// NotBefore, Answers and FirstAnswer, and Tries where that is more than BeginAttempt
// has counted. The attempt is marked MayRepeat when p is and the attempt stored, or
// may have stored, a message. It returns relay.ErrNotFound when the attempt is not
// open or not one of p's. A second call with the same end and outcome changes nothing
// and returns nil, so that a caller who does not know the outcome of the first can
// repeat it.
func (s *Store) FinishAttempt(
	ctx context.Context, id relay.AttemptID, endedAt time.Time, r relay.Result, p relay.Post,
) error {
	what := fmt.Sprintf("finish attempt %d of post %d", id, p.ID)
	if err := checkState(p.State); err != nil {
		return attempted(what, err)
	}
	return s.writer.change(ctx, what, func(t *database.Tx) error { return finishAttempt(t, id, endedAt, r, p) })
}

func finishAttempt(t *database.Tx, id relay.AttemptID, endedAt time.Time, r relay.Result, p relay.Post) error {
	mayRepeat := p.MayRepeat && (r.Outcome.Delivered() || r.Outcome.MayBeStored())
	n, err := t.Exec(`UPDATE attempts SET ended_at = ?, outcome = ?, status = ?, reason = ?, detail = ?, name = ?,
			thread = ?, replayed = ?, retry_after = ?, took = ?, may_repeat = ?
		WHERE id = ? AND post = ? AND ended_at IS NULL`,
		endedAt.UnixMicro(), string(r.Outcome), r.Status, r.Reason, r.Detail, r.Name,
		r.Thread, r.Replayed, int64(r.RetryAfter), int64(r.Took), mayRepeat, id, p.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return finishedAlike(t, id, endedAt, r.Outcome, p.ID)
	}
	if _, err := t.Exec(`UPDATE posts SET state = ?, rung = ?, may_repeat = ?, not_before = ?,
			tries = MAX(tries, ?), answers = ?, first_answer = ? WHERE id = ?`,
		string(p.State), string(p.Rung), p.MayRepeat, database.MicrosOrZero(p.NotBefore),
		p.Tries, p.Answers, database.Micros(p.FirstAnswer), p.ID); err != nil {
		return err
	}
	return settle(t, p.ID)
}

// finishedAlike returns nil when the attempt was ended before with the same end and
// outcome.
func finishedAlike(t *database.Tx, id relay.AttemptID, endedAt time.Time, outcome relay.Outcome, post relay.PostID) error {
	var alike bool
	err := t.Row(`SELECT EXISTS (SELECT 1 FROM attempts WHERE id = ? AND post = ? AND ended_at = ? AND outcome = ?)`,
		[]any{id, post, endedAt.UnixMicro(), string(outcome)}, &alike)
	if err == nil && !alike {
		return relay.ErrNotFound
	}
	return err
}

// recentAttempts is how many attempts, of all spaces, LastAttempt looks through:
// more than can be made within the longest interval of a lane's pace.
const recentAttempts = 1000

// LastAttempt implements relay.Store.
func (s *Store) LastAttempt(ctx context.Context, space string) (relay.Attempt, error) {
	var last relay.Attempt
	var started int64
	var ended sql.NullInt64
	err := s.reads.read(ctx, "read the last attempt", func(q database.Querier) error {
		return database.ForEach(ctx, q, func(rows *sql.Rows) error {
			return rows.Scan(&last.ID, &last.Post, &last.Number, &last.Rung, &started, &ended, &last.Result.Outcome, &last.Result.RetryAfter)
		}, `SELECT a.id, a.post, a.number, a.rung, a.started_at, a.ended_at, a.outcome, a.retry_after
			FROM attempts a CROSS JOIN posts p ON p.id = a.post
			WHERE a.id > (SELECT MAX(id) FROM attempts) - ? AND p.space = ? ORDER BY a.id DESC LIMIT 1`, recentAttempts, space)
	})
	switch {
	case err != nil:
		return relay.Attempt{}, err
	case last.ID == 0:
		return relay.Attempt{}, fmt.Errorf("read the last attempt: %w", relay.ErrNotFound)
	}
	last.StartedAt, last.EndedAt = database.TimeOf(started), database.TimeOrZero(ended)
	return last, nil
}

// Interrupted implements relay.Store. The attempts get the reason
// "interrupted". A post is marked MayRepeat, and so is its attempt, unless its
// destination is known to honour the ids it was sent under. It must not be
// called while attempts are being made.
func (s *Store) Interrupted(ctx context.Context, endedAt time.Time) ([]relay.Post, error) {
	var posts []relay.Post
	err := s.writer.change(ctx, "close interrupted attempts", func(t *database.Tx) (err error) {
		posts, err = interrupted(ctx, t, endedAt)
		return err
	})
	if err != nil {
		return nil, err
	}
	return posts, nil
}

// The posts are marked first, and then their attempts like them. A post that is
// Sending without an open attempt, as only a damaged database has one, is treated
// the same.
const (
	interruptedPosts = `UPDATE posts SET state = 'waiting', may_repeat = may_repeat OR message_id = '' OR NOT EXISTS (
			SELECT 1 FROM destinations d WHERE d.space = posts.space AND d.ids = 'yes' AND NOT d.refuses_ids
		)
		WHERE state = 'sending' RETURNING id`
	interruptedAttempts = `UPDATE attempts SET ended_at = ?, outcome = ?, reason = 'interrupted',
			detail = 'The program ended before an answer came.',
			may_repeat = (SELECT p.may_repeat FROM posts p WHERE p.id = attempts.post)
		WHERE ended_at IS NULL`
)

func interrupted(ctx context.Context, t *database.Tx, endedAt time.Time) ([]relay.Post, error) {
	t.Changed = true
	ids, err := database.Column[relay.PostID](ctx, t, interruptedPosts)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	if _, err := t.Exec(interruptedAttempts, endedAt.UnixMicro(), string(relay.Ambiguous)); err != nil {
		return nil, err
	}
	if err := settle(t, ids...); err != nil {
		return nil, err
	}
	return readPosts(ctx, t, postsWithEvents+`IN (SELECT value FROM json_each(?))`+byPost, database.JSONList(ids))
}

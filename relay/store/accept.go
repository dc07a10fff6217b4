package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
	"vastrelay/relay/store/fulltext"
	"vastrelay/relay/store/journal"
)

// errNoID refuses an event that nothing could tell from another.
var errNoID = errors.New("the event has no id")

// Accept implements relay.Store. An id that was only kept as Late or
// Unreadable is fresh: its event replaces what was kept. A Recorded one is
// not. The posts count as created at ev.ReceivedAt, or at the store's own time
// when that is zero.
func (s *Store) Accept(ctx context.Context, ev relay.Event, spaces []string) (fresh bool, err error) {
	if ev.ID == "" {
		return false, fmt.Errorf("accept an event: %w", errNoID)
	}
	fresh, err = s.writer.accept(ctx, journal.Entry{Event: ev, Spaces: distinct(spaces)})
	return fresh, attempted("accept an event", err)
}

// Keep implements relay.Store. v must be Recorded, Late or Unreadable.
func (s *Store) Keep(ctx context.Context, ev relay.Event, v relay.Verdict) (fresh bool, err error) {
	fate, ok := fateKept(v)
	if !ok {
		return false, fmt.Errorf("keep an event: no verdict to keep it under: %q", v)
	}
	if ev.ID == "" {
		return false, fmt.Errorf("keep an event: %w", errNoID)
	}
	row := rowOf(ev)
	err = s.writer.changeInPlace(ctx, "keep an event", func(t *database.Tx) error {
		id, err := s.writer.journal.IDOf(t, ev.ID, ev.BodyID)
		if err != nil {
			return err
		}
		if s.writer.journal.Holds(id) {
			fresh = false // it was accepted in the meantime
			return nil
		}
		num, _, known, err := register(t, id, v)
		if fresh = !known; err != nil || known {
			return err
		}
		if err := rememberBody(t, id, ev.BodyID); err != nil {
			return err
		}
		return row.insert(t, num, fate)
	})
	return err == nil && fresh, err
}

// Known implements relay.Store. It asks as a change does, so that it sees what
// has arrived and cannot be entered just now.
func (s *Store) Known(ctx context.Context, ev relay.Event) (known bool, err error) {
	err = s.writer.changeInPlace(ctx, "look for an event", func(t *database.Tx) error {
		id, err := s.writer.journal.IDOf(t, ev.ID, ev.BodyID)
		if err != nil {
			return err
		}
		if known = s.writer.journal.Holds(id); known {
			return nil
		}
		var as relay.Verdict
		err = t.Row(`SELECT verdict FROM event_ids WHERE id = ?`, []any{id}, &as)
		known = err == nil && !replaceable(as)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return err == nil && known, err
}

// fateKept is the fate of an event that is kept under v without any post.
func fateKept(v relay.Verdict) (relay.Fate, bool) {
	switch v {
	case relay.Recorded:
		return relay.FateRecorded, true
	case relay.Late:
		return relay.FateLate, true
	case relay.Unreadable:
		return relay.FateUnreadable, true
	default:
		return "", false
	}
}

// distinct returns spaces in order, each once.
func distinct(spaces []string) []string {
	var once []string
	for _, space := range spaces {
		if !slices.Contains(once, space) {
			once = append(once, space)
		}
	}
	return once
}

// tables is what the journal asks of the tables.
type tables struct{}

// IDOf implements journal.Tables.
func (tables) IDOf(t *database.Tx, body string) (string, error) {
	var id string
	err := t.Row(`SELECT id FROM bodies WHERE hash = ? AND seen_at > ?`, []any{body, t.Now.Add(-bodyMemory).UnixMicro()}, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// Accepted implements journal.Tables. One question about all ids costs a fifth
// of one for each.
func (tables) Accepted(t *database.Tx, ids []string) (accepted []string, err error) {
	err = database.ForEach(context.Background(), t, func(rows *sql.Rows) error {
		var id string
		var as relay.Verdict
		err := rows.Scan(&id, &as)
		if err == nil && !replaceable(as) {
			accepted = append(accepted, id)
		}
		return err
	}, `SELECT i.id, i.verdict FROM json_each(?) AS list CROSS JOIN event_ids AS i ON i.id = list.value`, database.JSONList(ids))
	return accepted, err
}

// Enter implements journal.Tables: it writes an event with its posts, unless its
// id was accepted before.
func (tables) Enter(t *database.Tx, e journal.Entry) error {
	row := rowOf(e.Event)
	num, verdict, known, err := register(t, row.event.ID, relay.Accepted)
	if err != nil {
		return err
	}
	if known {
		if !replaceable(verdict) {
			return nil
		}
		if num, err = forget(t, num); err != nil {
			return err
		}
	}
	if err := rememberBody(t, row.event.ID, row.event.BodyID); err != nil {
		return err
	}
	if err := row.insert(t, num, fateAccepted(e.Spaces)); err != nil {
		return err
	}
	created, urgent := row.receivedAt(t), relay.KindOf(row.event.Role, row.event.Type).Urgent
	for _, space := range e.Spaces {
		if _, err := addPost(t, space, relay.Single, num, urgent, created); err != nil {
			return err
		}
	}
	return nil
}

// bodyMemory is for how long an event whose id is not signed is known by its
// body. Vast.ai gives up a delivery long before; the same words may come again
// on another day, and are then news.
const bodyMemory = 24 * time.Hour

// rememberBody notes that the event id came with body.
func rememberBody(t *database.Tx, id, body string) error {
	if body == "" {
		return nil
	}
	_, err := t.Exec(`INSERT INTO bodies (hash, id, seen_at) VALUES (?1, ?2, ?3)
		ON CONFLICT (hash) DO UPDATE SET id = ?2, seen_at = ?3 WHERE id <> ?2 OR seen_at <= ?4`,
		body, id, t.Now.UnixMicro(), t.Now.Add(-bodyMemory).UnixMicro())
	return err
}

// replaceable reports whether an event that is known under v can still be
// accepted.
func replaceable(v relay.Verdict) bool { return v == relay.Late || v == relay.Unreadable }

// fateAccepted is the fate of an event that was just accepted for spaces.
func fateAccepted(spaces []string) relay.Fate {
	if len(spaces) == 0 {
		// Nothing will ever be posted for it, so it does not wait.
		return relay.FateKept
	}
	return relay.FateWaiting
}

// addPost writes a Waiting post of one event.
func addPost(t *database.Tx, space string, kind relay.PostKind, event int64, urgent bool, created int64) (int64, error) {
	post, err := t.Insert(`INSERT INTO posts (space, kind, state, created_at, urgent) VALUES (?, ?, 'waiting', ?, ?)`,
		space, string(kind), created, urgent)
	if err != nil {
		return 0, err
	}
	_, err = t.Exec(`INSERT INTO post_events (post, position, event) VALUES (?, 0, ?)`, post, event)
	return post, err
}

// register enters id under verdict. When it is known already, its number and
// the verdict it is known under come back and nothing is written.
func register(t *database.Tx, id string, verdict relay.Verdict) (num int64, as relay.Verdict, known bool, err error) {
	num, entered, err := t.InsertNew(`INSERT INTO event_ids (id, verdict, first_seen) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		id, string(verdict), t.Now.UnixMicro())
	if err != nil || entered {
		return num, verdict, false, err
	}
	err = t.Row(`SELECT num, verdict FROM event_ids WHERE id = ?`, []any{id}, &num, &as)
	return num, as, err == nil, err
}

// forget removes what was kept of an event, which has no posts, so that it can
// be accepted in its place. first_seen stays. The event gets a new number,
// which is returned: under the old one another text may be in the index.
func forget(t *database.Tx, num int64) (int64, error) {
	for _, table := range []string{`DELETE FROM events WHERE num = ?`, `DELETE FROM payloads WHERE num = ?`} {
		if _, err := t.Exec(table, num); err != nil {
			return 0, err
		}
	}
	var next int64
	if err := t.Row(`SELECT MAX(num) + 1 FROM event_ids`, nil, &next); err != nil {
		return 0, err
	}
	_, err := t.Exec(`UPDATE event_ids SET num = ?, verdict = ? WHERE num = ?`, next, string(relay.Accepted), num)
	return next, err
}

// eventRow is an event ready to be written.
type eventRow struct {
	event  relay.Event
	folded any // see schema1
}

func rowOf(ev relay.Event) eventRow {
	return eventRow{event: ev, folded: fulltext.FoldedColumn(ev.Subject, ev.Message)}
}

// receivedAt is when the event arrived, or else the transaction's time.
func (r eventRow) receivedAt(t *database.Tx) int64 {
	if us, ok := database.Micros(r.event.ReceivedAt).(int64); ok {
		return us
	}
	return t.Now.UnixMicro()
}

func (r eventRow) insert(t *database.Tx, num int64, fate relay.Fate) error {
	ev := r.event
	_, err := t.Exec(`INSERT INTO events (num, context, type, user_id, occurred_at, received_at, stored_at,
			delivery, fate, subject, message, folded, caught_up)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		num, string(ev.Role), ev.Type, ev.UserID, database.Micros(ev.OccurredAt), r.receivedAt(t), t.Now.UnixMicro(),
		ev.Attempt, string(fate), ev.Subject, ev.Message, r.folded, ev.CaughtUp)
	if err != nil || ev.Payload == nil {
		return err
	}
	var headers any
	if len(ev.Headers) > 0 {
		text, err := json.Marshal(ev.Headers)
		if err != nil {
			return err
		}
		headers = string(text)
	}
	_, err = t.Exec(`INSERT INTO payloads (num, body, headers) VALUES (?, ?, ?)`, num, ev.Payload, headers)
	return err
}

// eventColumns are the columns that eventScan receives, of events as e,
// event_ids as i and, by joinPayload, payloads as y.
const eventColumns = `i.id, e.context, e.type, e.user_id, e.occurred_at, e.received_at, e.delivery,
	e.subject, e.message, e.caught_up, y.body`

// joinPayload joins the payload, if it is still there, to events as e.
const joinPayload = ` LEFT JOIN payloads y ON y.num = e.num `

// eventScan receives eventColumns.
type eventScan struct {
	event    relay.Event
	occurred sql.NullInt64
	received int64
}

// dest lists where the columns go, in their order.
func (e *eventScan) dest() []any {
	return []any{
		&e.event.ID, &e.event.Role, &e.event.Type, &e.event.UserID, &e.occurred, &e.received, &e.event.Attempt,
		&e.event.Subject, &e.event.Message, &e.event.CaughtUp, &e.event.Payload,
	}
}

func (e *eventScan) value() relay.Event {
	e.event.OccurredAt, e.event.ReceivedAt = database.TimeOrZero(e.occurred), database.TimeOf(e.received)
	return e.event
}

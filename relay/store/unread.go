package store

import (
	"context"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// MaxUnread is how many unread events Unread counts at most.
const MaxUnread = 1000

// readUpTo is the number up to which all events are read.
const readUpTo = `COALESCE((SELECT value FROM meta WHERE key = '` + keyReadUpTo + `'), 0)`

// unread is true of an event, as e, that nobody has read. A test that the program
// made for itself is not there to be read.
const unread = `e.num > ` + readUpTo + ` AND e.seen = 0 AND e.fate <> '` + string(relay.FateRecorded) + `'`

// Unread counts the events that nobody has read, at most MaxUnread of them.
func (h *History) Unread(ctx context.Context) (n int, err error) {
	err = h.reads.read(ctx, "count what is unread", func(q database.Querier) error {
		return database.Row(ctx, q, `SELECT COUNT(*) FROM (SELECT 1 FROM events e WHERE `+unread+` LIMIT ?)`, []any{MaxUnread}, &n)
	})
	return n, err
}

// MarkRead notes that a person has read the events of those ids. An id that is not
// kept is passed over.
func (h *History) MarkRead(ctx context.Context, ids ...string) error {
	return h.writer.change(ctx, "note what is read", func(t *database.Tx) error {
		_, err := t.Exec(`UPDATE events AS e SET seen = 1 WHERE e.num IN (
			SELECT i.num FROM json_each(?) AS list CROSS JOIN event_ids AS i ON i.id = list.value) AND e.num > `+readUpTo+` AND e.seen = 0`,
			database.JSONList(ids))
		if err != nil {
			return err
		}
		// The mark follows, so that counting never passes over what was read.
		_, err = t.Exec(`INSERT OR REPLACE INTO meta (key, value) SELECT ?, up_to FROM (
				SELECT COALESCE((SELECT e.num - 1 FROM events e WHERE `+unread+` ORDER BY e.num LIMIT 1), (SELECT MAX(num) FROM event_ids)) AS up_to)
			WHERE up_to > 0`, keyReadUpTo)
		return err
	})
}

// MarkAllRead notes that a person has read all events that are kept by now.
func (h *History) MarkAllRead(ctx context.Context) error {
	return h.writer.change(ctx, "note that all is read", func(t *database.Tx) error {
		_, err := t.Exec(`INSERT OR REPLACE INTO meta (key, value) SELECT ?, COALESCE(MAX(num), 0) FROM event_ids`, keyReadUpTo)
		return err
	})
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"vastrelay/relay/store/database"
)

// bodyMemory is for how long an event whose id is not signed is known by its
// body. Vast.ai gives up a delivery long before; the same words may come again
// on another day, and are then news.
const bodyMemory = 24 * time.Hour

// idOf returns the id under which an event is known: the one that it came with,
// unless a delivery with the same body came before under another.
func (b *backlog) idOf(t *database.Tx, id, body string) (string, error) {
	if body == "" {
		return id, nil
	}
	if first, ok := b.bodies[body]; ok {
		return first, nil
	}
	var first string
	err := t.Row(`SELECT id FROM bodies WHERE hash = ? AND seen_at > ?`, []any{body, t.Now.Add(-bodyMemory).UnixMicro()}, &first)
	if errors.Is(err, sql.ErrNoRows) {
		return id, nil
	}
	return first, err
}

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

// forgetBodies removes what bodyMemory is over for.
func (k *keeper) forgetBodies(ctx context.Context, now time.Time) error {
	var removed int
	return k.untilNone(ctx, &removed, func(_ context.Context, t *database.Tx) (int, error) {
		n, err := t.Exec(`DELETE FROM bodies WHERE hash IN (SELECT hash FROM bodies WHERE seen_at <= ? ORDER BY seen_at LIMIT 500)`,
			now.Add(-bodyMemory).UnixMicro())
		return int(n), err
	})
}

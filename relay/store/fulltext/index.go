package fulltext

import (
	"context"
	"database/sql"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"vastrelay/relay/store/database"
)

const (
	// BlockSize is how many events share a document of the index. Larger blocks
	// make it smaller, but hold so many numbers that each trigram of digits
	// occurs in most of them, and a number could not be found by it.
	BlockSize = 8
	// After is how many events wait until they are indexed together. A search looks through them in a few milliseconds.
	After = 1024

	// QuietBlocks is how many blocks are indexed in one transaction when nobody
	// else writes.
	QuietBlocks = 32
	// BusyBlocks is the same for when somebody else writes.
	BusyBlocks = 2
	// quietPages and busyPages are how many pages are merged in it.
	quietPages, busyPages = 64, 8
	// busyRest is how much longer than a step took the index rests when
	// somebody else writes, so that it takes two hundredths of the writer's
	// time. A step that had to wait for its turn is no reason to rest for longer
	// than maxRest.
	busyRest = 49
	maxRest  = time.Second
)

// Tables are how the index reads and writes. They are safe for concurrent use.
type Tables interface {
	// ReadTables reads without entering what has arrived for it. what says in the
	// error what was attempted.
	ReadTables(what string, fn func(database.Querier) error) error
	// WriteLater commits a change when nobody else waits.
	WriteLater(ctx context.Context, fn func(*database.Tx) error) error
	// Writes counts the batches of changes that others have made.
	Writes() int64
}

// Index fills the full-text index behind the accept path: its transactions
// are short, are taken up only while nobody waits for the writer, and rest in
// between when others write. A crash costs nothing: what is in the index is
// committed together with the note that it is. Its errors are not told to
// anybody, because searches look through what is not in the index row by row.
type Index struct {
	tables Tables
	fresh  atomic.Int64 // events entered since the index was last filled up

	wake  chan struct{}
	stop  context.CancelFunc
	ended chan struct{}

	mu       sync.Mutex // held while a step is made
	unmerged bool       // something was indexed since merging came to its end
}

// NewIndex returns an index of what tables holds. Start starts to fill it.
func NewIndex(tables Tables) *Index {
	return &Index{tables: tables, wake: make(chan struct{}, 1), ended: make(chan struct{})}
}

// Start starts the indexing goroutine; Close ends it.
func (x *Index) Start() {
	ctx, stop := context.WithCancel(context.Background())
	x.stop = stop
	go x.loop(ctx)
}

// Close ends the goroutine and waits for it. The writer must still be running.
func (x *Index) Close() {
	x.stop()
	<-x.ended
}

// Noticed counts events that were entered into the tables.
func (x *Index) Noticed(events int) {
	if x.fresh.Add(int64(events)) < After {
		return
	}
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

func (x *Index) loop(ctx context.Context) {
	defer close(x.ended)
	for {
		x.fresh.Store(0)
		x.fill(ctx)
		select {
		case <-ctx.Done():
			return
		case <-x.wake:
		}
	}
}

// fill indexes and merges until there is nothing to do, or an error says that
// now is not the time.
func (x *Index) fill(ctx context.Context) {
	writes := x.tables.Writes()
	quiet := true
	for {
		begun := time.Now()
		more, err := x.Step(ctx, quiet)
		if err != nil || !more {
			return
		}
		now := x.tables.Writes()
		if quiet = now == writes; !quiet {
			select {
			case <-ctx.Done():
				return
			case <-time.After(min(busyRest*time.Since(begun), maxRest)):
			}
		}
		writes = now
	}
}

// Step indexes the next blocks, if there are any, and merges a little. more is
// false when there was nothing to do.
func (x *Index) Step(ctx context.Context, quiet bool) (more bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	blocks, pages := BusyBlocks, busyPages
	if quiet {
		blocks, pages = QuietBlocks, quietPages
	}
	next, err := x.complete(ctx, blocks)
	if err != nil || len(next) == 0 && !x.unmerged {
		return false, err
	}
	var merged bool
	err = x.tables.WriteLater(ctx, func(t *database.Tx) (err error) {
		if err := addBlocks(t, next); err != nil {
			return err
		}
		merged, err = merge(t, pages)
		return err
	})
	if err != nil {
		return false, err
	}
	x.unmerged = merged || len(next) > 0
	return x.unmerged, nil
}

// block is a document of the index.
type block struct {
	number         int64
	oldest, newest int64
	text           strings.Builder // each event's ends in a line feed
}

// complete reads up to limit blocks behind the highest one in the index to
// which no more events can be added.
func (x *Index) complete(ctx context.Context, limit int) ([]*block, error) {
	var blocks []*block
	// What has arrived must not be entered for the sake of the index.
	err := x.tables.ReadTables("read what is to be indexed", func(q database.Querier) error {
		var from, end sql.NullInt64
		err := database.Row(ctx, q, `SELECT (SELECT MIN(num) FROM events WHERE num >= ?1 * (SELECT COALESCE(MAX(block) + 1, 0) FROM search_blocks)),
				(SELECT MAX(num) FROM event_ids)`, []any{BlockSize}, &from, &end)
		if err != nil || !from.Valid || !end.Valid {
			return err
		}
		from.Int64 -= from.Int64 % BlockSize
		to := min(from.Int64+int64(limit)*BlockSize, (end.Int64+1)/BlockSize*BlockSize)
		return database.ForEach(ctx, q, func(rows *sql.Rows) error {
			var num, received int64
			var subject, message string
			if err := rows.Scan(&num, &received, &subject, &message); err != nil {
				return err
			}
			if n := len(blocks); n == 0 || blocks[n-1].number != num/BlockSize {
				blocks = append(blocks, &block{number: num / BlockSize, oldest: math.MaxInt64, newest: math.MinInt64})
			}
			b := blocks[len(blocks)-1]
			b.oldest, b.newest = min(b.oldest, received), max(b.newest, received)
			b.text.WriteString(Fold(subject + "\n" + message + "\n"))
			return nil
		}, `SELECT num, received_at, subject, message FROM events WHERE num >= ? AND num < ? ORDER BY num`, from.Int64, to)
	})
	return blocks, err
}

// addBlocks writes blocks into the index. Blocks left out in between hold no
// events and never will. Two line feeds at the end make the last character,
// too, the first of a trigram.
func addBlocks(t *database.Tx, blocks []*block) error {
	for _, b := range blocks {
		if _, err := t.Exec(`INSERT INTO search (rowid, text) VALUES (?, ?)`, b.number, b.text.String()+"\n"); err != nil {
			return err
		}
		if _, err := t.Exec(`INSERT INTO search_blocks (block, oldest, latest)
			SELECT ?1, ?2, MAX(?3, COALESCE((SELECT latest FROM search_blocks ORDER BY block DESC LIMIT 1), ?3))`,
			b.number, b.oldest, b.newest); err != nil {
			return err
		}
	}
	return nil
}

// merge joins parts of the index, about pages of it, and reports whether there
// was something to join.
// Source: https://www.sqlite.org/fts5.html#the_merge_command .
func merge(t *database.Tx, pages int) (bool, error) {
	var before, after int64
	if err := t.Row(`SELECT total_changes()`, nil, &before); err != nil {
		return false, err
	}
	if _, err := t.Exec(`INSERT INTO search (search, rank) VALUES ('merge', ?)`, pages); err != nil {
		return false, err
	}
	err := t.Row(`SELECT total_changes()`, nil, &after)
	return after-before >= 2, err
}

// RemoveEmptied removes blocks from the index of which no event is left, among those
// that hold the events in list. The highest block stays: it tells how far the
// index reaches.
func RemoveEmptied(ctx context.Context, t *database.Tx, list string) error {
	t.Changed = true
	gone, err := database.Column[int64](ctx, t, `DELETE FROM search_blocks WHERE block IN (SELECT value / ?1 FROM json_each(?2))
			AND block < (SELECT MAX(block) FROM search_blocks)
			AND NOT EXISTS (SELECT 1 FROM events WHERE num >= block * ?1 AND num < (block + 1) * ?1)
		RETURNING block`, BlockSize, list)
	if err != nil {
		return err
	}
	for _, number := range gone {
		if _, err := t.Exec(`DELETE FROM search WHERE rowid = ?`, number); err != nil {
			return err
		}
	}
	return nil
}

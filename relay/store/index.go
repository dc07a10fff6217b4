package store

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
	// blockSize is how many events share a document of the index. Larger blocks
	// make it smaller, but hold so many numbers that each trigram of digits
	// occurs in most of them, and a number could not be found by it.
	blockSize = 8
	// indexAfter is how many events wait until they are indexed together. A
	// search looks through them in a few milliseconds.
	indexAfter = 1024

	// How many blocks are indexed and how many pages are merged in one
	// transaction: when nobody else writes, and when somebody does.
	quietBlocks, busyBlocks = 32, 2
	quietPages, busyPages   = 64, 8
	// busyRest is how much longer than a step took the indexer rests when
	// somebody else writes, so that it takes two hundredths of the writer's
	// time. A step that had to wait for its turn is no reason to rest for longer
	// than maxRest.
	busyRest = 49
	maxRest  = time.Second
)

// indexer fills the full-text index behind the accept path: its transactions
// are short, are taken up only while nobody waits for the writer, and rest in
// between when others write. A crash costs nothing: what is in the index is
// committed together with the note that it is. Its errors are not told to
// anybody, because searches look through what is not in the index row by row.
type indexer struct {
	store *Store
	fresh atomic.Int64 // events entered since the index was last filled up

	wake  chan struct{}
	stop  context.CancelFunc
	ended chan struct{}

	mu       sync.Mutex // held while a step is made
	unmerged bool       // something was indexed since merging came to its end
}

func newIndexer(s *Store) *indexer {
	return &indexer{store: s, wake: make(chan struct{}, 1), ended: make(chan struct{})}
}

// start starts the indexing goroutine; close ends it.
func (x *indexer) start() {
	ctx, stop := context.WithCancel(context.Background())
	x.stop = stop
	go x.loop(ctx)
}

// close ends the goroutine and waits for it. The writer must still be running.
func (x *indexer) close() {
	x.stop()
	<-x.ended
}

// noticed counts events that were entered into the tables.
func (x *indexer) noticed(events int) {
	if x.fresh.Add(int64(events)) < indexAfter {
		return
	}
	select {
	case x.wake <- struct{}{}:
	default:
	}
}

func (x *indexer) loop(ctx context.Context) {
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
func (x *indexer) fill(ctx context.Context) {
	busy := x.store.writer.queue.busy.Load()
	quiet := true
	for {
		begun := time.Now()
		more, err := x.step(ctx, quiet)
		if err != nil || !more {
			return
		}
		now := x.store.writer.queue.busy.Load()
		if quiet = now == busy; !quiet {
			rest := time.NewTimer(min(busyRest*time.Since(begun), maxRest))
			select {
			case <-ctx.Done():
				rest.Stop()
				return
			case <-rest.C:
			}
		}
		busy = now
	}
}

// step indexes the next blocks, if there are any, and merges a little. more is
// false when there was nothing to do.
func (x *indexer) step(ctx context.Context, quiet bool) (more bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	blocks, pages := busyBlocks, busyPages
	if quiet {
		blocks, pages = quietBlocks, quietPages
	}
	next, err := x.complete(ctx, blocks)
	if err != nil || len(next) == 0 && !x.unmerged {
		return false, err
	}
	var merged bool
	err = x.store.writer.doLater(ctx, func(t *database.Tx) (err error) {
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
func (x *indexer) complete(ctx context.Context, limit int) ([]*block, error) {
	var blocks []*block
	// What has arrived must not be entered for the sake of the index.
	err := x.store.reads.readTables("read what is to be indexed", func(q database.Querier) error {
		var from, end sql.NullInt64
		err := database.Row(ctx, q, `SELECT (SELECT MIN(num) FROM events WHERE num >= ?1 * (SELECT COALESCE(MAX(block) + 1, 0) FROM search_blocks)),
				(SELECT MAX(num) FROM event_ids)`, []any{blockSize}, &from, &end)
		if err != nil || !from.Valid || !end.Valid {
			return err
		}
		from.Int64 -= from.Int64 % blockSize
		to := min(from.Int64+int64(limit)*blockSize, (end.Int64+1)/blockSize*blockSize)
		return database.ForEach(ctx, q, func(rows *sql.Rows) error {
			var num, received int64
			var subject, message string
			if err := rows.Scan(&num, &received, &subject, &message); err != nil {
				return err
			}
			if n := len(blocks); n == 0 || blocks[n-1].number != num/blockSize {
				blocks = append(blocks, &block{number: num / blockSize, oldest: math.MaxInt64, newest: math.MinInt64})
			}
			b := blocks[len(blocks)-1]
			b.oldest, b.newest = min(b.oldest, received), max(b.newest, received)
			b.text.WriteString(foldText(subject + "\n" + message + "\n"))
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

// emptied removes blocks from the index of which no event is left, among those
// that hold the events in list. The highest block stays: it tells how far the
// index reaches.
func emptied(ctx context.Context, t *database.Tx, list string) error {
	t.Changed = true
	gone, err := database.Column[int64](ctx, t, `DELETE FROM search_blocks WHERE block IN (SELECT value / ?1 FROM json_each(?2))
			AND block < (SELECT MAX(block) FROM search_blocks)
			AND NOT EXISTS (SELECT 1 FROM events WHERE num >= block * ?1 AND num < (block + 1) * ?1)
		RETURNING block`, blockSize, list)
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

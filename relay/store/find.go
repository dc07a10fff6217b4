package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"unicode"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
	"vastrelay/relay/store/fulltext"
)

const (
	// scanFirst is how many of the newest rows a search looks through before it asks
	// the index; tests set less. A word that is not rare fills its page with them.
	scanFirst = 2000
	// maxUnindexed is how many events may be missing in the index before it is not
	// used: looking through those would take longer than the index saves.
	maxUnindexed = 20_000
	// The blocks that the index names are looked through in portions, which
	// grow with every one that did not fill the page.
	firstPortion, maxPortion = 32, 1024
	// maxStarts is how many trigrams may begin with a short word.
	maxStarts = 200
	// neverIndexed is a trigram that no folded text has.
	neverIndexed = "aaa"
)

// find answers q, which has words to search for, within a read transaction. The
// answer is the same as that of selection.match on every row. It first looks through
// the newest scan rows that q's filters let pass, and then, if they do not fill the
// page, through the blocks of older events that the full-text index names.
func find(ctx context.Context, r database.Querier, q relay.Query, scan int) ([]relay.Summary, error) {
	limit := pageSize(q)
	bound, more, err := boundOf(ctx, r, q, scan)
	if err != nil {
		return nil, err
	}
	if !more {
		return readSummaries(ctx, r, selectEvents(q))
	}
	newer := selectEvents(q)
	newer.and(`e.received_at >= ?`, bound)
	page, err := readSummaries(ctx, r, newer)
	if err != nil || len(page) == limit {
		return page, err
	}
	q.Limit = limit - len(page)
	older, err := findOlder(ctx, r, q, bound)
	return append(page, older...), err
}

// boundOf returns the arrival of the row that follows the newest scan rows which q's
// filters let pass; more is false when there is no such row.
func boundOf(ctx context.Context, r database.Querier, q relay.Query, scan int) (bound int64, more bool, err error) {
	var s selection
	s.filter(q, "")
	query := `SELECT e.received_at FROM events e WHERE 1` + s.where + ` ORDER BY e.received_at DESC LIMIT 1 OFFSET ?`
	err = database.ForEach(ctx, r, func(rows *sql.Rows) error {
		more = true
		return rows.Scan(&bound)
	}, query, append(s.args, scan)...)
	return bound, more, err
}

// findOlder answers q for events that arrived before bound.
func findOlder(ctx context.Context, r database.Querier, q relay.Query, bound int64) ([]relay.Summary, error) {
	match, err := matchOf(ctx, r, q.Search)
	if err != nil {
		return nil, err
	}
	var next, end int64
	err = database.Row(ctx, r, `SELECT ?1 * COALESCE((SELECT MAX(block) + 1 FROM search_blocks), 0), COALESCE((SELECT MAX(num) FROM event_ids), 0)`, []any{fulltext.BlockSize}, &next, &end)
	if err != nil {
		return nil, err
	}
	if match == "" || end-next > maxUnindexed {
		rest := selectEvents(q)
		rest.and(`e.received_at < ?`, bound)
		return readSummaries(ctx, r, rest)
	}
	f := &finding{r: r, q: q, bound: bound, limit: pageSize(q)}
	unindexed := selection{from: "events e"}
	unindexed.and(`e.num >= ?`, next)
	if err := f.look(ctx, unindexed); err != nil {
		return nil, err
	}
	err = f.blocks(ctx, match)
	return f.page, err
}

// matchOf returns the query of the full-text index for search; it is empty when the
// index cannot help.
func matchOf(ctx context.Context, r database.Querier, search string) (string, error) {
	if match := fulltext.Trigrams(search); match != "" {
		return match, nil
	}
	// All words have one or two characters. The query names all trigrams that begin
	// with the longest one. If those are few, the word is rare, and the index can help.
	word := slices.MaxFunc(fulltext.Words(search), func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	terms, err := database.Column[string](ctx, r, `SELECT term FROM search_terms WHERE term >= ? AND term < ? LIMIT ?`, word, word+string(unicode.MaxRune), maxStarts)
	if err != nil || len(terms) >= maxStarts {
		return "", err
	}
	match := fulltext.Quote(neverIndexed)
	for _, term := range terms {
		match += " OR " + fulltext.Quote(term)
	}
	return match, nil
}

// finding gathers the page of a search from portions of the events.
type finding struct {
	r     database.Querier
	q     relay.Query
	bound int64 // only events that arrived before it count
	limit int
	page  []relay.Summary // newest first
}

// blocks looks through the blocks that the index names for match, the highest first,
// until the blocks that are left hold only older events than the full page does.
func (f *finding) blocks(ctx context.Context, match string) error {
	rows, err := f.r.Query(ctx, `SELECT s.rowid, b.oldest, b.latest FROM search s CROSS JOIN search_blocks b ON b.block = s.rowid
		WHERE s.search MATCH ? ORDER BY s.rowid DESC`, match)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	var portion []int64
	size := firstPortion
	for rows.Next() {
		var number, oldest, latest int64
		if err := rows.Scan(&number, &oldest, &latest); err != nil {
			return err
		}
		if f.full() && latest < f.page[f.limit-1].ReceivedAt.UnixMicro() {
			break
		}
		if oldest >= f.bound {
			continue
		}
		if portion = append(portion, number); len(portion) < size {
			continue
		}
		if err := f.lookIn(ctx, portion); err != nil {
			return err
		}
		portion, size = portion[:0], min(2*size, maxPortion)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return f.lookIn(ctx, portion)
}

func (f *finding) full() bool { return len(f.page) == f.limit }

// lookIn looks through blocks.
func (f *finding) lookIn(ctx context.Context, blocks []int64) error {
	if len(blocks) == 0 {
		return nil
	}
	return f.look(ctx, selection{
		from: `json_each(?) b CROSS JOIN events e ON e.num >= b.value * ? AND e.num < (b.value + 1) * ?`,
		args: []any{database.JSONList(blocks), fulltext.BlockSize, fulltext.BlockSize},
	})
}

// look adds to the page what it finds among the events of s.
func (f *finding) look(ctx context.Context, s selection) error {
	s.limit = f.limit
	s.filter(f.q, "+")
	s.match(f.q)
	s.and(`+e.received_at < ?`, f.bound)
	if f.full() {
		s.and(`+e.received_at >= ?`, f.page[f.limit-1].ReceivedAt.UnixMicro())
	}
	found, err := readSummaries(ctx, f.r, s)
	if err != nil {
		return err
	}
	f.page = append(f.page, found...)
	slices.SortFunc(f.page, func(a, b relay.Summary) int {
		return cmp.Or(b.ReceivedAt.Compare(a.ReceivedAt), cmp.Compare(b.ID, a.ID))
	})
	f.page = f.page[:min(len(f.page), f.limit)]
	return nil
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

const (
	// arrivalBatch is how many events share a row of arrivals at most. It
	// bounds how long accepting waits while one is entered.
	arrivalBatch = 128
	// enterAtOnce is how many events are entered in a transaction, unless a
	// single row holds more.
	enterAtOnce = 64
	// maxBehind is how many events may wait to be entered before accepting
	// shares its time with entering. They are about two seconds of work, which
	// the first read after a crash may have to wait for.
	maxBehind = 20_000
)

// backlog is what arrived and is not in the tables yet. What is accepted goes
// to disk as one row of the table arrivals for all that wait for the same
// sync, which is as little as SQLite can be asked to do; from there it is
// entered into the tables. Only the writing goroutine uses it, but for reading
// the two numbers.
type backlog struct {
	ids    map[string]struct{} // of the events that are behind
	bodies map[string]string   // the ids of those that are known by their body, by BodyID

	appended atomic.Int64 // the newest row of arrivals
	entered  atomic.Int64 // the newest that is in the tables, or was set aside
}

// behind reports whether there is anything to enter.
func (b *backlog) behind() bool { return b.entered.Load() < b.appended.Load() }

// holds reports whether an event with this id is behind.
func (b *backlog) holds(id string) bool {
	_, ok := b.ids[id]
	return ok
}

// load reads what arrivals holds, at the start and whenever it is not certain
// what became of a transaction.
func (b *backlog) load(ctx context.Context, conn database.Querier) error {
	ids, bodies := make(map[string]struct{}), make(map[string]string)
	var first, last int64
	err := database.ForEach(ctx, conn, func(rows *sql.Rows) error {
		var batch sql.RawBytes
		if err := rows.Scan(&last, &batch); err != nil {
			return err
		}
		if first == 0 {
			first = last
		}
		// A row that cannot be read is set aside when its turn comes.
		arrived, _, _ := decodeArrivals(batch)
		for _, a := range arrived {
			ids[a.event.ID] = struct{}{}
			if body := a.event.BodyID; body != "" {
				bodies[body] = a.event.ID
			}
		}
		return nil
	}, `SELECT num, batch FROM arrivals WHERE num > 0 ORDER BY num`)
	if err != nil {
		return fmt.Errorf("read what has arrived: %w", err)
	}
	b.ids, b.bodies = ids, bodies
	if last > 0 {
		b.appended.Store(last)
		b.entered.Store(first - 1)
	} else {
		// Numbers are never given twice in a session, so that whoever waits for
		// one does not wait for another's.
		b.entered.Store(b.appended.Load())
	}
	return nil
}

// append puts those of batch that are new on disk, in one synced transaction.
func (b *backlog) append(s *database.Conn, now time.Time, batch []*request) error {
	if err := s.SetDurability(database.SyncedInLargeLog); err != nil {
		return err
	}
	if _, err := s.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	t := &database.Tx{Conn: s, Now: now}
	if err := b.nameByBody(t, batch); err != nil {
		return err
	}
	seen, err := b.known(t, batch)
	if err != nil {
		return err
	}
	row := beginArrivals(now, len(batch)*len(batch[0].arrived.encoded))
	var fresh []*arriving
	for _, r := range batch {
		id := r.arrived.id
		_, known := seen[id]
		if r.arrived.fresh = !known; known {
			continue
		}
		seen[id] = struct{}{}
		fresh = append(fresh, r.arrived)
		row = append(row, r.arrived.encoded...)
	}
	next := b.appended.Load() + 1
	if len(fresh) > 0 {
		if _, err := t.Exec(`INSERT INTO arrivals (num, batch) VALUES (?, ?)`, next, row); err != nil {
			return err
		}
	}
	if _, err := s.Exec("COMMIT"); err != nil || len(fresh) == 0 {
		return err
	}
	for _, a := range fresh {
		b.ids[a.id] = struct{}{}
		if a.body != "" {
			b.bodies[a.body] = a.id
		}
	}
	b.appended.Store(next)
	return nil
}

// nameByBody gives events whose id is not signed the id under which their body
// is known, also from another event of the batch.
func (b *backlog) nameByBody(t *database.Tx, batch []*request) error {
	named := make(map[string]string)
	for _, r := range batch {
		a := r.arrived
		if a.body == "" {
			continue
		}
		id, ok := named[a.body]
		if !ok {
			var err error
			if id, err = b.idOf(t, a.id, a.body); err != nil {
				return err
			}
			named[a.body] = id
		}
		if id != a.id {
			a.id, a.arrival.event.ID = id, id
			a.encoded = appendArrival(nil, a.arrival)
		}
	}
	return nil
}

// known returns the ids of those of batch that were accepted before, whether
// they are behind or in the tables.
func (b *backlog) known(t *database.Tx, batch []*request) (map[string]struct{}, error) {
	known := make(map[string]struct{})
	ids := make([]string, 0, len(batch))
	for _, r := range batch {
		if b.holds(r.arrived.id) {
			known[r.arrived.id] = struct{}{}
		} else {
			ids = append(ids, r.arrived.id)
		}
	}
	if len(ids) == 0 {
		return known, nil
	}
	// One question about all costs a fifth of one for each.
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	scan := func(rows *sql.Rows) error {
		var id string
		var as relay.Verdict
		if err := rows.Scan(&id, &as); err != nil {
			return err
		}
		if !replaceable(as) {
			known[id] = struct{}{}
		}
		return nil
	}
	return known, database.ForEach(context.Background(), t, scan,
		`SELECT i.id, i.verdict FROM json_each(?) AS list CROSS JOIN event_ids AS i ON i.id = list.value`, string(list))
}

// enter moves the oldest arrivals into the tables and says how many events
// that were. It does not sync: until the next sync, a power cut leaves them in
// arrivals.
func (b *backlog) enter(s *database.Conn) (events int, err error) {
	if err := s.SetDurability(database.Unsynced); err != nil {
		return 0, err
	}
	events, err = b.enterRows(s, arrivalRow.enter)
	if err == nil || database.Diagnose(err) != "" {
		return events, err
	}
	// One of them is itself to blame, and has to be told from the others.
	if err := s.Rollback(); err != nil {
		return 0, err
	}
	return b.enterRows(s, arrivalRow.enterOrSetAside)
}

// enterRows enters the oldest rows with enter, in one transaction.
func (b *backlog) enterRows(s *database.Conn, enter func(arrivalRow, *database.Conn) error) (events int, err error) {
	if _, err := s.Exec("BEGIN IMMEDIATE"); err != nil {
		return 0, err
	}
	rows, err := oldestArrivals(s)
	if err != nil {
		return 0, err
	}
	last := b.appended.Load() // for the case that the rows are gone
	for _, row := range rows {
		if err := enter(row, s); err != nil {
			return 0, err
		}
		last = row.num
	}
	if _, err := s.Exec(`DELETE FROM arrivals WHERE num > 0 AND num <= ?`, last); err != nil {
		return 0, err
	}
	if _, err := s.Exec("COMMIT"); err != nil {
		return 0, err
	}
	for _, row := range rows {
		for _, a := range row.arrived {
			delete(b.ids, a.event.ID)
			delete(b.bodies, a.event.BodyID)
		}
		events += len(row.arrived)
	}
	b.entered.Store(last)
	return events, nil
}

// arrivalRow is a row of the table.
type arrivalRow struct {
	num     int64
	arrived []arrival
	stored  time.Time
	err     error // why it cannot be read
}

// oldestArrivals reads the rows that are to be entered next.
func oldestArrivals(s *database.Conn) ([]arrivalRow, error) {
	rows, err := s.Query(context.Background(), `SELECT num, batch FROM arrivals WHERE num > 0 ORDER BY num LIMIT ?`, enterAtOnce)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var oldest []arrivalRow
	for events := 0; events < enterAtOnce && rows.Next(); {
		var next arrivalRow
		var body sql.RawBytes
		if err := rows.Scan(&next.num, &body); err != nil {
			return nil, err
		}
		next.arrived, next.stored, next.err = decodeArrivals(body)
		events += len(next.arrived)
		oldest = append(oldest, next)
	}
	return oldest, rows.Err()
}

// enter writes the events of a row into the tables.
func (a arrivalRow) enter(s *database.Conn) error {
	if a.err != nil {
		return a.err
	}
	t := &database.Tx{Conn: s, Now: a.stored}
	for _, one := range a.arrived {
		if err := accept(t, rowOf(one.event), one.spaces); err != nil {
			return err
		}
	}
	return nil
}

// enterOrSetAside is enter within a savepoint. A row that is itself to blame
// for an error is set aside under a negative number, where it stays: it may
// hold events, and must not keep those behind it waiting.
func (a arrivalRow) enterOrSetAside(s *database.Conn) error {
	if _, err := s.Exec("SAVEPOINT arrivals"); err != nil {
		return err
	}
	if err := a.enter(s); err != nil {
		if database.Diagnose(err) != "" {
			return err
		}
		if _, err := s.Exec("ROLLBACK TO arrivals"); err != nil {
			return err
		}
		if _, err := s.Exec(`UPDATE arrivals SET num = MIN(0, (SELECT MIN(num) FROM arrivals)) - 1 WHERE num = ?`, a.num); err != nil {
			return err
		}
	}
	_, err := s.Exec("RELEASE arrivals")
	return err
}

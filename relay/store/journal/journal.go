// Package journal puts accepted events on disk fast: all events that wait for the
// same sync become one row of the table arrivals, which is as little as SQLite can
// be asked to do. From there they are entered into the tables later, in order
// and without a sync: until a later sync covers the tables, the events are still
// in arrivals, or the removal of their row is lost together with what was entered.
//
// The package knows the table arrivals; what else it has to know of an event it
// asks of Tables.
//
// # Concurrency
//
// A Journal belongs to the goroutine that writes, but for Behind, Appended and
// Entered, which are safe for concurrent use.
package journal

import (
	"context"
	"database/sql"
	"fmt"
	"sync/atomic"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// MaxBatch is how many events share a row at most. It bounds how long accepting
// waits while one row is entered.
const MaxBatch = 128

// enterAtOnce is how many events are entered in a transaction, unless a single
// row holds more.
const enterAtOnce = 64

// Entry is an event that was accepted for spaces.
type Entry struct {
	Event  relay.Event
	Spaces []string
}

// Arrival is an event that is to be appended.
type Arrival struct {
	Fresh bool // the answer: the event was not accepted before

	entry   Entry
	encoded []byte
}

// NewArrival returns what Append takes for e.
func NewArrival(e Entry) *Arrival { return &Arrival{entry: e, encoded: appendEntry(nil, e)} }

// Tables are what the journal asks of the tables that events are entered into.
type Tables interface {
	// IDOf returns the id of the event that came with body before; empty when
	// there was none.
	IDOf(t *database.Tx, body string) (string, error)
	// Accepted returns those of ids that were accepted before.
	Accepted(t *database.Tx, ids []string) ([]string, error)
	// Enter writes an event into the tables.
	Enter(t *database.Tx, e Entry) error
}

// Journal is the table arrivals. New makes one, Load must come first.
type Journal struct {
	tables Tables
	ids    map[string]struct{} // of the events that are not entered
	bodies map[string]string   // the ids of those that are known by their body, by BodyID

	appended atomic.Int64 // the newest row
	entered  atomic.Int64 // the newest row that is in the tables, or was set aside
}

// New returns a journal in front of tables.
func New(tables Tables) *Journal { return &Journal{tables: tables} }

// Behind reports whether there is anything to enter.
func (j *Journal) Behind() bool { return j.Entered() < j.Appended() }

// Appended returns the number of the newest row.
func (j *Journal) Appended() int64 { return j.appended.Load() }

// Entered returns the number of the newest row that is in the tables.
func (j *Journal) Entered() int64 { return j.entered.Load() }

// Len returns how many events are not entered.
func (j *Journal) Len() int { return len(j.ids) }

// Holds reports whether an event with this id is not entered.
func (j *Journal) Holds(id string) bool {
	_, ok := j.ids[id]
	return ok
}

// IDOf returns the id under which an event is known: the one that it came with,
// unless an event with the same body came before under another.
func (j *Journal) IDOf(t *database.Tx, id, body string) (string, error) {
	if body == "" {
		return id, nil
	}
	if first, ok := j.bodies[body]; ok {
		return first, nil
	}
	first, err := j.tables.IDOf(t, body)
	if first == "" {
		first = id
	}
	return first, err
}

// Load reads what arrivals holds, at the start and whenever it is not certain
// what became of a transaction.
func (j *Journal) Load(ctx context.Context, q database.Querier) error {
	j.ids, j.bodies = make(map[string]struct{}), make(map[string]string)
	var first, last int64
	err := database.ForEach(ctx, q, func(rows *sql.Rows) error {
		var row sql.RawBytes
		if err := rows.Scan(&last, &row); err != nil {
			return err
		}
		if first == 0 {
			first = last
		}
		entries, _, _ := decodeRow(row) // one that cannot be read is set aside when its turn comes
		for _, e := range entries {
			j.remember(e)
		}
		return nil
	}, `SELECT num, batch FROM arrivals WHERE num > 0 ORDER BY num`)
	if err != nil {
		return fmt.Errorf("read what has arrived: %w", err)
	}
	if last > 0 {
		j.appended.Store(last)
		j.entered.Store(first - 1)
	} else {
		// Numbers are never given twice in a session, so that whoever waits for
		// one does not wait for another's.
		j.entered.Store(j.Appended())
	}
	return nil
}

// remember notes an event that is not entered.
func (j *Journal) remember(e Entry) {
	j.ids[e.Event.ID] = struct{}{}
	if e.Event.BodyID != "" {
		j.bodies[e.Event.BodyID] = e.Event.ID
	}
}

// Append puts those of batch that are new on disk, in one synced transaction, and
// tells in each whether it was. The error is the database's.
func (j *Journal) Append(c *database.Conn, now time.Time, batch []*Arrival) error {
	if err := c.SetDurability(database.SyncedInLargeLog); err != nil {
		return err
	}
	if _, err := c.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	t := &database.Tx{Conn: c, Now: now}
	if err := j.nameByBody(t, batch); err != nil {
		return err
	}
	fresh, err := j.fresh(t, batch)
	if err != nil {
		return err
	}
	next := j.Appended() + 1
	if len(fresh) > 0 {
		row := beginRow(now, len(fresh)*len(fresh[0].encoded))
		for _, a := range fresh {
			row = append(row, a.encoded...)
		}
		if _, err := t.Exec(`INSERT INTO arrivals (num, batch) VALUES (?, ?)`, next, row); err != nil {
			return err
		}
	}
	if _, err := c.Exec("COMMIT"); err != nil || len(fresh) == 0 {
		return err
	}
	for _, a := range fresh {
		j.remember(a.entry)
	}
	j.appended.Store(next)
	return nil
}

// nameByBody gives events whose id is not signed the id under which their body
// is known, also from another event of the batch.
func (j *Journal) nameByBody(t *database.Tx, batch []*Arrival) error {
	named := make(map[string]string)
	for _, a := range batch {
		ev := &a.entry.Event
		if ev.BodyID == "" {
			continue
		}
		id, ok := named[ev.BodyID]
		if !ok {
			var err error
			if id, err = j.IDOf(t, ev.ID, ev.BodyID); err != nil {
				return err
			}
			named[ev.BodyID] = id
		}
		if id != ev.ID {
			ev.ID = id
			a.encoded = appendEntry(nil, a.entry)
		}
	}
	return nil
}

// fresh returns those of batch that were not accepted before, neither here nor
// in the tables, and tells in each whether it was.
func (j *Journal) fresh(t *database.Tx, batch []*Arrival) (fresh []*Arrival, err error) {
	known := make(map[string]bool)
	var unsure []string
	for _, a := range batch {
		id := a.entry.Event.ID
		if known[id] = j.Holds(id); !known[id] {
			unsure = append(unsure, id)
		}
	}
	if len(unsure) > 0 {
		accepted, err := j.tables.Accepted(t, unsure)
		if err != nil {
			return nil, err
		}
		for _, id := range accepted {
			known[id] = true
		}
	}
	for _, a := range batch {
		id := a.entry.Event.ID
		if a.Fresh = !known[id]; a.Fresh {
			known[id] = true
			fresh = append(fresh, a)
		}
	}
	return fresh, nil
}

// Enter moves the oldest rows into the tables and says how many events that
// were. It does not sync: until the next sync, a power cut leaves them in
// arrivals.
func (j *Journal) Enter(c *database.Conn) (events int, err error) {
	if err := c.SetDurability(database.Unsynced); err != nil {
		return 0, err
	}
	events, err = j.enterRows(c, j.enter)
	if err == nil || database.Diagnose(err) != "" {
		return events, err
	}
	// One row is itself to blame, and has to be told from the others.
	if err := c.Rollback(); err != nil {
		return 0, err
	}
	return j.enterRows(c, j.enterOrSetAside)
}

// enterRows enters the oldest rows with enter, in one transaction.
func (j *Journal) enterRows(c *database.Conn, enter func(*database.Conn, row) error) (events int, err error) {
	if _, err := c.Exec("BEGIN IMMEDIATE"); err != nil {
		return 0, err
	}
	rows, err := oldest(c)
	if err != nil {
		return 0, err
	}
	last := j.Appended() // for the case that the rows are gone
	for _, r := range rows {
		if err := enter(c, r); err != nil {
			return 0, err
		}
		last = r.num
	}
	if _, err := c.Exec(`DELETE FROM arrivals WHERE num > 0 AND num <= ?`, last); err != nil {
		return 0, err
	}
	if _, err := c.Exec("COMMIT"); err != nil {
		return 0, err
	}
	for _, r := range rows {
		for _, e := range r.entries {
			delete(j.ids, e.Event.ID)
			delete(j.bodies, e.Event.BodyID)
		}
		events += len(r.entries)
	}
	j.entered.Store(last)
	return events, nil
}

// row is a row of the table.
type row struct {
	num     int64
	entries []Entry
	stored  time.Time
	err     error // why it cannot be read
}

// oldest reads the rows that are to be entered next.
func oldest(c *database.Conn) ([]row, error) {
	rows, err := c.Query(context.Background(), `SELECT num, batch FROM arrivals WHERE num > 0 ORDER BY num LIMIT ?`, enterAtOnce)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var found []row
	for events := 0; events < enterAtOnce && rows.Next(); {
		var next row
		var batch sql.RawBytes
		if err := rows.Scan(&next.num, &batch); err != nil {
			return nil, err
		}
		next.entries, next.stored, next.err = decodeRow(batch)
		events += len(next.entries)
		found = append(found, next)
	}
	return found, rows.Err()
}

// enter writes the events of a row into the tables.
func (j *Journal) enter(c *database.Conn, r row) error {
	if r.err != nil {
		return r.err
	}
	t := &database.Tx{Conn: c, Now: r.stored}
	for _, e := range r.entries {
		if err := j.tables.Enter(t, e); err != nil {
			return err
		}
	}
	return nil
}

// enterOrSetAside is enter, but a row that is itself to blame for an error is set
// aside under a negative number, where it stays: it may hold events, and must not
// keep those behind it waiting.
func (j *Journal) enterOrSetAside(c *database.Conn, r row) error {
	failed, err := c.Try(func() error { return j.enter(c, r) })
	if err == nil && failed != nil {
		_, err = c.Exec(`UPDATE arrivals SET num = MIN(0, (SELECT MIN(num) FROM arrivals)) - 1 WHERE num = ?`, r.num)
	}
	return err
}

package drivers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"

	_ "github.com/mattn/go-sqlite3" // the driver in C
	_ "modernc.org/sqlite"          // the driver in Go
)

// The drivers under the names with which they register themselves.
const (
	inGo = "sqlite"
	inC  = "sqlite3"
)

// titles are the drivers' names in the table.
var titles = map[string]string{inGo: "modernc.org/sqlite (Go)", inC: "mattn/go-sqlite3 (C)"}

// settings are those of the store's writing connection, writePragmas.
var settings = []string{
	"journal_mode = WAL",
	"synchronous = FULL",
	"foreign_keys = 1",
	"temp_store = MEMORY",
	"trusted_schema = 0",
	"cache_size = -16384",
	"journal_size_limit = 67108864",
}

// database is one driver's database with its connection.
type database struct {
	driver string
	conn   *sql.Conn
	stmts  map[string]*sql.Stmt
	events int // how many were entered or arrived
	rows   int // how many rows of arrivals were written
}

// create makes an empty database with the store's tables.
func create(tb testing.TB, driver string) *database {
	tb.Helper()
	db, err := sql.Open(driver, filepath.Join(tb.TempDir(), "events.db"))
	if err != nil {
		tb.Fatal(err)
	}
	conn, err := db.Conn(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = conn.Close()
		_ = db.Close()
	})
	for _, setting := range settings {
		if _, err := conn.ExecContext(tb.Context(), "PRAGMA "+setting); err != nil {
			tb.Fatalf("%s: set %s: %v", driver, setting, err)
		}
	}
	for _, step := range schema(tb) {
		if _, err := conn.ExecContext(tb.Context(), step); err != nil {
			tb.Fatalf("%s: make the tables: %v", driver, err)
		}
	}
	return &database{driver: driver, conn: conn, stmts: make(map[string]*sql.Stmt)}
}

// schema reads the steps of the store's schema from its sources: the constants
// schema1, schema2 and so on, in this order.
func schema(tb testing.TB) []string {
	tb.Helper()
	files, err := filepath.Glob("../schema*.go")
	if err != nil {
		tb.Fatal(err)
	}
	found := make(map[string]string)
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			tb.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				if text, ok := spec.Values[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
					found[spec.Names[0].Name], _ = strconv.Unquote(text.Value)
				}
			}
			return true
		})
	}
	var steps []string
	for n := 1; found[fmt.Sprint("schema", n)] != ""; n++ {
		steps = append(steps, found[fmt.Sprint("schema", n)])
	}
	if len(steps) < 3 {
		tb.Fatalf("found %d steps of the schema in %v, want all", len(steps), files)
	}
	return steps
}

// statement returns query as a prepared statement, as the store keeps them.
func (d *database) statement(query string) (*sql.Stmt, error) {
	if stmt, ok := d.stmts[query]; ok {
		return stmt, nil
	}
	stmt, err := d.conn.PrepareContext(context.Background(), query)
	if err == nil {
		d.stmts[query] = stmt
	}
	return stmt, err
}

func (d *database) exec(query string, args ...any) (sql.Result, error) {
	stmt, err := d.statement(query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(context.Background(), args...)
}

// arrive puts the next n events on disk in one transaction, as the store does
// before it answers: one row for all that are not known.
func (d *database) arrive(n int) error {
	if _, err := d.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	var batch []byte
	for range n {
		ev := eventOf(d.events)
		if err := d.unknown(ev.id); err != nil {
			return err
		}
		batch = append(batch, ev.id+ev.typ+ev.subject+ev.message...)
		batch = append(batch, ev.payload...)
		d.events++
	}
	d.rows++
	if _, err := d.exec(`INSERT INTO arrivals (num, batch) VALUES (?, ?)`, d.rows, batch); err != nil {
		return err
	}
	_, err := d.exec("COMMIT")
	return err
}

// enter writes the next n events into the tables in one transaction.
func (d *database) enter(n int) error {
	if _, err := d.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for range n {
		if err := d.insert(eventOf(d.events)); err != nil {
			return err
		}
		d.events++
	}
	_, err := d.exec("COMMIT")
	return err
}

// event is what an event has that differs from the next one's.
type event struct {
	id, typ, subject, message string
	at                        int64
	payload                   []byte
}

// eventOf makes the event of a number, with an id as scattered as Vast.ai's.
func eventOf(n int) event {
	ev := event{
		id:      fmt.Sprintf("%016x%016x", uint64(n+1)*0x9e3779b97f4a7c15, uint64(n+1)*0xd1b54a32d192ed03),
		typ:     []string{"outbid", "instance_started", "low_credit", "instance_offline"}[n%4],
		subject: fmt.Sprintf("Your Interruptible Instance #%d Has Been Outbid", 1000000+n),
		message: fmt.Sprintf("Your instance %d was outbid and is paused. Your bid of $0.25/hr was beaten.", 1000000+n),
		at:      1_700_000_000_000_000 + int64(n)*1_000_000,
	}
	ev.payload = fmt.Appendf(nil, `{"event_id":%q,"user_id":4711,"notif_type":%q,"subject":%q,"message":%q,"timestamp":1772489999.5}`,
		ev.id, ev.typ, ev.subject, ev.message)
	return ev
}

// unknown makes sure that no event has the id.
func (d *database) unknown(id string) error {
	known, err := d.statement(`SELECT num, verdict FROM event_ids WHERE id = ?`)
	if err != nil {
		return err
	}
	var num int64
	var verdict string
	switch err := known.QueryRowContext(context.Background(), id).Scan(&num, &verdict); {
	case err == nil:
		return fmt.Errorf("event %s is known already", id)
	case errors.Is(err, sql.ErrNoRows):
		return nil
	default:
		return err
	}
}

// insert writes one event: is it known, its id, the event, the payload, a post
// and the post's member.
func (d *database) insert(ev event) error {
	if err := d.unknown(ev.id); err != nil {
		return err
	}
	r, err := d.exec(`INSERT INTO event_ids (id, verdict, first_seen) VALUES (?, ?, ?)`, ev.id, "accepted", ev.at)
	if err != nil {
		return err
	}
	num, err := r.LastInsertId()
	if err != nil {
		return err
	}
	if _, err := d.exec(`INSERT INTO events (num, context, type, user_id, occurred_at, received_at, stored_at,
			delivery, fate, subject, message, folded)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		num, "client", ev.typ, 4711, ev.at, ev.at, ev.at, 1, "waiting", ev.subject, ev.message, nil); err != nil {
		return err
	}
	if _, err := d.exec(`INSERT INTO payloads (num, body) VALUES (?, ?)`, num, ev.payload); err != nil {
		return err
	}
	r, err = d.exec(`INSERT INTO posts (space, kind, state, created_at, urgent) VALUES (?, ?, 'waiting', ?, ?)`,
		"AAAAaaaa111", "single", ev.at, ev.typ != "instance_started")
	if err != nil {
		return err
	}
	post, err := r.LastInsertId()
	if err != nil {
		return err
	}
	_, err = d.exec(`INSERT INTO post_events (post, position, event) VALUES (?, 0, ?)`, post, num)
	return err
}

// columns are what a list shows of an event.
const columns = `SELECT i.id, e.context, e.type, e.subject, e.received_at, e.fate, e.may_repeat
	FROM events e CROSS JOIN event_ids i ON i.num = e.num `

// page reads the newest n events and returns how many there were.
func (d *database) page(n int) (int, error) {
	return d.read(columns+`ORDER BY e.received_at DESC, i.id DESC LIMIT ?`, n)
}

// search looks through the oldest n events for words, which must be plain.
func (d *database) search(n int, words string) (int, error) {
	return d.read(columns+`WHERE e.num <= ? AND COALESCE(e.folded, e.subject || char(10) || e.message) LIKE ? ESCAPE '\'
		ORDER BY e.received_at DESC, i.id DESC LIMIT 100`, n, "%"+words+"%")
}

// read reads summaries of events and returns how many there were.
func (d *database) read(query string, args ...any) (count int, err error) {
	stmt, err := d.statement(query)
	if err != nil {
		return 0, err
	}
	rows, err := stmt.QueryContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	for ; rows.Next(); count++ {
		var id, origin, typ, subject, fate string
		var at int64
		var repeat bool
		if err := rows.Scan(&id, &origin, &typ, &subject, &at, &fate, &repeat); err != nil {
			return 0, err
		}
	}
	return count, rows.Err()
}

// version is that of the SQLite in the driver.
func (d *database) version(tb testing.TB) (version string) {
	tb.Helper()
	if err := d.conn.QueryRowContext(tb.Context(), `SELECT sqlite_version()`).Scan(&version); err != nil {
		tb.Fatal(err)
	}
	return version
}

// TestBothDriversDoTheSameWork shows that what is compared can be.
func TestBothDriversDoTheSameWork(t *testing.T) {
	for _, driver := range []string{inGo, inC} {
		t.Run(titles[driver], func(t *testing.T) {
			d := create(t, driver)
			for _, n := range []int{1, 16, 64} {
				if err := d.enter(n); err != nil {
					t.Fatal(err)
				}
			}
			for _, n := range []int{1, 64} {
				if err := d.arrive(n); err != nil {
					t.Fatal(err)
				}
			}
			for table, want := range map[string]int{"event_ids": 81, "events": 81, "payloads": 81, "posts": 81, "post_events": 81, "arrivals": 2} {
				var rows int
				if err := d.conn.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM `+table).Scan(&rows); err != nil || rows != want {
					t.Errorf("%s has %d rows, %v; want %d", table, rows, err, want)
				}
			}
			if n, err := d.page(50); n != 50 || err != nil {
				t.Errorf("page = %d, %v; want 50 events", n, err)
			}
			if n, err := d.search(81, "1000007 HAS been"); n != 1 || err != nil {
				t.Errorf("search = %d, %v; want 1 event", n, err)
			}
			for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"} {
				var got string
				if err := d.conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
					t.Errorf("%s = %q, %v; want %q", pragma, got, err, want)
				}
			}
		})
	}
}

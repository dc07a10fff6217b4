package store

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// databaseOf makes a database as the program at version left it.
func databaseOf(t *testing.T, path string, version int) {
	t.Helper()
	older := schema()
	older.Steps = older.Steps[:version]
	s, err := database.Open(t.Context(), path, database.Options{Schema: older, Now: time.Now})
	must(t, err)
	must(t, s.Close())
}

// schemaOf lists the statements that made the tables of a database.
func schemaOf(t *testing.T, s *Store) []string {
	t.Helper()
	var schema []string
	must(t, s.reads.read(t.Context(), "read the schema", func(r database.Querier) error {
		return database.ForEach(t.Context(), r, func(rows *sql.Rows) error {
			var statement string
			err := rows.Scan(&statement)
			schema = append(schema, statement)
			return err
		}, `SELECT COALESCE(sql, name) FROM sqlite_schema`)
	}))
	slices.Sort(schema)
	return schema
}

func TestEveryOlderVersionIsBroughtToTheLatest(t *testing.T) {
	want := schemaOf(t, openNew(t))
	for version := range schema().Latest() + 1 {
		t.Run(fmt.Sprint("from version ", version), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.db")
			databaseOf(t, path, version)
			s := openAt(t, path)
			if got := schemaOf(t, s); !slices.Equal(got, want) {
				t.Errorf("schema = %q, want %q", got, want)
			}
			var got int
			if readRow(t, s, `PRAGMA user_version`, &got); got != schema().Latest() {
				t.Errorf("version = %d, want %d", got, schema().Latest())
			}
			mustAccept(t, s, eventN(1), spaceA)
		})
	}
}

// firstVersion makes a database as the first version left it, with two waiting
// posts, the younger of which is urgent.
func firstVersion(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "events.db")
	databaseOf(t, path, 1)
	old, err := database.Connect(t.Context(), path, nil)
	must(t, err)
	for _, query := range []string{
		`INSERT INTO event_ids VALUES (1, 'one', 'accepted', 1), (2, 'two', 'accepted', 1)`,
		`INSERT INTO events (num, context, type, user_id, received_at, stored_at, delivery, fate, subject, message, payload)
			VALUES (1, 'client', 'rental_started', 0, 1, 1, 1, 'waiting', '', '', NULL),
			(2, 'client', 'low_credit', 0, 1, 1, 1, 'waiting', '', '', x'7b7d')`,
		`INSERT INTO posts (id, space, kind, state, created_at) VALUES
			(1, 'AAAAaaaa111', 'single', 'waiting', 1), (2, 'AAAAaaaa111', 'single', 'waiting', 1)`,
		`INSERT INTO post_events VALUES (1, 0, 1), (2, 0, 2)`,
	} {
		_, err := old.Exec(query)
		must(t, err)
	}
	must(t, old.Close())
	return path
}

func TestOpenPostsOfTheFirstVersionAreMarkedUrgent(t *testing.T) {
	s := openAt(t, firstVersion(t))
	if got := mustNext(t, s, spaceA).Events[0].ID; got != "two" {
		t.Errorf("Next = %s, want the urgent one", got)
	}
}

func TestSpacesThatEarlierVersionsBookedAsRefusingCardsHaveThemAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	databaseOf(t, path, 4)
	old, err := database.Connect(t.Context(), path, nil)
	must(t, err)
	_, err = old.Exec(`INSERT INTO destinations (space, label, ids, refuses_ids, refuses_cards, park_reason, park_detail,
		unauthorized, hold_step) VALUES ('AAAAaaaa111', 'Alerts', 'yes', 1, 1, '', '', 0, 0)`)
	must(t, err)
	must(t, old.Close())

	s := openAt(t, path)
	got, err := s.Destinations(t.Context())
	if err != nil || len(got) != 1 || got[0].RefusesCards || !got[0].RefusesIDs || got[0].Label != "Alerts" {
		t.Fatalf("Destinations = %+v, %v; want the space as it was, with cards", got, err)
	}
	got[0].RefusesCards = true
	must(t, s.SaveDestination(t.Context(), got[0]))
	must(t, s.Close())
	if got, err := openAt(t, path).Destinations(t.Context()); err != nil || len(got) != 1 || !got[0].RefusesCards {
		t.Errorf("Destinations = %+v, %v; want what this version noted to stay", got, err)
	}
}

func TestPayloadsOfTheFirstVersionStay(t *testing.T) {
	damaged := firstVersion(t)
	copied := filepath.Join(t.TempDir(), "events.db")
	if events, incomplete, err := database.Salvage(t.Context(), damaged, copied, schema()); events != 2 || incomplete || err != nil {
		t.Fatalf("salvage = %d, %v, %v; want 2 whole events", events, incomplete, err)
	}
	for name, path := range map[string]string{"brought to the latest version": damaged, "carried over": copied} {
		s := openAt(t, path)
		if got := string(mustDetail(t, s, "two").Event.Payload); got != "{}" {
			t.Errorf("%s: payload %q, want {}", name, got)
		}
		if got := mustDetail(t, s, "one").Event.Payload; got != nil {
			t.Errorf("%s: payload %q, want none", name, got)
		}
	}
}

func TestNewerDatabaseIsRefusedAndUntouched(t *testing.T) {
	for name, c := range map[string]struct {
		clean   bool   // its log was moved into it
		program string // the version that made it
		change  string // what else a newer version may have done
	}{
		"closed":                        {true, "2.3.0", ""},
		"with a write-ahead log":        {false, "2.3.0", ""},
		"without the name of a version": {true, "", ""},
		"without a table of names":      {true, "", "DROP TABLE meta"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.db")
			for i, program := range []string{"1.0.0", c.program} {
				s, err := Open(t.Context(), path, Options{Program: program})
				must(t, err)
				mustAccept(t, s, eventN(10+i), spaceA)
				must(t, s.Close())
			}
			s := openAt(t, path)
			mustAccept(t, s, eventN(1), spaceA)
			must(t, s.writer.do(t.Context(), func(t *database.Tx) error {
				if c.program == "" {
					if _, err := t.Exec("DELETE FROM meta"); err != nil {
						return err
					}
				}
				if c.change != "" {
					if _, err := t.Exec(c.change); err != nil {
						return err
					}
				}
				_, err := t.Exec(fmt.Sprintf("PRAGMA user_version = %d", schema().Latest()+1))
				return err
			}))
			if c.clean {
				must(t, s.Close())
			} else {
				path = copyDatabase(t, path)
			}
			must(t, os.Chmod(path, 0o600))
			before := folderOf(t, path)
			for _, onWait := range []func(error){nil, func(err error) { t.Errorf("waits: %v", err) }} {
				_, err := Open(t.Context(), path, Options{
					OnWait: onWait, Program: "1.0.0", OnDamaged: func(d Damage) { t.Errorf("reported as damaged: %+v", d) },
				})
				newer, ok := errors.AsType[*NewerError](err)
				if !ok || !errors.Is(err, database.ErrNewer) || errors.Is(err, relay.ErrStoreUnavailable) {
					t.Fatalf("Open = %v, want a NewerError", err)
				}
				if newer.Program != c.program || newer.Schema != schema().Latest()+1 {
					t.Errorf("got %+v, want version %q", newer, c.program)
				}
				if after := folderOf(t, path); !maps.Equal(after, before) {
					t.Errorf("the folder changed: got %v, want %v", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
				}
			}
		})
	}
}

// folderOf reads all files beside path, by name.
func folderOf(t *testing.T, path string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	files := make(map[string]string)
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(filepath.Dir(path), e.Name()))
		must(t, err)
		info, err := e.Info()
		must(t, err)
		files[e.Name()] = fmt.Sprint(info.Mode(), info.ModTime(), string(content))
	}
	return files
}

func TestDatabaseNamesTheVersionThatOpenedItLast(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	clock := start
	for _, c := range []struct {
		program string
		at      time.Duration
		want    string
	}{
		{"", 0, ""},
		{"1.0.0", 0, "1.0.0"},
		{"1.1.0", time.Hour, "1.1.0"},
		{"1.1.0", 2 * time.Hour, "1.1.0"},
		{"1.0.0", time.Minute, "1.0.0"}, // an older one again, and the clock was set back
		{"2.0.0-rc.1+deadbeef", 3 * time.Hour, "2.0.0-rc.1+deadbeef"},
	} {
		s, err := Open(t.Context(), path, Options{Program: c.program, Now: func() time.Time { return clock.Add(c.at) }})
		must(t, err)
		var got string
		readRow(t, s, `SELECT COALESCE((SELECT SUBSTR(key, 9) FROM meta WHERE key LIKE 'program %' ORDER BY value DESC LIMIT 1), '')`, &got)
		if got != c.want {
			t.Errorf("after %q: got %q, want %q", c.program, got, c.want)
		}
		must(t, s.Close())
	}
}

// filesOf reads the database and its log.
func filesOf(t *testing.T, path string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	for _, suffix := range []string{"", "-wal"} {
		if b, err := os.ReadFile(path + suffix); err == nil {
			files[suffix] = b
		}
	}
	return files
}

// copyDatabase copies the files of a database as they are, which is what a
// power cut would leave at most, and returns the copy's path.
func copyDatabase(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "events.db")
	for suffix, b := range filesOf(t, path) {
		must(t, os.WriteFile(to+suffix, b, 0o600))
	}
	return to
}

func TestNewDatabaseHasTheSettingsThatCannotBeChangedLater(t *testing.T) {
	s := openNew(t)
	for pragma, want := range map[string]string{"journal_mode": "wal", "auto_vacuum": "2", "foreign_keys": "1", "synchronous": "2"} {
		err := s.writer.do(t.Context(), func(x *database.Tx) error {
			var got string
			if err := x.Row("PRAGMA "+pragma, nil, &got); err != nil {
				return err
			}
			if got != want {
				t.Errorf("%s = %s, want %s", pragma, got, want)
			}
			return nil
		})
		must(t, err)
	}
	err := s.reads.read(t.Context(), "write", func(r database.Querier) error {
		return database.ForEach(t.Context(), r, func(*sql.Rows) error { return nil }, `DELETE FROM meta`)
	})
	if ReasonOf(err) != ReasonReadOnly {
		t.Errorf("a reading connection wrote: %v", err)
	}
}

package database

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// openEmpty opens a database without tables.
func openEmpty(t *testing.T) *Conn {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "events.db"), Options{Now: time.Now})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestDurabilityIsObeyedEachTime(t *testing.T) {
	s := openEmpty(t)
	for range 2 {
		for want, d := range map[string]durability{"FULL 1000": Synced, "FULL 16000": SyncedInLargeLog, "NORMAL 1000": Unsynced} {
			must(t, s.SetDurability(d))
			var sync, checkpoint string
			must(t, s.conn.QueryRowContext(t.Context(), `PRAGMA synchronous`).Scan(&sync))
			must(t, s.conn.QueryRowContext(t.Context(), `PRAGMA wal_autocheckpoint`).Scan(&checkpoint))
			if got := map[string]string{"1": "NORMAL", "2": "FULL"}[sync] + " " + checkpoint; got != want {
				t.Errorf("the settings are %s, want %s", got, want)
			}
		}
	}
}

func TestMigrationThatFailsChangesNothing(t *testing.T) {
	s := openEmpty(t)
	if err := migrateOnce(t.Context(), s.conn, `CREATE TABLE a (b); CREATE TABLE a (b);`, 1); err == nil {
		t.Error("a step with an error was taken")
	}
	var tables int
	must(t, s.conn.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM sqlite_schema`).Scan(&tables))
	if version, err := versionOf(t.Context(), s.conn); version != 0 || tables != 0 || err != nil {
		t.Errorf("version %d with %d tables, %v; want an empty database", version, tables, err)
	}
}

func TestDriveCacheIsFlushedOnMacOS(t *testing.T) {
	for goos, want := range map[string]bool{"darwin": true, "linux": false, "windows": false} {
		p := writePragmas(goos)
		if got := slices.Contains(p, "fullfsync(1)") && slices.Contains(p, "checkpoint_fullfsync(1)"); got != want {
			t.Errorf("%s: fullfsync %v, want %v", goos, got, want)
		}
	}
}

func TestSourceOfAWindowsPath(t *testing.T) {
	got, _, _ := strings.Cut(source("C:/Data folder/events.db", "rw", nil), "?")
	if want := "file:///C:/Data%20folder/events.db"; got != want {
		t.Errorf("source = %q, want %q", got, want)
	}
}

// must fails the test when err is not nil.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

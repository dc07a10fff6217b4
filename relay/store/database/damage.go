package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// quickCheckBelow is the size in bytes up to which every Open checks the whole
// database, which takes tens of milliseconds. A larger one is checked only after
// damage was found while it was in use.
const quickCheckBelow = 16 << 20

// Damage is what Open found and did about a damaged database.
type Damage struct {
	Path      string // where the damaged database was set aside
	Err       error  // what is wrong with it
	Recovered int    // how many events could be carried over into the fresh one
	// Incomplete is true when something could not be read, so that events, posts or
	// known ids may be missing.
	Incomplete bool
}

// DamagedError is what a check of the database complained about.
type DamagedError struct{ Cause string }

func (e *DamagedError) Error() string { return "the event store is damaged: " + e.Cause }

// markOf is the empty file that asks the next Open for a whole check.
func markOf(path string) string { return path + ".check" }

// NoteDamage leaves a mark for the next Open when err tells of damage.
func NoteDamage(path string, err error) {
	if ReasonOf(err) != ReasonDamaged {
		return
	}
	// Without the mark, the damage is found when that part is read again.
	if f, err := os.OpenFile(markOf(path), os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode); err == nil {
		_ = f.Close()
	}
}

// checkSound reads the whole database over conn when it is small or marked,
// and returns a *DamagedError when it is not sound.
func checkSound(ctx context.Context, path string, conn *sql.Conn) error {
	marked, err := exists(markOf(path))
	if err != nil {
		return fmt.Errorf("look for the mark of damage: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at the event store: %w", err)
	}
	if !marked && info.Size() > quickCheckBelow {
		return nil
	}
	var verdict string
	if err := conn.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("check the event store: %w", err)
	}
	if verdict != "ok" {
		return &DamagedError{Cause: verdict}
	}
	if marked {
		if err := os.Remove(markOf(path)); err != nil {
			return fmt.Errorf("remove the mark of damage: %w", err)
		}
	}
	return nil
}

// strayLog reports a write-ahead log without its database as damage: SQLite
// would delete it, and it may hold events.
func strayLog(path string) error {
	there, err := exists(path)
	if err != nil || there {
		return err
	}
	if stray, err := exists(path + "-wal"); err != nil || !stray {
		return err
	}
	return &DamagedError{Cause: "the database is gone, its write-ahead log is still there"}
}

// companions are the suffixes of the files that make up a database, in the order in
// which they are renamed. The database comes first: a crash in between leaves a log
// without its database, which strayLog finds, and never a database without its log,
// which nothing would find.
func companions() []string { return []string{"", "-wal", "-journal", "-shm", ".check"} }

// freshOf is where the database that replaces a damaged one is made. It is
// whole before the damaged one is renamed, so that a crash in between leaves
// either the damaged one in place or a fresh one to be put there.
func freshOf(path string) string { return path + ".fresh" }

// replace sets the database at path aside, with cause as what is wrong with
// it, and puts one in its place that holds what could still be read.
func replace(ctx context.Context, path string, schema Schema, cause error, now time.Time) (Damage, error) {
	fresh := freshOf(path)
	removeDatabase(fresh)
	damage := Damage{Err: cause, Incomplete: true}
	events, incomplete, err := Salvage(ctx, path, fresh, schema)
	if err == nil {
		damage.Recovered, damage.Incomplete = events, incomplete
	} else {
		// Without room or permission for a copy, an empty database is better than
		// none; everything is still in the damaged one.
		removeDatabase(fresh)
	}
	if damage.Path, err = setAside(path, now); err != nil {
		return damage, err
	}
	return damage, finishReplacing(path, now)
}

// finishReplacing puts a fresh database in the place of one that was set
// aside, or removes it when the database is still in its place.
func finishReplacing(path string, now time.Time) error {
	fresh := freshOf(path)
	ready, err := exists(fresh)
	if err != nil || !ready {
		return err
	}
	if there, err := exists(path); err != nil || there {
		removeDatabase(fresh)
		return err
	}
	// SQLite would take a log that is still there for one of the fresh database.
	if _, err := setAside(path, now); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return fmt.Errorf("put a fresh event store in place: %w", err)
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// removeDatabase removes a database that is not needed. Files that cannot be removed
// do no harm.
func removeDatabase(path string) {
	for _, suffix := range companions() {
		_ = os.Remove(path + suffix)
	}
}

// setAside renames the database and its companions, which needs no room on the
// disk and keeps every byte.
func setAside(path string, now time.Time) (string, error) {
	aside := fmt.Sprintf("%s.damaged-%s", path, now.UTC().Format("20060102T150405.000000Z"))
	for _, suffix := range companions() {
		err := os.Rename(path+suffix, aside+suffix)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("set the damaged event store aside: %w", err)
		}
	}
	syncFolder(filepath.Dir(path))
	return aside, nil
}

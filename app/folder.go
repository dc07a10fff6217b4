package app

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"

	"vastrelay/app/bridge"
	"vastrelay/app/control"
	"vastrelay/app/datadir"
	"vastrelay/app/desktop"
	"vastrelay/app/desktop/autostart"
	"vastrelay/app/health"
	"vastrelay/app/lastrun"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

// The names of our files in the data folder, as far as several parts know them.
const (
	storeName    = "events.db"
	recordsName  = "webhooks.json"
	settingsName = "settings.json"
	markName     = "reachable.txt"
)

// dataFolder is the folder that holds the program's data. This copy alone uses
// it until the folder is closed.
type dataFolder struct {
	dir     string
	sharing string // how dir is used when it is not this program's alone; empty: it is
	seat    control.Seat
	lock    *desktop.FolderLock
	run     *lastrun.Run                // the record that the program runs; nil: there is none yet
	erase   atomic.Pointer[func() bool] // whether a person still wants everything in it deleted; nil: nobody ever did
}

// claimFolder finds or makes the folder for the program's data, locks it, and
// makes sure that its files are regular files and closed to others. A copy that
// is to have a window must be able to show one. That is checked after the lock,
// so that a start without a display can still say where the program runs.
func claimFolder(ctx context.Context, f flags, in Invocation) (*dataFolder, error) {
	folder, err := findFolder(f, in.Getenv)
	if err != nil {
		return nil, err
	}
	if folder.lock, err = lockFolder(ctx, folder.dir, folder.seat, f.headless); err != nil {
		return nil, err
	}
	err = in.checkDisplay(ctx, f)
	if err == nil {
		err = datadir.Secure(folder.dir)
	}
	if err != nil {
		_ = folder.Close() // the error before it says more
		return nil, err
	}
	return folder, nil
}

// findFolder finds and makes the folder for the program's data.
func findFolder(f flags, getenv func(string) string) (folder *dataFolder, err error) {
	dir, err := folderPath(f, getenv)
	if err != nil {
		return nil, err
	}
	folder = &dataFolder{dir: dir, seat: control.SeatFrom(getenv)}
	folder.sharing, err = datadir.Ensure(folder.dir)
	return folder, err
}

// path is where the file called name belongs.
func (d *dataFolder) path(name string) string { return filepath.Join(d.dir, name) }

// traces are the files, as far as they exist, that show that the program has run
// in this folder before.
func (d *dataFolder) traces() []string {
	var found []string
	for _, name := range []string{recordsName, storeName} {
		if _, err := os.Lstat(d.path(name)); err == nil {
			found = append(found, d.path(name))
		}
	}
	return found
}

// Close deletes what is in the folder, if that is wanted, and lets another copy use
// it.
func (d *dataFolder) Close() error {
	d.stopping(slog.New(slog.DiscardHandler)) // as a start that did not succeed
	var err error
	if d.run != nil {
		err = d.run.Close()
	}
	if wanted := d.erase.Load(); wanted == nil || !(*wanted)() {
		return errors.Join(err, d.lock.Close())
	}
	return errors.Join(err, datadir.Erase(d.dir), d.lock.Close(), datadir.RemoveEmptied(d.dir))
}

// stopping notes that a stop was asked for. A second call does nothing.
func (d *dataFolder) stopping(log *slog.Logger) {
	if d.run == nil {
		return
	}
	if err := d.run.Stopping(); err != nil {
		log.Warn("noting that the program stops", "err", err)
	}
}

// Cleaner removes what the program has left at Vast.ai and on this computer.
type Cleaner struct {
	bridge *bridge.Bridge
	folder *dataFolder
	login  *autostart.Login
}

// CleanUp deletes our webhooks at Vast.ai, after which relaying rests; with secrets
// what the keyring holds for this program; and with data the entry that opens it at
// login, and the events, settings and logs, once the program ends, unless a person has
// started it again. It reports each step. Errors are a Problem, and then
// nothing that comes later has been removed.
func (c *Cleaner) CleanUp(ctx context.Context, secrets, data bool, report func(health.Step)) error {
	if err := c.bridge.Webhooks().CleanUp(ctx, secrets, report); err != nil || !data {
		return err
	}
	st := health.NewSteps(report)
	if c.login.Look(ctx).State != status.LoginOff {
		st.Start(words.New("cleanup.login"))
		if err := c.login.Set(ctx, false); err != nil {
			return st.Fail(health.Problem{Headline: words.New("failed.login"), Cause: words.Verbatim(err.Error()), Next: words.New("failed.next")})
		}
		st.Done(words.Sentence{})
	}
	st.Start(words.New("cleanup.data"))
	rests := c.bridge.Webhooks().CleanedUp
	c.folder.erase.Store(&rests)
	st.Done(words.New("cleanup.data_at_end"))
	return nil
}

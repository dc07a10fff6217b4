// Package lastrun knows how the run before this one ended: by a stop that was asked
// for, of which nothing is to be said, or by a crash, a kill or a power cut.
//
// A run leaves a record in the data folder while it goes on, and takes it away as soon
// as it is asked to stop. A record that is found at the start is of a run that was not.
// What the Go runtime writes when the program fails goes into a file beside it, see
// https://pkg.go.dev/runtime/debug#SetCrashOutput .
//
// # Concurrency
//
// A Run is safe for concurrent use. It starts no goroutine.
//
// # Ownership
//
// The package owns the record and the crash files in the data folder. Whoever opens a
// Run holds the lock on that folder.
package lastrun

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"vastrelay/app/datadir"
	"vastrelay/app/status"
)

// The files in the data folder.
const (
	recordName       = "running.json"
	crashName        = "crash.log"
	earlierCrashName = "crash-earlier.log"
)

const (
	// maxCrashFile is from which size on the reports of earlier crashes are put aside,
	// in place of those before them.
	maxCrashFile = 1 << 20
	// maxReport bounds a report in bytes. The beginning says what failed and where.
	maxReport = 64 << 10
	// maxRecord bounds what is read of a record.
	maxRecord = 64 << 10
)

// Options set up a Run.
type Options struct {
	Folder  string // the data folder
	Version string // of this program
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// BootedAt returns when the computer was started, or the zero time; nil asks the
	// system.
	BootedAt func() time.Time
}

// record is what a run leaves while it goes on.
type record struct {
	Started time.Time `json:"started"`
	Version string    `json:"version"`
	Crashes int64     `json:"crashes"` // the size of the crash file at the start
	// Stopping says that a stop was asked for; the record stays only for Untold.
	Stopping bool `json:"stopping,omitempty"`
	// Untold is an earlier end that nobody has been told of yet.
	Untold *ending `json:"untold,omitempty"`
}

// ending is how a run ended, and where its report begins.
type ending struct {
	status.LastRun
	File   string `json:"file,omitempty"` // the crash file that holds the report; empty: there is none
	Offset int64  `json:"offset,omitempty"`
}

// sound returns e, without a report where its file is none of ours.
func (e *ending) sound() *ending {
	if e != nil && (e.File != crashName && e.File != earlierCrashName || e.Offset < 0) {
		e.File = ""
	}
	return e
}

// Run is this run, and what is known of the one before it.
type Run struct {
	o Options

	mu     sync.Mutex
	record record
	last   *ending // nil: the last run was stopped, or a person has put the note away
}

// Open reads how the last run ended, and records that this one goes on. Call it before
// anything else in the folder is written: the files tell until when the last run went
// on. The error says that this run is not recorded; the Run can be used all the same.
func Open(o Options) (*Run, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.BootedAt == nil {
		o.BootedAt = func() time.Time { return bootedAt(o.Now()) }
	}
	r := &Run{o: o}
	r.last = r.findEnding()
	errAside := r.putCrashesAside()
	r.record = record{Started: o.Now().UTC(), Version: o.Version, Crashes: r.crashes(), Untold: r.last}
	return r, errors.Join(errAside, r.save(), r.catchCrashes())
}

// Last returns how the last run ended; nil where it was stopped, or once the note was
// put away.
func (r *Run) Last() *status.LastRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last == nil {
		return nil
	}
	last := r.last.LastRun
	return &last
}

// Report is what the last run left when it crashed, as it stands in the file; empty
// where there is none. It may hold whatever the program knew: redact it.
func (r *Run) Report() string {
	r.mu.Lock()
	last := r.last
	r.mu.Unlock()
	if last == nil || last.File == "" {
		return ""
	}
	f, err := datadir.OpenFile(r.path(last.File), os.O_RDONLY)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.NewSectionReader(f, last.Offset, maxReport))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(strings.ToValidUTF8(string(text), "�"))
}

// Told notes that a person was shown how the last run ended, so that the next start
// does not say it again.
func (r *Run) Told() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.record.Untold == nil {
		return nil
	}
	r.record.Untold = nil
	return r.store()
}

// Dismiss forgets how the last run ended.
func (r *Run) Dismiss() error {
	r.mu.Lock()
	r.last = nil
	r.mu.Unlock()
	return r.Told()
}

// Stopping notes that a stop was asked for: however the run ends from now on, it is no
// surprise.
func (r *Run) Stopping() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.record.Stopping {
		return nil
	}
	r.record.Stopping = true
	return r.store()
}

func (r *Run) path(name string) string { return filepath.Join(r.o.Folder, name) }

// findEnding returns how the last run ended; nil where it was stopped.
func (r *Run) findEnding() *ending {
	content, err := datadir.ReadFile(r.path(recordName), maxRecord)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	found := record{Crashes: -1} // where nothing can be read: not known
	if err == nil {
		err = json.Unmarshal(content, &found)
	}
	if err != nil { // such as after a power cut
		found = record{Crashes: -1}
	}
	if found.Stopping {
		return found.Untold.sound()
	}
	e := &ending{LastRun: status.LastRun{End: status.RunKilled, At: r.lastWrite(), Version: found.Version}}
	if e.At.IsZero() {
		e.At = found.Started
	}
	info, err := os.Lstat(r.path(crashName))
	switch {
	case err == nil && found.Crashes >= 0 && info.Size() > found.Crashes:
		e.End, e.At, e.File, e.Offset = status.RunCrashed, info.ModTime(), crashName, found.Crashes
	case r.o.BootedAt().After(e.At):
		e.End = status.RunPower
	}
	return e
}

// lastWrite is when a file in the folder was written last.
func (r *Run) lastWrite() time.Time {
	entries, err := os.ReadDir(r.o.Folder)
	if err != nil {
		return time.Time{}
	}
	var last time.Time
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() && info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last
}

// crashes is the size of the crash file.
func (r *Run) crashes() int64 {
	info, err := os.Lstat(r.path(crashName))
	if err != nil {
		return 0
	}
	return info.Size()
}

// putCrashesAside renames a crash file that has grown large.
func (r *Run) putCrashesAside() error {
	info, err := os.Lstat(r.path(crashName))
	if err != nil || !info.Mode().IsRegular() || info.Size() <= maxCrashFile {
		return nil //nolint:nilerr // there is nothing to put aside
	}
	if err := os.Rename(r.path(crashName), r.path(earlierCrashName)); err != nil {
		return fmt.Errorf("put the crash file aside: %w", err)
	}
	if r.last != nil && r.last.File == earlierCrashName {
		r.last.File = "" // it was replaced
	} else if r.last != nil && r.last.File == crashName {
		r.last.File = earlierCrashName
	}
	return nil
}

// catchCrashes makes a crash of this run leave its report.
func (r *Run) catchCrashes() error {
	file, err := datadir.OpenFile(r.path(crashName), os.O_CREATE|os.O_WRONLY|os.O_APPEND)
	if err != nil {
		return fmt.Errorf("open the crash file: %w", err)
	}
	defer func() { _ = file.Close() }() // the runtime keeps a copy of the handle
	if err := debug.SetCrashOutput(file, debug.CrashOptions{}); err != nil {
		return fmt.Errorf("set the crash file: %w", err)
	}
	return nil
}

// Close lets go of the crash file: what the runtime writes about a crash from now on is
// kept nowhere. Call it before the files in the folder are deleted, which Windows
// refuses for one that is open, or another program takes the folder.
func (r *Run) Close() error {
	if err := debug.SetCrashOutput(nil, debug.CrashOptions{}); err != nil {
		return fmt.Errorf("close the crash file: %w", err)
	}
	return nil
}

// save is store for a Run that nobody else has yet.
func (r *Run) save() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.store()
}

// store writes the record, or removes it where nothing is to be known of this run; mu
// is held. It is not synced: what a power cut takes is only how this run ended.
func (r *Run) store() error {
	if r.record.Stopping && r.record.Untold == nil {
		if err := os.Remove(r.path(recordName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("take away the record of this run: %w", err)
		}
		return nil
	}
	content, err := json.Marshal(r.record)
	if err != nil {
		return fmt.Errorf("encode the record of this run: %w", err)
	}
	f, err := datadir.OpenFile(r.path(recordName), os.O_CREATE|os.O_WRONLY)
	if err != nil {
		return fmt.Errorf("record this run: %w", err)
	}
	_, err = f.WriteAt(content, 0)
	if err = errors.Join(err, f.Truncate(int64(len(content))), f.Close()); err != nil {
		return fmt.Errorf("record this run: %w", err)
	}
	return nil
}

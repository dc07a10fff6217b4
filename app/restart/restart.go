// Package restart notices why the program should be started anew, and does so: its own
// file was replaced while it runs, as an update of its package does, or the computer was
// given another time zone, which package time reads once.
//
// Nothing is watched: whoever wants to know asks. All methods are safe for concurrent
// use. A Program belongs to one run of the program, and holds nothing open.
package restart

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"sync/atomic"
	"time"
)

// Program is the file of the program that runs. The zero value is one that is never
// replaced.
type Program struct {
	path   string
	file   fs.FileInfo // as it was when this run began; nil where that is not known
	wanted atomic.Bool
}

// Running returns the program that runs. It is to be called early: what is replaced
// before goes unnoticed.
func Running() *Program {
	path, err := os.Executable()
	if err != nil {
		return &Program{}
	}
	return at(path)
}

// at is the program in the file at path.
func at(path string) *Program {
	p := &Program{path: path}
	if info, err := os.Stat(path); err == nil {
		p.file = info
		// On Windows a FileInfo looks up which file it is of when it is first
		// compared, by its path: later that would be another file.
		_ = os.SameFile(info, info)
	}
	return p
}

// Replaced reports whether another file lies where the program was started from. A
// file that is gone is none. It asks the disk, and may wait for it.
func (p *Program) Replaced() bool {
	if p.file == nil {
		return false
	}
	now, err := os.Stat(p.path)
	return err == nil && now.Mode().IsRegular() &&
		(!os.SameFile(p.file, now) || now.Size() != p.file.Size() || !now.ModTime().Equal(p.file.ModTime()))
}

// ZoneChanged reports whether the computer shows another time of day than this run, which
// keeps the time zone that it began with. It asks the system, and may wait for it.
func (p *Program) ZoneChanged() bool {
	now := time.Now()
	_, ours := now.Zone()
	offset, known := systemOffset(now)
	return known && offset != ours
}

// Want has the program started anew once this run has ended.
func (p *Program) Want() { p.wanted.Store(true) }

// Wanted reports whether Want was called.
func (p *Program) Wanted() bool { return p.wanted.Load() }

// Start starts the program with args. It does not wait for its end: this process is
// about to end, and has let go of everything that the next run needs.
func (p *Program) Start(args []string) error {
	cmd := exec.CommandContext(context.Background(), p.path, args...) // #nosec G204 -- the program itself
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}

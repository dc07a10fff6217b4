// Package autostart has the system open the program when its user logs in, and says
// what the system would open.
//
// Linux and the BSDs read a desktop entry in the autostart folder,
// https://specifications.freedesktop.org/autostart-spec/latest/ ; macOS a property
// list of a launch agent; Windows a value of a registry key. Any of them can be
// changed outside of the program, so that the truth is read anew whenever it is
// shown, and nothing of it is kept.
//
// # Concurrency
//
// A Login is safe for concurrent use. Its methods read and write files, and on macOS
// run a program of the system: call them off the goroutine of the windows.
//
// # Ownership
//
// The package owns one entry, by the name of the program's id. It writes no other.
package autostart

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"vastrelay/app/status"
)

// ID names the entry in each system.
const ID = "app.vastrelay.desktop"

// Options set up a Login.
type Options struct {
	// Getenv reads the environment.
	Getenv func(name string) string
	// Args are passed to the program when it is opened.
	Args []string
	// Program finds the program that is to be opened; nil: the one that runs.
	Program func() (path string, err error)
}

// Login is the entry by which the system opens the program.
type Login struct {
	o  Options
	mu sync.Mutex // one reader or writer at a time
}

// New returns the entry. Nothing is read before Look.
func New(o Options) *Login {
	if o.Program == nil {
		o.Program = func() (string, error) { return lastingProgram(o.Getenv) }
	}
	return &Login{o: o}
}

// found is the entry as the system has it.
type found struct {
	exists   bool
	disabled bool     // it is there, and the system is told to leave it out
	command  []string // the program with its arguments
	missing  bool     // the program that the entry leads to cannot be run
	where    string   // the file or the key
	err      error    // why it cannot be understood; the rest says nothing then
}

// Look reads what the system would open at the next login. It does not fail: an
// entry that cannot be read is a state of its own.
func (l *Login) Look(ctx context.Context) status.LoginItem {
	l.mu.Lock()
	defer l.mu.Unlock()
	program, err := l.o.Program()
	if err != nil {
		program = ""
	}
	item := judge(l.read(ctx), program, l.o.Args)
	item.Refused = refusalOf(err)
	return item
}

// judge compares the entry with the program that is to be opened.
func judge(f found, program string, args []string) status.LoginItem {
	item := status.LoginItem{Where: f.where, Command: f.command}
	switch {
	case f.err != nil:
		item.State, item.Details = status.LoginUnreadable, f.err.Error()
	case !f.exists || f.disabled:
		item.State, item.Command = status.LoginOff, nil
	case f.missing || len(f.command) == 0:
		item.State = status.LoginBroken
	case program != "" && !samePath(f.command[0], program):
		item.State = status.LoginOtherProgram
	case !slices.Equal(f.command[1:], args):
		item.State = status.LoginOtherArguments
	default:
		item.State = status.LoginOn
	}
	return item
}

// samePath reports whether two paths lead to the same file.
func samePath(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

// Set has the system open the program at login, or no longer, whatever its entry was
// before. The error is a *Refusal where this copy of the program is none to open.
func (l *Login) Set(ctx context.Context, on bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !on {
		return l.remove(ctx)
	}
	program, err := l.o.Program()
	if err != nil {
		return err
	}
	return l.write(ctx, append([]string{program}, l.o.Args...))
}

// Refusal says why a copy of the program is none to be opened at login.
type Refusal struct{ Reason status.LoginRefusal }

// Error names the reason.
func (r *Refusal) Error() string { return "not to be opened at login: " + string(r.Reason) }

// refusalOf returns the reason in err.
func refusalOf(err error) status.LoginRefusal {
	if err == nil {
		return status.LoginAllowed
	}
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Reason
	}
	return status.LoginNoProgram
}

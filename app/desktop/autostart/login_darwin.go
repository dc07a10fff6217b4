package autostart

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

const (
	// maxAgent bounds what is read of a launch agent, in bytes.
	maxAgent = 64 << 10
	// launchctlWithin bounds a call of launchctl.
	launchctlWithin = 2 * time.Second
)

// agentName is the name of the file of the launch agent.
const agentName = ID + ".plist"

// runnable reports whether the file at path can be run.
func runnable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// path is that of the launch agent of this user.
func (l *Login) path() (string, error) {
	home := l.o.Getenv("HOME")
	if !filepath.IsAbs(home) {
		return "", errNoHome
	}
	return filepath.Join(home, "Library", "LaunchAgents", agentName), nil
}

// read reads the launch agent of this user.
func (l *Login) read(ctx context.Context) found {
	path, err := l.path()
	if err != nil {
		return found{err: err}
	}
	f := found{where: path}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f
	case err == nil && (!info.Mode().IsRegular() || info.Size() > maxAgent):
		err = errors.New("it is not a regular file of that size")
	}
	var content []byte
	if err == nil {
		content, err = os.ReadFile(path) // #nosec G304 -- the path is the program's own
	}
	var a agent
	if err == nil {
		a, err = parseAgent(string(content))
	}
	if err != nil {
		f.err = err
		return f
	}
	f.exists, f.command = true, a.command
	f.disabled = a.disabled || !a.runAtLoad || disabledLabel(launchctl(ctx, "print-disabled", domain()))
	f.missing = !runnable(a.command[0])
	return f
}

// domain is that of the windows of this user, see launchctl(1).
func domain() string { return "gui/" + strconv.Itoa(os.Getuid()) }

// launchctl returns what launchctl prints; nothing where it fails.
func launchctl(ctx context.Context, args ...string) string {
	ctx, cancel := context.WithTimeout(ctx, launchctlWithin)
	defer cancel()
	out, _ := exec.CommandContext(ctx, "/bin/launchctl", args...).Output() //nolint:gosec // The arguments are this file's.
	return string(out)
}

// write replaces the launch agent of this user. It is loaded at the next login: now
// the program runs already.
func (l *Login) write(ctx context.Context, command []string) error {
	path, err := l.path()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make the folder of launch agents: %w", err)
	}
	if err := replaceFile(path, formatAgent(command)); err != nil {
		return err
	}
	launchctl(ctx, "enable", domain()+"/"+ID) // an agent that was disabled stays so else
	return nil
}

// remove takes the launch agent away.
func (l *Login) remove(context.Context) error {
	path, err := l.path()
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the launch agent: %w", err)
	}
	return nil
}

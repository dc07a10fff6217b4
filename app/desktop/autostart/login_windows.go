package autostart

import (
	"context"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// The keys of the current user: what is run at login,
// https://learn.microsoft.com/windows/win32/setupapi/run-and-runonce-registry-keys ,
// and what Task Manager and the settings have switched off of it.
const (
	runKey      = `Software\Microsoft\Windows\CurrentVersion\Run`
	approvedKey = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
)

// valueName is the name of our value in both keys.
const valueName = "Vast Relay"

// runnable reports whether there is a file at path.
func runnable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// read reads the value of the current user.
func (l *Login) read(context.Context) found {
	f := found{where: `HKEY_CURRENT_USER\` + runKey + `\` + valueName}
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if err == nil {
		defer func() { _ = key.Close() }()
		var line string
		if line, _, err = key.GetStringValue(valueName); err == nil {
			f.exists = true
			f.command, err = windows.DecomposeCommandLine(line)
		}
	}
	switch {
	case errors.Is(err, registry.ErrNotExist):
		return f
	case err != nil:
		f.err = err
		return f
	}
	f.disabled = switchedOff()
	f.missing = len(f.command) == 0 || !runnable(f.command[0])
	return f
}

// switchedOff reports whether Task Manager has switched our value off: the first byte
// of its own value is odd then.
func switchedOff() bool {
	key, err := registry.OpenKey(registry.CURRENT_USER, approvedKey, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer func() { _ = key.Close() }()
	state, _, err := key.GetBinaryValue(valueName)
	return err == nil && len(state) > 0 && state[0]%2 == 1
}

// write replaces the value, and takes back that it was switched off.
func (l *Login) write(_ context.Context, command []string) error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return fmt.Errorf("open the registry key of what runs at login: %w", err)
	}
	defer func() { _ = key.Close() }()
	if err := key.SetStringValue(valueName, windows.ComposeCommandLine(command)); err != nil {
		return fmt.Errorf("write the registry value of what runs at login: %w", err)
	}
	return deleteValue(approvedKey)
}

// remove deletes the value.
func (l *Login) remove(context.Context) error {
	return errors.Join(deleteValue(runKey), deleteValue(approvedKey))
}

// deleteValue deletes our value of a key, if it is there.
func deleteValue(path string) error {
	key, err := registry.OpenKey(registry.CURRENT_USER, path, registry.SET_VALUE)
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the registry key of what runs at login: %w", err)
	}
	defer func() { _ = key.Close() }()
	if err := key.DeleteValue(valueName); err != nil && !errors.Is(err, registry.ErrNotExist) {
		return fmt.Errorf("delete the registry value of what runs at login: %w", err)
	}
	return nil
}

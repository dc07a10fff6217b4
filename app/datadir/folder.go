package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/adrg/xdg"
)

// folderName is the program's folder in the platform's data directory.
const folderName = "vastrelay"

// varStateDirectory holds the folders that systemd made for a service,
// https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html .
const varStateDirectory = "STATE_DIRECTORY"

// Error says why there is no folder for the program's data, for a person.
type Error struct {
	Cause string // a whole sentence
	Next  string // a whole sentence
	// MayPass is set when trying again later may work, without any change.
	MayPass bool
	Err     error // what the system said; may be nil
}

// Error returns cause and next step.
func (e *Error) Error() string { return e.Cause + " " + e.Next }

// Unwrap returns what the system said.
func (e *Error) Unwrap() error { return e.Err }

// nameAnother is the next step that always helps.
const nameAnother = "Name a folder with --data-dir."

// Find returns the folder for the program's data: the first folder of
// STATE_DIRECTORY, which a service manager sets, else the one where the platform
// keeps such things: $XDG_DATA_HOME/vastrelay or ~/.local/share/vastrelay on
// Linux, ~/Library/Application Support/vastrelay on macOS,
// %LOCALAPPDATA%\vastrelay on Windows. It does not create it; Ensure does.
// The error is a *Error.
func Find(getenv func(string) string) (string, error) {
	if list := getenv(varStateDirectory); list != "" {
		dir, _, _ := strings.Cut(list, string(os.PathListSeparator))
		if !filepath.IsAbs(dir) || filepath.Clean(dir) == string(filepath.Separator) {
			return "", &Error{Cause: varStateDirectory + " does not begin with the full path of a folder.", Next: nameAnother}
		}
		return filepath.Clean(dir), nil
	}
	if runtime.GOOS != "windows" { // which knows its folders without the environment
		if err := checkHome(getenv); err != nil {
			return "", err
		}
	}
	if !filepath.IsAbs(xdg.DataHome) {
		return "", &Error{Cause: "The home folder is not known.", Next: nameAnother}
	}
	return filepath.Join(xdg.DataHome, folderName), nil
}

// Demo returns the folder for the data of the demo, since invented events never stand
// among real ones: beside dir, or within it where a service manager gave dir, under
// which such a program may write nowhere else.
func Demo(dir string, getenv func(string) string) string {
	if found, err := Find(getenv); err == nil && found == dir && getenv(varStateDirectory) != "" {
		return filepath.Join(dir, "demo")
	}
	return dir + "-demo"
}

// checkHome refuses an environment that would lead to a folder such as
// /.local/share, which nobody chose.
func checkHome(getenv func(string) string) error {
	if data := getenv("XDG_DATA_HOME"); data != "" {
		if !filepath.IsAbs(data) {
			return &Error{Cause: "XDG_DATA_HOME is not the full path of a folder.", Next: "Correct it, or name a folder with --data-dir."}
		}
		return nil
	}
	switch home := getenv("HOME"); {
	case home == "":
		return &Error{Cause: "The home folder is not known: HOME is not set.", Next: nameAnother}
	case !filepath.IsAbs(home), filepath.Clean(home) == "/":
		return &Error{Cause: "HOME is not the full path of a home folder.", Next: nameAnother}
	default:
		return nil
	}
}

// Ensure makes dir, and the folders above it, if they are missing, and keeps
// others from putting files into it: a folder of this user is made 0700. A folder
// of another user that this one may write to by its group, such as the volume of
// a container, is used as it is; remark then says so in a sentence. Ensure
// refuses a folder that everyone can write to and, for root, a folder of another
// user. The error is a *Error.
func Ensure(dir string) (remark string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", &Error{
			Cause: fmt.Sprintf("The folder %s cannot be made: %s.", dir, reasonOf(err)),
			Next:  "Make it for this user, or name another with --data-dir.", Err: err,
			MayPass: !errors.Is(err, fs.ErrPermission) && !isFinal(err),
		}
	}
	if full, err := filepath.Abs(dir); err == nil && filepath.Dir(full) == full {
		return "", &Error{Cause: "The folder " + full + " holds the whole system.", Next: "Name another with --data-dir."}
	}
	info, err := os.Stat(dir)
	if err != nil {
		return "", &Error{Cause: fmt.Sprintf("The folder %s cannot be looked at: %s.", dir, reasonOf(err)), Next: "Name another with --data-dir.", Err: err}
	}
	if !info.IsDir() {
		return "", &Error{Cause: dir + " is not a folder.", Next: "Name another with --data-dir."}
	}
	return secureDir(dir, info)
}

// reasonOf returns the message of the system, without the call and the path.
func reasonOf(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

package autostart

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"vastrelay/app/status"
)

// lastingProgram is the path by which this program can be opened later. It is an
// error where there will be nothing at that path: an AppImage is unpacked for each
// run, and "go run" deletes what it has built.
func lastingProgram(getenv func(string) string) (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", &Refusal{status.LoginNoProgram}
	}
	return lasting(path, getenv, os.TempDir())
}

// deletedSuffix is what Linux appends to the path of a program whose file was
// replaced while it runs, see proc_pid_exe(5).
const deletedSuffix = " (deleted)"

// goBuildFolder is a folder in which the go command builds what it runs.
var goBuildFolder = regexp.MustCompile(`[/\\]go-build\d*[/\\]`)

// lasting is lastingProgram for a program at path, with temp as the folder for
// temporary files.
func lasting(path string, getenv func(string) string, temp string) (string, error) {
	if image := getenv("APPIMAGE"); within(path, getenv("APPDIR")) && filepath.IsAbs(image) {
		// https://docs.appimage.org/packaging-guide/environment-variables.html
		path = image
	}
	path = strings.TrimSuffix(path, deletedSuffix)
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", &Refusal{status.LoginNoProgram}
	}
	if info, err := os.Stat(target); err != nil || !info.Mode().IsRegular() {
		return "", &Refusal{status.LoginNoProgram}
	}
	if realTemp, err := filepath.EvalSymlinks(temp); err == nil && within(target, realTemp) || goBuildFolder.MatchString(target) {
		return "", &Refusal{status.LoginTemporary}
	}
	// macOS runs a program that was never moved out of its download from a random
	// path, and one on a disk image from the mounted image.
	if strings.Contains(target, "/AppTranslocation/") || strings.HasPrefix(target, "/Volumes/") {
		return "", &Refusal{status.LoginNotInstalled}
	}
	if strings.ContainsAny(target, "\x00\r\n") { // no entry can hold it
		return "", &Refusal{status.LoginNoProgram}
	}
	return target, nil
}

// within reports whether path lies below folder; an empty folder holds nothing.
func within(path, folder string) bool {
	if folder == "" {
		return false
	}
	rest, err := filepath.Rel(folder, path)
	return err == nil && rest != ".." && !strings.HasPrefix(rest, ".."+string(filepath.Separator))
}

// errNoHome is why an entry has no place.
var errNoHome = errors.New("the folder of this user is not known")

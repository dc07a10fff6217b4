package diagnostics

import (
	"bufio"
	"io"
	"runtime/debug"
	"slices"
	"strings"
)

// System is what is told of the computer: which system, never which one.
type System struct {
	Release string // the system and its version: "debian 13"
	Kernel  string // the version of its kernel
	Desktop string // "kde", "gnome", …; empty: none is known
	Display string // "wayland", "x11" or "none"
	Tray    string // whether our icon is in one: one of the words below
	Toolkit string // the version of the toolkit of the windows; empty: there is none
}

// What is known of the tray.
const (
	TrayThere   = "there"
	TrayMissing = "missing"
	trayUnknown = "not asked" // there is no window to ask
)

// Look finds out what the system tells by itself. The tray is for the window to ask.
func Look(getenv func(string) string) System {
	s := System{Desktop: desktopOf(getenv("XDG_CURRENT_DESKTOP")), Display: displayOf(getenv), Tray: trayUnknown, Toolkit: toolkit()}
	s.Release, s.Kernel = release()
	return s
}

// desktops are the names of desktops, as XDG_CURRENT_DESKTOP has them.
var desktops = []string{
	"kde", "gnome", "xfce", "x-cinnamon", "cinnamon", "mate", "lxqt", "lxde", "unity", "budgie", "pantheon", "cosmic", "deepin", "enlightenment",
	"sway", "hyprland", "i3", "river", "niri", "openbox", "ubuntu", "pop",
}

// desktopOf names those desktops that are known.
func desktopOf(list string) string {
	var known []string
	for name := range strings.SplitSeq(strings.ToLower(list), ":") {
		if slices.Contains(desktops, name) {
			known = append(known, name)
		} else if name != "" {
			known = append(known, "another")
		}
	}
	return strings.Join(known, " ")
}

func displayOf(getenv func(string) string) string {
	switch {
	case getenv("WAYLAND_DISPLAY") != "":
		return "wayland"
	case getenv("DISPLAY") != "":
		return "x11"
	default:
		return "none"
	}
}

// toolkit is the version of the windows' toolkit in this build.
func toolkit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, d := range info.Deps {
		if d.Path == "fyne.io/fyne/v2" {
			return strings.TrimPrefix(d.Version, "v")
		}
	}
	return ""
}

var (
	releaseWord   = compiled(`^[a-z][a-z0-9_-]{0,23}$`)
	releaseNumber = compiled(`^[0-9]{1,6}(\.[0-9]{1,6}){0,2}`)
)

// osRelease reads the name and the version of a system from a file in the form of
// https://www.freedesktop.org/software/systemd/man/latest/os-release.html .
func osRelease(r io.Reader) string {
	var id, number string
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), "=")
		value = strings.Trim(value, `"'`)
		switch key {
		case "ID":
			if releaseWord().MatchString(value) {
				id = value
			}
		case "VERSION_ID":
			number = releaseNumber().FindString(value)
		}
	}
	return strings.TrimSpace(id + " " + number)
}

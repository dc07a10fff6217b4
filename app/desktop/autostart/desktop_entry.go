package autostart

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
)

// desktopEntry is what matters of a desktop entry here,
// https://specifications.freedesktop.org/desktop-entry-spec/latest/ .
type desktopEntry struct {
	hidden      bool     // "it does not exist", as the specification says
	enabled     bool     // false: the switch that GNOME or MATE has of its own is off
	exec        []string // the program and its arguments
	tryExec     string   // a program without which the entry is left out; empty: none
	only, never []string // the desktops that it is for, and those that it is not for
}

// group is the one group of an entry that is read.
const group = "[Desktop Entry]"

// parseDesktopEntry reads the content of a desktop entry. Keys that are written twice
// count as they stand first.
func parseDesktopEntry(content string) (desktopEntry, error) {
	values, err := groupValues(content)
	if err != nil {
		return desktopEntry{}, err
	}
	e := desktopEntry{
		hidden:  values["Hidden"] == "true",
		enabled: values["X-GNOME-Autostart-enabled"] != "false" && values["X-MATE-Autostart-enabled"] != "false",
		tryExec: unescape(values["TryExec"]), only: list(values["OnlyShowIn"]), never: list(values["NotShowIn"]),
	}
	if e.hidden { // an entry that only says so needs no program
		return e, nil
	}
	e.exec, err = parseExec(unescape(values["Exec"]))
	return e, err
}

// groupValues returns the keys of the entry's group with their values as they are
// written.
func groupValues(content string) (map[string]string, error) {
	values, inGroup, seen := map[string]string{}, false, false
	for line := range strings.Lines(content) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			inGroup = line == group && !seen
			seen = seen || inGroup
		case inGroup:
			key, value, ok := strings.Cut(line, "=")
			if !ok {
				return nil, errors.New("a line is neither a group nor a key with a value")
			}
			if key = strings.TrimRight(key, " \t"); values[key] == "" {
				values[key] = strings.TrimLeft(value, " \t")
			}
		}
	}
	if !seen {
		return nil, errors.New("it is no desktop entry")
	}
	return values, nil
}

// list reads a value of several, each ended by a semicolon.
func list(value string) []string {
	return slices.DeleteFunc(strings.Split(value, ";"), func(s string) bool { return s == "" })
}

// shownIn reports whether e is meant for the desktop, which has the names of
// XDG_CURRENT_DESKTOP.
func (e desktopEntry) shownIn(desktop string) bool {
	for name := range strings.SplitSeq(desktop, ":") {
		switch {
		case slices.Contains(e.only, name):
			return true
		case slices.Contains(e.never, name):
			return false
		}
	}
	return len(e.only) == 0
}

// unescape undoes the escapes of a value that is a text.
func unescape(value string) string {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		if value[i] != '\\' || i+1 == len(value) {
			b.WriteByte(value[i])
			continue
		}
		i++
		switch value[i] {
		case 's':
			b.WriteByte(' ')
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 'r':
			b.WriteByte('\r')
		case '\\':
			b.WriteByte('\\')
		default: // not an escape
			b.WriteByte('\\')
			b.WriteByte(value[i])
		}
	}
	return b.String()
}

// escape is the opposite of unescape.
func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(text)
}

// quoteExec writes a command as the value of Exec, before escape: each argument in
// double quotes, within which four characters are escaped, and percent signs doubled.
func quoteExec(command []string) string {
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", `$`, `\$`, `%`, `%%`)
	quoted := make([]string, len(command))
	for i, argument := range command {
		quoted[i] = `"` + quote.Replace(argument) + `"`
	}
	return strings.Join(quoted, " ")
}

// parseExec reads the value of Exec, unescaped, into the program and its arguments.
// Field codes stand for files to open, of which there are none.
func parseExec(value string) ([]string, error) {
	var command []string
	for rest := strings.TrimLeft(value, " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		argument, after, err := nextArgument(rest)
		if err != nil {
			return nil, err
		}
		if len(argument) != 2 || argument[0] != '%' || argument == "%%" {
			command = append(command, strings.ReplaceAll(argument, "%%", "%"))
		}
		rest = after
	}
	if len(command) == 0 {
		return nil, errors.New("it names no program")
	}
	return command, nil
}

// nextArgument reads one argument from the beginning of text and returns what comes
// after it.
func nextArgument(text string) (argument, rest string, err error) {
	var b strings.Builder
	for i, quoted := 0, false; ; i++ {
		switch {
		case i == len(text) && quoted:
			return "", "", errors.New("a quotation in its command has no end")
		case i == len(text):
			return b.String(), "", nil
		case text[i] == '"':
			quoted = !quoted
		case text[i] == '\\' && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case text[i] == ' ' && !quoted:
			return b.String(), text[i:], nil
		default:
			b.WriteByte(text[i])
		}
	}
}

// formatDesktopEntry is the content of the entry that runs command.
func formatDesktopEntry(command []string) string {
	return group + `
Type=Application
Name=Vast Relay
Comment=Carries Vast.ai notifications into Google Chat
Exec=` + escape(quoteExec(command)) + `
TryExec=` + escape(command[0]) + `
Icon=` + ID + `
Terminal=false
StartupNotify=false
X-GNOME-Autostart-enabled=true
`
}

// hiddenEntry is the content of an entry that hides another one of the same name.
const hiddenEntry = group + `
Type=Application
Name=Vast Relay
Hidden=true
`

// entryName is the name of the file of the entry.
const entryName = ID + ".desktop"

// configFolders are the folders that hold the folders of entries: that of the user,
// which comes first, and those of all users. The first is empty where it is not known.
func configFolders(getenv func(string) string) []string {
	own := getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(own) { // https://specifications.freedesktop.org/basedir-spec/latest/ has relative paths ignored
		own = ""
		if home := getenv("HOME"); filepath.IsAbs(home) {
			own = filepath.Join(home, ".config")
		}
	}
	shared := getenv("XDG_CONFIG_DIRS")
	if shared == "" {
		shared = "/etc/xdg"
	}
	folders := []string{own}
	for folder := range strings.SplitSeq(shared, ":") {
		if filepath.IsAbs(folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}

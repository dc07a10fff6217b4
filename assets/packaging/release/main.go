// Command release writes what packages need besides the program, from two sources:
// the change log and the icon. It is not part of the program.
//
// usage: release COMMAND
//
//	check VERSION    fails unless the newest entry of the change log is VERSION
//	notes VERSION    the notes of that release, as Markdown
//	changelog        all entries in the form that nfpm reads
//	metainfo FILE    the AppStream file with the releases put into it
//	icons DIR        the icon in each size below DIR, as hicolor themes have it
//	ico FILE         the icon in the sizes of Windows, as one file
//
// It reads assets/packaging/CHANGELOG.md and assets/icon.svg of the working
// directory, which is the top of the tree, and writes to standard output unless it
// says otherwise.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Where the two sources lie.
const (
	changeLogPath = "assets/packaging/CHANGELOG.md"
	iconPath      = "assets/icon.svg"
)

// errUsage means that the arguments are no command.
var errUsage = errors.New("usage: release check VERSION | notes VERSION | changelog | metainfo FILE | icons DIR | ico FILE")

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "release: "+err.Error())
		if errors.Is(err, errUsage) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}

// commands are what can be asked for, by name. The operand is empty for those that
// take none.
var commands = map[string]func(out io.Writer, operand string) error{
	"check": func(_ io.Writer, version string) error {
		return ofReleases(func(all []release) error { return check(all, version) })
	},
	"notes": func(out io.Writer, version string) error {
		return ofReleases(func(all []release) error { return writeNotes(out, all, version) })
	},
	"changelog": func(out io.Writer, _ string) error {
		return ofReleases(func(all []release) error { return writePackageLog(out, all) })
	},
	"metainfo": func(out io.Writer, path string) error {
		return ofReleases(func(all []release) error { return writeMetainfo(out, path, all) })
	},
	"icons": func(_ io.Writer, dir string) error { return writeIcons(dir) },
	"ico":   func(_ io.Writer, path string) error { return writeWindowsIcon(path) },
}

// run carries out one command line.
func run(args []string, out io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	command, known := commands[args[0]]
	operands := 1
	if args[0] == "changelog" {
		operands = 0
	}
	if !known || len(args) != 1+operands {
		return errUsage
	}
	return command(out, strings.Join(args[1:], ""))
}

// ofReleases calls f with the entries of the change log.
func ofReleases(f func([]release) error) error {
	content, err := os.ReadFile(changeLogPath)
	if err != nil {
		return err
	}
	releases, err := parseChangeLog(string(content))
	if err != nil {
		return fmt.Errorf("%s: %w", changeLogPath, err)
	}
	return f(releases)
}

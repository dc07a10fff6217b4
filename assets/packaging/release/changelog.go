package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// release is one entry of the change log.
type release struct {
	version string    // "1.2.3"
	date    time.Time // the day, in UTC
	changes []string  // a sentence each, in plain text
}

// heading begins an entry: "## 1.2.3 (2026-11-28)".
var heading = regexp.MustCompile(`^## (\d+\.\d+\.\d+) \((\d{4}-\d{2}-\d{2})\)$`)

// markup is what plain text may not hold, since not everything that is made from
// the change log is read as Markdown.
var markup = regexp.MustCompile("[`*_<>\\[\\]\\\\]")

// parseChangeLog reads the entries of a change log, newest first. What stands before
// the first heading is an introduction. Each line that follows is empty or a change,
// "- What is new.".
func parseChangeLog(text string) ([]release, error) {
	var releases []release
	for i, line := range strings.Split(text, "\n") {
		fail := func(format string, args ...any) error {
			return fmt.Errorf("line %d: "+format, append([]any{i + 1}, args...)...)
		}
		switch {
		case strings.HasPrefix(line, "## "):
			r, err := parseHeading(line)
			if err != nil {
				return nil, fail("%w", err)
			}
			if n := len(releases); n > 0 && (!newer(releases[n-1].version, r.version) || releases[n-1].date.Before(r.date)) {
				return nil, fail("%s does not come before %s", r.version, releases[n-1].version)
			}
			releases = append(releases, r)
		case len(releases) == 0 || line == "":
		default:
			change, err := parseChange(line)
			if err != nil {
				return nil, fail("%w", err)
			}
			last := &releases[len(releases)-1]
			last.changes = append(last.changes, change)
		}
	}
	for _, r := range releases {
		if len(r.changes) == 0 {
			return nil, fmt.Errorf("%s has no change", r.version)
		}
	}
	if len(releases) == 0 {
		return nil, errors.New("there is no entry")
	}
	return releases, nil
}

// parseHeading reads the line that begins an entry.
func parseHeading(line string) (release, error) {
	parts := heading.FindStringSubmatch(line)
	if parts == nil {
		return release{}, fmt.Errorf("want a heading such as %q", "## 1.2.3 (2026-11-28)")
	}
	date, err := time.Parse(time.DateOnly, parts[2])
	if err != nil || date.IsZero() {
		return release{}, fmt.Errorf("%s is no day", parts[2])
	}
	return release{version: parts[1], date: date}, nil
}

// parseChange reads the line of a change.
func parseChange(line string) (string, error) {
	change, isChange := strings.CutPrefix(line, "- ")
	switch {
	case !isChange:
		return "", fmt.Errorf("want a change, which begins with %q", "- ")
	case strings.TrimSpace(change) == "":
		return "", errors.New("the change says nothing")
	case markup.MatchString(change):
		return "", fmt.Errorf("%q is markup; changes are plain text", markup.FindString(change))
	}
	return change, nil
}

// newer reports whether version a, "1.2.3", comes after b.
func newer(a, b string) bool {
	numbers := func(v string) (n [3]int) {
		_, _ = fmt.Sscanf(v, "%d.%d.%d", &n[0], &n[1], &n[2])
		return n
	}
	x, y := numbers(a), numbers(b)
	for i := range x {
		if x[i] != y[i] {
			return x[i] > y[i]
		}
	}
	return false
}

// check returns an error unless the newest of releases is version.
func check(releases []release, version string) error {
	if newest := releases[0].version; newest != version {
		return fmt.Errorf("the newest entry of %s is %s, not %s: say there what is new", changeLogPath, newest, version)
	}
	return nil
}

// find returns the release of that version.
func find(releases []release, version string) (release, error) {
	for _, r := range releases {
		if r.version == version {
			return r, nil
		}
	}
	return release{}, fmt.Errorf("%s has no entry for %s", changeLogPath, version)
}

// writeNotes writes what is new in version.
func writeNotes(out io.Writer, releases []release, version string) error {
	r, err := find(releases, version)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "# Vast Relay %s\n\n%s\n\n- %s\n", r.version, r.date.Format("2 January 2006"), strings.Join(r.changes, "\n- "))
	return err
}

// packager is who makes the packages.
const packager = "The Vast Relay authors <packages@vastrelay.app>"

// loggedRelease is an entry as nfpm reads it: YAML, of which JSON is a part. Source:
// https://github.com/goreleaser/chglog .
type loggedRelease struct {
	Version  string    `json:"semver"`
	Date     time.Time `json:"date"`
	Packager string    `json:"packager"`
	Changes  []note    `json:"changes"`
	Debian   debian    `json:"deb"`
}

type note struct {
	Text string `json:"note"`
}

type debian struct {
	Urgency       string   `json:"urgency"`
	Distributions []string `json:"distributions"`
}

// noteWidth is how many characters stand in one line of a package's log.
const noteWidth = 74

// wrap breaks text between words, where a line would have more than width
// characters, by putting lineBreak there.
func wrap(text string, width int, lineBreak string) string {
	var b strings.Builder
	line := 0
	for i, word := range strings.Fields(text) {
		switch n := utf8.RuneCountInString(word); {
		case i == 0:
			line = n
		case line+1+n > width:
			b.WriteString(lineBreak)
			line = n
		default:
			b.WriteByte(' ')
			line += 1 + n
		}
		b.WriteString(word)
	}
	return b.String()
}

// writePackageLog writes all entries for the packages of Linux.
func writePackageLog(out io.Writer, releases []release) error {
	logged := make([]loggedRelease, 0, len(releases))
	for _, r := range releases {
		entry := loggedRelease{
			Version: r.version, Date: r.date, Packager: packager,
			Debian: debian{Urgency: "medium", Distributions: []string{"stable"}},
		}
		for _, change := range r.changes {
			entry.Changes = append(entry.Changes, note{wrap(change, noteWidth, "\n    ")})
		}
		logged = append(logged, entry)
	}
	return json.NewEncoder(out).Encode(logged)
}

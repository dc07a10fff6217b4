// Package build says which build of the program runs: its version, and the
// commit that it was made from. It is a leaf; all values are set before main
// starts and never change, so it is safe for concurrent use.
package build

import (
	"runtime/debug"
	"strings"
	"time"
)

// The linker sets these: -ldflags "-X vastrelay/app/build.version=1.2.3". The
// Makefile takes the version from FyneApp.toml and the rest from the last commit.
var (
	version  string // "1.2.3"
	revision string // of the commit, in hexadecimal digits
	date     string // of the commit, as RFC 3339

	updateFeed  string // https address that tells the newest version; empty: nobody is asked
	updatePages string // further hosts of the pages of releases, separated by commas
)

// unversioned is the version of a build that was not told one.
const unversioned = "0.0.0-dev"

// revisionDigits is how many digits of a revision are told.
const revisionDigits = 12

// Info describes one build.
type Info struct {
	Version  string    `json:"version"`            // "1.2.3"; "0.0.0-dev" unless the build sets it
	Revision string    `json:"revision,omitempty"` // of the commit, up to 12 hexadecimal digits; empty when unknown
	Date     time.Time `json:"date,omitzero"`      // of the commit, in UTC; zero when unknown
}

// Current returns the build that runs. What the linker was not told is taken
// from what the go command recorded, if it did.
func Current() Info {
	recorded, _ := debug.ReadBuildInfo()
	return describe(version, revision, date, recorded)
}

// UpdateFeed returns the address that tells the newest version of the program, and the
// hosts beside its own that the page of a release may be on. The address is empty in a
// build from source: such a program asks nobody.
func UpdateFeed() (address string, pages []string) {
	if updateFeed == "" || updatePages == "" {
		return updateFeed, nil
	}
	return updateFeed, strings.Split(updatePages, ",")
}

// describe prefers what the linker was told to what the go command recorded,
// which may be nil.
func describe(version, revision, date string, recorded *debug.BuildInfo) Info {
	if recorded != nil {
		for _, s := range recorded.Settings {
			switch {
			case s.Key == "vcs.revision" && revision == "":
				revision = s.Value
			case s.Key == "vcs.time" && date == "":
				date = s.Value
			}
		}
	}
	if version == "" {
		version = unversioned
	}
	i := Info{Version: version, Revision: revision[:min(len(revision), revisionDigits)]}
	if at, err := time.Parse(time.RFC3339, date); err == nil {
		i.Date = at.UTC()
	}
	return i
}

// String is the build for a person: "1.2.3 (0123456789ab, 2026-11-28)".
func (i Info) String() string {
	var commit []string
	if i.Revision != "" {
		commit = append(commit, i.Revision)
	}
	if !i.Date.IsZero() {
		commit = append(commit, i.Date.Format(time.DateOnly))
	}
	if len(commit) == 0 {
		return i.Version
	}
	return i.Version + " (" + strings.Join(commit, ", ") + ")"
}

// UserAgent names the program to the vendors. It must not look like a browser's:
// ngrok shows browsers a warning page.
func (i Info) UserAgent() string { return "vastrelay/" + i.Version }

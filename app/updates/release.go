package updates

import (
	"encoding/json"
	"errors"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/mod/semver"

	"vastrelay/app/status"
	"vastrelay/relay"
)

// Limits of what is taken from a feed.
const (
	maxNews     = 20  // lines
	maxNewsLine = 200 // characters
	maxVersion  = 64  // bytes
)

// feed is the document at the address of the feed, as JSON. Members that are not known
// are left for later versions of the program.
type feed struct {
	Version string   `json:"version"` // as https://semver.org writes it
	News    []string `json:"news"`    // what is new, in plain text
	Page    string   `json:"page"`    // where a person can read more and get it
}

// versionForm is a whole version: three numbers, perhaps with a pre-release.
var versionForm = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$`)

// parseFeed reads the document of a feed. A page that is not on one of hosts is left
// out: nobody is led to it.
func parseFeed(data []byte, hosts []string) (status.Release, error) {
	var f feed
	if err := json.Unmarshal(data, &f); err != nil {
		return status.Release{}, &Failure{status.UpdateUnreadable, err}
	}
	version := strings.TrimPrefix(f.Version, "v")
	if len(version) > maxVersion || !versionForm.MatchString(version) || !semver.IsValid("v"+version) {
		return status.Release{}, &Failure{status.UpdateUnreadable, errors.New("it names no version")}
	}
	r := status.Release{Version: version}
	for _, line := range f.News[:min(len(f.News), maxNews)] {
		if line = shorten(relay.CleanLine(line)); line != "" {
			r.News = append(r.News, line)
		}
	}
	if pageAllowed(f.Page, hosts) {
		r.Page = f.Page
	}
	return r, nil
}

// shorten cuts a line to the length that is shown.
func shorten(line string) string {
	if utf8.RuneCountInString(line) <= maxNewsLine {
		return line
	}
	return string([]rune(line)[:maxNewsLine-1]) + "…"
}

// pageAllowed reports whether a person may be led to page: a plain https address on one
// of hosts.
func pageAllowed(page string, hosts []string) bool {
	u, err := url.Parse(page)
	return err == nil && u.Scheme == "https" && u.User == nil && u.Port() == "" && slices.Contains(hosts, u.Host) &&
		page == relay.CleanLine(page)
}

// newer reports whether a release of version offered should be told to a program of
// version current. A pre-release is told to no program that is not one itself.
func newer(offered, current string) bool {
	offered, current = "v"+offered, "v"+current
	if !semver.IsValid(offered) || !semver.IsValid(current) {
		return false
	}
	if semver.Prerelease(offered) != "" && semver.Prerelease(current) == "" {
		return false
	}
	return semver.Compare(offered, current) > 0
}

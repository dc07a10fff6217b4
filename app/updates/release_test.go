package updates

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"vastrelay/app/status"
	"vastrelay/relay"
)

// hosts are those that a page may be on.
var hosts = []string{"feed.example.net", "pages.example.net"}

func TestParseFeed(t *testing.T) {
	for _, tt := range []struct {
		name, document      string
		version, news, page string // news joined by bars; version empty: it is refused
	}{
		{name: "a whole one", document: `{"version":"1.3.0","news":["Faster","A banner"],"page":"https://pages.example.net/1.3.0"}`, version: "1.3.0", news: "Faster|A banner", page: "https://pages.example.net/1.3.0"},
		{name: "a version as a tag, and members of later times", document: `{"version":"v2.0.0-rc.1","sizes":{"a":1}}`, version: "2.0.0-rc.1"},
		{name: "a page beside the feed", document: `{"version":"1.3.0","page":"https://feed.example.net/x?a=b#c"}`, version: "1.3.0", page: "https://feed.example.net/x?a=b#c"},
		{name: "a page elsewhere", document: `{"version":"1.3.0","page":"https://evil.example.com/"}`, version: "1.3.0"},
		{name: "a page that only looks like ours", document: `{"version":"1.3.0","page":"https://feed.example.net@evil.example.com/"}`, version: "1.3.0"},
		{name: "a page of a host below ours", document: `{"version":"1.3.0","page":"https://x.feed.example.net/"}`, version: "1.3.0"},
		{name: "a page in plain http", document: `{"version":"1.3.0","page":"http://feed.example.net/"}`, version: "1.3.0"},
		{name: "a page that is a program", document: `{"version":"1.3.0","page":"file:///bin/sh"}`, version: "1.3.0"},
		{name: "a page at a port", document: `{"version":"1.3.0","page":"https://feed.example.net:8443/"}`, version: "1.3.0"},
		{name: "news with markup and control characters", document: `{"version":"1.3.0","news":["[x](javascript:1)\u001b[31m red\u202e","","  two\nlines  "]}`, version: "1.3.0", news: "[x](javascript:1) red|two lines"},
		{name: "no version", document: `{"news":["x"]}`},
		{name: "half a version", document: `{"version":"1.3"}`},
		{name: "a version with more behind it", document: `{"version":"1.3.0 <b>"}`},
		{name: "a version with leading zeros", document: `{"version":"01.3.0"}`},
		{name: "a version that is a number", document: `{"version":1.3}`},
		{name: "two documents", document: `{"version":"1.3.0"}{}`},
		{name: "a list", document: `["1.3.0"]`},
		{name: "a page of a portal", document: `<html>Please sign in</html>`},
		{name: "nothing", document: ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseFeed([]byte(tt.document), hosts)
			if tt.version == "" {
				if f, ok := errors.AsType[*Failure](err); !ok || f.Kind != status.UpdateUnreadable {
					t.Errorf("got %+v, %v; want it refused", got, err)
				}
				return
			}
			if err != nil || got.Version != tt.version || strings.Join(got.News, "|") != tt.news || got.Page != tt.page {
				t.Errorf("got %+v, %v; want %s, %q, %q", got, err, tt.version, tt.news, tt.page)
			}
		})
	}
}

func TestNewsAreBounded(t *testing.T) {
	document := `{"version":"1.3.0","news":["` + strings.Repeat("ü", 5000) + `"` + strings.Repeat(`,"x"`, 500) + `]}`
	got, err := parseFeed([]byte(document), hosts)
	if err != nil || len(got.News) != maxNews || utf8.RuneCountInString(got.News[0]) != maxNewsLine {
		t.Errorf("got %d lines, %v", len(got.News), err)
	}
}

func FuzzParseFeed(f *testing.F) {
	f.Add(`{"version":"1.3.0","news":["a\u0000b"],"page":"https://feed.example.net/"}`)
	f.Add(`{"version":"v0.0.0-0","page":"https://feed.example.net\u0000/"}`)
	f.Fuzz(func(t *testing.T, document string) {
		r, err := parseFeed([]byte(document), hosts)
		if err != nil {
			return
		}
		if !versionForm.MatchString(r.Version) || len(r.News) > maxNews {
			t.Errorf("got %+v", r)
		}
		if r.Page != "" && !strings.HasPrefix(r.Page, "https://feed.example.net") && !strings.HasPrefix(r.Page, "https://pages.example.net") {
			t.Errorf("leads to %q", r.Page)
		}
		for _, line := range r.News {
			if line != relay.CleanLine(line) {
				t.Errorf("shows %q", line)
			}
		}
	})
}

func TestNewer(t *testing.T) {
	for _, tt := range []struct {
		offered, current string
		want             bool
	}{
		{"1.3.0", "1.2.9", true},
		{"1.10.0", "1.9.0", true},
		{"1.3.0", "1.3.0", false},
		{"1.2.0", "1.3.0", false},
		{"1.3.0", "1.3.0-rc.1", true},
		{"1.3.0-rc.2", "1.3.0-rc.1", true},
		{"1.3.0-rc.1", "1.2.0", false},
		{"2.0.0-rc.1", "1.2.0-rc.1", true},
		{"1.3.0", "0.0.0-dev", true},
		{"1.3.0", "unknown", false},
		{"", "1.0.0", false},
	} {
		if got := newer(tt.offered, tt.current); got != tt.want {
			t.Errorf("%s for %s: got %v, want %v", tt.offered, tt.current, got, tt.want)
		}
	}
}

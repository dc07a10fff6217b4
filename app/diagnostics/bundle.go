// Package diagnostics makes the report that a person can send to somebody who
// helps: one zip file of a few short texts, each of which can be read before it is
// saved.
//
// What is in it is chosen by allow-list: numbers, states, codes, constant messages
// of the log, versions. Texts of events, names, addresses and paths are not looked
// up for it at all. What slips in all the same, as a part of a message or of a
// state, is masked twice: first every value that is known to be private, then
// everything that has the shape of an e-mail address, a host, an IP address, a URL,
// a path or a credential.
//
// # Concurrency
//
// New is a function of its Facts, but for the file system below Facts.Folder; a
// Bundle is a value. Both are safe for concurrent use.
//
// # Ownership
//
// The package opens the log for reading only, and starts no goroutines. It knows
// secrets through Facts.Secrets alone, which masks them and gives none out.
package diagnostics

import (
	"archive/zip"
	"fmt"
	"io"
	"time"

	"vastrelay/app/build"
	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
)

// Facts are what a report is made from.
type Facts struct {
	At      time.Time
	Build   build.Info
	System  System
	Running bool // a copy runs, so that Status says something
	Status  status.Status
	Keyring string // the state of the keyring, in one word; empty: not known
	Checks  *health.Report

	Settings config.Settings
	Tunnels  []string // the names of the tunnels that can be chosen

	Folder string // that holds the log; empty: there is none

	// Secrets masks the secrets that the program knows; nil: it knows none.
	Secrets TextRedactor
	// Private are further values that must not appear: names of people, computers
	// and spaces, addresses, folders. Values of fewer than three characters are
	// ignored.
	Private []string
}

// TextRedactor masks secrets in a text. It is safe for concurrent use.
type TextRedactor interface {
	Redact(text string) string
}

// File is one text of a report.
type File struct {
	Name string `json:"name"` // within the zip file: "status.txt"
	Text string `json:"text"`
}

// Bundle is a report.
type Bundle struct {
	At    time.Time `json:"at"`
	Files []File    `json:"files"` // in the order in which they are shown
}

// New makes the report of f. What cannot be read is said in the place where it would
// stand.
func New(f Facts) Bundle {
	m := newMask(f.Secrets, f.Private)
	b := Bundle{At: f.At.UTC().Truncate(time.Second)}
	for _, page := range []struct {
		name string
		text string
	}{
		{"versions.txt", versions(f)},
		{"status.txt", statusPage(f)},
		{"settings.txt", settingsPage(f)},
		{"checks.txt", checksPage(f.Checks)},
		{"log.txt", logPage(f.Folder)},
		{"crash.txt", crashPage(f.Folder)},
	} {
		if page.text != "" {
			b.Files = append(b.Files, File{page.name, m.hide(page.text)})
		}
	}
	return b
}

// FileName is what the zip file of b is called unless a person names it otherwise.
func (b Bundle) FileName() string {
	return "vastrelay-diagnostics-" + b.At.UTC().Format("2006-01-02-1504") + ".zip"
}

// WriteZip writes b as a zip file.
func (b Bundle) WriteZip(to io.Writer) error {
	z := zip.NewWriter(to)
	for _, file := range b.Files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: file.Name, Method: zip.Deflate, Modified: b.At.UTC()})
		if err != nil {
			return fmt.Errorf("add %s: %w", file.Name, err)
		}
		if _, err := io.WriteString(w, file.Text); err != nil {
			return fmt.Errorf("write %s: %w", file.Name, err)
		}
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("end the file: %w", err)
	}
	return nil
}

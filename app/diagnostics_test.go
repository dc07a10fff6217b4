package app_test

import (
	"archive/zip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vastrelay/app"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay/winetest"
	"vastrelay/vastapi/vasttest"
)

// privateWords are what the world knows of a person, and none may be in a report.
func (w *world) privateWords() []string {
	host, _ := os.Hostname()
	return []string{
		vastKey, ngrokToken, "key=", "token=", space, publicHost, "relay-test", "127.0.0.1", w.dir, filepath.Base(filepath.Dir(w.dir)),
		"adas-own-subject", "adas-own-message", host,
	}
}

// wantPrivate fails the test if a report holds what is private.
func (w *world) wantPrivate(t *testing.T, what, report string) {
	t.Helper()
	for _, word := range w.privateWords() {
		if len(word) > 2 && strings.Contains(strings.ToLower(report), strings.ToLower(word)) {
			t.Errorf("%s holds %q:\n%s", what, word, report)
		}
	}
}

func TestReportsOfARunningProgramAreUsefulAndHoldNothingPrivate(t *testing.T) {
	t.Parallel()
	winetest.Needs(t, winetest.LocalSockets)
	w := newWorld(t)
	code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		w.emit(t, vasttest.Emission{Subject: "adas-own-subject", Message: "adas-own-message"})
		eventually(t, "the event stands in Chat", func() bool { return w.count("adas-own-subject") > 0 })
		if _, err := d.Support.Doctor.Examine(ctx, func(health.Step) {}); err != nil {
			t.Fatal(err)
		}
		w.vast.RevokeKey(vastKey)
		if _, err := d.Support.Doctor.Examine(ctx, func(health.Step) {}); err != nil {
			t.Fatal(err)
		}
		b, err := d.Support.Diagnostics.FromWindow(ctx, true)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), b.FileName())
		if err := d.Support.Diagnostics.Save(ctx, path, b); err != nil {
			t.Fatal(err)
		}
		all := unzipped(t, path)
		w.wantPrivate(t, "the report", all)
		for _, useful := range []string{"hop vast", "tray                   there", "accepted", "check key", "failed", "starting version=", "tunnel"} {
			if !strings.Contains(all, useful) {
				t.Errorf("the report lacks %q:\n%s", useful, all)
			}
		}
		s := w.command(t, "diagnostics", "-")
		s.holds(t, "── status.txt", "accepted", "── log.txt", "not asked")
		w.wantPrivate(t, "the command's report", s.out)
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}

	// Where no copy runs, there is still what the last one has left.
	s := w.command(t, "diagnostics", "-")
	s.holds(t, "The program does not run.", "── log.txt", "stopped took=")
	w.wantPrivate(t, "the report without a copy", s.out)
}

// unzipped is all that is in a zip file, with the names.
func unzipped(t *testing.T, path string) string {
	t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() //nolint:errcheck // Nothing was written.
	var all strings.Builder
	for _, f := range r.File {
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString(f.Name + "\n")
		if _, err := io.Copy(&all, content); err != nil { //nolint:gosec // A file of the test's own.
			t.Fatal(err)
		}
	}
	return all.String()
}

package commands

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"vastrelay/app/health"
	"vastrelay/relay"
)

func TestExport(t *testing.T) {
	h := manyEvents(3000) // more than one chunk
	dir := serve(t, withHistory(h))
	target := filepath.Join(t.TempDir(), "events.csv")
	read := func() string {
		t.Helper()
		content, err := os.ReadFile(target) // #nosec G304 -- the test's own
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	t.Run("into a file, whose name says in which form", func(t *testing.T) {
		run(t, []string{dir}, "export", target).want(t, ExitDone, "3,000 events are in "+target)
		if got := read(); strings.Count(got, "\n") != 3000 || !strings.HasPrefix(got, "events.csv "+h.events[0].ID+"\n") {
			t.Errorf("got %d lines that begin with %.60q", strings.Count(got, "\n"), got)
		}
		if info, err := os.Stat(target); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got %v, %v, want it for its owner alone", info, err)
		}
	})
	t.Run("JSON says how many", func(t *testing.T) {
		if got := decode[exportAnswer](t, run(t, []string{dir}, "export", target, "--json"), ExitDone); got != (exportAnswer{3000, target}) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("to standard output", func(t *testing.T) {
		r := run(t, []string{dir}, "export", "-")
		r.want(t, ExitDone, "- "+h.events[2999].ID+"\n")
		if strings.Count(r.out, "\n") != 3000 {
			t.Errorf("got %d lines, want the events and nothing else", strings.Count(r.out, "\n"))
		}
	})
	t.Run("a terminal shows how far it is", func(t *testing.T) {
		runAt(t, 80, []string{dir}, "export", target).want(t, ExitDone, "· 0 of 3,000\r\x1b[K", "· 3,000 of 3,000\r\x1b[K3,000 events")
	})
	t.Run("only the events that are asked for", func(t *testing.T) {
		h.asked = nil
		run(t, []string{dir}, "export", target, "--type", "outbid", "--outcome", "failed", "--search", "x").want(t, ExitDone)
		if got, want := h.asked[0], (relay.Query{Type: "outbid", Fate: relay.FateFailed, Search: "x"}); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
	t.Run("what fails on the way leaves the file as it was", func(t *testing.T) {
		before := read()
		h.err = health.New(health.DiskRefuses)
		defer func() { h.err = nil }()
		run(t, []string{dir}, "export", target).want(t, ExitFailed, "Events cannot be written to disk")
		if read() != before {
			t.Error("the file changed")
		}
		if _, err := os.Stat(target + ".part"); !os.IsNotExist(err) {
			t.Errorf("got %v for the part, want it gone", err)
		}
	})
	t.Run("a file that cannot be made", func(t *testing.T) {
		run(t, []string{dir}, "export", filepath.Join(dir, "missing", "events.csv")).want(t, ExitFailed, "The events could not be exported")
		run(t, []string{dir}, "export", dir).want(t, ExitFailed, "The events could not be exported")
	})
	t.Run("standard output that takes nothing", func(t *testing.T) {
		var errs bytes.Buffer
		code := Run(t.Context(), Invocation{
			Args: []string{"export", "-"}, Flags: programFlags(), Folders: func() ([]string, error) { return []string{dir}, nil },
			Stdout: &failing{err: fs.ErrInvalid}, Stderr: &errs,
		})
		if code != ExitFailed || !strings.Contains(errs.String(), "could not be written") {
			t.Errorf("got exit code %d and %q, want 1 and why", code, errs.String())
		}
	})
	run(t, []string{dir}, "export").want(t, ExitWrongUse, "vastrelay export FILE")
	run(t, []string{dir}, "export", "-", "--json").want(t, ExitWrongUse, "standard output")
}

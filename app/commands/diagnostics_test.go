package commands

import (
	"archive/zip"
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vastrelay/app/diagnostics"
)

// reports makes one report.
type reports struct{}

func report() diagnostics.Bundle {
	return diagnostics.Bundle{At: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC), Files: []diagnostics.File{
		{Name: "versions.txt", Text: "program  1.2.3\n"}, {Name: "log.txt", Text: "INFO  posted\n"},
	}}
}

func (reports) Collect(context.Context) (diagnostics.Bundle, error) { return report(), nil }

func TestDiagnostics(t *testing.T) {
	p := quiet()
	p.Diagnostics = reports{}
	dir := serve(t, p)
	t.Run("into a zip file for its owner alone", func(t *testing.T) {
		target := filepath.Join(t.TempDir(), "report")
		run(t, []string{dir}, "diagnostics", target).want(t, ExitDone, "report.zip holds versions.txt and log.txt. Nothing was sent.")
		r, err := zip.OpenReader(target + ".zip")
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close() //nolint:errcheck // Nothing was written.
		if len(r.File) != 2 || r.File[0].Name != "versions.txt" {
			t.Errorf("got %d files", len(r.File))
		}
		if info, err := os.Stat(target + ".zip"); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got %v, %v", info, err)
		}
	})
	t.Run("to be read first", func(t *testing.T) {
		run(t, []string{dir}, "diagnostics", "-").want(t, ExitDone, "── versions.txt\nprogram  1.2.3\n", "── log.txt\nINFO  posted\n")
	})
	t.Run("JSON holds the texts", func(t *testing.T) {
		if got := decode[diagnosticsAnswer](t, run(t, []string{dir}, "diagnostics", "-", "--json"), ExitDone); len(got.Texts) != 2 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a file that cannot be written", func(t *testing.T) {
		run(t, []string{dir}, "diagnostics", filepath.Join(t.TempDir(), "missing", "x.zip")).want(t, ExitFailed, "vastrelay: The report could not be saved")
	})
	t.Run("a folder", func(t *testing.T) {
		within := t.TempDir()
		target := filepath.Join(within, "reports")
		if err := os.Mkdir(target, 0o700); err != nil {
			t.Fatal(err)
		}
		run(t, []string{dir}, "diagnostics", target).want(t, ExitFailed, "vastrelay: The report could not be saved")
		if made, err := os.ReadDir(within); err != nil || len(made) != 1 {
			t.Errorf("got %v, %v, want nothing beside the folder", made, err)
		}
	})
}

func TestDiagnosticsWhereNoCopyRuns(t *testing.T) {
	var out, errs bytes.Buffer
	code := Run(t.Context(), Invocation{
		Args: []string{"diagnostics", "-"}, Flags: flag.NewFlagSet("", flag.ContinueOnError),
		Folders: func() ([]string, error) { return []string{folder(t)}, nil },
		Stdout:  &out, Stderr: &errs,
		Diagnose: func() (diagnostics.Bundle, error) { return report(), nil },
	})
	if code != ExitDone || !strings.Contains(out.String(), "1.2.3") {
		t.Errorf("got code %d, %q and %q", code, out.String(), errs.String())
	}
	run(t, []string{folder(t)}, "diagnostics", "-").want(t, ExitNotRunning, "vastrelay: ")
}

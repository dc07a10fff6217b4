package app_test

import (
	"context"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vastrelay/app"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/vastapi/vasttest"
)

func TestEventsAreExportedWithProgress(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	folder := t.TempDir()
	code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		for _, subject := range []string{"=SUM(A1)", "second"} {
			w.emit(t, vasttest.Emission{Subject: subject})
		}
		table, lines := filepath.Join(folder, "events.CSV"), filepath.Join(folder, "events.jsonl")
		var told []int
		if err := d.History.Export(ctx, table, relay.Query{}, func(done, total int) { told = append(told, done, total) }); err != nil {
			t.Fatal(err)
		}
		if want := []int{0, 2, 2, 2}; !slices.Equal(told, want) {
			t.Errorf("got progress %v, want %v", told, want)
		}
		if err := d.History.Export(ctx, lines, relay.Query{Search: "second"}, nil); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(read(t, table))).ReadAll()
		if err != nil || len(rows) != 3 || !slices.Contains(rows[2], "'=SUM(A1)") {
			t.Errorf("got rows %q, %v, want a header and two events, of which none is a formula", rows, err)
		}
		if got := read(t, lines); strings.Count(got, "\n") != 1 || !strings.Contains(got, `"payload":{`) {
			t.Errorf("got %q, want a line with its payload", got)
		}

		ended, end := context.WithCancel(ctx)
		end()
		if err := d.History.Export(ended, table, relay.Query{}, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the end of the context", err)
		}
		var problem health.Problem
		if err := d.History.Export(ctx, filepath.Join(folder, "missing", "a.csv"), relay.Query{}, nil); !errors.As(err, &problem) || problem.Next.IsZero() {
			t.Errorf("got %v, want a problem that says what to do", err)
		}
		if got := read(t, table); strings.Count(got, "\n") != 3 {
			t.Errorf("got %q, want the earlier file whole", got)
		}
		entries, err := os.ReadDir(folder)
		if err != nil || len(entries) != 2 {
			t.Errorf("got %v, %v, want two files and no part of one", entries, err)
		}
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path) //nolint:gosec // The test's own folder.
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

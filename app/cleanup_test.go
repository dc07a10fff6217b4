package app_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"vastrelay/app"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

// TestCleaningUpLeavesNothing removes everything, and looks for what is left.
func TestCleaningUpLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	foreign := w.vast.SeedWebhook(w.account, vastapi.NewWebhook{URL: "https://other.example/", EventTypes: []string{"client:outbid"}, Name: "theirs"})
	notes := filepath.Join(w.dir, "notes.txt")
	orFail(t, os.WriteFile(notes, []byte("of the person"), 0o600))
	code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		w.emit(t, vasttest.Emission{})
		await(t, d, "the event posted", func(s status.Status) bool { return s.Today == 1 && s.Waiting == 0 })
		if err := d.Cleaner.CleanUp(ctx, true, true, func(health.Step) {}); err != nil {
			t.Error(err)
		}
		await(t, d, "the end of relaying", inPhase(status.Stopped))
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
	if hooks := w.hooks(); len(hooks) != 1 || hooks[0].ID != foreign {
		t.Errorf("got webhooks %+v, want the one of somebody else", hooks)
	}
	entries, err := os.ReadDir(w.dir)
	orFail(t, err)
	for _, entry := range entries {
		if entry.Name() != filepath.Base(notes) {
			t.Errorf("%s is left in the data folder", entry.Name())
		}
	}
	if len(entries) == 0 {
		t.Error("the file of the person is gone")
	}
}

func TestStartingAgainAfterACleanUpKeepsTheData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		if err := d.Cleaner.CleanUp(ctx, false, true, func(health.Step) {}); err != nil {
			t.Error(err)
		}
		await(t, d, "the end of relaying", inPhase(status.Stopped))
		if err := d.Bridge.Perform(ctx, health.ActionStart); err != nil {
			t.Error(err)
		}
		await(t, d, "relaying once more", inPhase(status.Relaying))
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
	for _, name := range []string{"events.db", "webhooks.json", "settings.json"} {
		if _, err := os.Stat(filepath.Join(w.dir, name)); err != nil {
			t.Errorf("got %v, want what came since the new start kept", err)
		}
	}
}

package settings

import (
	"context"
	"testing"

	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"

	"vastrelay/app/health"
	"vastrelay/app/ui/kit/kittest"
)

// openExport shows the export; the person always picks path.
func openExport(d *desk, path string) *Window {
	d.T.Helper()
	w := d.showSettings(SectionHistory)
	page, ok := w.sections[w.at].page.(*historyPage)
	if !ok {
		d.T.Fatalf("section %d is not the history", w.at)
	}
	page.export.choose = func(_ string, chosen func(string)) { chosen(path) }
	return w
}

func TestExportWritesTheFileThatIsPicked(t *testing.T) {
	for _, tt := range []struct{ name, button, picked, want string }{
		{"a spreadsheet", "For a spreadsheet (CSV)…", "/home/a/events.csv", "/home/a/events.csv"},
		{"a spreadsheet whose ending was taken away", "For a spreadsheet (CSV)…", "/home/a/events", "/home/a/events.csv"},
		{"an ending in capitals", "For a spreadsheet (CSV)…", "/home/a/EVENTS.CSV", "/home/a/EVENTS.CSV"},
		{"JSON lines", "With payloads (JSON lines)…", "/home/a/events.jsonl", "/home/a/events.jsonl"},
		{"JSON lines under another ending", "With payloads (JSON lines)…", "/home/a/events.csv", "/home/a/events.csv.jsonl"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := uitest.Working()
			b.OnExport = func(_ context.Context, _ string, progress func(done, total int)) error {
				progress(0, 2)
				progress(2, 2)
				return nil
			}
			d := newDesk(t, b)
			c := openExport(d, tt.picked).win.Content()
			d.Tap(c, tt.button)
			d.Until("the end", func() bool { return kittest.Sees(c, "2 events are in ") })
			if b.Called("Export "+tt.want+" ") != 1 {
				t.Errorf("got %q, want an export to %s", b.Calls, tt.want)
			}
		})
	}
}

func TestExportShowsHowFarItIsAndCanBeStopped(t *testing.T) {
	b := uitest.Working()
	stopped := make(chan struct{})
	b.OnExport = func(ctx context.Context, _ string, progress func(done, total int)) error {
		progress(500, 2000)
		<-ctx.Done()
		close(stopped)
		return ctx.Err()
	}
	d := newDesk(t, b)
	w := openExport(d, "/home/a/events.csv")
	c := w.win.Content()
	d.Tap(c, "For a spreadsheet (CSV)…")
	page := w.sections[w.at].page.(*historyPage)
	d.Until("the progress", func() bool { return page.export.bar.Value == 0.25 })
	if !page.export.buttons[1].Disabled() {
		t.Error("a second export can be started beside the first")
	}
	d.Tap(c, "Stop")
	<-stopped
	d.WantText(c, "Stopped. No file was written.")
	if page.export.buttons[1].Disabled() || page.export.running.Visible() {
		t.Error("another export cannot be started")
	}
}

func TestExportSaysWhyItFailed(t *testing.T) {
	b := uitest.Working()
	b.OnExport = func(context.Context, string, func(done, total int)) error {
		return health.Problem{Headline: words.Verbatim("The events could not be exported"), Cause: words.Verbatim("The file cannot be written."), Next: words.Verbatim("Choose another folder, or make room there.")}
	}
	d := newDesk(t, b)
	c := openExport(d, "/nowhere/events.csv").win.Content()
	d.Tap(c, "For a spreadsheet (CSV)…")
	d.Until("the end", func() bool { return kittest.Sees(c, "Choose another folder, or make room there.") })
	d.WantText(c, "The events could not be exported")
}

func TestHistorySaysHowLongEventsAreKept(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.deps.About.KeptDays, d.deps.About.KeptMegabytes = 90, 200
	c := d.showSettings(SectionHistory).win.Content()
	d.WantText(c, "Events are kept for 90 days, in at most 200 MB. The oldest are deleted first; waiting events never.")
}

package settings

import (
	"context"
	"errors"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"vastrelay/app/diagnostics"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

// reportOf opens the page, makes a report and returns the page.
func reportOf(t *testing.T, d *desk) fyne.CanvasObject {
	t.Helper()
	w := d.showSettings(SectionAbout)
	c := w.win.Content()
	d.Tap(c, words.Text("report.make"))
	return c
}

// aboutOf is the page that is shown.
func aboutOf(w *Window) *aboutPage {
	for _, s := range w.sections {
		if p, ok := s.page.(*aboutPage); ok {
			return p
		}
	}
	return nil
}

func TestAReportIsShownTextByTextBeforeItIsSaved(t *testing.T) {
	d := newDesk(t, uitest.Working())
	c := reportOf(t, d)
	d.Until("the texts", func() bool { return kittest.Button(c, "log.txt") != nil })
	for _, file := range uitest.Report().Files {
		if kittest.Sees(c, file.Text[:20]) {
			t.Errorf("%s is open before it is asked for", file.Name)
		}
		d.Tap(c, file.Name)
		d.WantText(c, file.Text[:20])
		d.Tap(c, file.Name)
		d.WantNoText(c, file.Text[:20])
	}
	if saved := d.b.Reports.Saved(); len(saved) > 0 {
		t.Errorf("saved %v before a person said so", saved)
	}
	var proposed string
	aboutOf(d.w).report.choose = func(name string, chosen func(string)) { proposed = name; chosen("/home/ada/report") }
	d.Tap(c, words.Text("report.save_as"))
	d.Until("the end", func() bool { return kittest.Sees(c, "Saved in report.zip") })
	if got := d.b.Reports.Saved(); !slices.Equal(got, []string{"/home/ada/report.zip"}) || proposed != uitest.Report().FileName() {
		t.Errorf("saved as %v, having proposed %q", got, proposed)
	}
	if b := kittest.Button(c, words.Text("report.make")); b == nil || b.Disabled() {
		t.Error("no other report can be made")
	}
}

func TestAReportIsPutAwayByButtonAndEscape(t *testing.T) {
	for name, away := range map[string]func(*desk, fyne.CanvasObject){
		"by its button": func(d *desk, c fyne.CanvasObject) { d.Tap(c, words.Text("report.drop")) },
		"by Escape":     func(d *desk, _ fyne.CanvasObject) { d.w.escape() },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, uitest.Working())
			c := reportOf(t, d)
			d.Until("the texts", func() bool { return kittest.Button(c, "log.txt") != nil })
			away(d, c)
			if kittest.Button(c, "log.txt") != nil || len(d.b.Reports.Saved()) > 0 {
				t.Error("the report is still there, or was saved")
			}
			if d.w.win.Canvas().Focused() != fyne.Focusable(kittest.Button(c, words.Text("report.make"))) {
				t.Error("the focus is not where the report came from")
			}
		})
	}
}

func TestWhatKeepsAReportFromBeingMadeOrSavedIsSaid(t *testing.T) {
	t.Run("made", func(t *testing.T) {
		d := newDesk(t, uitest.Working())
		d.b.Reports.OnCollect = func(context.Context) (diagnostics.Bundle, error) {
			return diagnostics.Bundle{}, errors.New("it ended")
		}
		c := reportOf(t, d)
		d.Until("the problem", func() bool { return kittest.Sees(c, "The report could not be made") })
	})
	t.Run("saved", func(t *testing.T) {
		d := newDesk(t, uitest.Working())
		d.b.Reports.OnSave = func(string) error { return errors.New("no space left on device") }
		c := reportOf(t, d)
		d.Until("the texts", func() bool { return kittest.Button(c, "log.txt") != nil })
		aboutOf(d.w).report.choose = func(_ string, chosen func(string)) { chosen("/x.zip") }
		d.Tap(c, words.Text("report.save_as"))
		d.Until("the problem", func() bool { return kittest.Sees(c, "The report could not be saved") })
	})
}

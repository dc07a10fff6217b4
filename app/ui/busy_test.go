package ui

import (
	"testing"

	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/uitest"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"

	"vastrelay/app/credentials"
	"vastrelay/app/status"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// cursorOf finds the cursor of e: the thin rectangle in its text.
func cursorOf(t *testing.T, e *kit.Entry) *canvas.Rectangle {
	t.Helper()
	for _, o := range test.WidgetRenderer(kittest.EntryText(e)).Objects() {
		if r, ok := o.(*canvas.Rectangle); ok {
			return r
		}
	}
	t.Fatal("the entry has no cursor")
	return nil
}

func TestNoCursorBlinks(t *testing.T) {
	for _, c := range []struct {
		name string
		open func(d *desk) (fyne.Window, *kit.Entry)
	}{
		{"in the search", func(d *desk) (fyne.Window, *kit.Entry) {
			d.showMain()
			d.ui.main.keys.focusSearch()
			return d.ui.Main(), d.search()
		}},
		{"in the set-up", func(d *desk) (fyne.Window, *kit.Entry) {
			d.b.State, d.b.Rows, d.b.Stored = uitest.PhaseStatus(status.Setup), nil, uitest.MissingCredentials()
			d.showMain()
			return d.ui.Main(), uitest.CardOf(d.ui.Main().Content(), credentials.ChatURL).Entry()
		}},
		{"where a credential is replaced", func(d *desk) (fyne.Window, *kit.Entry) {
			w := d.showSettings(string(credentials.VastKey))
			return w, uitest.CardOf(w.Content(), credentials.VastKey).Entry()
		}},
		{"in the domain", func(d *desk) (fyne.Window, *kit.Entry) {
			w := d.showSettings(settings.SectionAddress)
			e := kittest.Entries(w.Content())[0]
			w.Canvas().Focus(e)
			return w, e
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, uitest.Working())
			w, e := c.open(d)
			if w.Canvas().Focused() != fyne.Focusable(e) {
				t.Fatal("the entry does not have the focus")
			}
			steady := func(when string) {
				t.Helper()
				if kittest.Blinks(e) {
					t.Errorf("%s: the cursor blinks", when)
				}
				if cursor := cursorOf(t, e); !cursor.Visible() {
					t.Errorf("%s: there is no cursor", when)
				} else if _, _, _, alpha := cursor.FillColor.RGBA(); alpha < 0xffff {
					t.Errorf("%s: the cursor is faint, %v", when, cursor.FillColor)
				}
			}
			steady("at first")
			test.Type(e, "abc")
			steady("while typing")
			d.App.Settings().SetTheme(kit.Theme())
			kittest.EntryText(e).Refresh()   // As a change of the theme does, in no particular order.
			test.WidgetRenderer(e).Objects() // As painting the window does, next.
			if kittest.Blinks(e) {
				t.Error("the cursor blinks after a change of the theme")
			}
		})
	}
}

package ui

import (
	"reflect"
	"testing"

	"vastrelay/app/credentials"
	"vastrelay/app/status"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
)

// blinking reports whether the cursor of e is animated.
func blinking(e *fieldEntry) bool {
	return !reflect.ValueOf(&e.Entry).Elem().FieldByName("cursorAnim").Elem().FieldByName("anim").IsNil()
}

// cursorOf finds the cursor of e: the thin rectangle in its text.
func cursorOf(t *testing.T, e *fieldEntry) *canvas.Rectangle {
	t.Helper()
	for _, o := range test.WidgetRenderer(entryText(test.WidgetRenderer(e))).Objects() {
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
		open func(d *desk) (fyne.Window, *fieldEntry)
	}{
		{"in the search", func(d *desk) (fyne.Window, *fieldEntry) {
			d.showMain()
			d.ui.main.focusSearch()
			return d.ui.Main(), d.ui.main.list.search
		}},
		{"in the set-up", func(d *desk) (fyne.Window, *fieldEntry) {
			d.b.status, d.b.rows, d.b.credentials = phaseStatus(status.Setup), nil, missingCredentials()
			d.showMain()
			return d.ui.Main(), d.ui.main.setup.cards[1].entry
		}},
		{"where a credential is replaced", func(d *desk) (fyne.Window, *fieldEntry) {
			w := d.showSettings(string(credentials.VastKey))
			return w.win, w.connections.cards[0].entry
		}},
		{"in the domain", func(d *desk) (fyne.Window, *fieldEntry) {
			w := d.showSettings(SectionAddress)
			e := w.sections[w.at].page.(*addressForm).vendors[0].entries[0]
			w.win.Canvas().Focus(e)
			return w.win, e
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, workingBackend())
			w, e := c.open(d)
			if w.Canvas().Focused() != fyne.Focusable(e) {
				t.Fatal("the entry does not have the focus")
			}
			steady := func(when string) {
				t.Helper()
				if blinking(e) {
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
			d.app.Settings().SetTheme(Theme())
			entryText(test.WidgetRenderer(e)).Refresh() // As a change of the theme does, in no particular order.
			test.WidgetRenderer(e).Objects()            // As painting the window does, next.
			if blinking(e) {
				t.Error("the cursor blinks after a change of the theme")
			}
		})
	}
}

func TestBusyDotsComeToRest(t *testing.T) {
	d := newDesk(t, workingBackend())
	dots := newBusyDots()
	w := d.app.NewWindow("")
	w.SetContent(dots)
	colours := func() (all []any) {
		for _, o := range test.WidgetRenderer(dots).Objects() {
			all = append(all, o.(*canvas.Circle).FillColor)
		}
		return all
	}
	if dots.anim.RepeatCount != 0 || dots.anim.AutoReverse {
		t.Error("the movement has no end")
	}
	dots.move(0)
	if all := colours(); all[0] == all[1] || all[1] != all[2] {
		t.Errorf("got %v at the start, want the first to stand out", all)
	}
	drawn := map[int]bool{}
	for frame := range 240 { // as many as the toolkit draws in the time
		dots.move(float32(frame) / 240)
		drawn[dots.step] = true
	}
	if len(drawn) != busySteps {
		t.Errorf("drawn %d times, want %d", len(drawn), busySteps)
	}
	dots.move(1)
	if all := colours(); all[0] != all[1] || all[1] != all[2] {
		t.Errorf("got %v at the end, want all alike", all)
	}
}

package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/relay/tunnel/tunneltest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

// timer is one call of Options.After that a test can let pass.
type timer struct {
	d       time.Duration
	f       func()
	stopped bool
}

// desk is a UI under test with the goroutine of its widgets played by the
// test's own: what is posted waits in a queue until pump runs it.
type desk struct {
	t      *testing.T
	app    fyne.App
	b      *fakeBackend
	ui     *UI
	queue  chan func()
	timers []*timer
	quits  int
	tray   bool
	now    time.Time
}

// newDesk builds the windows over b, in the product's own look.
func newDesk(t *testing.T, b *fakeBackend, change ...func(*Options)) *desk {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(Theme())
	d := &desk{t: t, app: a, b: b, queue: make(chan func(), 4096), tray: true, now: noon}
	o := Options{
		Backend: b,
		Post:    func(f func()) { d.queue <- f },
		Now:     func() time.Time { return d.now },
		After: func(wait time.Duration, f func()) func() {
			one := &timer{d: wait, f: f}
			d.timers = append(d.timers, one)
			return func() { one.stopped = true }
		},
		HasTray: func() bool { return d.tray },
		Quit:    func() { d.quits++ },
		Vendors: tunneltest.Vendors(),
		About:   About{Version: "1.0.0", DataFolder: "/home/ada/.local/share/vastrelay"},
	}
	for _, f := range change {
		f(&o)
	}
	d.ui = New(a, o)
	t.Cleanup(d.ui.Close)
	return d
}

// pump runs what was posted, until nothing is waiting.
func (d *desk) pump() {
	for {
		select {
		case f := <-d.queue:
			f()
		default:
			return
		}
	}
}

// until pumps, waiting for posts, until what is true. It gives up only when
// the whole test has hung.
func (d *desk) until(what string, is func() bool) {
	d.t.Helper()
	limit := time.After(10 * time.Second)
	for {
		d.pump()
		if is() {
			return
		}
		select {
		case f := <-d.queue:
			f()
		case <-limit:
			d.t.Fatalf("never happened: %s; on the screen:\n%s", what, strings.Join(d.allTexts(), "\n"))
		}
	}
}

// pass lets the timers of that length fire that were not stopped.
func (d *desk) pass(wait time.Duration) int {
	fired := 0
	due := d.timers
	d.timers = nil
	for _, one := range due {
		if one.d == wait && !one.stopped {
			fired++
			one.f()
		} else {
			d.timers = append(d.timers, one)
		}
	}
	return fired
}

// showMain shows the main window and waits for its first page.
func (d *desk) showMain() {
	d.t.Helper()
	d.ui.ShowMain()
	d.until("the first page", func() bool { return d.ui.main.list.stopLoad == nil && d.ui.main.activity.stopLoad == nil })
}

// settings shows the settings window at a section.
func (d *desk) showSettings(section string) *settingsWindow {
	d.t.Helper()
	d.ui.ShowSettings(section)
	d.pump()
	return d.ui.settings
}

// visit walks what is visible below o, in drawing order, widgets included.
func visit(o fyne.CanvasObject, f func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	f(o)
	switch v := o.(type) {
	case *fyne.Container:
		for _, c := range v.Objects {
			visit(c, f)
		}
	case *container.Scroll:
		visit(v.Content, f)
	case *surface:
		visit(v.content, f)
	case *widget.Label, *copyLabel, *pushButton, *tickBox, *selectBox, *fieldEntry, *textLink:
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(v).Objects() {
			visit(c, f)
		}
	}
}

// texts lists every text that is visible below o.
func texts(o fyne.CanvasObject) []string {
	var out []string
	add := func(s string) {
		if s != "" {
			out = append(out, s)
		}
	}
	visit(o, func(o fyne.CanvasObject) {
		switch v := o.(type) {
		case *widget.Label:
			add(v.Text)
		case *copyLabel:
			add(v.Text)
		case *pushButton:
			add(v.Text)
		case *tickBox:
			add(v.Text)
		case *selectBox:
			add(v.Selected)
		case *textLink:
			add(v.Text)
		case *fieldEntry:
			add(v.Text)
		}
	})
	return out
}

// windowObjects are the content of a window and what lies over it.
func windowObjects(w fyne.Window) []fyne.CanvasObject {
	return append([]fyne.CanvasObject{w.Content()}, w.Canvas().Overlays().List()...)
}

func (d *desk) allTexts() []string {
	var out []string
	for _, w := range d.app.Driver().AllWindows() {
		for _, o := range windowObjects(w) {
			out = append(out, texts(o)...)
		}
	}
	return out
}

// sees reports whether a visible text of o holds part.
func sees(o fyne.CanvasObject, part string) bool {
	return slices.ContainsFunc(texts(o), func(s string) bool { return strings.Contains(s, part) })
}

// wantText fails unless part is visible below o.
func (d *desk) wantText(o fyne.CanvasObject, part string) {
	d.t.Helper()
	if !sees(o, part) {
		d.t.Errorf("%q is not visible; got:\n%s", part, strings.Join(texts(o), "\n"))
	}
}

// wantNoText fails if part is visible below o.
func (d *desk) wantNoText(o fyne.CanvasObject, part string) {
	d.t.Helper()
	if sees(o, part) {
		d.t.Errorf("%q is visible; got:\n%s", part, strings.Join(texts(o), "\n"))
	}
}

// button finds the visible button with that text; nil when there is none.
func button(o fyne.CanvasObject, text string) *pushButton {
	var found *pushButton
	visit(o, func(o fyne.CanvasObject) {
		if b, ok := o.(*pushButton); ok && b.Text == text && found == nil {
			found = b
		}
	})
	return found
}

// tap taps the visible, enabled button with that text.
func (d *desk) tap(o fyne.CanvasObject, text string) {
	d.t.Helper()
	b := button(o, text)
	if b == nil {
		d.t.Fatalf("there is no button %q; got:\n%s", text, strings.Join(texts(o), "\n"))
	}
	if b.Disabled() {
		d.t.Fatalf("the button %q is disabled", text)
	}
	test.Tap(b)
}

// check finds the visible tick box with that text.
func (d *desk) check(o fyne.CanvasObject, text string) *tickBox {
	d.t.Helper()
	var found *tickBox
	visit(o, func(o fyne.CanvasObject) {
		if c, ok := o.(*tickBox); ok && c.Text == text {
			found = c
		}
	})
	if found == nil {
		d.t.Fatalf("there is no tick box %q; got:\n%s", text, strings.Join(texts(o), "\n"))
	}
	return found
}

// entries lists the visible entries below o.
func entries(o fyne.CanvasObject) []*fieldEntry {
	var out []*fieldEntry
	visit(o, func(o fyne.CanvasObject) {
		if e, ok := o.(*fieldEntry); ok {
			out = append(out, e)
		}
	})
	return out
}

// pick chooses the item of the open menu of w.
func (d *desk) pick(w fyne.Window, item string) {
	d.t.Helper()
	var found fyne.Tappable
	visit(w.Canvas().Overlays().Top(), func(o fyne.CanvasObject) {
		if t, ok := o.(fyne.Tappable); ok && itemText(o) == item {
			found = t
		}
	})
	if found == nil {
		d.t.Fatalf("no open menu has the item %q", item)
	}
	found.Tapped(&fyne.PointEvent{})
}

// itemText is the text of a drawn menu item.
func itemText(o fyne.CanvasObject) string {
	w, ok := o.(fyne.Widget)
	if !ok {
		return ""
	}
	for _, part := range test.WidgetRenderer(w).Objects() {
		if t, ok := part.(*canvas.Text); ok && t.Text != "" {
			return t.Text
		}
	}
	return ""
}

// Package kittest plays the goroutine of the widgets for tests of windows and
// their parts, and finds in them what a person sees. Only tests import it.
//
// # Concurrency
//
// A Desk belongs to the goroutine of its test; only Post may be called from
// others.
//
// # Ownership
//
// New starts an app of the toolkit for the duration of the test.
package kittest

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/health"
	"vastrelay/app/ui/kit"
)

// Noon is when every test takes place.
var Noon = time.Date(2026, 11, 21, 14, 6, 0, 0, time.UTC)

// timer is one call of After that a test can let pass.
type timer struct {
	d       time.Duration
	f       func()
	stopped bool
}

// Desk is an app of the toolkit whose event loop is the test itself: what is
// posted waits in a queue until Pump runs it, and time passes only by Pass.
type Desk struct {
	T   *testing.T
	App fyne.App
	Now time.Time

	queue  chan func()
	timers []*timer
	work   []*kit.Tasks // of each Env
}

// New returns a desk in the product's own look.
func New(t *testing.T) *Desk {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(kit.Theme())
	return &Desk{T: t, App: a, Now: Noon, queue: make(chan func(), 4096)}
}

// Env is what a part of a window needs. act, which may be nil, is told of
// actions. Its work ends with the test.
func (d *Desk) Env(act func(health.Action)) kit.Env {
	if act == nil {
		act = func(health.Action) {}
	}
	work := kit.NewTasks(d.Post, d.After)
	d.T.Cleanup(work.Close)
	d.work = append(d.work, work)
	return kit.Env{
		Work: work, Now: func() time.Time { return d.Now }, Act: act,
		Shown: func(health.Action) bool { return false },
	}
}

// Post queues f.
func (d *Desk) Post(f func()) { d.queue <- f }

// After keeps f until Pass.
func (d *Desk) After(wait time.Duration, f func()) (stop func()) {
	one := &timer{d: wait, f: f}
	d.timers = append(d.timers, one)
	return func() { one.stopped = true }
}

// Pump runs what was posted, until nothing is waiting.
func (d *Desk) Pump() {
	for {
		select {
		case f := <-d.queue:
			f()
		default:
			return
		}
	}
}

// Settle waits for the work that is under way in every Env, and for what that starts in
// turn. After it, what has not happened will not: a test that wants something left
// undone calls it before it looks.
func (d *Desk) Settle() {
	for again := true; again; again = d.Queued() > 0 {
		d.Pump()
		for _, w := range d.work {
			w.Wait()
		}
	}
}

// Until pumps, waiting for posts, until is says yes. It gives up only when the
// whole test has hung.
func (d *Desk) Until(what string, is func() bool) {
	d.T.Helper()
	limit := time.After(10 * time.Second)
	for {
		d.Pump()
		if is() {
			return
		}
		select {
		case f := <-d.queue:
			f()
		case <-limit:
			d.T.Fatalf("never happened: %s; on the screen:\n%s", what, strings.Join(d.allTexts(), "\n"))
		}
	}
}

// Pass lets the timers of that length fire that were not stopped, and returns
// how many did.
func (d *Desk) Pass(wait time.Duration) int {
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

// Queued is how many calls wait for Pump.
func (d *Desk) Queued() int { return len(d.queue) }

// WantText fails unless part is visible below o.
func (d *Desk) WantText(o fyne.CanvasObject, part string) {
	d.T.Helper()
	if !Sees(o, part) {
		d.T.Errorf("%q is not visible; got:\n%s", part, strings.Join(Texts(o), "\n"))
	}
}

// WantNoText fails if part is visible below o.
func (d *Desk) WantNoText(o fyne.CanvasObject, part string) {
	d.T.Helper()
	if Sees(o, part) {
		d.T.Errorf("%q is visible; got:\n%s", part, strings.Join(Texts(o), "\n"))
	}
}

// Tap taps the visible, enabled button with that text.
func (d *Desk) Tap(o fyne.CanvasObject, text string) {
	d.T.Helper()
	b := Button(o, text)
	if b == nil {
		d.T.Fatalf("there is no button %q; got:\n%s", text, strings.Join(Texts(o), "\n"))
	}
	if b.Disabled() {
		d.T.Fatalf("the button %q is disabled", text)
	}
	test.Tap(b)
}

// CheckBox finds the visible check box with that text.
func (d *Desk) CheckBox(o fyne.CanvasObject, text string) *kit.CheckBox {
	d.T.Helper()
	found := find(o, func(c *kit.CheckBox) bool { return c.Text == text })
	if found == nil {
		d.T.Fatalf("there is no check box %q; got:\n%s", text, strings.Join(Texts(o), "\n"))
	}
	return found
}

// Pick chooses the item of the open menu of w.
func (d *Desk) Pick(w fyne.Window, item string) {
	d.T.Helper()
	var found fyne.Tappable
	Visit(w.Canvas().Overlays().Top(), func(o fyne.CanvasObject) {
		if t, ok := o.(fyne.Tappable); ok && itemText(o) == item {
			found = t
		}
	})
	if found == nil {
		d.T.Fatalf("no open menu has the item %q", item)
	}
	found.Tapped(&fyne.PointEvent{})
}

func (d *Desk) allTexts() []string {
	var out []string
	for _, w := range d.App.Driver().AllWindows() {
		for _, o := range WindowObjects(w) {
			out = append(out, Texts(o)...)
		}
	}
	return out
}

// Visit walks what is visible below o, in drawing order, widgets included.
func Visit(o fyne.CanvasObject, f func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	f(o)
	switch v := o.(type) {
	case *fyne.Container:
		for _, c := range v.Objects {
			Visit(c, f)
		}
	case *container.Scroll:
		Visit(v.Content, f)
	case *kit.Surface:
		Visit(v.Content, f)
	case *widget.Label, *kit.SelectableLabel, *kit.Button, *kit.CheckBox, *kit.SelectBox, *kit.Entry, *kit.Link:
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(v).Objects() {
			Visit(c, f)
		}
	}
}

// Texts lists every text that is visible below o.
func Texts(o fyne.CanvasObject) []string {
	var out []string
	add := func(s string) {
		if s != "" {
			out = append(out, s)
		}
	}
	Visit(o, func(o fyne.CanvasObject) {
		switch v := o.(type) {
		case *widget.Label:
			add(v.Text)
		case *kit.SelectableLabel:
			add(v.Text)
		case *kit.Button:
			add(v.Text)
		case *kit.CheckBox:
			add(v.Text)
		case *kit.SelectBox:
			add(v.Selected)
		case *kit.Link:
			add(v.Text)
		case *kit.Entry:
			add(v.Text)
		}
	})
	return out
}

// Sees reports whether a visible text of o holds part.
func Sees(o fyne.CanvasObject, part string) bool {
	return slices.ContainsFunc(Texts(o), func(s string) bool { return strings.Contains(s, part) })
}

// WindowObjects are the content of a window and what lies over it.
func WindowObjects(w fyne.Window) []fyne.CanvasObject {
	return append([]fyne.CanvasObject{w.Content()}, w.Canvas().Overlays().List()...)
}

// find returns the first visible object of that type below o that is says yes
// to; nil when there is none.
func find[T any](o fyne.CanvasObject, is func(*T) bool) *T {
	var found *T
	Visit(o, func(o fyne.CanvasObject) {
		if v, ok := any(o).(*T); ok && found == nil && is(v) {
			found = v
		}
	})
	return found
}

// Button finds the visible button with that text; nil when there is none.
func Button(o fyne.CanvasObject, text string) *kit.Button {
	return find(o, func(b *kit.Button) bool { return b.Text == text })
}

// Fact finds the visible fact that holds that text; nil when there is none.
func Fact(o fyne.CanvasObject, text string) *kit.Fact {
	return find(o, func(f *kit.Fact) bool { return strings.Contains(f.Text(), text) })
}

// Link finds the visible link with that text; nil when there is none.
func Link(o fyne.CanvasObject, text string) *kit.Link {
	return find(o, func(l *kit.Link) bool { return l.Text == text })
}

// Surface finds the first visible surface that holds a text of just those words;
// nil when there is none.
func Surface(o fyne.CanvasObject, words string) fyne.CanvasObject {
	found := find(o, func(s *kit.Surface) bool { return slices.Contains(Texts(s), words) })
	if found == nil {
		return nil
	}
	return found
}

// Select finds the visible drop-down list that shows that choice; nil when there
// is none.
func Select(o fyne.CanvasObject, selected string) *kit.SelectBox {
	return find(o, func(s *kit.SelectBox) bool { return s.Selected == selected })
}

// Radio finds the visible list of choices that offers that one; nil when there
// is none.
func Radio(o fyne.CanvasObject, offers string) *kit.RadioList {
	return find(o, func(r *kit.RadioList) bool { return slices.Contains(r.Options, offers) })
}

// CheckBox finds the visible check box with that text; nil when there is none.
func CheckBox(o fyne.CanvasObject, text string) *kit.CheckBox {
	return find(o, func(c *kit.CheckBox) bool { return c.Text == text })
}

// List finds the first visible list; nil when there is none.
func List(o fyne.CanvasObject) *kit.List {
	return find(o, func(*kit.List) bool { return true })
}

// Entries lists the visible entries below o.
func Entries(o fyne.CanvasObject) []*kit.Entry {
	var out []*kit.Entry
	Visit(o, func(o fyne.CanvasObject) {
		if e, ok := o.(*kit.Entry); ok {
			out = append(out, e)
		}
	})
	return out
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

// Blinks reports whether the cursor of e is animated.
func Blinks(e *kit.Entry) bool {
	return !reflect.ValueOf(&e.Entry).Elem().FieldByName("cursorAnim").Elem().FieldByName("anim").IsNil()
}

// EntryText finds the part of e that draws its text and cursor.
func EntryText(e *kit.Entry) fyne.Widget {
	for _, o := range test.WidgetRenderer(e).Objects() {
		if s, ok := o.(*container.Scroll); ok {
			o = s.Content
		}
		if text, ok := o.(fyne.Widget); ok {
			return text
		}
	}
	return nil
}

// Moves reports whether an indicator below o is in motion, seen or not.
func Moves(o fyne.CanvasObject) bool {
	switch v := o.(type) {
	case *fyne.Container:
		return slices.ContainsFunc(v.Objects, Moves)
	case *container.Scroll:
		return Moves(v.Content)
	case *kit.Surface:
		return Moves(v.Content)
	case *kit.BusyDots:
		return v.Moving()
	default:
		return false
	}
}

// Golden compares o, at that size, with the markup in testdata. It uses the
// toolkit's own theme for tests.
func Golden(t *testing.T, master string, o fyne.CanvasObject, width, height float32) {
	t.Helper()
	test.ApplyTheme(t, test.Theme())
	w := test.NewTempWindow(t, o)
	w.Resize(fyne.NewSize(width, height))
	o.Refresh()
	test.AssertRendersToMarkup(t, master, w.Canvas())
}

// WantForgotten fails if the secret is in a window or in what held points to.
func (d *Desk) WantForgotten(held any, secret string) {
	d.T.Helper()
	for _, w := range d.App.Driver().AllWindows() {
		if at := Holds(reflect.ValueOf(w), secret, "window", map[uintptr]bool{}); at != "" {
			d.T.Errorf("the secret is still held at %s", at)
		}
	}
	if at := Holds(reflect.ValueOf(held), secret, "held", map[uintptr]bool{}); at != "" {
		d.T.Errorf("the secret is still held at %s", at)
	}
}

// Holds reports where, below v, a string holds part. It follows pointers,
// interfaces, fields (unexported ones too), slices and maps.
func Holds(v reflect.Value, part, path string, seen map[uintptr]bool) string {
	switch v.Kind() {
	case reflect.String:
		if strings.Contains(v.String(), part) {
			return path
		}
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return ""
		}
		seen[v.Pointer()] = true
		return Holds(v.Elem(), part, path, seen)
	case reflect.Interface:
		if !v.IsNil() {
			return Holds(v.Elem(), part, path, seen)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if at := Holds(v.Field(i), part, path+"."+v.Type().Field(i).Name, seen); at != "" {
				return at
			}
		}
	case reflect.Slice, reflect.Array:
		return holdsElement(v, part, path, seen)
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if at := Holds(it.Value(), part, path+"{}", seen); at != "" {
				return at
			}
		}
	}
	return ""
}

// holdsElement is Holds for the elements of a slice or an array.
func holdsElement(v reflect.Value, part, path string, seen map[uintptr]bool) string {
	if k := v.Type().Elem().Kind(); k == reflect.Uint8 || k == reflect.Float32 {
		return ""
	}
	for i := range v.Len() {
		if at := Holds(v.Index(i), part, path+"[]", seen); at != "" {
			return at
		}
	}
	return ""
}

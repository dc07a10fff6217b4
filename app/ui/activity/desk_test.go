package activity

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

// desk is the picture under test, in a window that does as little as it may, over a
// program that is played.
type desk struct {
	*kittest.Desk
	b      *uitest.Program
	p      *Picture
	win    fyne.Window
	status status.Status // the snapshot that the window shows
	opened [][2]time.Time
	failed []string
}

func newDesk(t *testing.T, b *uitest.Program) *desk {
	t.Helper()
	d := &desk{Desk: kittest.New(t), b: b}
	d.p = New(Deps{
		Env: d.Env(nil), Source: b, Periods: b, Status: func() status.Status { return d.status },
		Open:     func(from, to time.Time) { d.opened = append(d.opened, [2]time.Time{from, to}) },
		Failed:   func(headline string, _ error) { d.failed = append(d.failed, headline) },
		Relayout: func() {},
	})
	d.win = d.App.NewWindow("activity")
	d.win.SetContent(d.p.Box)
	return d
}

// refresh is what the window does after a change.
func (d *desk) refresh(news status.Change) {
	d.status = d.b.Status()
	d.p.Refresh(news)
}

// show shows the window and waits until the events are counted.
func (d *desk) show() {
	d.T.Helper()
	d.win.Show()
	d.refresh(status.Everything)
	d.counted()
}

// counted waits until no count is under way.
func (d *desk) counted() {
	d.T.Helper()
	d.Until("the count", func() bool { return !d.p.Counting() })
}

// typeKeys presses keys one after the other.
func (d *desk) typeKeys(names ...fyne.KeyName) {
	for _, name := range names {
		d.p.strip.TypedKey(&fyne.KeyEvent{Name: name})
	}
}

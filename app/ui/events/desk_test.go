package events

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay"
)

// testLabel is on the button that sends a test.
const testLabel = "Send a test"

// desk is the view of the events under test, in a window that does as little as
// it may, over a program that is played.
type desk struct {
	*kittest.Desk
	b     *uitest.Program
	v     *View
	win   fyne.Window
	shown bool

	status   status.Status   // the snapshot that the window shows
	problems *fyne.Container // what the window was told of
	routes   routes
	tests    int // how often a test was asked for
	unread   int // events, as the window was told last
	escapes  int // how often Escape was left to the window
	posted   int // how often the window was told that something is posted again
}

// routes play which types are posted.
type routes struct {
	quiet map[string]bool
	err   error
}

func (r *routes) Posts(k relay.Kind) bool { return !r.quiet[k.Key()] }

func (r *routes) SetPosts(_ context.Context, k relay.Kind, yes bool) error {
	if r.err == nil {
		r.quiet = map[string]bool{k.Key(): !yes}
	}
	return r.err
}

func newDesk(t *testing.T, b *uitest.Program) *desk {
	t.Helper()
	d := &desk{Desk: kittest.New(t), b: b, problems: container.NewVBox()}
	d.win = d.App.NewWindow("events")
	env := d.Env(nil)
	d.v = New(Deps{
		Env: env, Win: d.win, History: b, Resender: b, Exporter: b, Routes: &d.routes, Periods: b,
		Status:    func() status.Status { return d.status },
		Form:      func() relay.Rung { return b.Settings().Form.Rung() },
		Preview:   b.Preview,
		OS:        "linux",
		TestLabel: testLabel,
		On: Callbacks{
			Test:        func() { d.tests++ },
			FirstAnswer: func() { d.v.Focus() },
			FirstEvent:  func() {},
			Open:        func() {},
			Unread:      func(n int) { d.unread = n },
			Posted: func() {
				d.posted++
				if d.shown {
					d.refresh(status.Everything)
				}
			},
			Failed: func(headline string, err error) {
				d.problems.Add(env.ProblemLines(kit.ProblemOf(headline, err)))
			},
			Escape:   func() { d.escapes++ },
			Relayout: func() {},
		},
	})
	d.win.SetContent(kit.Border(container.NewVBox(d.v.Activity(), d.problems), nil, nil, nil, d.v.Box))
	d.win.Resize(fyne.NewSize(980, 640))
	t.Cleanup(b.Watch(func(news status.Change) {
		d.Post(func() {
			if d.shown {
				d.refresh(news)
			}
		})
	}))
	return d
}

// refresh is what the window does after each change.
func (d *desk) refresh(news status.Change) {
	d.status = d.b.Status()
	d.v.Refresh(news)
}

// begin shows the window and reads nothing to its end.
func (d *desk) begin() {
	d.shown = true
	d.refresh(status.Everything)
	d.win.Show()
}

// show shows the window and waits until what it shows is read.
func (d *desk) show() {
	d.T.Helper()
	d.begin()
	d.settled()
	d.counted()
}

// hide takes the window off the screen.
func (d *desk) hide() {
	d.shown = false
	d.v.Hide()
	d.win.Hide()
}

// open shows the window with that event in the detail pane.
func (d *desk) open(id string) {
	d.T.Helper()
	d.begin()
	d.v.Open(id)
	d.Until("the detail", func() bool { return d.v.detail.drawn && d.v.detail.shown.Event.ID == id })
}

// become puts the program into that phase.
func (d *desk) become(p status.Phase) {
	d.b.Become(p)
	d.Pump()
}

// settled waits until no events are being read.
func (d *desk) settled() {
	d.T.Helper()
	d.Until("the query", func() bool { return d.v.list.pages.read.stop == nil })
}

// counted waits until no count is under way.
func (d *desk) counted() {
	d.T.Helper()
	d.Until("the count", func() bool { return !d.v.activity.Counting() })
}

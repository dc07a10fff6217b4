package setup

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/cards"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
	"vastrelay/relay/tunnel/tunneltest"
)

// desk is the set-up under test, alone in a window, over a program that is played.
type desk struct {
	*kittest.Desk
	b    *uitest.Program
	win  fyne.Window
	view *View

	tray    bool
	testing bool            // a test from Vast.ai is under way
	left    int             // how often the events were asked for
	acted   []health.Action // what buttons of problems asked for
}

// newDesk shows the set-up over b in a window of its first size.
func newDesk(t *testing.T, b *uitest.Program) *desk {
	t.Helper()
	d := &desk{Desk: kittest.New(t), b: b, tray: true}
	d.win = d.App.NewWindow("set-up")
	t.Cleanup(d.win.Close)
	env := d.Env(func(a health.Action) { d.acted = append(d.acted, a) })
	d.view = New(Deps{
		Deps: cards.Deps{
			Env: env, Keeper: b, Settings: b.Settings, Vendors: tunneltest.Vendors(),
			Demo: func() bool { return b.Status().Demo }, Rename: b.Rename,
		},
		Win:       d.win,
		TestLabel: "Send test from Vast.ai",
		Test:      d.runTest(env),
		Leave:     func() { d.left++ },
		StartDemo: b.StartDemo,
		HasTray:   func() bool { return d.tray },
	})
	d.win.SetContent(d.view.Box)
	d.win.Resize(fyne.NewSize(960, 640))
	d.view.Update(b.Status())
	d.Pump()
	return d
}

// runTest runs tests as the main window does.
func (d *desk) runTest(env kit.Env) func(*kit.StepList, *fyne.Container, func(error)) bool {
	return func(steps *kit.StepList, answer *fyne.Container, over func(error)) bool {
		if d.testing {
			return false
		}
		d.testing = true
		report := steps.Reporter(env.Work, answer.Refresh)
		env.Work.Do(func(ctx context.Context) error { return d.b.TestFromVast(ctx, report) }, func(err error) {
			d.testing = false
			if err != nil {
				answer.Add(env.ProblemLines(kit.ProblemOf(words.Text("failed.finish_test"), err)))
			}
			over(err)
		})
		return true
	}
}

// become puts the program into that phase, and draws it.
func (d *desk) become(p status.Phase) {
	d.b.Become(p)
	d.view.Update(d.b.Status())
	d.Pump()
}

// cardOf is the card of that credential.
func (d *desk) cardOf(kind credentials.Kind) uitest.Card { return uitest.CardOf(d.view.Box, kind) }

// focused is what has the focus.
func (d *desk) focused() fyne.Focusable { return d.win.Canvas().Focused() }

// wantForgotten fails if the secret that tests paste is anywhere in the set-up.
func (d *desk) wantForgotten() {
	d.T.Helper()
	d.WantForgotten(d.view, uitest.Secret)
}

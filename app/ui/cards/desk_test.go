package cards

import (
	"testing"

	"fyne.io/fyne/v2"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay/tunnel/tunneltest"
)

// desk is the cards and the line about the keyring under test, alone in a window,
// over a program that is played.
type desk struct {
	*kittest.Desk
	b   *uitest.Program
	win fyne.Window
	box *fyne.Container
	set *Set

	saved     []credentials.Kind // whose checks went well
	refreshed int
}

// newDesk shows the cards over b; brief as in the set-up.
func newDesk(t *testing.T, b *uitest.Program, brief bool) *desk {
	t.Helper()
	d := &desk{Desk: kittest.New(t), b: b}
	d.win = d.App.NewWindow("cards")
	t.Cleanup(d.win.Close)
	d.box = kit.SpacedColumn()
	d.set = New(Place{
		Deps: d.deps(), Win: d.win, Brief: brief,
		Refresh:  func() { d.refreshed++; d.set.Update() },
		Relayout: func() { d.box.Refresh() },
		Saved: func(c *Card, did *kit.StepList) {
			d.saved = append(d.saved, c.kind)
			c.Put(did.Box)
		},
	})
	d.box.Objects = append([]fyne.CanvasObject{d.set.KeyringBox()}, d.set.Boxes()...)
	d.win.SetContent(d.box)
	d.win.Resize(fyne.NewSize(620, 640))
	d.set.Update()
	d.Pump()
	return d
}

// deps is what the cards need of the program.
func (d *desk) deps() Deps {
	return Deps{
		Env: d.Env(func(a health.Action) { d.T.Errorf("a card has a button for %q", a) }), Keeper: d.b, Settings: d.b.Settings,
		Vendors: tunneltest.Vendors(), Demo: func() bool { return d.b.Status().Demo }, Rename: d.b.Rename,
	}
}

// card is the card of that credential.
func (d *desk) card(kind credentials.Kind) uitest.Card {
	d.T.Helper()
	card := uitest.CardOf(d.box, kind)
	if card.Ground == nil {
		d.T.Fatalf("the card of %s is not shown", kind.Words())
	}
	return card
}

// focused is what has the focus.
func (d *desk) focused() fyne.Focusable { return d.win.Canvas().Focused() }

// wantForgotten fails if the secret that tests paste is anywhere in the cards.
func (d *desk) wantForgotten() {
	d.T.Helper()
	d.WantForgotten(d.set, uitest.Secret)
}

// turn shows the card of that credential alone.
func (d *desk) turn(kind credentials.Kind) {
	for _, card := range d.set.All() {
		if card.kind == kind {
			d.set.Turn(card)
		}
	}
	d.set.Update()
	d.box.Refresh()
}

package settings

import (
	"vastrelay/app/ui/cards"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// connections is the section with the keyring and the credentials.
type connections struct {
	at    cards.Deps
	w     *Window
	cards *cards.Set
	box   *fyne.Container
}

func newConnections(w *Window) *connections {
	c := &connections{at: w.deps.Deps, w: w}
	c.cards = cards.New(cards.Place{
		Deps: c.at, Win: w.win, Keys: w.keys(), Refresh: c.refresh, Relayout: w.relayout, Saved: c.saved,
	})
	c.box = kit.SpacedColumn(c.cards.KeyringBox(), kit.AlignWithText(kit.SpacedColumn(c.cards.Boxes()...)))
	return c
}

func (c *connections) content() fyne.CanvasObject { return c.box }

func (c *connections) foot() fyne.CanvasObject { return nil }

func (c *connections) open() { c.refresh() }

// cancel implements canceller.
func (c *connections) cancel() bool { return c.cards.Cancel() }

// refresh draws the keyring's line and every card's state.
func (c *connections) refresh() {
	c.cards.Update()
	c.w.relayout()
}

// saved leaves the steps of the check under the card, with the way on.
func (c *connections) saved(card *cards.Card, did *kit.StepList) {
	next, way := c.wayOn(card)
	card.Put(did.Box, kit.LabelBelowIcon(kit.WrappedLabel(words.Text("settings.connections.in_use"))), way)
	c.refresh()
	kit.ScrollIntoView(card.Ground)
	if next != nil && c.w.win.Canvas().Focused() == nil {
		c.w.win.Canvas().Focus(next)
	}
}

// wayOn leads to the next credential that is missing, or says that none is;
// next is then nil.
func (c *connections) wayOn(from *cards.Card) (next fyne.Focusable, way fyne.CanvasObject) {
	kind, missing := c.at.Missing()
	if !missing {
		return nil, kit.LabelBelowIcon(kit.SmallLabel(words.Text("settings.connections.complete")))
	}
	button := kit.PrimaryButton(words.Text("settings.connections.next", words.Args{"Credential": kind.Words()}), func() {
		from.Put()
		c.cards.Open(kind)
	})
	return button, kit.BelowIcon(container.NewHBox(button))
}

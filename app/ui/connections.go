package ui

import (
	"vastrelay/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// connections is the section with the keyring and the three credentials.
type connections struct {
	at    cardDeps
	w     *settingsWindow
	cards *cardSet
	box   *fyne.Container
}

func newConnections(w *settingsWindow) *connections {
	c := &connections{at: w.deps.cardDeps, w: w}
	c.cards = newCardSet(place{
		cardDeps: c.at, win: w.win, keys: w.keys(), refresh: c.refresh, relayout: w.relayout, saved: c.saved,
	})
	c.box = kit.SpacedColumn(append([]fyne.CanvasObject{c.cards.keyringBox()}, c.cards.boxes()...)...)
	return c
}

func (c *connections) content() fyne.CanvasObject { return c.box }

func (c *connections) foot() fyne.CanvasObject { return nil }

func (c *connections) open() { c.refresh() }

// refresh draws the keyring's line and every card's state.
func (c *connections) refresh() {
	c.cards.update()
	c.w.relayout()
}

// saved leaves the steps of the check under the card, with the way on.
func (c *connections) saved(card *credentialCard, did *kit.StepList) {
	next, way := c.wayOn(card)
	card.put(did.Box, kit.LabelBelowIcon(kit.WrappedLabel("Saved; it is in use from now on.")), way)
	c.refresh()
	kit.ScrollIntoView(card.ground)
	if next != nil && c.w.win.Canvas().Focused() == nil {
		c.w.win.Canvas().Focus(next)
	}
}

// wayOn leads to the next credential that is missing, or says that none is;
// next is then nil.
func (c *connections) wayOn(from *credentialCard) (next fyne.Focusable, way fyne.CanvasObject) {
	kind, missing := c.at.missing()
	if !missing {
		return nil, kit.LabelBelowIcon(kit.SmallLabel("Nothing is missing any more. The main window shows how it connects."))
	}
	button := kit.PrimaryButton("Next: "+kind.Words(), func() {
		from.put()
		c.cards.open(kind)
	})
	return button, kit.BelowIcon(container.NewHBox(button))
}

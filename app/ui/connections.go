package ui

import (
	"context"

	"vastrelay/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
)

// connections is the section with the keyring and the three credentials.
type connections struct {
	at      *place
	keyring *keyringLine
	cards   []*credentialCard
	box     *fyne.Container
}

func newConnections(w *settingsWindow) *connections {
	c := &connections{}
	c.at = &place{
		ui: w.ui, win: w.win, work: w.work, keys: w.keys(),
		refresh: c.refresh, relayout: w.relayout, reveal: w.reveal, saved: c.saved,
	}
	c.keyring = newKeyringLine(c.at)
	c.cards = cardsAt(c.at)
	c.box = kit.SpacedColumn(c.keyring.box)
	for _, card := range c.cards {
		c.box.Add(card.ground)
	}
	return c
}

func (c *connections) content() fyne.CanvasObject { return c.box }

func (c *connections) foot() fyne.CanvasObject { return nil }

func (c *connections) open() { c.refresh() }

// refresh draws the keyring's line and every card's state.
func (c *connections) refresh() {
	c.keyring.refresh()
	updateCards(c.cards, c.at.ui.o.Backend.Credentials())
	c.at.relayout()
}

// replace opens the entry of that credential.
func (c *connections) replace(kind credentials.Kind) {
	for _, card := range c.cards {
		if card.kind == kind {
			card.openEntry()
		}
	}
}

// saved leaves the steps of the check under the card, with the way on.
func (c *connections) saved(card *credentialCard, did *kit.StepList) {
	next, way := c.wayOn(card)
	card.put(did.Box, kit.LabelBelowIcon(kit.WrappedLabel("Saved; it is in use from now on.")), way)
	c.refresh()
	c.at.reveal(card.ground)
	if next != nil && c.at.win.Canvas().Focused() == nil {
		c.at.win.Canvas().Focus(next)
	}
}

// wayOn leads to the next credential that is missing, or says that none is;
// next is then nil.
func (c *connections) wayOn(from *credentialCard) (next fyne.Focusable, way fyne.CanvasObject) {
	missing := c.at.ui.missingSection()
	if missing == SectionConnections {
		return nil, kit.LabelBelowIcon(kit.SmallLabel("Nothing is missing any more. The main window shows how it connects."))
	}
	kind := credentials.Kind(missing)
	button := kit.PrimaryButton("Next: "+kind.Words(), func() {
		from.put()
		c.replace(kind)
	})
	return button, kit.BelowIcon(container.NewHBox(button))
}

// keyringLine says where credentials are kept, and has the button that helps
// where they cannot be.
type keyringLine struct {
	at  *place
	box *fyne.Container

	shown   credentials.KeyringState
	asked   bool // it is being asked about its state
	working bool // the button's work is under way
}

func newKeyringLine(at *place) *keyringLine {
	k := &keyringLine{at: at, box: container.NewVBox()}
	k.box.Hide()
	return k
}

// well reports whether the keyring takes and gives secrets.
func well(k credentials.KeyringState) bool { return k.State == "ready" || k.State == "empty" }

// refresh asks for the state, away from the widgets: a keyring can take its
// time with an answer.
func (k *keyringLine) refresh() {
	if k.asked || k.working {
		return
	}
	k.asked = true
	b := k.at.ui.o.Backend
	kit.Start(k.at.work, func(context.Context) (credentials.KeyringState, error) {
		return b.Keyring(), nil
	}, func(state credentials.KeyringState, _ error) {
		k.asked = false
		if !k.working && (state != k.shown || len(k.box.Objects) == 0) {
			k.shown = state
			k.draw()
		}
	})
}

// draw shows the state that is known, with what stands over it.
func (k *keyringLine) draw(above ...fyne.CanvasObject) {
	icon := kit.Mark("keyring-ready", kit.ShapeTick, theme.ColorNameSuccess)
	if !well(k.shown) {
		icon = kit.Mark("keyring-trouble", kit.ShapeTriangle, theme.ColorNameWarning)
	}
	words, demo := k.shown.Words, k.at.ui.o.Backend.Status().Demo
	if demo {
		icon = kit.Mark("keyring-demo", kit.ShapeDot, theme.ColorNamePlaceHolder)
		words = "The demo keeps nothing: it runs on credentials that are made up, and forgets them at its end."
	}
	line := kit.WithIcon(widget.NewIcon(icon), kit.WrappedLabel(kit.Block(words, kit.MaxLine)))
	if !demo && k.shown.Action.Label() != "" {
		b := kit.TextButton(k.shown.Action.Label(), nil)
		b.OnTapped = func() { k.unlock(b) }
		line = kit.Border(nil, nil, nil, container.NewVBox(b), line)
	}
	k.box.Objects = append(above, line)
	kit.ShowIf(k.box, !k.at.brief || !well(k.shown))
	k.box.Refresh()
	k.at.relayout()
	for _, card := range k.at.cards {
		if card.entry != nil && k.at.win.Canvas().Focused() == fyne.Focusable(card.entry) {
			k.at.reveal(card.ground) // The line has moved it.
		}
	}
}

// unlock lets the keyring ask the person; it can take as long as they type.
func (k *keyringLine) unlock(b *kit.Button) {
	k.working = true
	b.Disable()
	b.SetText("Waiting for the keyring" + kit.Dots)
	do := k.shown.Action
	k.at.work.Do(func(ctx context.Context) error {
		return k.at.ui.o.Backend.Perform(ctx, do)
	}, func(err error) {
		k.working = false
		var failed []fyne.CanvasObject
		if err != nil {
			p := kit.ProblemOf(err, "unlock the keyring")
			p.Action = health.ActionNone // The line below has the button.
			failed = append(failed, k.at.ui.env.ProblemPanel(p))
		}
		k.draw(failed...)
		k.at.refresh()
	})
}

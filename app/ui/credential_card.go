package ui

import (
	"context"
	"net/url"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/bridge"
)

// connections is the section with the keyring and the three credentials.
type connections struct {
	w       *settingsWindow
	keyring *fyne.Container
	cards   []*credentialCard
	box     *fyne.Container
}

func newConnections(w *settingsWindow) *connections {
	c := &connections{w: w, keyring: container.NewStack()}
	c.box = spaced(c.keyring)
	for _, kind := range bridge.CredentialKinds() {
		card := newCredentialCard(w, kind)
		c.cards = append(c.cards, card)
		c.box.Add(card.ground)
	}
	return c
}

func (c *connections) content() fyne.CanvasObject { return c.box }

func (c *connections) foot() fyne.CanvasObject { return nil }

func (c *connections) open() { c.refresh() }

// refresh draws the keyring's line and every card's state; open entries and
// what was typed in them stay.
func (c *connections) refresh() {
	c.drawKeyring(c.w.ui.o.Backend.Keyring())
	for _, described := range c.w.ui.o.Backend.Credentials() {
		for _, card := range c.cards {
			if card.kind == described.Kind {
				card.update(described)
			}
		}
	}
	c.w.relayout()
}

// replace opens the entry of that credential.
func (c *connections) replace(kind bridge.CredentialKind) {
	for _, card := range c.cards {
		if card.kind == kind {
			card.openEntry()
		}
	}
}

func (c *connections) drawKeyring(k bridge.KeyringState) {
	icon := mark("keyring-ready", shapeTick, theme.ColorNameSuccess)
	if k.State != "ready" && k.State != "empty" {
		icon = mark("keyring-trouble", shapeTriangle, theme.ColorNameWarning)
	}
	line := lead(widget.NewIcon(icon), wrapped(block(k.Words, maxLine)))
	c.keyring.Objects = []fyne.CanvasObject{line}
	if k.Action.Label() != "" {
		b := labelled(k.Action.Label(), nil)
		b.OnTapped = func() { c.unlock(k.Action, b) }
		c.keyring.Objects = []fyne.CanvasObject{border(nil, nil, nil, container.NewVBox(b), line)}
	}
	c.keyring.Refresh()
}

// unlock lets the keyring ask the person; it can take as long as they type.
func (c *connections) unlock(a bridge.Action, b *widget.Button) {
	b.Disable()
	b.SetText("Waiting for the keyring" + cutMark)
	c.w.work.do(func(ctx context.Context) error {
		return c.w.ui.o.Backend.Perform(ctx, a)
	}, func(err error) {
		c.refresh()
		if err != nil {
			c.keyring.Objects = []fyne.CanvasObject{c.w.ui.problemPanel(problemOf(err, "unlock the keyring"))}
			c.w.relayout()
		}
	})
}

// credentialCard shows one credential, never its value, with what can be done.
type credentialCard struct {
	w    *settingsWindow
	kind bridge.CredentialKind

	icon    *widget.Icon
	state   *widget.Label
	change  *widget.Button
	remove  *widget.Button
	where   *widget.Hyperlink
	help    *fyne.Container
	trouble *fyne.Container // why it does not work
	below   *fyne.Container // the entry, the check's steps, a question
	ground  *surface

	entry  *fieldEntry // nil while closed
	steps  *stepList   // of the last check; nil before
	saving bool
	last   bridge.Credential
}

func newCredentialCard(w *settingsWindow, kind bridge.CredentialKind) *credentialCard {
	c := &credentialCard{w: w, kind: kind, icon: widget.NewIcon(mark("credential", shapeRing, theme.ColorNamePlaceHolder))}
	c.state = secondary("")
	c.change = labelled("Replace", c.openEntry)
	c.remove = labelled("Remove", c.askRemove)
	c.where = &widget.Hyperlink{Text: "Where do I get this?", SizeName: sizeSecondary, OnTapped: c.toggleHelp}
	c.where.ExtendBaseWidget(c.where)
	c.help = stack()
	c.help.Hide()
	c.trouble, c.below = container.NewVBox(), container.NewVBox()
	words, link, page := credentialSource(kind)
	c.help.Add(secondary(words))
	if target, err := url.Parse(page); err == nil && page != "" {
		c.help.Add(container.NewHBox(&widget.Hyperlink{Text: link, URL: target, SizeName: sizeSecondary}))
	}
	buttons := container.NewVBox(container.NewHBox(c.change, c.remove))
	head := border(nil, nil, nil, buttons, bold(kind.Words()))
	text := container.New(layout.NewCustomPaddedVBoxLayout(-theme.Padding()), head, stack(c.state, container.NewHBox(c.where), c.help))
	c.ground = newSurface(container.NewVBox(lead(c.icon, text), c.trouble, c.below))
	return c
}

// update draws the state of the credential.
func (c *credentialCard) update(d bridge.Credential) {
	c.last = d
	c.icon.SetResource(credentialMark(d))
	c.state.SetText(credentialWords(c.w.ui, d))
	missing := d.State == bridge.CredentialMissing
	c.change.SetText("Replace")
	c.change.Importance = widget.MediumImportance
	if missing {
		c.change.SetText("Add")
		c.change.Importance = widget.HighImportance
	}
	given := d.State == bridge.CredentialEnvironment
	showIf(c.change, c.entry == nil && !c.saving && !given)
	showIf(c.remove, c.entry == nil && !c.saving && !given && !missing)
	c.trouble.Objects = nil
	if d.Problem != nil && !c.saving {
		p := *d.Problem
		p.Action = bridge.ActionNone // The buttons of the card do what it would.
		c.trouble.Objects = []fyne.CanvasObject{c.w.ui.problemPanel(p)}
	}
	c.ground.Refresh()
}

func (c *credentialCard) toggleHelp() {
	if c.help.Visible() {
		c.help.Hide()
	} else {
		c.help.Show()
	}
	c.changed()
}

// changed lays the card out again.
func (c *credentialCard) changed() {
	c.update(c.last)
	c.w.relayout()
}

// put shows o under the card's head.
func (c *credentialCard) put(objects ...fyne.CanvasObject) {
	c.below.Objects = objects
	c.changed()
}

// openEntry opens an empty entry in place and puts the focus into it.
func (c *credentialCard) openEntry() {
	if c.saving || c.last.State == bridge.CredentialEnvironment {
		return
	}
	if c.last.State == bridge.CredentialMissing {
		c.help.Show() // Whoever adds the first one does not know yet where it is.
	}
	c.newEntry()
}

// newEntry builds a fresh entry: the undo history of one that held a
// credential cannot be wiped. above stands over it, such as why the last try
// was refused.
func (c *credentialCard) newEntry(above ...fyne.CanvasObject) {
	c.entry = newSecretEntry()
	c.entry.keys = c.w.keys()
	c.entry.SetPlaceHolder("Paste the " + c.kind.Words() + " here")
	check := primary("Save and check", c.save)
	check.Disable()
	c.entry.OnChanged = func(text string) {
		if strings.TrimSpace(text) == "" {
			check.Disable()
		} else {
			check.Enable()
		}
	}
	c.entry.OnSubmitted = func(string) { c.save() }
	c.entry.on = map[fyne.KeyName]func(){fyne.KeyEscape: c.closeEntry}
	c.put(append(above, c.entry, container.NewHBox(check, plain("Cancel", nil, c.closeEntry)))...)
	c.w.win.Canvas().Focus(c.entry)
	c.w.reveal(c.ground)
}

// dropEntry empties the entry and forgets it, everywhere.
func (c *credentialCard) dropEntry() {
	if c.entry != nil {
		c.entry.OnChanged, c.entry.OnSubmitted = nil, nil
		c.entry.SetText("")
		c.entry = nil
		c.w.win.Canvas().Unfocus() // The canvas would keep the entry, and the entry what was typed.
	}
}

func (c *credentialCard) closeEntry() {
	c.dropEntry()
	c.put()
}

// save hands what was pasted to the backend and shows the check tick by tick.
func (c *credentialCard) save() {
	if c.entry == nil || c.saving || strings.TrimSpace(c.entry.Text) == "" {
		return
	}
	pasted := c.entry.Text
	c.dropEntry()
	c.saving = true
	steps := newStepList()
	c.steps = steps
	steps.begin("Checking the " + c.kind.Words() + cutMark)
	c.put(steps.box)
	report := c.w.ui.reporter(steps, c.changed)
	c.w.work.do(func(ctx context.Context) error {
		err := c.w.ui.o.Backend.SaveCredential(ctx, c.kind, pasted, report)
		pasted = ""
		return err
	}, func(err error) { c.saved(steps, err) })
}

// saved shows how the check ended.
func (c *credentialCard) saved(steps *stepList, err error) {
	c.saving = false
	if err != nil {
		steps.interrupt()
		c.newEntry(steps.box, c.w.ui.problemPanel(withoutReplace(problemOf(err, "save it"))))
		return
	}
	steps.stop()
	c.help.Hide()
	next, way := c.wayOn()
	c.put(steps.box, wrapped("Saved; it is in use from now on."), way)
	c.w.connections.refresh()
	c.w.reveal(c.ground)
	if next != nil && c.w.win.Canvas().Focused() == nil {
		c.w.win.Canvas().Focus(next)
	}
}

// wayOn leads to the next credential that is missing, or says that none is;
// next is then nil.
func (c *credentialCard) wayOn() (next fyne.Focusable, way fyne.CanvasObject) {
	missing := c.w.ui.missingSection()
	if missing == SectionConnections {
		return nil, secondary("Nothing is missing any more. The main window shows how it connects.")
	}
	kind := bridge.CredentialKind(missing)
	button := primary("Next: "+kind.Words(), func() {
		c.put()
		c.w.connections.replace(kind)
	})
	return button, container.NewHBox(button)
}

// withoutReplace drops a button that would only open the entry that is open.
func withoutReplace(p bridge.Problem) bridge.Problem {
	switch p.Action {
	case bridge.ActionReplaceKey, bridge.ActionReplaceChatURL, bridge.ActionReplaceToken, bridge.ActionSetUp:
		p.Action = bridge.ActionNone
	}
	return p
}

// askRemove asks in place, because removing stops the relaying.
func (c *credentialCard) askRemove() {
	question := wrapped("Remove the " + c.kind.Words() + "? Relaying stops until there is a new one.")
	yes := labelled("Remove it", c.removeNow)
	yes.Importance = widget.DangerImportance
	c.put(question, container.NewHBox(yes, plain("Keep it", nil, func() { c.put() })))
}

func (c *credentialCard) removeNow() {
	c.saving = true
	c.put(secondary("Removing it" + cutMark))
	c.w.work.do(func(ctx context.Context) error {
		return c.w.ui.o.Backend.RemoveCredential(ctx, c.kind)
	}, func(err error) {
		c.saving = false
		if err != nil {
			c.put(c.w.ui.problemPanel(problemOf(err, "remove it")))
			return
		}
		c.put()
		c.w.connections.refresh()
	})
}

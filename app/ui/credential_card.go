package ui

import (
	"context"
	"net/url"
	"strings"

	"vastrelay/app/ui/kit"

	"vastrelay/app/credentials"
	"vastrelay/app/health"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// place is the part of a window in which credential cards stand.
type place struct {
	ui   *UI
	win  fyne.Window
	work *kit.Tasks
	keys []kit.Shortcut // what the entries pass on to the window

	refresh  func()                                     // draws every card anew
	relayout func()                                     // a card changed its size
	reveal   func(fyne.CanvasObject)                    // scrolls a card into view
	saved    func(c *credentialCard, did *kit.StepList) // a check went well
	brief    bool                                       // only what the set-up needs

	cards []*credentialCard // those that stand there
}

// cardsAt makes a card for each credential.
func cardsAt(at *place) []*credentialCard {
	for _, kind := range credentials.Kinds() {
		at.cards = append(at.cards, newCredentialCard(at, kind))
	}
	return at.cards
}

// updateCards draws the credentials as the backend describes them; open entries
// and what was typed in them stay.
func updateCards(cards []*credentialCard, all []credentials.Credential) {
	for _, described := range all {
		for _, card := range cards {
			if card.kind == described.Kind {
				card.update(described)
			}
		}
	}
}

// credentialCard shows one credential, never its value, with what can be done.
type credentialCard struct {
	at   *place
	kind credentials.Kind

	icon    *widget.Icon
	state   *widget.Label
	change  *kit.Button
	remove  *kit.Button
	where   *kit.Link
	help    *fyne.Container
	trouble *fyne.Container // why it does not work
	told    health.Problem  // which trouble shows
	below   *fyne.Container // the entry, the check's steps, a question
	ground  *kit.Surface

	entry  *kit.Entry    // nil while closed
	steps  *kit.StepList // of the last check; nil before
	saving bool
	last   credentials.Credential
}

func newCredentialCard(at *place, kind credentials.Kind) *credentialCard {
	c := &credentialCard{at: at, kind: kind, icon: widget.NewIcon(kit.Mark("credential", kit.ShapeRing, theme.ColorNamePlaceHolder))}
	c.state = kit.SmallLabel("")
	c.change = kit.TextButton("Replace", c.openEntry)
	c.remove = kit.TextButton("Remove", c.askRemove)
	c.where = kit.NewLink("Where do I get this?", kit.SizeSmall)
	c.where.OnTapped = c.toggleHelp
	c.help = kit.Stack()
	c.help.Hide()
	c.trouble, c.below = container.NewVBox(), container.NewVBox()
	words, link, page := credentialSource(kind)
	c.help.Add(kit.SmallLabel(words))
	if target, err := url.Parse(page); err == nil && page != "" {
		open := kit.NewLink(link, kit.SizeSmall)
		open.URL = target
		c.help.Add(container.NewHBox(open))
	}
	buttons := container.NewVBox(container.NewHBox(c.change, c.remove))
	head := kit.Border(nil, nil, nil, buttons, kit.BoldLabel(kind.Words()))
	more := container.NewHBox(c.where)
	kit.ShowIf(more, !at.brief)
	// The state is pulled up to its head, as far as the buttons leave room.
	text := container.New(layout.NewCustomPaddedVBoxLayout(-theme.InnerPadding()), head, kit.Stack(c.state, more, c.help))
	c.ground = kit.NewSurface(container.NewVBox(kit.WithIcon(c.icon, text), c.trouble, c.below))
	return c
}

// update draws the state of the credential.
func (c *credentialCard) update(d credentials.Credential) {
	c.last = d
	needed := neededCredential(d.Kind, c.at.ui.o.Backend.Settings(), c.at.ui.o.Vendors) && (!c.at.brief || c.entry != nil || c.saving)
	c.icon.SetResource(credentialMark(d, needed))
	c.state.SetText(credentialWords(c.at.ui, d, c.at.brief))
	c.offer(d, needed)
	c.explain(d.Problem)
	kit.ShowIf(c.below, len(c.below.Objects) > 0)
	c.ground.Refresh()
}

// offer shows the buttons that make sense for d.
func (c *credentialCard) offer(d credentials.Credential, needed bool) {
	missing := d.State == credentials.Missing
	c.change.SetText("Replace")
	c.change.Importance = widget.MediumImportance
	if missing {
		c.change.SetText("Add")
		if needed && !c.at.brief {
			c.change.Importance = widget.HighImportance
		}
	}
	given := d.State == credentials.FromEnvironment || c.at.ui.o.Backend.Status().Demo
	idle := c.entry == nil && !c.saving && !given
	kit.ShowIf(c.change, idle)
	kit.ShowIf(c.remove, idle && !missing && !c.at.brief)
}

// explain says why the credential does not work. A panel that is there already
// stays, with its details open if they are.
func (c *credentialCard) explain(why *health.Problem) {
	kit.ShowIf(c.trouble, why != nil && !c.saving)
	if why == nil {
		c.told = health.Problem{}
		c.trouble.Objects = nil
		return
	}
	p := *why
	p.Action = health.ActionNone // The buttons of the card do what it would.
	if p != c.told || len(c.trouble.Objects) == 0 {
		c.told = p
		c.trouble.Objects = []fyne.CanvasObject{kit.BelowIcon(c.at.ui.env.ProblemPanel(p))}
	}
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
	c.at.relayout()
}

// put shows o under the card's head.
func (c *credentialCard) put(objects ...fyne.CanvasObject) {
	c.below.Objects = objects
	c.changed()
}

// openEntry opens an empty entry in place and puts the focus into it.
func (c *credentialCard) openEntry() {
	if c.saving || c.last.State == credentials.FromEnvironment {
		return
	}
	if c.last.State == credentials.Missing {
		c.help.Show() // Whoever adds the first one does not know yet where it is.
	}
	for _, other := range c.at.cards {
		if other != c && other.entry != nil && other.entry.Text == "" {
			other.closeEntry() // The person goes about this one first.
		}
	}
	c.newEntry()
}

// newEntry builds a fresh entry: the undo history of one that held a
// credential cannot be wiped. above stands over it, such as why the last try
// was refused.
func (c *credentialCard) newEntry(above ...fyne.CanvasObject) {
	c.entry = kit.NewSecretEntry()
	c.entry.Shortcuts = c.at.keys
	c.entry.SetPlaceHolder("Paste the " + c.kind.Words() + " here")
	check := kit.PrimaryButton("Save and check", c.save)
	check.Disable()
	c.entry.OnChanged = func(text string) {
		if strings.TrimSpace(text) == "" {
			check.Disable()
		} else {
			check.Enable()
		}
	}
	c.entry.OnSubmitted = func(string) { c.save() }
	c.entry.Keys = map[fyne.KeyName]func(){fyne.KeyEscape: c.cancel}
	field := container.NewVBox(c.entry, container.NewHBox(check, kit.PlainButton("Cancel", nil, c.cancel)))
	c.put(append(above, kit.BelowIcon(field))...)
	c.at.win.Canvas().Focus(c.entry)
	c.at.reveal(c.ground)
}

// dropEntry empties the entry and forgets it, everywhere.
func (c *credentialCard) dropEntry() {
	if c.entry != nil {
		c.entry.OnChanged, c.entry.OnSubmitted = nil, nil
		c.entry.SetText("")
		c.entry = nil
		c.at.win.Canvas().Unfocus() // The canvas would keep the entry, and the entry what was typed.
	}
}

// leave forgets what was typed and stops what moves: the card goes away.
func (c *credentialCard) leave() {
	c.dropEntry()
	if c.steps != nil {
		c.steps.Stop()
	}
}

// rest stops what moves in the card, or lets it go on.
func (c *credentialCard) rest(yes bool) {
	if c.saving && c.steps != nil {
		c.steps.Rest(yes)
	}
}

func (c *credentialCard) closeEntry() {
	c.dropEntry()
	if c.at.brief {
		c.help.Hide()
	}
	c.put()
}

// cancel closes the entry and leaves the focus where it can be opened again.
func (c *credentialCard) cancel() {
	c.closeEntry()
	c.at.win.Canvas().Focus(c.change)
}

// save hands what was pasted to the backend and shows the check tick by tick.
func (c *credentialCard) save() {
	if c.entry == nil || c.saving || strings.TrimSpace(c.entry.Text) == "" {
		return
	}
	pasted := c.entry.Text
	c.dropEntry()
	c.saving = true
	steps := kit.NewStepList()
	c.steps = steps
	steps.Begin("Checking the " + c.kind.Words() + kit.Dots)
	c.put(steps.Box)
	report := steps.Reporter(c.at.ui.env.Work, c.changed)
	c.at.work.Do(func(ctx context.Context) error {
		err := c.at.ui.o.Backend.SaveCredential(ctx, c.kind, pasted, report)
		pasted = ""
		return err
	}, func(err error) { c.saved(steps, err) })
}

// saved shows how the check ended.
func (c *credentialCard) saved(steps *kit.StepList, err error) {
	c.saving = false
	if err != nil {
		steps.Interrupt()
		c.newEntry(steps.Box, kit.BelowIcon(c.at.ui.env.ProblemPanel(withoutPaste(kit.ProblemOf(err, "save it")))))
		return
	}
	steps.Stop()
	c.help.Hide()
	c.at.saved(c, steps)
}

// withoutPaste drops a button that would only open the entry that is open, or
// try again without what was pasted.
func withoutPaste(p health.Problem) health.Problem {
	switch p.Action {
	case health.ActionReplaceKey, health.ActionReplaceChatURL, health.ActionReplaceToken, health.ActionSetUp, health.ActionRetry:
		p.Action = health.ActionNone
	}
	return p
}

// askRemove asks in place, because removing stops the relaying.
func (c *credentialCard) askRemove() {
	question := kit.WrappedLabel("Remove the " + c.kind.Words() + "? Relaying stops until there is a new one.")
	yes := kit.TextButton("Remove it", c.removeNow)
	yes.Importance = widget.DangerImportance
	keep := kit.PlainButton("Keep it", nil, func() { c.put(); c.at.win.Canvas().Focus(c.remove) })
	c.put(kit.LabelBelowIcon(question), kit.BelowIcon(container.NewHBox(yes, keep)))
	c.at.reveal(c.ground)
	c.at.win.Canvas().Focus(keep)
}

func (c *credentialCard) removeNow() {
	c.saving = true
	c.put(kit.LabelBelowIcon(kit.SmallLabel("Removing it" + kit.Dots)))
	c.at.work.Do(func(ctx context.Context) error {
		return c.at.ui.o.Backend.RemoveCredential(ctx, c.kind)
	}, func(err error) {
		c.saving = false
		if err != nil {
			c.put(kit.BelowIcon(c.at.ui.env.ProblemPanel(kit.ProblemOf(err, "remove it"))))
			return
		}
		c.put()
		c.at.refresh()
	})
}

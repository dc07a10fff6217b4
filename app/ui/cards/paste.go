package cards

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// pasteForm takes a credential in place: an entry with its buttons beside it, and
// below it what is said of what was pasted, so that nothing pushes the entry away.
type pasteForm struct {
	card   *Card
	entry  *kit.Entry // nil while its content is being checked
	check  *kit.Button
	cancel *kit.Button
	row    *fyne.Container // the entry with its buttons
	said   *fyne.Container // the steps of the check, the refusal, what was recognised
	box    *fyne.Container
}

// newPasteForm returns a form with an empty entry.
func newPasteForm(c *Card) *pasteForm {
	f := &pasteForm{card: c, row: container.NewStack(), said: container.NewVBox()}
	f.check = kit.PrimaryButton(words.Text("cards.check"), c.save)
	f.cancel = kit.PlainButton(words.Text("cards.cancel"), nil, c.cancel)
	f.box = container.NewVBox(f.row, f.said)
	f.renew()
	return f
}

// renew puts a fresh entry into the form: the undo history of one that held a
// credential cannot be wiped.
func (f *pasteForm) renew() {
	c := f.card
	f.entry = kit.NewSecretEntry()
	f.entry.Shortcuts = c.set.at.Keys
	f.entry.SetPlaceHolder(words.Text("cards.paste"))
	f.entry.OnChanged = f.changed
	f.entry.OnSubmitted = func(string) { c.save() }
	f.entry.Keys = map[fyne.KeyName]func(){fyne.KeyEscape: c.cancel}
	f.check.Disable()
	f.show(f.entry)
	kit.ShowIf(f.cancel, !c.set.at.Brief || c.last.State != credentials.Missing)
}

// show puts an entry into the row.
func (f *pasteForm) show(e *kit.Entry) {
	f.row.Objects = []fyne.CanvasObject{kit.Border(nil, nil, nil, container.NewHBox(f.check, f.cancel), e)}
}

// drop empties the entry and forgets it, everywhere. A disabled one stands in its
// place.
func (f *pasteForm) drop() {
	if f.entry == nil {
		return
	}
	f.entry.OnChanged, f.entry.OnSubmitted = nil, nil
	f.entry.SetText("")
	f.entry = nil
	idle := kit.NewSecretEntry()
	idle.Disable()
	f.check.Disable()
	f.cancel.Hide()
	f.show(idle)
	f.card.set.at.Win.Canvas().Unfocus() // The canvas would keep the entry, and the entry what was typed.
}

// changed says in time what was recognised, and offers to check the rest.
func (f *pasteForm) changed(text string) {
	found := credentials.ReadPaste(f.card.kind, text)
	kit.EnableIf(f.check, strings.TrimSpace(text) != "" && found.Usable())
	if found.Usable() {
		f.say()
		return
	}
	f.say(f.elsewhere(found))
}

// elsewhere says which credential the paste is, with a button that takes it where it
// belongs.
func (f *pasteForm) elsewhere(found credentials.Paste) fyne.CanvasObject {
	set := f.card.set
	text := found.Under()
	to := set.card(found.Other)
	if next := set.after(f.card); to != nil && to == next {
		text = found.NextStep()
	}
	said := kit.WithIcon(widget.NewIcon(kit.Mark("paste-elsewhere", kit.ShapeTriangle, theme.ColorNameWarning)), kit.WrappedLabel(text.Text()))
	if to == nil || !to.replaceable() {
		return said
	}
	use := kit.TextButton(words.Text("paste.use_there"), func() { f.card.handOver(to) })
	return kit.Border(nil, nil, nil, container.NewVBox(use), said)
}

// say replaces what stands below the entry.
func (f *pasteForm) say(objects ...fyne.CanvasObject) {
	f.said.Objects = objects
	f.card.changed()
}

// openEntry opens an empty entry in place and puts the focus into it.
func (c *Card) openEntry() {
	if !c.replaceable() {
		return
	}
	if c.last.State == credentials.Missing {
		c.source.text.Show() // Whoever adds the first one does not know yet where it is.
	}
	for _, other := range c.set.cards {
		if other != c && other.open() && other.form.entry.Text == "" {
			other.closeEntry() // The person goes about this one first.
		}
	}
	c.dropEntry()
	c.removal.keep = nil // The entry takes the place of the question.
	c.form = newPasteForm(c)
	c.Put(kit.BelowIcon(c.form.box))
	c.set.at.Win.Canvas().Focus(c.form.entry)
	kit.ScrollIntoView(c.Ground)
}

// open reports whether an entry is open in the card.
func (c *Card) open() bool { return c.form != nil && c.form.entry != nil }

// replaceable reports whether a person can paste something for this card now.
func (c *Card) replaceable() bool {
	return !c.saving && c.last.State != credentials.FromEnvironment && !c.set.at.Demo()
}

// dropEntry forgets what was typed.
func (c *Card) dropEntry() {
	if c.form != nil {
		c.form.drop()
		c.form = nil
	}
}

func (c *Card) closeEntry() {
	c.dropEntry()
	if c.set.at.Brief {
		c.source.text.Hide()
	}
	c.Put()
}

// cancel closes the entry and leaves the focus where it can be opened again. In
// the set-up, an entry for what is missing is emptied and stays.
func (c *Card) cancel() {
	if c.set.at.Brief && c.Missing() && c.open() {
		c.form.drop()
		c.form.renew()
		c.form.say()
		c.set.at.Win.Canvas().Focus(c.form.entry)
		return
	}
	c.closeEntry()
	c.set.at.Win.Canvas().Focus(c.buttons.change)
}

// handOver takes what was pasted here to the card where it belongs, and has it
// checked there.
func (c *Card) handOver(to *Card) {
	if !c.open() || !to.replaceable() {
		return
	}
	pasted := credentials.ReadPaste(c.kind, c.form.entry.Text).Value
	c.closeEntry()
	to.openEntry()
	to.form.entry.SetText(pasted)
	to.save()
}

// save hands what was pasted to the backend and shows the check tick by tick.
func (c *Card) save() {
	if !c.open() || c.saving || strings.TrimSpace(c.form.entry.Text) == "" {
		return
	}
	found := credentials.ReadPaste(c.kind, c.form.entry.Text)
	if !found.Usable() {
		return // What is recognised in it is said already.
	}
	c.saving = true
	c.form.drop()
	steps := kit.NewStepList()
	c.steps = steps
	steps.Begin(words.Text("cards.checking", words.Args{"Credential": c.kind.Words()}))
	c.form.say(steps.Box)
	report := steps.Reporter(c.set.at.Work, c.changed)
	c.set.at.Work.Do(func(ctx context.Context) error {
		err := c.set.at.Keeper.SaveCredential(ctx, c.kind, found.Value, report)
		found = credentials.Paste{}
		return err
	}, func(err error) { c.saved(steps, err) })
}

// saved shows how the check ended.
func (c *Card) saved(steps *kit.StepList, err error) {
	c.saving = false
	if err == nil {
		steps.Stop()
		c.form = nil
		c.source.text.Hide()
		if c.name != nil {
			c.name.store()
		}
		c.set.at.Saved(c, steps)
		return
	}
	steps.Interrupt()
	why := c.set.at.ProblemPanel(withoutPaste(kit.ProblemOf(words.Text("failed.save_credential"), err)))
	if c.form == nil { // The cards went off the screen meanwhile.
		c.Put(steps.Box, kit.BelowIcon(why))
		return
	}
	c.form.renew()
	c.form.say(steps.Box, why)
	kit.ScrollIntoView(c.form.box)
	c.set.at.Win.Canvas().Focus(c.form.entry)
}

// withoutPaste drops a button that would only open the entry that is open, or
// try again without what was pasted.
func withoutPaste(p health.Problem) health.Problem {
	switch p.Action {
	case health.ActionReplaceKey, health.ActionReplaceChatURL, health.ActionReplaceToken, health.ActionReplaceTunnelmoleKey,
		health.ActionReplaceCloudflaredToken, health.ActionReplaceHeartbeat, health.ActionSetUp, health.ActionRetry:
		p.Action = health.ActionNone
	}
	return p
}

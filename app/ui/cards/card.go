package cards

import (
	"net/url"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"vastrelay/app/credentials"
	"vastrelay/app/health"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Card shows one credential, never its value, with what can be done.
type Card struct {
	set  *Set
	kind credentials.Kind

	state   cardState
	buttons cardButtons
	removal *removal
	source  *source
	name    *spaceName      // of the Chat space; nil for other credentials
	trouble trouble         // why it does not work
	below   *fyne.Container // the entry, the check's steps, a question
	Ground  *kit.Surface

	form   *pasteForm    // nil while nothing is pasted or checked
	steps  *kit.StepList // of the last check; nil before
	saving bool
	last   credentials.Credential
}

// Title names the credential.
func (c *Card) Title() string { return c.kind.Words().Text() }

// Missing reports whether there is no such credential yet.
func (c *Card) Missing() bool { return c.last.State == credentials.Missing || c.last.State == "" }

// There reports whether there is such a credential and it can be read.
func (c *Card) There() bool { return !c.Missing() && c.last.State != credentials.Unreadable }

// Waits reports whether the credential is missing and no entry is open for it.
func (c *Card) Waits() bool { return c.last.State == credentials.Missing && c.form == nil }

// Needed reports whether nothing is relayed without the credential.
func (c *Card) Needed() bool { return c.set.at.Needed(c.kind) }

// Mark is the mark of the credential's state; next tells that the person is to
// paste it now.
func (c *Card) Mark(next bool) fyne.Resource {
	shown := c.last
	if shown.State == credentials.Unreadable {
		shown.State = credentials.Missing // The step of the keyring says what is wrong.
	}
	return credentialMark(shown, next)
}

// IsTunnels reports whether it is the credential of the tunnel in use.
func (c *Card) IsTunnels() bool { return c.set.at.Tunnel().Credential == string(c.kind) }

// Enter puts the focus where a person goes on: into an entry, which it opens where
// the credential is missing.
func (c *Card) Enter() {
	switch {
	case c.open():
		c.set.at.Win.Canvas().Focus(c.form.entry)
		kit.ScrollIntoView(c.Ground)
	case c.Missing():
		c.openEntry()
	}
}

// Busy reports whether something was pasted in the card and is not saved, or is
// being checked.
func (c *Card) Busy() bool { return c.saving || c.open() && c.form.entry.Text != "" }

func newCard(set *Set, kind credentials.Kind) *Card {
	at := set.at
	c := &Card{set: set, kind: kind, state: newCardState()}
	c.buttons.change = kit.TextButton(words.Text("cards.replace"), c.openEntry)
	c.removal = &removal{card: c}
	c.buttons.remove = kit.TextButton(words.Text("cards.remove"), c.removal.ask)
	c.source = newSource(kind, c.changed)
	c.trouble.box, c.below = container.NewVBox(), container.NewVBox()
	buttons := container.NewVBox(container.NewHBox(c.buttons.change, c.buttons.remove))
	head := kit.Border(nil, nil, nil, buttons, kit.BoldLabel(kind.Words().Text()))
	more := container.NewHBox(c.source.link)
	kit.ShowIf(more, !at.Brief)
	// The state is pulled up to its head, as far as the buttons leave room.
	text := container.New(layout.NewCustomPaddedVBoxLayout(-theme.InnerPadding()), head, kit.Stack(c.state.words, more, c.source.text))
	content := container.NewVBox(kit.WithIcon(c.state.mark, text), c.below, c.trouble.box)
	if kind == credentials.ChatURL {
		c.name = newSpaceName(at, c.save)
		content.Add(kit.LabelBelowIcon(c.name.box))
	}
	c.Ground = kit.NewSurface(content)
	return c
}

// update draws the state of the credential.
func (c *Card) update(d credentials.Credential) {
	c.last = d
	needed := c.set.at.Needed(d.Kind) && (!c.set.at.Brief || c.form != nil)
	c.state.mark.SetResource(credentialMark(d, needed))
	c.state.words.SetText(credentialWords(c.set.at, d))
	c.offer(d, needed)
	c.explain(d.Problem)
	kit.ShowIf(c.below, len(c.below.Objects) > 0)
	if c.name != nil {
		c.name.update(c.Missing())
	}
	c.Ground.Refresh()
}

// offer shows the buttons that make sense for d.
func (c *Card) offer(d credentials.Credential, needed bool) {
	missing := d.State == credentials.Missing
	c.buttons.change.SetText(words.Text("cards.replace"))
	c.buttons.change.Importance = widget.MediumImportance
	if missing {
		c.buttons.change.SetText(words.Text("cards.add"))
		if needed && !c.set.at.Brief {
			c.buttons.change.Importance = widget.HighImportance
		}
	}
	given := d.State == credentials.FromEnvironment || c.set.at.Demo()
	idle := c.form == nil && !c.saving && !given
	kit.ShowIf(c.buttons.change, idle)
	kit.ShowIf(c.buttons.remove, idle && !missing && !c.set.at.Brief)
}

// explain says why the credential does not work.
func (c *Card) explain(why *health.Problem) {
	kit.ShowIf(c.trouble.box, why != nil && !c.saving)
	c.trouble.show(c.set.at.Env, why)
}

// changed lays the card out again.
func (c *Card) changed() {
	c.update(c.last)
	c.set.at.Relayout()
}

// Put shows o under the card's head.
func (c *Card) Put(objects ...fyne.CanvasObject) {
	c.below.Objects = objects
	c.changed()
}

// leave forgets what was typed and stops what moves: the card goes away.
func (c *Card) leave() {
	c.dropEntry()
	if c.steps != nil {
		c.steps.Stop()
	}
}

// rest stops what moves in the card, or lets it go on.
func (c *Card) rest(yes bool) {
	if c.saving && c.steps != nil {
		c.steps.Rest(yes)
	}
}

// source is the link that says where a credential is found, and the text that it
// shows and hides.
type source struct {
	link *kit.Link
	text *fyne.Container
}

// newSource hides the text; changed runs when the link was tapped.
func newSource(kind credentials.Kind, changed func()) *source {
	s := &source{link: kit.NewLink(words.Text("cards.where"), kit.SizeSmall), text: kit.Stack()}
	s.text.Hide()
	s.link.OnTapped = func() {
		kit.ShowIf(s.text, !s.text.Visible())
		changed()
	}
	text, link, page := credentialSource(kind)
	s.text.Add(kit.SmallLabel(text))
	if target, err := url.Parse(page); err == nil && page != "" {
		open := kit.NewLink(link, kit.SizeSmall)
		open.URL = target
		s.text.Add(container.NewHBox(open))
	}
	return s
}

// cardButtons are what can be done with the credential.
type cardButtons struct {
	change *kit.Button
	remove *kit.Button
}

// cardState is how the credential is, as a mark and in words.
type cardState struct {
	mark  *widget.Icon
	words *widget.Label
}

func newCardState() cardState {
	return cardState{widget.NewIcon(kit.Mark("credential", kit.ShapeRing, theme.ColorNamePlaceHolder)), kit.SmallLabel("")}
}

// trouble is the panel of a problem in a card.
type trouble struct {
	box  *fyne.Container
	told health.Problem // the one that the panel is of
}

// show draws why; nil is no problem. A panel that is there already stays, with
// its details open if they are. It has no button: those of the card do the same.
func (t *trouble) show(e kit.Env, why *health.Problem) {
	if why == nil {
		t.told = health.Problem{}
		t.box.Objects = nil
		return
	}
	p := *why
	p.Action = health.ActionNone
	if p != t.told || len(t.box.Objects) == 0 {
		t.told = p
		t.box.Objects = []fyne.CanvasObject{kit.BelowIcon(e.ProblemPanel(p))}
	}
}

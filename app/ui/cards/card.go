package cards

import (
	"context"
	"net/url"
	"slices"

	"vastrelay/app/config"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay/tunnel"

	"vastrelay/app/credentials"
	"vastrelay/app/health"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Keeper keeps the credentials. Methods that take a context may block, as may
// Keyring: they are never called on the UI goroutine.
type Keeper interface {
	// Credentials describes the credentials, in order.
	Credentials() []credentials.Credential
	// Keyring asks the system keyring for its state.
	Keyring() credentials.KeyringState
	// SaveCredential cleans the pasted value, proves it live, and keeps it
	// only if it works or cannot be proven now.
	SaveCredential(ctx context.Context, kind credentials.Kind, pasted string, report func(health.Step)) error
	// RemoveCredential forgets it and stops what needed it.
	RemoveCredential(ctx context.Context, kind credentials.Kind) error
	// Perform does what the button of the keyring's line says.
	Perform(ctx context.Context, a health.Action) error
}

// Deps is what the cards need of the program.
type Deps struct {
	kit.Env
	Keeper   Keeper
	Settings func() config.Settings
	Vendors  []tunnel.Vendor
	Demo     func() bool
	// Rename keeps what the person calls the Chat space. It may block.
	Rename func(ctx context.Context, label string) error
}

// Tunnel is the tunnel that the settings choose.
func (d Deps) Tunnel() tunnel.Vendor { return tunnel.Choose(d.Vendors, d.Settings().Tunnel) }

// Missing returns the first credential that is needed and missing.
func (d Deps) Missing() (kind credentials.Kind, found bool) {
	for _, c := range d.Keeper.Credentials() {
		if c.State == credentials.Missing && d.Needed(c.Kind) {
			return c.Kind, true
		}
	}
	return "", false
}

// Needed reports whether the settings call for that credential: one of a tunnel
// is needed for that tunnel alone.
func (d Deps) Needed(kind credentials.Kind) bool {
	if kind.Optional() {
		return false
	}
	if chosen := d.Tunnel(); chosen.Credential == string(kind) {
		return !chosen.CredentialOptional
	}
	return !slices.ContainsFunc(d.Vendors, func(v tunnel.Vendor) bool { return v.Credential == string(kind) })
}

// Offered reports whether the card of that credential is shown: one that is
// optional only with the tunnel that uses it.
func (d Deps) Offered(kind credentials.Kind) bool {
	for _, v := range d.Vendors {
		if v.Credential == string(kind) && v.CredentialOptional {
			return d.Tunnel().Name == v.Name
		}
	}
	return true
}

// Place is the part of a window in which the cards and the line about the
// keyring stand.
type Place struct {
	Deps
	Win  fyne.Window
	Keys []kit.Shortcut // what the entries pass on to the window

	Refresh  func()                           // draws every card anew
	Relayout func()                           // a card changed its size
	Saved    func(c *Card, did *kit.StepList) // a check went well
	Brief    bool                             // only what the set-up needs
}

// Set is the cards under the line about the keyring.
type Set struct {
	at      *Place
	keyring *keyringLine
	cards   []*Card
	turned  *Card // the one that a brief place shows; nil for none
}

// New makes the line and a card for each credential.
func New(at Place) *Set {
	s := &Set{at: &at}
	s.keyring = newKeyringLine(s)
	for _, kind := range credentials.Kinds() {
		s.cards = append(s.cards, newCard(s, kind))
	}
	return s
}

// Update draws the credentials as they are described now, and asks for the state
// of the keyring. Open entries and what was typed in them stay.
func (s *Set) Update() {
	for _, described := range s.at.Keeper.Credentials() {
		for _, card := range s.cards {
			if card.kind == described.Kind {
				card.update(described)
			}
		}
	}
	for _, card := range s.cards {
		kit.ShowIf(card.Ground, s.shown(card.kind) && (!s.at.Brief || card == s.turned))
	}
	s.keyring.refresh()
}

// card is the card of that credential, if it is shown; nil otherwise.
func (s *Set) card(kind credentials.Kind) *Card {
	for _, card := range s.cards {
		if card.kind == kind && s.shown(kind) {
			return card
		}
	}
	return nil
}

// after is the card that follows c in the set-up; nil for none, and in the
// settings, which have no steps.
func (s *Set) after(c *Card) *Card {
	if !s.at.Brief {
		return nil
	}
	found := false
	for _, card := range s.cards {
		if found && s.shown(card.kind) {
			return card
		}
		found = found || card == c
	}
	return nil
}

// shown reports whether there is a card of that credential for a person.
func (s *Set) shown(kind credentials.Kind) bool {
	return s.at.Needed(kind) || !s.at.Brief && s.at.Offered(kind)
}

// Open opens an empty entry for that credential.
func (s *Set) Open(kind credentials.Kind) {
	for _, card := range s.cards {
		if card.kind == kind {
			card.openEntry()
		}
	}
}

// All are the cards, shown or not.
func (s *Set) All() []*Card { return s.cards }

// Turn shows c alone in a brief place; nil shows none. What was typed in another
// stays.
func (s *Set) Turn(c *Card) {
	s.turned = c
	for _, card := range s.cards {
		if card != c && card.open() {
			if card.form.entry.Text == "" {
				card.dropEntry()
				card.below.Objects = nil
			} else if s.at.Win.Canvas().Focused() == fyne.Focusable(card.form.entry) {
				s.at.Win.Canvas().Unfocus()
			}
		}
		kit.ShowIf(card.Ground, card == c)
	}
}

// Cancel takes back what a card asks for, an entry or a question, and reports
// whether there was anything.
func (s *Set) Cancel() bool {
	for _, card := range s.cards {
		switch {
		case card.open():
			card.cancel()
			return true
		case card.buttons.keep != nil:
			card.keep()
			return true
		case card.name != nil && card.name.cancel():
			return true
		}
	}
	return false
}

// Leave forgets what was typed and ends what moves: the cards go off the screen.
func (s *Set) Leave() {
	for _, card := range s.cards {
		card.leave()
	}
}

// CloseEntries closes every entry, with what was typed.
func (s *Set) CloseEntries() {
	for _, card := range s.cards {
		if card.open() {
			card.closeEntry()
		}
	}
}

// Rest stops what moves in the cards, or lets it go on.
func (s *Set) Rest(yes bool) {
	for _, card := range s.cards {
		card.rest(yes)
	}
}

// KeyringBox is the line about the keyring, to be laid out above the cards.
func (s *Set) KeyringBox() fyne.CanvasObject { return s.keyring.box }

// Promises reports whether credentials stay in the keyring, as far as is known.
func (s *Set) Promises() bool { return !s.keyring.known() || well(s.keyring.shown) }

// KeyringTrouble reports whether the keyring keeps nothing, and the person has not
// chosen to go on all the same.
func (s *Set) KeyringTrouble() bool {
	return s.keyring.known() && !well(s.keyring.shown) && !s.keyring.setAside() && !s.at.Demo()
}

// FocusKeyring puts the focus on what helps with the keyring.
func (s *Set) FocusKeyring() {
	if b := s.keyring.help; b != nil && b.Visible() && !b.Disabled() {
		s.at.Win.Canvas().Focus(b)
	}
	kit.ScrollIntoView(s.keyring.box)
}

// Boxes are the cards, to be laid out.
func (s *Set) Boxes() []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, len(s.cards))
	for i, card := range s.cards {
		out[i] = card.Ground
	}
	return out
}

// Card shows one credential, never its value, with what can be done.
type Card struct {
	set  *Set
	kind credentials.Kind

	state   cardState
	buttons cardButtons
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
	c.buttons.remove = kit.TextButton(words.Text("cards.remove"), c.askRemove)
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

// askRemove asks in place, because removing what is needed stops the relaying.
func (c *Card) askRemove() {
	text := words.Text("cards.remove_optional", words.Args{"Credential": c.kind.Words()})
	if c.set.at.Needed(c.kind) {
		text = words.Text("cards.remove_needed", words.Args{"Credential": c.kind.Words()})
	}
	question := kit.WrappedLabel(text)
	yes := kit.TextButton(words.Text("cards.remove_yes"), c.removeNow)
	yes.Importance = widget.DangerImportance
	c.buttons.keep = kit.PlainButton(words.Text("cards.remove_no"), nil, c.keep)
	c.Put(kit.LabelBelowIcon(question), kit.BelowIcon(container.NewHBox(yes, c.buttons.keep)))
	kit.ScrollIntoView(c.Ground)
	c.set.at.Win.Canvas().Focus(c.buttons.keep)
}

// keep takes the question back.
func (c *Card) keep() {
	c.buttons.keep = nil
	c.Put()
	c.set.at.Win.Canvas().Focus(c.buttons.remove)
}

func (c *Card) removeNow() {
	c.saving, c.buttons.keep = true, nil
	c.Put(kit.LabelBelowIcon(kit.SmallLabel(words.Text("cards.removing"))))
	c.set.at.Work.Do(func(ctx context.Context) error {
		return c.set.at.Keeper.RemoveCredential(ctx, c.kind)
	}, func(err error) {
		c.saving = false
		if err != nil {
			c.Put(kit.BelowIcon(c.set.at.ProblemPanel(kit.ProblemOf(words.Text("failed.remove_credential"), err))))
			return
		}
		c.Put()
		c.set.at.Refresh()
	})
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
	keep   *kit.Button // answers the question before it is removed; nil while that is not asked
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

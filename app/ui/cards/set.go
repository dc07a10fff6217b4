package cards

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"

	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit"
	"vastrelay/relay/tunnel"
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
		case card.removal.takeBack():
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

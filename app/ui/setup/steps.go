package setup

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/status"
	"vastrelay/app/ui/cards"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// step is one thing to do in the set-up: its row at the left, and what the right
// side shows while it is the one at hand.
type step struct {
	row  *kit.Button
	card *cards.Card // of a credential; nil for the keyring and the test

	shown func() bool          // whether there is anything to do or to see in it
	done  func() bool          // whether the next step follows
	mark  func() fyne.Resource // before its name
	enter func()               // puts the focus where a person goes on
}

// newStep returns a step whose row, when pressed, shows it.
func (v *View) newStep(title string) *step {
	s := &step{row: kit.PlainButton(title, nil, nil)}
	s.row.Alignment = widget.ButtonAlignLeading
	s.row.OnTapped = func() {
		v.picked = s
		v.turn(s)
		s.enter()
	}
	return s
}

// newSteps returns all steps in order: the keyring, where it needs the person, then
// the credentials, then a test of the whole way.
func (v *View) newSteps() []*step {
	keyring := v.newStep(words.Text("keyring_step.name"))
	keyring.shown = func() bool { return v.sawTrouble || v.cards.KeyringTrouble() }
	keyring.done = func() bool { return !v.cards.KeyringTrouble() }
	keyring.enter = v.cards.FocusKeyring
	keyring.mark = func() fyne.Resource {
		switch {
		case v.cards.KeyringTrouble():
			return kit.Mark("step-keyring", kit.ShapeTriangle, theme.ColorNameWarning)
		case v.cards.Promises():
			return kit.Mark("step-keyring-done", kit.ShapeTickDisc, theme.ColorNameSuccess)
		default:
			return kit.Mark("step-keyring-without", kit.ShapeRing, theme.ColorNamePlaceHolder)
		}
	}
	steps := []*step{keyring}
	for _, card := range v.cards.All() {
		s := v.newStep(card.Title())
		s.card, s.enter = card, card.Enter
		s.shown = card.Needed
		s.done = func() bool { return !card.Busy() && (card.There() || v.status.Phase != status.Setup) }
		s.mark = func() fyne.Resource { return card.Mark(v.at == s) }
		steps = append(steps, s)
	}
	test := v.newStep(words.Text("setup.test.title"))
	test.shown = func() bool { return true }
	test.done = func() bool { return false }
	test.mark = func() fyne.Resource { return v.roundTrip.icon.Resource }
	test.enter = v.roundTrip.enter
	return append(steps, test)
}

// next returns the first step that is not done; the last one never is.
func (v *View) next() *step {
	for _, s := range v.steps {
		if s.shown() && !s.done() {
			return s
		}
	}
	return v.steps[len(v.steps)-1]
}

// follow turns to the first step that is not done, unless a person has picked
// another to look at, or is typing. The keyring comes before what is picked.
func (v *View) follow() {
	trouble := v.cards.KeyringTrouble() && !v.sawTrouble
	if trouble {
		v.picked = nil
	}
	to := v.next()
	switch {
	case v.at == nil:
		v.turn(to)
	case v.at == to:
		if v.at.card != nil && v.at.card.Waits() && v.deps.Win.Canvas().Focused() == nil {
			v.enterIfSeen() // It could not be read so far, and turns out to be missing.
		}
	case v.picked == v.at && v.at.shown(), v.at.card != nil && v.at.card.Busy():
	default:
		v.picked = nil
		v.turn(to)
		if trouble || v.deps.Win.Canvas().Focused() == nil {
			v.enterIfSeen()
		}
	}
}

// enterIfSeen puts the focus where a person goes on, while somebody sees the set-up.
func (v *View) enterIfSeen() {
	if !v.resting {
		v.at.enter()
	}
}

// turn shows s at the right.
func (v *View) turn(s *step) {
	v.at = s
	v.cards.Turn(s.card)
	kit.ShowIf(v.cards.KeyringBox(), s == v.steps[0])
	kit.ShowIf(v.roundTrip.box, s == v.steps[len(v.steps)-1])
	v.drawSteps()
	v.scroll.ScrollToTop()
	v.relayout()
}

// drawSteps brings the rows up to date.
func (v *View) drawSteps() {
	v.sawTrouble = v.sawTrouble || v.cards.KeyringTrouble()
	for _, s := range v.steps {
		kit.ShowIf(s.row, s.shown())
		s.row.Icon = s.mark()
		s.row.Importance = widget.LowImportance
		if s == v.at {
			s.row.Importance = widget.MediumImportance
		}
		s.row.Refresh()
	}
}

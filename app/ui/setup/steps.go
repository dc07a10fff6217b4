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

// steps are the things to do in the set-up, and which of them is the one at hand.
type steps struct {
	v          *View
	all        []*step // in order
	at         *step   // the one at hand; nil before the first drawing
	picked     *step   // the one that a person went back to; nil for none
	sawTrouble bool    // the keyring needed the person in this run
}

// newStep returns a step whose row, when pressed, shows it.
func (l *steps) newStep(title string) *step {
	s := &step{row: kit.PlainButton(title, nil, nil)}
	s.row.Alignment = widget.ButtonAlignLeading
	s.row.OnTapped = func() {
		l.picked = s
		l.turn(s)
		s.enter()
	}
	return s
}

// newSteps makes all steps of v, whose cards and test are there, in order: the keyring,
// where it needs the person, then the credentials, then a test of the whole way.
func newSteps(v *View) *steps {
	l := &steps{v: v}
	keyring := l.newStep(words.Text("keyring_step.name"))
	keyring.shown = func() bool { return l.sawTrouble || v.cards.KeyringTrouble() }
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
	l.all = []*step{keyring}
	for _, card := range v.cards.All() {
		s := l.newStep(card.Title())
		s.card, s.enter = card, card.Enter
		s.shown = card.Needed
		s.done = func() bool { return !card.Busy() && (card.There() || v.status.Phase != status.Setup) }
		s.mark = func() fyne.Resource { return card.Mark(l.at == s) }
		l.all = append(l.all, s)
	}
	test := l.newStep(words.Text("setup.test.title"))
	test.shown = func() bool { return true }
	test.done = func() bool { return false }
	test.mark = func() fyne.Resource { return v.roundTrip.icon.Resource }
	test.enter = v.roundTrip.enter
	l.all = append(l.all, test)
	return l
}

// next returns the first step that is not done; the last one never is.
func (l *steps) next() *step {
	for _, s := range l.all {
		if s.shown() && !s.done() {
			return s
		}
	}
	return l.all[len(l.all)-1]
}

// follow turns to the first step that is not done, unless a person has picked
// another to look at, or is typing. The keyring comes before what is picked.
func (l *steps) follow() {
	trouble := l.v.cards.KeyringTrouble() && !l.sawTrouble
	if trouble {
		l.picked = nil
	}
	to := l.next()
	switch {
	case l.at == nil:
		l.turn(to)
	case l.at == to:
		if l.at.card != nil && l.at.card.Waits() && l.v.deps.Win.Canvas().Focused() == nil {
			l.enterIfSeen() // It could not be read so far, and turns out to be missing.
		}
	case l.picked == l.at && l.at.shown(), l.at.card != nil && l.at.card.Busy():
	default:
		l.picked = nil
		l.turn(to)
		if trouble || l.v.deps.Win.Canvas().Focused() == nil {
			l.enterIfSeen()
		}
	}
}

// goOn turns to the first step that is not done, unless a person is typing, and puts
// the focus where they go on.
func (l *steps) goOn() {
	if l.at == nil || l.at.card == nil || !l.at.card.Busy() {
		l.picked = nil
		l.turn(l.next())
	}
	l.at.enter()
}

// enterIfSeen puts the focus where a person goes on, while somebody sees the set-up.
func (l *steps) enterIfSeen() {
	if !l.v.resting {
		l.at.enter()
	}
}

// turn shows s at the right.
func (l *steps) turn(s *step) {
	l.at = s
	l.v.cards.Turn(s.card)
	kit.ShowIf(l.v.cards.KeyringBox(), s == l.all[0])
	kit.ShowIf(l.v.roundTrip.box, s == l.all[len(l.all)-1])
	l.draw()
	l.v.scroll.ScrollToTop()
	l.v.relayout()
}

// draw brings the rows up to date.
func (l *steps) draw() {
	l.sawTrouble = l.sawTrouble || l.v.cards.KeyringTrouble()
	for _, s := range l.all {
		kit.ShowIf(s.row, s.shown())
		s.row.Icon = s.mark()
		s.row.Importance = widget.LowImportance
		if s == l.at {
			s.row.Importance = widget.MediumImportance
		}
		s.row.Refresh()
	}
}

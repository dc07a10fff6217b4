package setup

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"vastrelay/app/health"
	"vastrelay/app/status"
)

// roundTripCard is the last step of the set-up: it shows how the program connects,
// and has Vast.ai send a test that takes the way of every event.
type roundTripCard struct {
	v      *View
	icon   *widget.Icon
	moves  *kit.BusyDots // in place of the icon while the program connects
	state  *widget.Label
	send   *kit.Button
	leave  *kit.Button // to the events
	answer *fyne.Container
	box    *kit.Surface

	steps   *kit.StepList // of the last test; nil before
	running bool
	passed  string // what is said of a test that went through; empty before
}

func newRoundTripCard(v *View) *roundTripCard {
	c := &roundTripCard{v: v, icon: widget.NewIcon(kit.HopMark(health.HopIdle)), moves: kit.NewBusyDots(), state: kit.SmallLabel("")}
	c.moves.Hide()
	c.send = kit.PrimaryButton(v.deps.TestLabel, c.sendTest)
	c.leave = kit.TextButton(words.Text("setup.test.leave"), v.deps.Leave)
	c.answer = kit.Rows()
	icon := container.NewStack(c.icon, c.moves)
	text := kit.Stack(kit.BoldLabel(words.Text("setup.test.title")), c.state)
	c.box = kit.NewSurface(container.NewVBox(kit.WithIcon(icon, text), c.answer, kit.BelowIcon(kit.ButtonRow(c.send, c.leave))))
	return c
}

// update draws how far it is.
func (c *roundTripCard) update() {
	s := c.v.status
	ready := s.Receives()
	connecting := s.Phase == status.Starting
	switch {
	case c.running:
		c.say(kit.ShapeRing, theme.ColorNamePrimary, words.Text("setup.test.under_way"))
	case c.passed != "":
		c.say(kit.ShapeTickDisc, theme.ColorNameSuccess, c.passed)
	case ready:
		c.say(kit.ShapeRing, theme.ColorNamePrimary, readyWords(s))
	case connecting:
		c.say(kit.ShapeRing, theme.ColorNamePrimary, kit.Joined(words.Text("setup.test.connecting"), kit.Block(s.Cause.Text(), kit.MaxLine)))
	case s.Phase == status.Setup:
		c.say(kit.ShapeRing, theme.ColorNamePlaceHolder, words.Text("setup.test.later"))
	default:
		c.say(kit.ShapeTriangle, theme.ColorNameError, kit.Joined(kit.Block(s.Headline.Text(), kit.MaxLine), words.Text("setup.test.trouble")))
	}
	kit.ShowIf(c.icon, !connecting || c.running)
	kit.ShowIf(c.moves, connecting && !c.running)
	c.rest()
	c.offer(ready)
}

// offer shows the buttons for what comes next. The first of them gets the
// focus, unless the person is somewhere else.
func (c *roundTripCard) offer(ready bool) {
	was := c.send.Visible()
	kit.ShowIf(c.send, ready && !c.running && c.passed == "")
	kit.ShowIf(c.leave, c.v.status.Phase != status.Setup && !c.running)
	c.leave.Importance = widget.MediumImportance
	if c.passed != "" {
		c.leave.Importance = widget.HighImportance
	}
	c.leave.Refresh()
	if !was {
		c.offerFocus(c.send)
	}
}

// offerFocus brings the card into view with the focus on b, if that is shown,
// unless the person is somewhere else.
func (c *roundTripCard) offerFocus(b *kit.Button) {
	if canvas := c.v.deps.Win.Canvas(); b.Visible() && c.box.Visible() && !c.v.resting && canvas.Focused() == nil {
		canvas.Focus(b)
		kit.ScrollIntoView(c.box)
	}
}

// enter puts the focus on what comes next.
func (c *roundTripCard) enter() {
	for _, b := range []*kit.Button{c.send, c.leave} {
		if b.Visible() {
			c.v.deps.Win.Canvas().Focus(b)
			return
		}
	}
}

func (c *roundTripCard) say(shape string, colour fyne.ThemeColorName, text string) {
	c.icon.SetResource(kit.Mark("trial-"+string(colour), shape, colour))
	c.state.SizeName, c.state.Importance = kit.SizeSmall, widget.LowImportance
	if c.passed != "" { // The end is not to be overlooked.
		c.state.SizeName, c.state.Importance = theme.SizeNameText, widget.MediumImportance
	}
	c.state.SetText(text)
}

// farewell says that nothing is left to do, and where the program goes.
func (c *roundTripCard) farewell() string {
	if c.v.deps.HasTray() {
		return words.Text("setup.test.passed_tray")
	}
	return words.Text("setup.test.passed_no_tray")
}

// sendTest has Vast.ai send a test and follows it.
func (c *roundTripCard) sendTest() {
	steps := kit.NewStepList()
	if !c.v.deps.Test(steps, c.answer, c.finished) {
		return
	}
	c.steps, c.running = steps, true
	c.answer.Objects = []fyne.CanvasObject{steps.Box}
	c.v.deps.Win.Canvas().Unfocus()
	c.update()
	kit.ScrollIntoView(c.box)
}

// finished says how the test ended.
func (c *roundTripCard) finished(err error) {
	c.running = false
	if err == nil {
		c.passed = c.farewell()
	}
	c.update()
	if !c.v.resting {
		kit.ScrollIntoView(c.box)
	}
	c.offerFocus(c.leave)
}

// rest stops what moves while nobody sees it, and lets it go on otherwise.
func (c *roundTripCard) rest() {
	if c.running {
		c.steps.Rest(c.v.resting)
	}
	if c.moves.Visible() && !c.v.resting {
		c.moves.Start()
	} else {
		c.moves.Stop()
	}
}

// readyWords ask for a test, and name the space that it goes to as the person does.
func readyWords(s status.Status) string {
	if s.Label == "" {
		return words.Text("setup.test.ready")
	}
	return words.Text("setup.test.ready_space", words.Args{"Space": kit.OneLine(s.Label, 60)})
}

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/ui/kit"

	"vastrelay/app/health"
	"vastrelay/app/status"
)

// trialCard is the last step of the set-up: it shows how the program connects,
// and has the whole way tried once, so that nobody is left to hope.
type trialCard struct {
	w      *mainWindow
	icon   *widget.Icon
	moves  *kit.BusyDots // in place of the icon while it connects
	words  *widget.Label
	send   *kit.Button
	leave  *kit.Button // to the events
	answer *fyne.Container
	ground *kit.Surface

	steps   *kit.StepList // of the last try; nil before
	running bool
	passed  string // what is said of a try that went through; empty before
}

func newTrialCard(w *mainWindow) *trialCard {
	t := &trialCard{w: w, icon: widget.NewIcon(kit.HopMark(health.HopIdle)), moves: kit.NewBusyDots(), words: kit.SmallLabel("")}
	t.moves.Hide()
	t.send = kit.PrimaryButton(testFromVast.title(), t.try)
	t.leave = kit.TextButton("Show events", w.endSetUp)
	t.answer = kit.Rows()
	icon := container.NewStack(t.icon, t.moves)
	text := kit.Stack(kit.BoldLabel("Try the whole way"), t.words)
	t.ground = kit.NewSurface(container.NewVBox(kit.WithIcon(icon, text), t.answer, kit.BelowIcon(container.NewHBox(t.send, t.leave))))
	return t
}

// update draws how far it is.
func (t *trialCard) update(s status.Status) {
	ready := s.Phase == status.Relaying || s.Phase == status.Paused
	connecting := s.Phase == status.Starting
	switch {
	case t.running:
		t.say(kit.ShapeRing, theme.ColorNamePrimary, "Vast.ai sends a test, which takes the way of every event.")
	case t.passed != "":
		t.say(kit.ShapeTickDisc, theme.ColorNameSuccess, t.passed)
	case ready:
		t.say(kit.ShapeRing, theme.ColorNamePrimary, "All is connected. Let Vast.ai send a test: it should appear in "+spaceName(s)+" within seconds.")
	case connecting:
		t.say(kit.ShapeRing, theme.ColorNamePrimary, kit.Joined("Connecting", kit.Block(s.Cause, kit.MaxLine)))
	case s.Phase == status.Setup:
		t.say(kit.ShapeRing, theme.ColorNamePlaceHolder, "Once these work, Vast.ai can send a test that appears in your space.")
	default:
		t.say(kit.ShapeTriangle, theme.ColorNameError, kit.Joined(kit.Block(s.Headline, kit.MaxLine), "the top of the window says more"))
	}
	kit.ShowIf(t.icon, !connecting || t.running)
	kit.ShowIf(t.moves, connecting && !t.running)
	t.rest(!t.w.shown)
	t.offer(ready)
}

// offer shows the buttons for what comes next. The first of them gets the
// focus, unless the person is somewhere else.
func (t *trialCard) offer(ready bool) {
	was := t.send.Visible()
	kit.ShowIf(t.send, ready && !t.running && t.passed == "")
	kit.ShowIf(t.leave, t.w.status.Phase != status.Setup && !t.running)
	t.leave.Importance = widget.MediumImportance
	if t.passed != "" {
		t.leave.Importance = widget.HighImportance
	}
	t.leave.Refresh()
	if t.send.Visible() && !was && t.w.win.Canvas().Focused() == nil {
		t.w.win.Canvas().Focus(t.send)
		kit.ScrollIntoView(t.ground)
	}
}

func (t *trialCard) say(shape string, colour fyne.ThemeColorName, words string) {
	t.icon.SetResource(kit.Mark("trial-"+string(colour), shape, colour))
	t.words.SetText(words)
}

// farewell says that nothing is left to do, and where the program goes.
func (t *trialCard) farewell() string {
	if t.w.ui.o.HasTray() {
		return "Done. You can close this window; Vast Relay stays in the tray and goes on relaying."
	}
	return "Done. Leave the program running: this desktop has no tray for it to stay in."
}

// try has Vast.ai send a test and follows it.
func (t *trialCard) try() {
	if t.w.answers.testing {
		return
	}
	t.steps, t.running = kit.NewStepList(), true
	t.answer.Objects = []fyne.CanvasObject{t.steps.Box}
	t.w.win.Canvas().Unfocus()
	t.w.answers.follow(testFromVast, t.steps, t.answer, func(err error) {
		t.running = false
		if err == nil {
			t.passed = t.farewell()
		}
		t.update(t.w.status)
		kit.ScrollIntoView(t.ground)
		if t.w.setUp && t.w.win.Canvas().Focused() == nil {
			t.w.win.Canvas().Focus(t.leave)
		}
	})
	t.update(t.w.status)
	kit.ScrollIntoView(t.ground)
}

// rest stops what moves, or lets it go on.
func (t *trialCard) rest(yes bool) {
	if t.running {
		t.steps.Rest(yes)
	}
	if t.moves.Visible() && !yes {
		t.moves.Start()
	} else {
		t.moves.Stop()
	}
}

// spaceName names the space that messages go to as the person does.
func spaceName(s status.Status) string {
	if s.Label == "" {
		return "your space"
	}
	return "“" + kit.OneLine(s.Label, 60) + "”"
}

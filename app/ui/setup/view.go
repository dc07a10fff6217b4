package setup

import (
	"context"

	"vastrelay/app/ui/cards"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
)

// Deps is what the set-up needs of the program and of the window that it
// stands in. Every field is required but for Keys.
type Deps struct {
	cards.Deps
	Win  fyne.Window
	Keys []kit.Shortcut // what the entries pass on to the window; may be nil

	TestLabel string // on the button that starts a test
	// Test starts a test from Vast.ai; it reports false, and does nothing, while
	// one is under way. The steps tick off in steps, what went wrong is added to
	// answer, and over is called at the end.
	Test func(steps *kit.StepList, answer *fyne.Container, over func(error)) bool
	// Leave shows the events in place of the set-up, unless something is missing.
	Leave func()
	// StartDemo starts the program once more as a demo. It may block.
	StartDemo func() error
	// HasTray reports whether there is a tray icon to come back from.
	HasTray func() bool
}

// View takes the place of the events until there is something to relay. At its
// left stand the steps with ticks, at its right the one at hand: a credential to be
// pasted, and at the end a test of the whole way. Before them comes the keyring,
// where it cannot keep what is pasted.
type View struct {
	deps      Deps
	intro     *widget.Label // what this is about
	cards     *cards.Set
	away      *widget.Label // what sleep costs with the tunnel in force
	roundTrip *roundTripCard
	demo      *demoOffer
	scroll    *container.Scroll
	Box       *fyne.Container

	steps  *steps
	moving bool // a step is being shown or left, which turns to no other

	status  status.Status // as it was drawn last
	resting bool          // nobody sees the set-up, so that nothing in it may move
}

// stepsWidth is the width of the column of steps.
const stepsWidth = 230

// New builds the set-up; its Box is what to show.
func New(d Deps) *View {
	v := &View{deps: d}
	v.cards = cards.New(cards.Place{
		Deps: d.Deps, Win: d.Win, Keys: d.Keys, Brief: true,
		Refresh: v.refresh, Relayout: v.relayout, Saved: v.saved,
	})
	v.roundTrip = newRoundTripCard(v)
	v.demo = newDemoOffer(v)
	v.intro, v.away = kit.WrappedLabel(""), kit.SmallLabel("")
	v.steps = newSteps(v)
	rows := container.NewVBox()
	for _, s := range v.steps.all {
		rows.Add(s.row)
	}
	hand := append([]fyne.CanvasObject{v.cards.KeyringBox()}, v.cards.Boxes()...)
	hand = append(hand, v.away, v.roundTrip.box)
	side := kit.MinSize(stepsWidth, 0, rows)
	body := kit.Border(v.intro, nil, kit.Border(nil, nil, nil, kit.MinSize(theme.InnerPadding(), 0, container.NewStack()), side), nil, container.NewVBox(hand...))
	v.scroll = container.NewVScroll(kit.WideColumn(body, 8, 16))
	v.Box = kit.Border(nil, v.demo.box, nil, nil, v.scroll)
	return v
}

// Update draws what is there, what is missing and how far the connecting is.
func (v *View) Update(s status.Status) {
	v.status = s
	v.cards.Update()
	kit.ShowIf(v.demo.box, s.Phase == status.Setup)
	v.roundTrip.update()
	v.relayout()
}

func (v *View) refresh() { v.Update(v.status) }

// relayout places everything anew, and goes on where the step at hand is done.
// The words promise no keyring where there is none.
func (v *View) relayout() {
	if v.moving {
		return
	}
	v.moving = true
	v.steps.follow()
	v.steps.draw()
	v.moving = false
	if v.cards.Promises() {
		v.intro.SetText(words.Text("setup.intro_keyring"))
	} else {
		v.intro.SetText(words.Text("setup.intro"))
	}
	kit.ShowIf(v.intro, v.status.Phase == status.Setup) // Later there is nothing to paste.
	away := v.deps.Tunnel().WhileAway(v.deps.Settings().TunnelValues)
	v.away.SetText(away)
	kit.ShowIf(v.away, away != "" && v.steps.at.card != nil && v.steps.at.card.IsTunnels())
	v.Box.Refresh()
}

// GoOn leads to where a person has to do something: to an entry that is open, else
// to the first step that is not done.
func (v *View) GoOn() { v.steps.goOn() }

// saved goes on with the next step: the tick at the left says it all.
func (v *View) saved(card *cards.Card, _ *kit.StepList) {
	card.Put()
	v.refresh()
	v.GoOn()
}

// CloseEntries forgets what was typed: nobody looks any more.
func (v *View) CloseEntries() {
	v.moving = true // Nothing opens one again.
	v.cards.CloseEntries()
	v.moving = false
}

// Rest stops what moves, because nobody sees it, or lets it go on.
func (v *View) Rest(yes bool) {
	v.resting = yes
	v.cards.Rest(yes)
	v.roundTrip.rest()
}

// demoOffer is the button that opens the demo beside this window, with what the
// demo is.
type demoOffer struct {
	v      *View
	start  *kit.Button
	answer *fyne.Container // what became of the start
	box    *fyne.Container
}

func newDemoOffer(v *View) *demoOffer {
	o := &demoOffer{v: v, answer: container.NewVBox()}
	o.start = kit.TextButton(words.Text("setup.demo.start"), o.startDemo)
	what := kit.SmallLabel(words.Text("setup.demo.what"))
	line := kit.Border(nil, nil, nil, container.NewVBox(o.start), kit.CenterVertically(what))
	o.box = container.NewVBox(widget.NewSeparator(), kit.WideColumn(container.NewVBox(o.answer, line), 0, 0))
	return o
}

func (o *demoOffer) startDemo() {
	d := o.v.deps
	o.start.Disable()
	o.say(kit.SmallLabel(words.Text("setup.demo.starting")))
	d.Work.Do(func(context.Context) error { return d.StartDemo() }, func(err error) {
		o.start.Enable()
		if err != nil {
			o.say(d.ProblemPanel(kit.ProblemOf(words.Text("failed.start_demo"), err)))
			return
		}
		o.say(kit.SmallLabel(words.Text("setup.demo.started")))
	})
}

func (o *demoOffer) say(answer fyne.CanvasObject) {
	o.answer.Objects = []fyne.CanvasObject{answer}
	o.answer.Refresh()
	o.v.Box.Refresh()
}

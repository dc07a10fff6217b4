package setup

import (
	"context"

	"vastrelay/app/ui/cards"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
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

// View takes the place of the events until there is something to relay:
// the three things that are needed, each pasted where it is named, and at the
// end the whole way tried once.
type View struct {
	deps      Deps
	intro     *widget.Label // what this is about
	cards     *cards.Set
	away      *widget.Label // what sleep costs with the tunnel in force
	roundTrip *roundTripCard
	demo      *demoOffer
	Box       *fyne.Container

	status  status.Status // as it was drawn last
	resting bool          // nobody sees the set-up, so that nothing in it may move
}

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
	steps := kit.SpacedColumn(v.cards.Boxes()...)
	column := kit.ReadingColumn(kit.SpacedColumn(v.intro, v.cards.KeyringBox(), container.NewVBox(steps, v.away), v.roundTrip.box), 8, 16)
	v.Box = kit.Border(nil, v.demo.box, nil, nil, container.NewVScroll(column))
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

// relayout places everything anew, under words that promise no keyring where
// the line below them says that there is none.
func (v *View) relayout() {
	if v.cards.Promises() {
		v.intro.SetText(words.Text("setup.intro_keyring"))
	} else {
		v.intro.SetText(words.Text("setup.intro"))
	}
	away := v.deps.Tunnel().WhileAway(v.deps.Settings().TunnelValues)
	v.away.SetText(away)
	kit.ShowIf(v.away, away != "")
	v.Box.Refresh()
}

// GoOn opens the entry of the first credential that is missing. Once none is,
// the way on is in the last card.
func (v *View) GoOn() {
	if v.cards.GoOn() {
		return
	}
	kit.ScrollIntoView(v.roundTrip.box)
}

// saved folds the card up, whose state says it all, and opens the next.
func (v *View) saved(card *cards.Card, _ *kit.StepList) {
	card.Put()
	v.refresh()
	v.GoOn()
}

// CloseEntries forgets what was typed: nobody looks any more.
func (v *View) CloseEntries() { v.cards.CloseEntries() }

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
	o.box = container.NewVBox(widget.NewSeparator(), kit.ReadingColumn(container.NewVBox(o.answer, line), 0, 0))
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

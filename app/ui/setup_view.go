package ui

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

// setupView takes the place of the events until there is something to relay:
// the three things that are needed, each pasted where it is named, and at the
// end the whole way tried once.
type setupView struct {
	w      *mainWindow
	why    *widget.Label // what this is about
	cards  *cards.Set
	trial  *trialCard
	demo   *kit.Button
	look   *fyne.Container // the demo with what it is
	said   *fyne.Container // what became of starting the demo
	scroll *container.Scroll
	box    *fyne.Container
}

func newSetupView(w *mainWindow) *setupView {
	v := &setupView{w: w, said: container.NewVBox()}
	v.cards = cards.New(cards.Place{
		Deps: w.ui.cardDeps(), Win: w.win, Keys: w.keys(), Brief: true,
		Refresh: v.refresh, Relayout: v.relayout, Saved: v.saved,
	})
	own := kit.SpacedColumn(v.cards.Boxes()...)
	v.trial = newTrialCard(w)
	v.demo = kit.TextButton("Try the demo", v.startDemo)
	v.why = kit.WrappedLabel("")
	look := kit.SmallLabel("Only looking? The demo shows everything at work, without any account.")
	offer := container.NewVBox(v.said, kit.Border(nil, nil, nil, container.NewVBox(v.demo), kit.CenterVertically(look)))
	v.look = container.NewVBox(widget.NewSeparator(), kit.ReadingColumn(offer, 0, 0))
	column := kit.ReadingColumn(kit.SpacedColumn(v.why, v.cards.KeyringBox(), own, v.trial.ground), 8, 16)
	v.scroll = container.NewVScroll(column)
	v.box = kit.Border(nil, v.look, nil, nil, v.scroll)
	return v
}

// update draws what is there, what is missing and how far the connecting is.
func (v *setupView) update(s status.Status) {
	v.cards.Update()
	kit.ShowIf(v.look, s.Phase == status.Setup)
	v.trial.update(s)
	v.relayout()
}

func (v *setupView) refresh() { v.update(v.w.status) }

// relayout places everything anew, under words that promise no keyring where
// the line below them says that there is none.
func (v *setupView) relayout() {
	const what = "Vast Relay carries the notifications of your Vast.ai account into a Google Chat space. " +
		"Paste three things: each is tried at once"
	if v.cards.Promises() {
		v.why.SetText(what + ", and stays in the system keyring.")
	} else {
		v.why.SetText(what + ".")
	}
	v.box.Refresh()
}

// goOn opens the entry of the first credential that is missing. Once none is,
// the way on is in the last card.
func (v *setupView) goOn() {
	if v.cards.GoOn() {
		return
	}
	kit.ScrollIntoView(v.trial.ground)
}

// saved folds the card up, whose state says it all, and opens the next.
func (v *setupView) saved(card *cards.Card, _ *kit.StepList) {
	card.Put()
	v.refresh()
	v.goOn()
}

// leave forgets what was typed: nobody looks any more.
func (v *setupView) leave() {
	v.cards.CloseEntries()
}

// rest stops what moves, or lets it go on.
func (v *setupView) rest(yes bool) {
	v.cards.Rest(yes)
	v.trial.rest(yes)
}

// startDemo opens the demo beside this window.
func (v *setupView) startDemo() {
	v.demo.Disable()
	v.say(kit.SmallLabel("Starting the demo" + kit.Dots))
	v.w.ui.env.Work.Do(func(context.Context) error { return v.w.ui.parts.Demo.StartDemo() }, func(err error) {
		v.demo.Enable()
		if err != nil {
			v.say(v.w.ui.env.ProblemPanel(kit.ProblemOf(words.Text("failed.start_demo"), err)))
			return
		}
		v.say(kit.SmallLabel("The demo has its own window."))
	})
}

func (v *setupView) say(o fyne.CanvasObject) {
	v.said.Objects = []fyne.CanvasObject{o}
	v.said.Refresh()
	v.box.Refresh()
}

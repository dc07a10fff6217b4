package cards

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// keyringLine says where credentials are kept, and has the button that helps
// where they cannot be. In a brief place it is a card of its own, the first step
// of the set-up.
type keyringLine struct {
	set *Set
	at  *Place
	box *fyne.Container

	shown   credentials.KeyringState
	help    *kit.Button // nil while there is nothing to do
	asked   bool        // it is being asked about its state
	again   bool        // it may have changed meanwhile
	working bool        // the button's work is under way
	without bool        // the person goes on without a keyring, where there is none
}

func newKeyringLine(set *Set) *keyringLine {
	k := &keyringLine{set: set, at: set.at, box: container.NewVBox()}
	k.box.Hide()
	return k
}

// known reports whether the keyring was looked at.
func (k *keyringLine) known() bool { return k.shown.State != "" }

// well reports whether the keyring takes and gives secrets.
func well(k credentials.KeyringState) bool { return k.State == "ready" || k.State == "empty" }

// dispensable reports whether a person can go on without the keyring: it is not ready,
// and nothing that was read from it before is in use.
func (k *keyringLine) dispensable() bool {
	return k.known() && !well(k.shown) && !k.setAside() && !k.shown.InUse
}

// setAside reports whether the person goes on without the keyring.
func (k *keyringLine) setAside() bool { return k.without || k.shown.State == "set_aside" }

// refresh asks for the state, away from the widgets: a keyring can take its
// time with an answer.
func (k *keyringLine) refresh() {
	if k.asked || k.working {
		k.again = k.asked
		return
	}
	k.asked, k.again = true, false
	b := k.at.Keeper
	kit.Start(k.at.Work, func(context.Context) (credentials.KeyringState, error) {
		return b.Keyring(), nil
	}, func(state credentials.KeyringState, _ error) {
		k.asked = false
		if !k.working && (state != k.shown || len(k.box.Objects) == 0) {
			k.shown = state
			k.draw()
		}
		if k.again {
			k.refresh()
		}
	})
}

// draw shows the state that is known, with what stands over it.
func (k *keyringLine) draw(above ...fyne.CanvasObject) {
	if k.help != nil && k.at.Win.Canvas().Focused() == fyne.Focusable(k.help) {
		k.at.Win.Canvas().Unfocus() // It goes away.
		defer k.refocus()
	}
	k.help = nil
	if !k.at.Demo() && k.shown.Action.Label() != "" {
		k.help = kit.TextButton(k.shown.Action.Label(), nil)
		k.help.OnTapped = func() { k.unlock(k.help) }
	}
	line := k.line()
	if k.at.Brief {
		line, above = k.step(above...), nil
	}
	k.box.Objects = append(above, line)
	if !k.at.Brief { // Else it is shown in its turn.
		k.box.Show()
	}
	k.box.Refresh()
	k.at.Relayout()
	for _, card := range k.set.cards {
		if card.open() && k.at.Win.Canvas().Focused() == fyne.Focusable(card.form.entry) {
			kit.ScrollIntoView(card.Ground) // The line has moved it.
		}
	}
}

// refocus gives the button the focus that the one before had, unless something else
// has it by now.
func (k *keyringLine) refocus() {
	if k.help != nil && k.box.Visible() && k.at.Win.Canvas().Focused() == nil {
		k.at.Win.Canvas().Focus(k.help)
	}
}

// line says it in one line, with the button that helps.
func (k *keyringLine) line() fyne.CanvasObject {
	icon, text := k.mark(), k.shown.Words.Text()
	if k.at.Demo() {
		icon = kit.Mark("keyring-demo", kit.ShapeDot, theme.ColorNamePlaceHolder)
		text = words.Text("cards.demo")
	}
	line := kit.WithIcon(widget.NewIcon(icon), kit.WrappedLabel(kit.Block(text, kit.MaxLine)))
	if k.help == nil {
		return line
	}
	buttons := container.NewVBox(k.help)
	if !k.at.Demo() && k.dispensable() && k.shown.State != "unavailable" {
		buttons.Add(k.keepForRun())
	}
	return kit.Border(nil, nil, nil, buttons, line)
}

// keepForRun is the button that goes on without the keyring.
func (k *keyringLine) keepForRun() *kit.Button {
	keep := kit.TextButton(health.ActionKeepForRun.Label(), nil)
	keep.OnTapped = func() {
		if k.shown.State == "unavailable" { // Everything is in memory already.
			k.without = true
			k.at.Refresh()
			return
		}
		k.perform(keep, health.ActionKeepForRun)
	}
	return keep
}

// mark is the mark of the state.
func (k *keyringLine) mark() fyne.Resource {
	if well(k.shown) {
		return kit.Mark("keyring-ready", kit.ShapeTick, theme.ColorNameSuccess)
	}
	return kit.Mark("keyring-trouble", kit.ShapeTriangle, theme.ColorNameWarning)
}

// step says what is wrong and what to do as a card; failed stands below.
func (k *keyringLine) step(failed ...fyne.CanvasObject) fyne.CanvasObject {
	title, text := keyringWords(k.shown)
	buttons := kit.ButtonRow()
	if k.help != nil {
		k.help.Importance = widget.HighImportance
		buttons.Add(k.help)
	}
	explained := kit.Stack(kit.WrappedBoldLabel(title), kit.WrappedLabel(text))
	if k.dispensable() {
		buttons.Add(k.keepForRun())
		if k.shown.State != "unavailable" { // There its own words say it.
			explained.Add(kit.WrappedLabel(words.Text("keyring_step.this_run")))
		}
	}
	content := container.NewVBox(kit.WithIcon(widget.NewIcon(k.mark()), explained), kit.BelowIcon(buttons))
	for _, o := range failed {
		content.Add(kit.BelowIcon(o))
	}
	return kit.NewSurface(content)
}

// keyringWords are the heading and the explanation of the step, for each state.
func keyringWords(s credentials.KeyringState) (title, text string) {
	switch s.State {
	case "locked":
		return words.Text("keyring_step.locked.title"), words.Text("keyring_step.locked.text")
	case "no_collection":
		return words.Text("keyring_step.no_collection.title"), words.Text("keyring_step.no_collection.text")
	case "set_aside":
		return words.Text("keyring_step.set_aside.title"), words.Text("keyring_step.set_aside.text")
	case "unavailable":
		return words.Text("keyring_step.unavailable.title"), words.Text("keyring_step.unavailable.text")
	case "unresponsive":
		return words.Text("keyring_step.unresponsive.title"), words.Text("keyring_step.unresponsive.text")
	default:
		return words.Text("keyring_step.ready.title"), words.Text("keyring_step.ready.text")
	}
}

// unlock lets the keyring ask the person; it can take as long as they type.
func (k *keyringLine) unlock(b *kit.Button) {
	b.SetText(words.Text("cards.unlocking"))
	k.perform(b, k.shown.Action)
}

// perform has the program do what b says.
func (k *keyringLine) perform(b *kit.Button, do health.Action) {
	k.working = true
	b.Disable()
	k.at.Work.Do(func(ctx context.Context) error {
		return k.at.Keeper.Perform(ctx, do)
	}, func(err error) {
		k.working = false
		var failed []fyne.CanvasObject
		if err != nil {
			p := kit.ProblemOf(words.Text("failed.unlock_keyring"), err)
			p.Action = health.ActionNone // The line below has the button.
			failed = append(failed, k.at.ProblemPanel(p))
		}
		k.draw(failed...)
		k.at.Refresh()
		if err != nil && k.at.Brief {
			k.refocus() // The button that was pressed lost it.
		}
	})
}

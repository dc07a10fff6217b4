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
// where they cannot be.
type keyringLine struct {
	set *Set
	at  *Place
	box *fyne.Container

	shown   credentials.KeyringState
	asked   bool // it is being asked about its state
	working bool // the button's work is under way
}

func newKeyringLine(set *Set) *keyringLine {
	k := &keyringLine{set: set, at: set.at, box: container.NewVBox()}
	k.box.Hide()
	return k
}

// well reports whether the keyring takes and gives secrets.
func well(k credentials.KeyringState) bool { return k.State == "ready" || k.State == "empty" }

// refresh asks for the state, away from the widgets: a keyring can take its
// time with an answer.
func (k *keyringLine) refresh() {
	if k.asked || k.working {
		return
	}
	k.asked = true
	b := k.at.Keeper
	kit.Start(k.at.Work, func(context.Context) (credentials.KeyringState, error) {
		return b.Keyring(), nil
	}, func(state credentials.KeyringState, _ error) {
		k.asked = false
		if !k.working && (state != k.shown || len(k.box.Objects) == 0) {
			k.shown = state
			k.draw()
		}
	})
}

// draw shows the state that is known, with what stands over it.
func (k *keyringLine) draw(above ...fyne.CanvasObject) {
	icon := kit.Mark("keyring-ready", kit.ShapeTick, theme.ColorNameSuccess)
	if !well(k.shown) {
		icon = kit.Mark("keyring-trouble", kit.ShapeTriangle, theme.ColorNameWarning)
	}
	text, demo := k.shown.Words.Text(), k.at.Demo()
	if demo {
		icon = kit.Mark("keyring-demo", kit.ShapeDot, theme.ColorNamePlaceHolder)
		text = words.Text("cards.demo")
	}
	line := kit.WithIcon(widget.NewIcon(icon), kit.WrappedLabel(kit.Block(text, kit.MaxLine)))
	if !demo && k.shown.Action.Label() != "" {
		b := kit.TextButton(k.shown.Action.Label(), nil)
		b.OnTapped = func() { k.unlock(b) }
		line = kit.Border(nil, nil, nil, container.NewVBox(b), line)
	}
	k.box.Objects = append(above, line)
	kit.ShowIf(k.box, !k.at.Brief || !well(k.shown))
	k.box.Refresh()
	k.at.Relayout()
	for _, card := range k.set.cards {
		if card.open() && k.at.Win.Canvas().Focused() == fyne.Focusable(card.form.entry) {
			kit.ScrollIntoView(card.Ground) // The line has moved it.
		}
	}
}

// unlock lets the keyring ask the person; it can take as long as they type.
func (k *keyringLine) unlock(b *kit.Button) {
	k.working = true
	b.Disable()
	b.SetText(words.Text("cards.unlocking"))
	do := k.shown.Action
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
	})
}

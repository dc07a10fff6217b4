package cards

import (
	"context"

	"fyne.io/fyne/v2/widget"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// removal asks in a card whether its credential is to be removed, and removes it.
type removal struct {
	card *Card
	keep *kit.Button // answers the question with no; nil while it is not asked
}

// ask asks in place, because removing what is needed stops the relaying.
func (r *removal) ask() {
	c := r.card
	text := words.Text("cards.remove_optional", words.Args{"Credential": c.kind.Words()})
	if c.Needed() {
		text = words.Text("cards.remove_needed", words.Args{"Credential": c.kind.Words()})
	}
	question := kit.WrappedLabel(text)
	yes := kit.TextButton(words.Text("cards.remove_yes"), r.remove)
	yes.Importance = widget.DangerImportance
	r.keep = kit.PlainButton(words.Text("cards.remove_no"), nil, func() { r.takeBack() })
	c.Put(kit.LabelBelowIcon(question), kit.BelowIcon(kit.ButtonRow(yes, r.keep)))
	kit.ScrollIntoView(c.Ground)
	c.set.at.Win.Canvas().Focus(r.keep)
}

// takeBack takes the question back, and reports whether it was asked.
func (r *removal) takeBack() bool {
	if r.keep == nil {
		return false
	}
	r.keep = nil
	r.card.Put()
	r.card.set.at.Win.Canvas().Focus(r.card.buttons.remove)
	return true
}

func (r *removal) remove() {
	c := r.card
	r.keep, c.saving = nil, true
	c.Put(kit.LabelBelowIcon(kit.SmallLabel(words.Text("cards.removing"))))
	c.set.at.Work.Do(func(ctx context.Context) error {
		return c.set.at.Keeper.RemoveCredential(ctx, c.kind)
	}, func(err error) {
		c.saving = false
		if err != nil {
			c.Put(kit.BelowIcon(c.set.at.ProblemPanel(kit.ProblemOf(words.Text("failed.remove_credential"), err))))
			return
		}
		c.Put()
		c.set.at.Refresh()
	})
}

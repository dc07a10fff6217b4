package webhooks

import (
	"context"
	"slices"
	"strconv"
	"unicode/utf8"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"vastrelay/app/health"
	"vastrelay/app/status"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// choice is the panel in which the person picks a webhook of another program to
// be replaced, because the account has no room for one more.
type choice struct {
	deps     Deps
	box      *fyne.Container
	replace  *kit.Button
	keep     *kit.CheckBox // the events that it has
	found    []status.Webhook
	chosen   int // in found; -1 for none
	progress *fyne.Container
}

// choiceKey marks the slot as showing the choice.
const choiceKey = "webhooks"

// Choose lists the webhooks of others in the slot and replaces the one that
// the person picks.
func Choose(d Deps) {
	c := &choice{deps: d, box: container.NewVBox(), progress: container.NewVBox(), chosen: -1}
	c.box.Add(kit.SmallLabel(words.Text("webhooks.asking")))
	d.Slot.Show(choiceKey, words.Text("webhooks.title"), c.box)
	kit.Start(d.Work, d.Manager.ForeignWebhooks, func(found []status.Webhook, err error) {
		if d.Slot.Key == choiceKey {
			c.list(found, err)
		}
	})
}

// list draws the webhooks that were found.
func (c *choice) list(found []status.Webhook, err error) {
	c.box.Objects = nil
	switch {
	case err != nil:
		c.box.Add(c.deps.ProblemLines(kit.ProblemOf(words.Text("failed.list_webhooks"), err)))
	case len(found) == 0:
		c.box.Add(kit.WrappedLabel(words.Text("webhooks.room")))
		again := kit.PrimaryButton(health.ActionRetry.Label(), func() { c.deps.Act(health.ActionRetry) })
		c.box.Add(kit.Indent(container.NewHBox(again)))
	default:
		c.offer(found)
	}
	c.box.Refresh()
	c.deps.Relayout()
}

// offer lets the person pick one.
func (c *choice) offer(found []status.Webhook) {
	c.found = found
	options := make([]string, len(found))
	for i, f := range found {
		options[i] = webhookWords(f)
	}
	radio := kit.NewRadioList(options, func(chosen string) {
		c.chosen = slices.Index(options, chosen)
		kit.EnableIf(c.replace, c.chosen >= 0)
	})
	c.replace = kit.TextButton(words.Text("webhooks.replace"), c.confirm)
	c.replace.Importance = widget.DangerImportance
	c.replace.Disable()
	c.box.Add(kit.WrappedLabel(words.Text("webhooks.full")))
	c.keep = kit.NewCheckBox(words.Text("webhooks.keep_events"), nil)
	c.box.Add(kit.Indent(radio))
	c.box.Add(kit.Indent(c.keep))
	c.box.Add(kit.Indent(kit.ButtonRow(c.replace, kit.PlainButton(words.Text("webhooks.keep"), nil, c.deps.Slot.Clear))))
	c.box.Add(c.progress)
}

func (c *choice) confirm() {
	picked, keep := c.found[c.chosen], c.keep.Checked
	c.replace.Disable()
	steps := kit.NewStepList()
	steps.Begin(words.Text("webhooks.replacing"))
	c.deps.Slot.Steps = steps
	c.progress.Objects = []fyne.CanvasObject{steps.Box}
	c.deps.Relayout()
	c.deps.Work.Do(func(ctx context.Context) error {
		return c.deps.Manager.ReplaceWebhook(ctx, picked.ID, keep)
	}, func(err error) {
		steps.Stop()
		if err != nil {
			c.progress.Objects = []fyne.CanvasObject{c.deps.ProblemLines(kit.ProblemOf(words.Text("failed.replace_webhook"), err))}
			c.replace.Enable()
			c.deps.Relayout()
			return
		}
		if c.deps.Slot.Key == choiceKey {
			c.deps.Slot.Clear()
		}
		c.deps.Changed()
	})
}

// rowLength is how many characters a choice has room for in the smallest window:
// it is on one line, which cannot wrap.
const rowLength = 75

// webhookWords names a webhook by its name, its address and its number, which
// together tell it from any other. The address has the room that the rest leaves.
func webhookWords(f status.Webhook) string {
	name := kit.OneLine(f.Name, 24)
	if name == "" {
		name = words.Text("webhooks.unnamed")
	}
	types := words.Plural("webhooks.types", len(f.Types))
	number := words.Text("webhooks.number", words.Args{"Number": strconv.FormatInt(f.ID, 10)})
	rest := utf8.RuneCountInString(kit.Joined(name, types, number)) + len(" . ")
	return kit.Joined(name, kit.OneLine(f.URL, rowLength-rest), types, number)
}

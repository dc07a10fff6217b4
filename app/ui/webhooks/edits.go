package webhooks

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/kinds"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// editKey marks the slot as showing the choice about changed webhooks.
const editKey = "edited"

// ReviewEdits shows in the slot what somebody changed of the hooks at Vast.ai, and
// lets the person choose whose word holds. Where nothing was changed it empties the
// slot.
func ReviewEdits(d Deps, hooks []status.Webhook) {
	said := kit.Rows()
	for _, hook := range hooks {
		if hook.Edited == nil {
			continue
		}
		for _, line := range editWords(hook) {
			said.Add(kit.WrappedLabel(line))
		}
	}
	if len(said.Objects) == 0 {
		d.Slot.Clear()
		return
	}
	said.Add(kit.WrappedLabel(words.Text("edit.choice")))
	box := container.NewVBox(said)
	progress := container.NewVBox()
	theirs := kit.TextButton(words.Text("edit.take_theirs"), func() {
		d.settleEdits(progress, words.Text("edit.taking_theirs"), d.Manager.TakeTheirs)
	})
	ours := kit.PrimaryButton(words.Text("edit.restore_ours"), func() {
		d.settleEdits(progress, words.Text("edit.restoring_ours"), d.Manager.RestoreOurs)
	})
	box.Add(kit.Indent(kit.ButtonRow(ours, theirs, kit.PlainButton(words.Text("edit.later"), nil, d.Slot.Clear))))
	box.Add(progress)
	d.Slot.Show(editKey, words.Text("edit.title"), box)
	d.Win.Canvas().Focus(ours)
}

// settleEdits carries out the choice and shows that it is at it.
func (d Deps) settleEdits(progress *fyne.Container, doing string, settle func(context.Context) error) {
	steps := kit.NewStepList()
	steps.Begin(doing)
	d.Slot.Steps = steps
	progress.Objects = []fyne.CanvasObject{steps.Box}
	d.Relayout()
	d.Work.Do(settle, func(err error) {
		steps.Stop()
		switch {
		case err != nil:
			progress.Objects = []fyne.CanvasObject{d.ProblemLines(kit.ProblemOf(words.Text("failed.change_webhook"), err))}
			d.Relayout()
		case d.Slot.Key == editKey:
			d.Slot.Clear()
		}
		d.Changed()
	})
}

// editWords says in sentences what somebody changed of a webhook, and what each
// choice does.
func editWords(hook status.Webhook) []string {
	e := hook.Edited
	var lines []string
	if e.URL != "" {
		lines = append(lines, words.Text("edit.url", words.Args{"URL": kit.OneLine(e.URL, 80)}))
	}
	if len(e.Added) > 0 {
		lines = append(lines, words.Text("edit.added", words.Args{"Types": typeNames(e.Added)}))
	}
	if len(e.Removed) > 0 {
		lines = append(lines, words.Text("edit.removed", words.Args{"Types": typeNames(e.Removed)}))
	}
	switch {
	case e.Renamed && e.Name == "":
		lines = append(lines, words.Text("edit.unnamed"))
	case e.Renamed:
		lines = append(lines, words.Text("edit.renamed", words.Args{"Name": kit.OneLine(e.Name, 80)}))
	}
	return lines
}

// typeNames lists types, given as full keys, by their names.
func typeNames(keys []string) string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = kit.OneLine(kinds.NameOfKey(key).Text(), 60)
	}
	return words.List(names)
}

package settings

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// cleanUpCard removes what the program has left at Vast.ai and, if wanted, on this
// computer.
type cleanUpCard struct {
	w       *Window
	secrets *kit.CheckBox
	data    *kit.CheckBox
	button  *kit.Button
	answer  *fyne.Container
	box     fyne.CanvasObject
	asking  bool
}

func newCleanUpCard(w *Window) *cleanUpCard {
	c := &cleanUpCard{w: w, answer: kit.Rows()}
	c.secrets = kit.NewCheckBox(words.Text("cleanup.also_secrets"), func(bool) { c.name() })
	c.data = kit.NewCheckBox(words.Text("cleanup.also_data"), func(bool) { c.name() })
	c.button = kit.TextButton("", c.ask)
	c.button.Importance = widget.DangerImportance
	c.name()
	c.box = container.NewVBox(
		kit.SectionHeading(words.Text("cleanup.title")), kit.WrappedLabel(words.Text("cleanup.says")),
		c.secrets, c.data, kit.AlignWithText(container.NewHBox(c.button)), c.answer,
	)
	return c
}

// name makes the button say what it will do.
func (c *cleanUpCard) name() {
	switch {
	case c.data.Checked:
		c.button.SetText(words.Text("cleanup.button.data"))
	case c.secrets.Checked:
		c.button.SetText(words.Text("cleanup.button.secrets"))
	default:
		c.button.SetText(words.Text("cleanup.button.webhooks"))
	}
}

// ask has the person confirm, in place: the button becomes two.
func (c *cleanUpCard) ask() {
	sure := kit.TextButton(words.Text("cleanup.sure"), c.cleanUp)
	sure.Importance = widget.DangerImportance
	leave := kit.PlainButton(words.Text("cleanup.leave"), nil, func() { c.show() })
	c.show(kit.WrappedLabel(words.Text("cleanup.ask")), kit.AlignWithText(kit.ButtonRow(sure, leave)))
	c.asking = true
	c.button.Disable()
}

// cancel takes the question back, and reports whether there was one.
func (c *cleanUpCard) cancel() bool {
	if !c.asking {
		return false
	}
	c.show()
	return true
}

// show replaces what stands under the button, which may be pressed again.
func (c *cleanUpCard) show(objects ...fyne.CanvasObject) {
	c.answer.Objects, c.asking = objects, false
	c.button.Enable()
	c.w.reveal(c.answer)
}

// cleanUp does it and shows the steps. With the data the program ends.
func (c *cleanUpCard) cleanUp() {
	steps := kit.NewStepList()
	c.show(steps.Box)
	c.button.Disable()
	secrets, data := c.secrets.Checked, c.data.Checked
	report := steps.Reporter(c.w.deps.Work, func() { c.w.reveal(c.answer) })
	c.w.deps.Work.Do(func(ctx context.Context) error {
		return c.w.deps.Parts.Cleaner.CleanUp(ctx, secrets, data, report)
	}, func(err error) {
		steps.Stop()
		switch {
		case err != nil:
			c.show(steps.Box, c.w.deps.ProblemLines(kit.ProblemOf(words.Text("failed.clean_up"), err)))
		case data:
			c.w.deps.On.Quit()
		default:
			c.button.Enable()
		}
	})
}

package settings

import (
	"context"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/diagnostics"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// Reporter makes reports for somebody who helps. It is safe for concurrent use.
type Reporter interface {
	// FromWindow makes a report of the program as it is now; tray says whether its
	// icon is in a tray. It asks nobody outside. The error is that ctx has ended.
	FromWindow(ctx context.Context, tray bool) (diagnostics.Bundle, error)
	// Save writes a report into the file at path. What is wrong is a health.Problem.
	Save(ctx context.Context, path string, b diagnostics.Bundle) error
}

// reportCard makes the report for somebody who helps, and shows all of it before it
// is saved.
type reportCard struct {
	w      *Window
	choose func(name string, chosen func(path string)) // asks for a file; chosen is not called for a no
	button *kit.Button
	answer *fyne.Container
	box    fyne.CanvasObject

	texts []*reportText // of the report that is shown
}

func newReportCard(w *Window) *reportCard {
	c := &reportCard{w: w, answer: container.NewVBox()}
	c.choose = func(name string, chosen func(path string)) {
		kit.AskFile(w.win, name, words.Text("report.save"), chosen, func(err error) {
			c.show(w.env.ProblemPanel(kit.ProblemOf(words.Text("failed.use_that_file"), err)))
		})
	}
	c.button = kit.TextButton(words.Text("report.make"), c.collect)
	c.box = container.NewVBox(
		kit.SectionHeading(words.Text("report.title")), kit.WrappedLabel(words.Text("report.what")),
		kit.AlignWithText(container.NewHBox(c.button)), c.answer,
	)
	return c
}

// show replaces what stands under the button.
func (c *reportCard) show(objects ...fyne.CanvasObject) {
	c.texts = nil
	c.answer.Objects = objects
	kit.EnableIf(c.button, true)
	c.w.reveal(c.answer)
}

// cancel puts the report away, and reports whether there was one.
func (c *reportCard) cancel() bool {
	if c.texts == nil {
		return false
	}
	c.show()
	c.w.win.Canvas().Focus(c.button)
	return true
}

// collect makes the report and shows it.
func (c *reportCard) collect() {
	c.show(kit.SmallLabel(words.Text("report.making")))
	c.button.Disable()
	tray := c.w.deps.HasTray
	kit.Start(c.w.env.Work, func(ctx context.Context) (diagnostics.Bundle, error) {
		return c.w.deps.Parts.Reporter.FromWindow(ctx, tray())
	}, func(b diagnostics.Bundle, err error) {
		if err != nil {
			c.show(c.w.env.ProblemPanel(kit.ProblemOf(words.Text("report.failed"), err)))
			return
		}
		c.preview(b)
	})
}

// preview shows the texts of b, each folded up, with the buttons that save or
// forget them.
func (c *reportCard) preview(b diagnostics.Bundle) {
	save := kit.PrimaryButton(words.Text("report.save_as"), func() { c.save(b) })
	drop := kit.PlainButton(words.Text("report.drop"), nil, func() { c.cancel() })
	list := container.NewVBox()
	texts := make([]*reportText, 0, len(b.Files))
	for _, file := range b.Files {
		text := newReportText(file, c.w.relayout)
		texts = append(texts, text)
		list.Add(text.box)
	}
	c.show(
		kit.WrappedLabel(words.Plural("report.preview", len(b.Files))), list,
		kit.AlignWithText(kit.ButtonRow(save, drop)),
	)
	c.texts = texts
	c.button.Disable()
	c.w.win.Canvas().Focus(save)
}

// save asks for a file and writes b into it.
func (c *reportCard) save(b diagnostics.Bundle) {
	c.choose(b.FileName(), func(path string) {
		if !strings.EqualFold(filepath.Ext(path), ".zip") {
			path += ".zip"
		}
		c.w.env.Work.Do(func(ctx context.Context) error {
			return c.w.deps.Parts.Reporter.Save(ctx, path, b)
		}, func(err error) {
			if err != nil {
				c.show(c.w.env.ProblemPanel(kit.ProblemOf(words.Text("report.not_saved"), err)))
				return
			}
			c.show(kit.WrappedLabel(words.Text("report.saved", words.Args{"File": filepath.Base(path)})))
			c.w.win.Canvas().Focus(c.button)
		})
	})
}

// reportText is one text of a report, folded up at first.
type reportText struct {
	toggle *kit.Button
	text   fyne.CanvasObject
	box    *fyne.Container
}

// The most that is drawn of a text: it is folded like a payload. All of it is in
// the file.
const reportWidth, reportLines = 110, 600

func newReportText(file diagnostics.File, relayout func()) *reportText {
	text, _ := kit.Fold(kit.Preserve(strings.TrimRight(file.Text, "\n")), reportWidth, reportLines)
	label := kit.NewSelectableLabel(text)
	label.TextStyle.Monospace = true
	label.SizeName = kit.SizeSmall
	label.Wrapping = fyne.TextWrapBreak
	t := &reportText{text: kit.NewSurface(label)}
	t.text.Hide()
	t.toggle = kit.PlainButton(file.Name, theme.MenuExpandIcon(), func() {
		kit.ShowIf(t.text, !t.text.Visible())
		icon := theme.MenuExpandIcon()
		if t.text.Visible() {
			icon = theme.MenuDropDownIcon()
		}
		t.toggle.SetIcon(icon)
		relayout()
	})
	t.box = container.NewVBox(container.NewHBox(t.toggle), t.text)
	return t
}

package kit

import (
	"context"
	"errors"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// ProblemOf turns any error into what a person is told. headline says what could
// not be done, for errors that nobody foresaw.
func ProblemOf(headline string, err error) health.Problem {
	var byValue health.Problem
	var byPointer *health.Problem
	switch {
	case errors.As(err, &byValue):
		return byValue
	case errors.As(err, &byPointer) && byPointer != nil:
		return *byPointer
	case errors.Is(err, context.DeadlineExceeded):
		return health.Problem{
			Headline: words.Verbatim(headline),
			Cause:    words.New("failed.late.cause"),
			Next:     words.New("failed.late.next"),
			Details:  err.Error(),
		}
	default:
		return health.Problem{
			Headline: words.Verbatim(headline),
			Next:     words.New("failed.next"),
			Details:  err.Error(),
		}
	}
}

// ProblemPanel draws p in place, on a ground of its own.
func (e Env) ProblemPanel(p health.Problem) fyne.CanvasObject {
	s := NewSurface(e.ProblemLines(p))
	s.edge = theme.ColorNameError
	return s
}

// ProblemLines draws p where there is a ground already: what is wrong, why, who
// must do what, the button that helps and the details with a way to copy them.
func (e Env) ProblemLines(p health.Problem) fyne.CanvasObject {
	lines := Stack()
	lines.Add(WrappedBoldLabel(Block(p.Headline.Text(), MaxLine)))
	for _, text := range []string{p.Cause.Text(), p.Next.Text()} {
		if text != "" {
			lines.Add(WrappedLabel(Block(text, MaxBlock)))
		}
	}
	buttons := ButtonRow()
	if p.Action.Label() != "" {
		help := PrimaryButton(p.Action.Label(), func() { e.Act(p.Action) })
		if e.Shown(p.Action) {
			help.Importance = widget.MediumImportance // The header has the one that stands out.
		}
		buttons.Add(help)
	}
	content := container.NewVBox(lines)
	if p.Details == "" {
		if len(buttons.Objects) > 0 {
			content.Add(Indent(buttons))
		}
		return alert(content)
	}
	details := e.detailsOf(p)
	details.Hide()
	var toggle *Button
	toggle = PlainButton(words.Text("button.details"), theme.MenuDropDownIcon(), func() {
		if details.Visible() {
			details.Hide()
			toggle.SetIcon(theme.MenuDropDownIcon())
		} else {
			details.Show()
			toggle.SetIcon(theme.MenuDropUpIcon())
		}
		content.Refresh()
	})
	buttons.Add(toggle)
	content.Add(Indent(buttons))
	content.Add(details)
	return alert(content)
}

// ProblemFacts draws p for a popover: what is wrong, why, who must do what, and the
// details in view. The button that helps is left out where the header offers it already.
// passing says that it mends itself.
func (e Env) ProblemFacts(p health.Problem, passing bool) fyne.CanvasObject {
	lines := Stack(WrappedBoldLabel(Block(p.Headline.Text(), MaxLine)))
	for _, sentence := range []words.Sentence{p.Cause, p.Next} {
		if !sentence.IsZero() {
			lines.Add(WrappedLabel(Block(sentence.Text(), MaxBlock)))
		}
	}
	content := container.NewVBox(lines)
	if p.Action.Label() != "" && !e.Shown(p.Action) {
		content.Add(Indent(container.NewHBox(PrimaryButton(p.Action.Label(), func() { e.Act(p.Action) }))))
	}
	if p.Details != "" {
		label := NewSelectableLabel(Block(p.Details, MaxLine))
		label.TextStyle.Monospace, label.SizeName, label.Wrapping = true, SizeSmall, fyne.TextWrapWord
		content.Add(Border(nil, nil, nil, container.NewVBox(e.copyDetails(p)), label))
	}
	if passing {
		return WithIcon(widget.NewIcon(Mark("problem-passing", ShapeWarning, theme.ColorNameWarning)), content)
	}
	return alert(content)
}

// detailsOf is the part for whoever helps: codes and text, in monospace.
func (e Env) detailsOf(p health.Problem) fyne.CanvasObject {
	text, _ := Fold(Block(p.Details, MaxBlock), 90, 60)
	label := NewSelectableLabel(text)
	label.TextStyle.Monospace = true
	label.SizeName = SizeSmall
	return container.NewVBox(container.NewHScroll(label), Indent(container.NewHBox(e.copyDetails(p))))
}

// copyDetails is the button that copies what whoever helps wants to know of p.
func (e Env) copyDetails(p health.Problem) *Button {
	return e.CopyButton(words.Text("button.copy"), func() string { return p.Headline.Text() + "\n" + p.Cause.Text() + "\n" + p.Details })
}

// CopyButton puts what content yields on the clipboard and says so for a moment.
func (e Env) CopyButton(text string, content func() string) *Button {
	b := PlainButton(text, theme.ContentCopyIcon(), nil)
	b.Reserve(text, words.Text("button.copied"))
	b.OnTapped = func() {
		fyne.CurrentApp().Clipboard().SetContent(content())
		b.SetText(words.Text("button.copied"))
		e.Work.After(CopiedFor, func() { b.SetText(text) })
	}
	return b
}

// CopiedFor is how long a button says that it did its work.
const CopiedFor = 2 * time.Second

// alert puts the triangle of attention before content.
func alert(content fyne.CanvasObject) fyne.CanvasObject {
	return WithIcon(widget.NewIcon(Mark("problem", ShapeTriangle, theme.ColorNameError)), content)
}

// Refusal is the content of the window that says why the program cannot start;
// quit is called by its button. It scrolls where the window has no room for it.
func Refusal(p health.Problem, quit func()) fyne.CanvasObject {
	lines := Stack()
	lines.Add(WrappedBoldLabel(Block(p.Headline.Text(), MaxLine)))
	for _, text := range []string{p.Cause.Text(), p.Next.Text()} {
		if text != "" {
			lines.Add(WrappedLabel(Block(text, MaxBlock)))
		}
	}
	foot := container.NewHBox(PrimaryButton(words.Text("button.close"), quit))
	return container.NewPadded(Border(nil, foot, nil, nil, MinSize(0, refusalHeight, container.NewVScroll(alert(lines)))))
}

// refusalHeight is the height of the words, which are short as a rule.
const refusalHeight = 130

package ui

import (
	"context"
	"errors"
	"time"

	"vastrelay/app/health"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// problemOf turns any error into what a person is told. doing words what was
// attempted, for errors that nobody foresaw: "save the settings".
func problemOf(err error, doing string) health.Problem {
	var byValue health.Problem
	var byPointer *health.Problem
	switch {
	case errors.As(err, &byValue):
		return byValue
	case errors.As(err, &byPointer) && byPointer != nil:
		return *byPointer
	case errors.Is(err, context.DeadlineExceeded):
		return health.Problem{
			Headline: "It took too long to " + doing,
			Cause:    "There was no answer in time.",
			Next:     "Check the network and try again.",
			Details:  err.Error(),
		}
	default:
		return health.Problem{
			Headline: "Could not " + doing,
			Next:     "Try again; if it stays, the details help whoever looks into it.",
			Details:  err.Error(),
		}
	}
}

// problemPanel draws p in place, on a ground of its own.
func (e env) problemPanel(p health.Problem) fyne.CanvasObject {
	s := newSurface(e.problemLines(p))
	s.edge = theme.ColorNameError
	return s
}

// problemLines draws p where there is a ground already: what is wrong, why, who
// must do what, the button that helps and the details with a way to copy them.
func (e env) problemLines(p health.Problem) fyne.CanvasObject {
	lines := stack()
	lines.Add(wrapBold(block(p.Headline, maxLine)))
	for _, text := range []string{p.Cause, p.Next} {
		if text != "" {
			lines.Add(wrapped(block(text, maxBlock)))
		}
	}
	buttons := container.NewHBox()
	if p.Action.Label() != "" {
		help := primary(p.Action.Label(), func() { e.act(p.Action) })
		if e.shown(p.Action) {
			help.Importance = widget.MediumImportance // The header has the one that stands out.
		}
		buttons.Add(help)
	}
	content := container.NewVBox(lines)
	if p.Details == "" {
		if len(buttons.Objects) > 0 {
			content.Add(indent(buttons))
		}
		return alert(content)
	}
	details := e.detailsOf(p)
	details.Hide()
	var toggle *pushButton
	toggle = plain("Details", theme.MenuDropDownIcon(), func() {
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
	content.Add(indent(buttons))
	content.Add(details)
	return alert(content)
}

// detailsOf is the part for whoever helps: codes and text, in monospace.
func (e env) detailsOf(p health.Problem) fyne.CanvasObject {
	text, _ := fold(block(p.Details, maxBlock), 90, 60)
	label := newCopyLabel(text)
	label.TextStyle.Monospace = true
	label.SizeName = sizeSecondary
	copied := e.copyButton("Copy", func() string { return p.Headline + "\n" + p.Cause + "\n" + p.Details })
	return container.NewVBox(container.NewHScroll(label), indent(container.NewHBox(copied)))
}

// copyButton puts what content yields on the clipboard and says so for a moment.
func (e env) copyButton(text string, content func() string) *pushButton {
	b := plain(text, theme.ContentCopyIcon(), nil)
	b.OnTapped = func() {
		fyne.CurrentApp().Clipboard().SetContent(content())
		b.SetText("Copied")
		e.work.later(saidFor, func() { b.SetText(text) })
	}
	return b
}

// saidFor is how long a button says that it did its work.
const saidFor = 2 * time.Second

// alert puts the triangle of attention before content.
func alert(content fyne.CanvasObject) fyne.CanvasObject {
	return lead(widget.NewIcon(mark("problem", shapeTriangle, theme.ColorNameError)), content)
}

// Refusal is the content of the window that says why the program cannot start;
// quit is called by its button. It scrolls where the window has no room for it.
func Refusal(p health.Problem, quit func()) fyne.CanvasObject {
	lines := stack()
	lines.Add(wrapBold(block(p.Headline, maxLine)))
	for _, text := range []string{p.Cause, p.Next} {
		if text != "" {
			lines.Add(wrapped(block(text, maxBlock)))
		}
	}
	foot := container.NewHBox(primary("Close", quit))
	return container.NewPadded(border(nil, foot, nil, nil, atLeast(0, refusalHeight, container.NewVScroll(alert(lines)))))
}

// refusalHeight is the height of the words, which are short as a rule.
const refusalHeight = 130

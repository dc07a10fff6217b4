package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/health"
)

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

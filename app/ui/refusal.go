package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/bridge"
)

// Refusal is the content of the window that says why the program cannot start;
// quit is called by its button.
func Refusal(p bridge.Problem, quit func()) fyne.CanvasObject {
	lines := stack()
	lines.Add(wrapBold(block(p.Headline, maxLine)))
	for _, text := range []string{p.Cause, p.Next} {
		if text != "" {
			lines.Add(wrapped(block(text, maxBlock)))
		}
	}
	return container.NewPadded(container.NewVBox(alert(lines), container.NewHBox(primary("Close", quit))))
}

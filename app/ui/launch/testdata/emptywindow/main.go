// Command emptywindow shows a window of the toolkit with nothing in it, of the
// first size of the main window: what the program is compared with. With --text there
// is a label and a button in it, with --hidden it is not shown.
package main

import (
	"os"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

func main() {
	a := app.NewWithID("app.vastrelay.empty")
	w := a.NewWindow("Vast Relay")
	w.SetContent(widget.NewLabel(""))
	if slices.Contains(os.Args, "--text") {
		w.SetContent(container.NewVBox(widget.NewLabel(w.Title()), widget.NewButton(w.Title(), nil)))
	}
	w.Resize(fyne.NewSize(980, 640))
	if !slices.Contains(os.Args, "--hidden") {
		w.Show()
	}
	a.Run()
}

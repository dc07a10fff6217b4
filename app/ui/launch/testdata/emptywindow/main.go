// Command emptywindow shows a window of the toolkit with nothing in it, of the
// first size of the main window: what the program is compared with.
package main

import (
	"os"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/widget"
)

func main() {
	a := app.NewWithID("app.vastrelay.empty")
	w := a.NewWindow("Vast Relay")
	w.SetContent(widget.NewLabel(""))
	w.Resize(fyne.NewSize(980, 640))
	if len(os.Args) < 2 || os.Args[1] != "--hidden" {
		w.Show()
	}
	a.Run()
}

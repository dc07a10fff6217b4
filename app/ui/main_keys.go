package ui

import (
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/shortcuts"

	"fyne.io/fyne/v2"
)

// windowKeys is what the keys do in the main window.
type windowKeys struct {
	w    *mainWindow
	help *shortcuts.List // the list of the keys, over the window
}

// list is the window's shortcuts; its entries pass them on.
func (k *windowKeys) list() []kit.Shortcut {
	return kit.NewShortcuts(map[fyne.KeyName]func(){
		fyne.KeyF:     k.focusSearch,
		fyne.KeyComma: func() { k.w.ui.ShowSettings("") },
		fyne.KeyW:     k.w.close,
		fyne.KeyQ:     k.w.closing.askQuit,
	})
}

// bind binds the keys of the window.
func (k *windowKeys) bind() {
	canvas := k.w.win.Canvas()
	for _, s := range k.list() {
		canvas.AddShortcut(s.Key, s.Do)
	}
	canvas.SetOnTypedKey(k.typed)
}

// typed is a key that nothing with the focus took.
func (k *windowKeys) typed(key *fyne.KeyEvent) {
	switch {
	case k.help.TypedKey(key):
	case key.Name == shortcuts.Key:
		k.showHelp()
	case key.Name != fyne.KeyEscape:
	case k.w.closing.stay():
	case k.w.answers.over.Close():
	case k.w.events.CloseCalendar():
	case k.w.answers.slot.Key != "":
		k.w.answers.slot.Clear()
	default:
		k.w.events.EndSelecting()
	}
}

// showHelp shows the list of the keys, unless something else lies over the window.
func (k *windowKeys) showHelp() {
	if k.w.win.Canvas().Overlays().Top() == nil {
		k.help = shortcuts.Show(k.w.win.Canvas())
	}
}

func (k *windowKeys) focusSearch() {
	if !k.w.setUp {
		k.w.events.FocusSearch()
	}
}

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// The least size of every window: the smallest of screens that people still work
// at, less the frame.
const leastWidth, leastHeight = 640, 360

// frameHeight is the height of the frame that the desktop puts around a window.
const frameHeight = 32

// fitScreen makes win no larger than the screen, whose size is in pixels, where
// the desktop does not do so itself: else its buttons could be out of reach. A
// size that is not known is zero.
func fitScreen(win fyne.Window, screen fyne.Size) {
	scale := win.Canvas().Scale()
	if screen.Width <= 0 || screen.Height <= 0 || scale <= 0 {
		return
	}
	size := win.Canvas().Size()
	fits := size.Min(fyne.NewSize(screen.Width/scale, screen.Height/scale-frameHeight)).Max(fyne.NewSize(leastWidth, leastHeight).Min(size))
	if fits != size {
		win.Resize(fits)
		win.CenterOnScreen()
	}
}

// shortcut is one key with the platform's modifier, and what it does.
type shortcut struct {
	key fyne.Shortcut
	do  func(fyne.Shortcut)
}

func windowShortcuts(keys map[fyne.KeyName]func()) []shortcut {
	out := make([]shortcut, 0, len(keys))
	for name, do := range keys {
		out = append(out, shortcut{
			key: &desktop.CustomShortcut{KeyName: name, Modifier: fyne.KeyModifierShortcutDefault},
			do:  func(fyne.Shortcut) { do() },
		})
	}
	return out
}

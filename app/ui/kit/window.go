package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// The least size of every window: the smallest screen that people still work at,
// less the frame.
const (
	LeastWidth  = 640
	LeastHeight = 360
)

// FrameHeight is the height of the frame that the desktop puts around a window.
const FrameHeight = 32

// FitScreen makes win no larger than the screen, whose size is in pixels, where
// the desktop does not do so itself: else its buttons could be out of reach. A
// size that is not known is zero.
func FitScreen(win fyne.Window, screen fyne.Size) {
	scale := win.Canvas().Scale()
	if screen.Width <= 0 || screen.Height <= 0 || scale <= 0 {
		return
	}
	size := win.Canvas().Size()
	fits := size.Min(fyne.NewSize(screen.Width/scale, screen.Height/scale-FrameHeight)).Max(fyne.NewSize(LeastWidth, LeastHeight).Min(size))
	if fits != size {
		win.Resize(fits)
		win.CenterOnScreen()
	}
}

// Shortcut is one key with the platform's modifier, and what it does.
type Shortcut struct {
	Key fyne.Shortcut
	Do  func(fyne.Shortcut)
}

// NewShortcuts makes a shortcut of each key, with the modifier that the platform
// uses.
func NewShortcuts(keys map[fyne.KeyName]func()) []Shortcut {
	out := make([]Shortcut, 0, len(keys))
	for name, do := range keys {
		out = append(out, Shortcut{
			Key: &desktop.CustomShortcut{KeyName: name, Modifier: fyne.KeyModifierShortcutDefault},
			Do:  func(fyne.Shortcut) { do() },
		})
	}
	return out
}

package kit

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/driver/software"
)

func TestAShortcutIsGivenToTheWindow(t *testing.T) {
	c, done := software.NewCanvas(), 0
	shortcut := &desktop.CustomShortcut{KeyName: fyne.KeyComma, Modifier: fyne.KeyModifierControl}
	c.AddShortcut(shortcut, func(fyne.Shortcut) { done++ })
	giveShortcut(c, shortcut)
	giveShortcut(c, &desktop.CustomShortcut{KeyName: fyne.KeyW, Modifier: fyne.KeyModifierControl})
	giveShortcut(nil, shortcut)
	if done != 1 {
		t.Errorf("done %d times, want once", done)
	}
}

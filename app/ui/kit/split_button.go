package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// SplitButton is a button that does one thing, with an arrow beside it that opens a menu
// of the others.
type SplitButton struct {
	Main  *Button
	Arrow *Button
	Box   *fyne.Container
}

// NewSplitButton returns a button with that text. menu is called for each time the arrow
// is tapped.
func NewSplitButton(text string, tapped func(), menu func() *fyne.Menu) *SplitButton {
	s := &SplitButton{Main: NewButton(text, nil, tapped)}
	s.Arrow = NewButton("", theme.MenuDropDownIcon(), func() { DropMenu(s.Main, menu()) })
	s.Box = container.New(layout.NewCustomPaddedHBoxLayout(1), s.Main, s.Arrow)
	return s
}

// Enable lets both parts be tapped, or neither.
func (s *SplitButton) Enable(yes bool) {
	EnableIf(s.Main, yes)
	EnableIf(s.Arrow, yes)
}

// DropMenu opens a menu below a button.
func DropMenu(from *Button, menu *fyne.Menu) {
	if on := fyne.CurrentApp().Driver().CanvasForObject(from); on != nil {
		widget.ShowPopUpMenuAtRelativePosition(menu, on, fyne.NewPos(0, from.Size().Height), from)
	}
}

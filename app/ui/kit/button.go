package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Button is a button that Return presses as well as Space, and that leaves
// the keys that it has no use for, such as Escape, to its window. The toolkit's
// own swallows them.
type Button struct {
	widget.Button
	least float32 // the least width; see Reserve
}

// Reserve keeps the button wide enough for each of texts, so that nothing beside it moves
// when its text becomes one of them.
func (b *Button) Reserve(texts ...string) {
	now := b.Text
	for _, text := range texts {
		b.SetText(text)
		b.least = max(b.least, b.Button.MinSize().Width)
	}
	b.SetText(now)
}

// MinSize is what the button needs, or what was reserved.
func (b *Button) MinSize() fyne.Size {
	return b.Button.MinSize().Max(fyne.NewSize(b.least, 0))
}

// NewButton returns a button of common importance; text or icon may be empty.
func NewButton(text string, icon fyne.Resource, tapped func()) *Button {
	b := &Button{}
	b.Text, b.Icon, b.OnTapped = text, icon, tapped
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey presses the button or hands the key on.
func (b *Button) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(&fyne.PointEvent{})
	default:
		PassOn(b, key)
	}
}

// FocusGained brings the button into view, for those who come by Tab.
func (b *Button) FocusGained() {
	b.Button.FocusGained()
	ScrollIntoView(b)
}

// forWindow reports whether key is one that every window takes: it closes something,
// or shows the list of keys.
func forWindow(key *fyne.KeyEvent) bool { return key.Name == fyne.KeyEscape || key.Name == fyne.KeyF1 }

// PassOn gives a key that o has no use for to the window that o stands in.
func PassOn(o fyne.CanvasObject, key *fyne.KeyEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(key)
	}
}

// PassShortcutOn does the same with a key that is held together with others.
func PassShortcutOn(o fyne.CanvasObject, s fyne.Shortcut) {
	giveShortcut(fyne.CurrentApp().Driver().CanvasForObject(o), s)
}

// giveShortcut has c do what was bound to s by AddShortcut. The canvas of a window can
// always be asked for that; its interface only leaves it out.
func giveShortcut(c fyne.Canvas, s fyne.Shortcut) {
	if keys, ok := c.(fyne.Shortcutable); ok {
		keys.TypedShortcut(s)
	}
}

// TextButton is a button with a text alone, of common importance.
func TextButton(text string, tapped func()) *Button { return NewButton(text, nil, tapped) }

// PrimaryButton is the one button of a view that carries the accent.
func PrimaryButton(text string, tapped func()) *Button {
	b := NewButton(text, nil, tapped)
	b.Importance = widget.HighImportance
	return b
}

// PlainButton is a button without a ground until the pointer is over it.
func PlainButton(text string, icon fyne.Resource, tapped func()) *Button {
	b := NewButton(text, icon, tapped)
	b.Importance = widget.LowImportance
	return b
}

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

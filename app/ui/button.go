package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// pushButton is a button that Return presses as well as Space, and that leaves
// the keys that it has no use for, such as Escape, to its window. The toolkit's
// own swallows them.
type pushButton struct{ widget.Button }

func newButton(text string, icon fyne.Resource, tapped func()) *pushButton {
	b := &pushButton{}
	b.Text, b.Icon, b.OnTapped = text, icon, tapped
	b.ExtendBaseWidget(b)
	return b
}

// TypedKey presses the button or hands the key on.
func (b *pushButton) TypedKey(key *fyne.KeyEvent) {
	switch key.Name {
	case fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter:
		b.Tapped(&fyne.PointEvent{})
	default:
		passOn(b, key)
	}
}

// FocusGained brings the button into view, for those who come by Tab.
func (b *pushButton) FocusGained() {
	b.Button.FocusGained()
	bringIntoView(b)
}

// passOn gives a key that o has no use for to the window that o stands in.
func passOn(o fyne.CanvasObject, key *fyne.KeyEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(key)
	}
}

// labelled is a button with a text alone, of common importance.
func labelled(text string, tapped func()) *pushButton { return newButton(text, nil, tapped) }

// primary is the one button of a view that carries the accent.
func primary(text string, tapped func()) *pushButton {
	b := newButton(text, nil, tapped)
	b.Importance = widget.HighImportance
	return b
}

// plain is a button without a ground until the pointer is over it.
func plain(text string, icon fyne.Resource, tapped func()) *pushButton {
	b := newButton(text, icon, tapped)
	b.Importance = widget.LowImportance
	return b
}

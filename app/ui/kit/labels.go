package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// Label returns a label of the common size on one line.
func Label(text string) *widget.Label { return widget.NewLabel(text) }

// WrappedLabel returns a label of the common size that takes as many lines as it
// needs.
func WrappedLabel(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// BoldLabel returns a label that heads something.
func BoldLabel(text string) *widget.Label {
	return widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
}

// SmallLabel returns a small, quiet label of one or more lines.
func SmallLabel(text string) *widget.Label {
	l := WrappedLabel(text)
	l.SizeName = SizeSmall
	l.Importance = widget.LowImportance
	return l
}

// SmallLine returns a small, quiet label of a single line that never wraps.
func SmallLine(text string) *widget.Label {
	l := SmallLabel(text)
	l.Wrapping = fyne.TextWrapOff
	return l
}

// Ellipsis makes l one line that ends in dots where it does not fit.
func Ellipsis(l *widget.Label) *widget.Label {
	l.Wrapping = fyne.TextWrapOff
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

// WrappedBoldLabel returns a bold label that takes as many lines as it needs.
func WrappedBoldLabel(text string) *widget.Label {
	l := BoldLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// SectionHeading is the heading of a part of the pane.
func SectionHeading(title string) fyne.CanvasObject {
	l := BoldLabel(title)
	l.SizeName = SizeSmall
	l.Importance = widget.LowImportance
	return Border(nil, nil, l, nil, container.NewVBox(layout.NewSpacer(), widget.NewSeparator(), layout.NewSpacer()))
}

// NameColumn is the width of the column of times.
const NameColumn = 96

// FormField is an entry under its name, with a hint below.
func FormField(name string, e fyne.CanvasObject, hint *widget.Label) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedVBoxLayout(-2), BoldLabel(name), AlignWithText(e), hint)
}

// Link is a link that comes into view when Tab reaches it.
type Link struct{ widget.Hyperlink }

// NewLink is a link with a text of that size.
func NewLink(text string, size fyne.ThemeSizeName) *Link {
	l := &Link{}
	l.Text, l.SizeName = text, size
	l.ExtendBaseWidget(l)
	return l
}

// TypedKey follows the link or hands the key on.
func (l *Link) TypedKey(key *fyne.KeyEvent) {
	if forWindow(key) {
		PassOn(l, key)
		return
	}
	l.Hyperlink.TypedKey(key)
}

// FocusGained brings the link into view.
func (l *Link) FocusGained() {
	l.Hyperlink.FocusGained()
	ScrollIntoView(l)
}

package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// body returns a label of the common size; wrapped lets it take more lines.
func body(text string) *widget.Label { return widget.NewLabel(text) }

func wrapped(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// bold returns a label that heads something.
func bold(text string) *widget.Label {
	return widget.NewLabelWithStyle(text, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
}

// secondary returns a small, quiet label of one or more lines.
func secondary(text string) *widget.Label {
	l := wrapped(text)
	l.SizeName = sizeSecondary
	l.Importance = widget.LowImportance
	return l
}

// quiet is secondary for a single line that never wraps.
func quiet(text string) *widget.Label {
	l := secondary(text)
	l.Wrapping = fyne.TextWrapOff
	return l
}

// ellipsis makes l one line that ends in dots where it does not fit.
func ellipsis(l *widget.Label) *widget.Label {
	l.Wrapping = fyne.TextWrapOff
	l.Truncation = fyne.TextTruncateEllipsis
	return l
}

// wrapBold is a bold label that can take more lines.
func wrapBold(text string) *widget.Label {
	l := bold(text)
	l.Wrapping = fyne.TextWrapWord
	return l
}

// section is the heading of a part of the pane.
func section(title string) fyne.CanvasObject {
	l := bold(title)
	l.SizeName = sizeSecondary
	l.Importance = widget.LowImportance
	return border(nil, nil, l, nil, container.NewVBox(layout.NewSpacer(), widget.NewSeparator(), layout.NewSpacer()))
}

// timeColumn is the width of the column of times.
const timeColumn = 96

// field is an entry under its name, with a hint below.
func field(name string, e fyne.CanvasObject, hint string) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedVBoxLayout(-2), bold(name), e, secondary(hint))
}

// copyLabel is a label whose text can be selected, and which comes into view
// when Tab reaches it.
type copyLabel struct{ widget.Label }

func newCopyLabel(text string) *copyLabel {
	l := &copyLabel{}
	l.Text, l.Selectable = text, true
	l.ExtendBaseWidget(l)
	return l
}

// CreateRenderer draws the label as the toolkit does.
func (l *copyLabel) CreateRenderer() fyne.WidgetRenderer {
	return &followRenderer{WidgetRenderer: l.Label.CreateRenderer(), of: l}
}

// textLink is a link that comes into view when Tab reaches it.
type textLink struct{ widget.Hyperlink }

// newTextLink is a link with a text of that size.
func newTextLink(text string, size fyne.ThemeSizeName) *textLink {
	l := &textLink{}
	l.Text, l.SizeName = text, size
	l.ExtendBaseWidget(l)
	return l
}

// FocusGained brings the link into view.
func (l *textLink) FocusGained() {
	l.Hyperlink.FocusGained()
	bringIntoView(l)
}

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// CheckBox is a tick box that comes into view when Tab reaches it.
type CheckBox struct{ widget.Check }

// NewCheckBox returns a box that is not ticked; changed hears of every change.
func NewCheckBox(text string, changed func(bool)) *CheckBox {
	t := &CheckBox{}
	t.Text, t.OnChanged = text, changed
	t.ExtendBaseWidget(t)
	return t
}

// FocusGained brings the box into view.
func (t *CheckBox) FocusGained() {
	t.Check.FocusGained()
	ScrollIntoView(t)
}

// TypedKey ticks the box or hands the key on.
func (t *CheckBox) TypedKey(key *fyne.KeyEvent) {
	if forWindow(key) {
		PassOn(t, key)
		return
	}
	t.Check.TypedKey(key)
}

// SelectBox is a drop-down list that comes into view when Tab reaches it.
type SelectBox struct{ widget.Select }

// NewSelectBox returns a box with those options, none selected.
func NewSelectBox(options []string) *SelectBox {
	s := &SelectBox{}
	s.Options = options
	s.ExtendBaseWidget(s)
	return s
}

// MinSize has room for what is selected; the toolkit's own ends it in dots.
func (s *SelectBox) MinSize() fyne.Size {
	th := s.Theme()
	text := fyne.MeasureText(s.Selected, th.Size(theme.SizeNameText), fyne.TextStyle{}).Width
	return s.Select.MinSize().Max(fyne.NewSize(text+th.Size(theme.SizeNameInlineIcon)+3*th.Size(theme.SizeNameInnerPadding), 0))
}

// FocusGained brings the box into view.
func (s *SelectBox) FocusGained() {
	s.Select.FocusGained()
	ScrollIntoView(s)
}

// TypedKey opens the list or hands the key on.
func (s *SelectBox) TypedKey(key *fyne.KeyEvent) {
	if forWindow(key) {
		PassOn(s, key)
		return
	}
	s.Select.TypedKey(key)
}

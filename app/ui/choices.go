package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// tickBox is a tick box that comes into view when Tab reaches it.
type tickBox struct{ widget.Check }

func newTickBox(text string, changed func(bool)) *tickBox {
	t := &tickBox{}
	t.Text, t.OnChanged = text, changed
	t.ExtendBaseWidget(t)
	return t
}

// FocusGained brings the box into view.
func (t *tickBox) FocusGained() {
	t.Check.FocusGained()
	bringIntoView(t)
}

// selectBox is a drop-down list that comes into view when Tab reaches it.
type selectBox struct{ widget.Select }

func newSelectBox(options []string) *selectBox {
	s := &selectBox{}
	s.Options = options
	s.ExtendBaseWidget(s)
	return s
}

// FocusGained brings the box into view.
func (s *selectBox) FocusGained() {
	s.Select.FocusGained()
	bringIntoView(s)
}

// radioList is a list of choices, each of which comes into view when Tab
// reaches it.
type radioList struct{ widget.RadioGroup }

func newRadioList(options []string, changed func(string)) *radioList {
	l := &radioList{}
	l.Options, l.OnChanged = options, changed
	l.ExtendBaseWidget(l)
	return l
}

// CreateRenderer draws the choices as the toolkit does.
func (l *radioList) CreateRenderer() fyne.WidgetRenderer {
	return &followRenderer{WidgetRenderer: l.RadioGroup.CreateRenderer(), of: l}
}

package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// CardSlot shows one card at a time, with a title and a button that closes it. It
// takes no room while empty.
type CardSlot struct {
	Box     *fyne.Container
	Key     string    // what is shown; empty while nothing is
	Steps   *StepList // those in what is shown, which stop when it is closed; nil for none
	title   *widget.Label
	changed func() // lays out what stands around it
}

// NewCardSlot returns an empty slot; changed lays out what stands around it.
func NewCardSlot(changed func()) *CardSlot {
	s := &CardSlot{Box: container.NewVBox(), changed: changed}
	s.Box.Hide()
	return s
}

// Show replaces what the slot shows. An empty title takes no room.
func (s *CardSlot) Show(key, title string, content fyne.CanvasObject) {
	again := s.Key == key
	s.Clear()
	s.Key = key
	shut := container.NewVBox(PlainButton("", theme.CancelIcon(), s.Clear))
	s.title = Ellipsis(BoldLabel(title))
	if title != "" {
		content = Rows(s.title, content)
	}
	s.Box.Objects = []fyne.CanvasObject{NewSurface(Border(nil, nil, nil, shut, content))}
	s.Box.Show()
	s.changed()
	if !again { // Else the person may have scrolled on.
		ScrollIntoView(s.Box)
	}
}

// Rest stops the steps that are shown, or lets them go on.
func (s *CardSlot) Rest(yes bool) {
	if s.Steps != nil {
		s.Steps.Rest(yes)
	}
}

// Retitle changes the title while the slot shows what key names.
func (s *CardSlot) Retitle(key, title string) {
	if s.Key == key {
		s.title.SetText(title)
	}
}

// Clear empties the slot.
func (s *CardSlot) Clear() {
	if s.Key == "" {
		return
	}
	shown := s.Steps
	s.Key, s.Steps = "", nil
	s.Box.Objects = nil
	s.Box.Hide()
	s.changed()
	if shown != nil {
		shown.Stop()
	}
}

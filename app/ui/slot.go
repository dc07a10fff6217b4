package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// slot shows one card at a time, with a title and a button that closes it. It
// takes no room while empty.
type slot struct {
	box     *fyne.Container
	key     string // what is shown; empty while nothing is
	title   *widget.Label
	onClose func()
	changed func() // lays out what stands around it
}

func newSlot(changed func()) *slot {
	s := &slot{box: container.NewVBox(), changed: changed}
	s.box.Hide()
	return s
}

// show replaces what the slot shows. An empty title takes no room. onClose runs
// when the card is closed or replaced; it may be nil.
func (s *slot) show(key, title string, content fyne.CanvasObject, onClose func()) {
	again := s.key == key
	s.clear()
	s.key, s.onClose = key, onClose
	shut := container.NewVBox(plain("", theme.CancelIcon(), s.clear))
	s.title = ellipsis(bold(title))
	if title != "" {
		content = rows(s.title, content)
	}
	s.box.Objects = []fyne.CanvasObject{newSurface(border(nil, nil, nil, shut, content))}
	s.box.Show()
	s.changed()
	if !again { // Else the person may have scrolled on.
		bringIntoView(s.box)
	}
}

// retitle changes the title while the slot shows what key names.
func (s *slot) retitle(key, title string) {
	if s.key == key {
		s.title.SetText(title)
	}
}

// clear empties the slot.
func (s *slot) clear() {
	if s.key == "" {
		return
	}
	over := s.onClose
	s.key, s.onClose = "", nil
	s.box.Objects = nil
	s.box.Hide()
	s.changed()
	if over != nil {
		over()
	}
}

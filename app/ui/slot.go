package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
)

// slot is the place under the header where answers appear: one at a time, with
// a title and a way to close it. It takes no room while empty.
type slot struct {
	box     *fyne.Container
	key     string // what is shown; empty while nothing is
	onClose func()
	changed func() // lays out what stands around it
}

func newSlot(changed func()) *slot {
	s := &slot{box: container.NewVBox(), changed: changed}
	s.box.Hide()
	return s
}

// show replaces what the slot shows. onClose runs when it is closed or
// replaced; it may be nil.
func (s *slot) show(key, title string, content fyne.CanvasObject, onClose func()) {
	s.clear()
	s.key, s.onClose = key, onClose
	shut := plain("", theme.CancelIcon(), s.clear)
	head := container.NewBorder(nil, nil, nil, container.NewVBox(shut), ellipsis(bold(title)))
	s.box.Objects = []fyne.CanvasObject{newSurface(container.NewVBox(head, content))}
	s.box.Show()
	s.changed()
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

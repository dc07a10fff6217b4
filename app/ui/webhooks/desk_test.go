package webhooks

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/health"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

// desk is a slot for the panels under test, alone in a window, over a program that
// is played.
type desk struct {
	*kittest.Desk
	b       *uitest.Program
	deps    Deps
	changed int             // how often the window was told that webhooks are others
	acted   []health.Action // what buttons of problems asked for
}

// newDesk shows an empty slot; box is what is in it.
func newDesk(t *testing.T, b *uitest.Program) (d *desk, box fyne.CanvasObject) {
	t.Helper()
	d = &desk{Desk: kittest.New(t), b: b}
	w := d.App.NewWindow("webhooks")
	t.Cleanup(w.Close)
	content := container.NewVBox()
	slot := kit.NewCardSlot(content.Refresh)
	content.Add(slot.Box)
	w.SetContent(content)
	d.deps = Deps{
		Env:     d.Env(func(a health.Action) { d.acted = append(d.acted, a) }),
		Manager: b, Win: w, Slot: slot, Relayout: content.Refresh, Changed: func() { d.changed++ },
	}
	return d, slot.Box
}

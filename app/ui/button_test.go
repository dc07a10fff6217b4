package ui

import (
	"testing"

	"vastrelay/app/ui/uitest"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"

	"vastrelay/app/status"

	"fyne.io/fyne/v2"
)

func TestQuestionsAreAnsweredByKeys(t *testing.T) {
	for _, c := range []struct {
		name string
		keys func(d *desk)
		quit bool
	}{
		{"Escape changes nothing", func(d *desk) {
			d.ui.Main().Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		}, false},
		{"nor does Escape when nothing has the focus", func(d *desk) {
			d.ui.Main().Canvas().Unfocus()
			d.ui.main.keys.typed(&fyne.KeyEvent{Name: fyne.KeyEscape})
		}, false},
		{"Return does what the bright button says", func(d *desk) {
			d.ui.Main().Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		}, true},
		{"Tab and Return keep it running", func(d *desk) {
			d.ui.Main().Canvas().FocusNext()
			d.ui.Main().Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, uitest.Working())
			d.showMain()
			d.ui.main.closing.askQuit()
			d.WantText(d.ui.Main().Canvas().Overlays().Top(), "Quit and stop relaying?")
			d.ui.main.closing.askQuit() // A second time asks nothing on top.
			c.keys(d)
			if d.ui.Main().Canvas().Overlays().Top() != nil {
				t.Error("the question still lies over the window")
			}
			if got := d.quits == 1; got != c.quit {
				t.Errorf("quit: got %v, want %v", got, c.quit)
			}
		})
	}
}

func TestNewestMessageOfTheDemoStaysInView(t *testing.T) {
	b := uitest.Demo()
	for range 12 {
		b.Messages = append(b.Messages, status.DemoMessage{At: kittest.Noon, Title: "one more", Text: "a line"})
	}
	d := newDesk(t, b)
	d.showMain()
	s := d.ui.main.space.scroll
	last := func() float32 { return s.Content.MinSize().Height - s.Size().Height }
	if s.Offset.Y < last()-1 {
		t.Errorf("at the start: got offset %v, want %v", s.Offset.Y, last())
	}
	d.ui.main.answers.slot.Show("test", "an answer", kit.Label("takes room"))
	if s.Offset.Y < last()-1 {
		t.Errorf("under an answer: got offset %v, want %v", s.Offset.Y, last())
	}
	s.OnScrolled(fyne.NewPos(0, 0)) // The person reads older ones.
	s.ScrollToOffset(fyne.NewPos(0, 0))
	b.Mu.Lock()
	b.Messages = append(b.Messages, status.DemoMessage{At: kittest.Noon, Title: "newest"})
	b.Mu.Unlock()
	b.Emit()
	d.Pump()
	if s.Offset.Y != 0 {
		t.Errorf("the view was taken away from an older message to %v", s.Offset.Y)
	}
}

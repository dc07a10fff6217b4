package ui

import (
	"testing"

	"vastrelay/app/status"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestKeysOfAButton(t *testing.T) {
	for _, c := range []struct {
		name   string
		key    fyne.KeyName
		off    bool
		pushed int
		passed fyne.KeyName
	}{
		{"Space presses it", fyne.KeySpace, false, 1, ""},
		{"Return presses it", fyne.KeyReturn, false, 1, ""},
		{"Enter presses it", fyne.KeyEnter, false, 1, ""},
		{"Return does nothing while it is disabled", fyne.KeyReturn, true, 0, ""},
		{"Escape is for the window", fyne.KeyEscape, false, 0, fyne.KeyEscape},
	} {
		t.Run(c.name, func(t *testing.T) {
			pushed, passed := 0, fyne.KeyName("")
			b := labelled("Do it", func() { pushed++ })
			w := test.NewTempWindow(t, b)
			w.Canvas().SetOnTypedKey(func(key *fyne.KeyEvent) { passed = key.Name })
			enableIf(b, !c.off)
			b.TypedKey(&fyne.KeyEvent{Name: c.key})
			if pushed != c.pushed || passed != c.passed {
				t.Errorf("got %d presses, %q passed on; want %d, %q", pushed, passed, c.pushed, c.passed)
			}
		})
	}
}

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
			d.ui.main.typedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
		}, false},
		{"nor does Return, unasked", func(d *desk) {
			d.ui.Main().Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		}, false},
		{"Tab and Return agree", func(d *desk) {
			d.ui.Main().Canvas().FocusNext()
			d.ui.Main().Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, workingBackend())
			d.showMain()
			d.ui.main.askQuit()
			d.wantText(d.ui.Main().Canvas().Overlays().Top(), "Quit and stop relaying?")
			d.ui.main.askQuit() // A second time asks nothing on top.
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
	b := demoBackend()
	for range 12 {
		b.space = append(b.space, status.DemoMessage{At: noon, Title: "one more", Text: "a line"})
	}
	d := newDesk(t, b)
	d.showMain()
	s := d.ui.main.space.scroll
	last := func() float32 { return s.Content.MinSize().Height - s.Size().Height }
	if s.Offset.Y < last()-1 {
		t.Errorf("at the start: got offset %v, want %v", s.Offset.Y, last())
	}
	d.ui.main.slot.show("test", "an answer", body("takes room"), nil)
	if s.Offset.Y < last()-1 {
		t.Errorf("under an answer: got offset %v, want %v", s.Offset.Y, last())
	}
	s.OnScrolled(fyne.NewPos(0, 0)) // The person reads older ones.
	s.ScrollToOffset(fyne.NewPos(0, 0))
	b.mu.Lock()
	b.space = append(b.space, status.DemoMessage{At: noon, Title: "newest"})
	b.mu.Unlock()
	b.emit()
	d.pump()
	if s.Offset.Y != 0 {
		t.Errorf("the view was taken away from an older message to %v", s.Offset.Y)
	}
}

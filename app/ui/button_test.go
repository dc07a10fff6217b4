package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/bridge"
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

func TestTabbingBringsIntoViewWhatItReaches(t *testing.T) {
	seen := func(t *testing.T, w fyne.Window, o fyne.CanvasObject) {
		t.Helper()
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(o)
		if at.Y < 0 || at.Y+o.Size().Height > w.Canvas().Size().Height {
			t.Errorf("it stands at %v, outside of the window of %v", at, w.Canvas().Size())
		}
	}
	t.Run("a button of the set-up", func(t *testing.T) {
		d := newDesk(t, firstStart())
		d.ui.Main().Resize(fyne.NewSize(mainLeastWide, mainLeastH))
		d.showMain()
		add := d.ui.main.setup.cards[2].change
		d.ui.Main().Canvas().Focus(add)
		seen(t, d.ui.Main(), add)
	})
	t.Run("a tick box of the choice of events", func(t *testing.T) {
		d := newDesk(t, workingBackend())
		page, _ := openEvents(d)
		last := page.groups[len(page.groups)-1].checks[0]
		d.ui.settings.win.Canvas().Focus(last)
		seen(t, d.ui.settings.win, last)
	})
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

func TestWindowKeepsItsSize(t *testing.T) {
	d := newDesk(t, workingBackend())
	d.b.settings.TrayHintShown = true
	if got := d.ui.Main().Canvas().Size(); got != fyne.NewSize(mainWidth, mainHeight) {
		t.Errorf("got %v at first, want the first size", got)
	}
	d.showMain()
	d.ui.Main().Resize(fyne.NewSize(1200, 700))
	d.ui.main.events.SetOffset(0.3)
	d.ui.main.close()

	again := New(d.app, d.ui.o)
	defer again.Close()
	if got := again.Main().Canvas().Size(); got != fyne.NewSize(1200, 700) {
		t.Errorf("got %v the next time, want the size that it was left in", got)
	}
	if got := again.main.events.Offset; got != 0.3 {
		t.Errorf("got the divider at %v, want it where it was left", got)
	}

	d.app.Preferences().SetFloat(prefWidth, 10)
	small := New(d.app, d.ui.o)
	defer small.Close()
	if got := small.Main().Canvas().Size().Width; got != mainLeastWide {
		t.Errorf("got a width of %v from a damaged memory, want the least one", got)
	}
}

func TestTheDemoLeavesTheSizeAlone(t *testing.T) {
	d := newDesk(t, demoBackend())
	d.b.settings.TrayHintShown = true
	d.showMain()
	d.ui.Main().Resize(fyne.NewSize(1200, 700))
	d.ui.main.close()
	if got := d.app.Preferences().Float(prefWidth); got != 0 {
		t.Errorf("got a width of %v kept, want none", got)
	}
}

func TestNewestMessageOfTheDemoStaysInView(t *testing.T) {
	b := demoBackend()
	for range 12 {
		b.space = append(b.space, bridge.DemoMessage{At: noon, Title: "one more", Text: "a line"})
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
	b.space = append(b.space, bridge.DemoMessage{At: noon, Title: "newest"})
	b.mu.Unlock()
	b.emit()
	d.pump()
	if s.Offset.Y != 0 {
		t.Errorf("the view was taken away from an older message to %v", s.Offset.Y)
	}
}

package ui

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/uitest"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/status"
)

func TestFocusAtTheStart(t *testing.T) {
	for _, c := range []struct {
		name string
		b    *uitest.Program
		want func(d *desk) fyne.Focusable
	}{
		{"the events are there to be walked through", uitest.Working(), func(d *desk) fyne.Focusable { return d.rows() }},
		{"without one, a test is next", uitest.WithoutRows(), func(d *desk) fyne.Focusable {
			return kittest.Button(d.ui.Main().Content(), "Send test from Vast.ai")
		}},
		{"in trouble, its mend is", uitest.WithStatus(uitest.PhaseStatus(status.Attention)), func(d *desk) fyne.Focusable {
			return d.ui.main.header.mend.button
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, c.b)
			d.b.InForce.TrayHintShown = true
			for range 2 { // It is the same when the window comes back.
				d.showMain()
				if got := d.ui.Main().Canvas().Focused(); got != c.want(d) {
					t.Errorf("got the focus at %T", got)
				}
				d.ui.main.close()
				d.ui.Main().Canvas().Unfocus()
			}
		})
	}
}

func TestWithoutEventsATestIsOffered(t *testing.T) {
	d := newDesk(t, uitest.WithoutRows())
	d.showMain()
	d.Tap(d.ui.Main().Content(), "Send test from Vast.ai")
	d.Until("the test", func() bool { return d.b.Called("TestFromVast") == 1 && !d.ui.main.answers.testing })
}

func TestEscapeTakesTheCalendarAwayAndNothingElse(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.showMain()
	c := d.ui.Main().Canvas()
	d.ui.main.answers.slot.Show("closed", "An answer", kit.Label("that stays"))
	d.Tap(d.ui.Main().Content(), "Go to date…")
	for _, o := range kittest.WindowObjects(d.ui.Main()) {
		kittest.Visit(o, func(o fyne.CanvasObject) {
			if b, ok := o.(*kit.Button); ok && b.Visible() && b.Icon == theme.CalendarIcon() {
				b.OnTapped()
			}
		})
	}
	if c.Overlays().Top() == nil {
		t.Fatal("there is no calendar")
	}
	c.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if c.Overlays().Top() != nil || d.ui.main.answers.slot.Key != "closed" {
		t.Errorf("the calendar is there: %v, the answer: %q; want the answer alone", c.Overlays().Top() != nil, d.ui.main.answers.slot.Key)
	}
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if kittest.Button(d.ui.Main().Content(), "Go to date…") == nil || d.ui.main.answers.slot.Key != "closed" {
		t.Error("the next Escape does not close the entry for the date, and that alone")
	}
	c.OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if d.ui.main.answers.slot.Key != "" {
		t.Error("the last Escape does not close the answer")
	}
}

func TestEscapeEndsTheSelectionOfSeveralAfterAButtonBelowThem(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.showMain()
	w := d.ui.Main()
	c := w.Canvas()
	d.ui.main.events.Focus()
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	c.Focused().(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutSelectAll{})
	d.WantText(w.Content(), "selected")
	list := c.Focused()
	d.ui.main.answers.slot.Show("test", "an answer", kit.Label("words"))
	c.Focus(kittest.Button(w.Content(), "Export…"))
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if d.ui.main.answers.slot.Key != "" || !kittest.Sees(w.Content(), "selected") {
		t.Error("Escape closes more or less than the answer")
	}
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	d.WantNoText(w.Content(), "selected")
	if c.Focused() != list {
		t.Errorf("the focus is on %T, want the list", c.Focused())
	}
}

func TestEscapeInTheSearchClosesTheAnswerAbove(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.showMain()
	d.ui.main.answers.slot.Show("test", "an answer", kit.Label("words"))
	d.search().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if got := d.ui.main.answers.slot.Key; got != "" {
		t.Errorf("the slot still shows %q", got)
	}
}

func TestAFailureOutOfSightIsToldOverTheEvents(t *testing.T) {
	b := uitest.Working()
	answer := make(chan error)
	b.OnResend = func(context.Context) (int, error) { return 0, <-answer }
	d := newDesk(t, b)
	d.showMain()
	c := d.ui.Main().Content()
	d.filterFailed()
	d.Tap(c, "Try all again")
	kittest.Select(c, "Not posted").SetSelected("All outcomes")
	d.Until("all events", func() bool { return kittest.Sees(d.rows(), "Started #48927380") })
	answer <- errors.New("disk full")
	d.Until("the reason", func() bool { return kittest.Sees(d.ui.main.answers.slot.Box, "Could not post the events") })
}

func TestAgesPassWhileTheWindowIsLookedAt(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.showMain()
	settings := d.showSettings(settings.SectionConnections).Content()
	d.WantText(d.rows(), "4 min ago")
	d.WantText(settings, "works, checked 2 min ago")
	d.Now = kittest.Noon.Add(time.Hour)
	d.Pass(tickEvery)
	d.Pump()
	d.WantText(d.rows(), "1 h ago")
	d.WantText(settings, "works, checked 1 h ago")
}

// TestTheWindowHearsThatTheProgramWasReplaced replaces the program while its window is
// shown and nothing else happens.
func TestTheWindowHearsThatTheProgramWasReplaced(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.showMain()
	offered := func() bool {
		return kittest.Sees(d.ui.Main().Content(), "A newer version of Vast Relay was installed.")
	}
	d.b.File.Other.Store(true)
	if offered() {
		t.Fatal("offered before it was replaced")
	}
	d.Now = d.Now.Add(time.Hour)
	d.Pass(tickEvery)
	d.Until("the offer to restart", offered)
}

func TestAnAnswerAfterHidingAsksForNothing(t *testing.T) {
	b := uitest.Working()
	begun, answer := make(chan bool), make(chan error)
	b.OnResend = func(context.Context) (int, error) {
		close(begun)
		return 1, <-answer
	}
	d := newDesk(t, b)
	d.showEvent("ev-009")
	d.Until("what the window asks as it shows itself", func() bool { return b.Called("Events") == 1 && b.Called("Activity") == 1 && b.Called("Unread") == 2 })
	d.Tap(d.ui.Main().Content(), "Resend")
	<-begun
	d.ui.main.hide()
	before := strings.Join(b.Calls, "\n")
	answer <- nil
	d.ui.Close() // It waits for what is under way.
	if got := strings.Join(b.Calls, "\n"); got != before {
		t.Errorf("a hidden window asked: %s", strings.TrimPrefix(got, before))
	}
}

func TestTheSettingsPreviewTheFormThatChatGets(t *testing.T) {
	d := newDesk(t, uitest.Working())
	c := d.showSettings(settings.SectionMessages).Content()
	d.WantText(c, "Event · 2f9c61")
	const plain = "Plain text, like a message that someone typed"
	kittest.Radio(c, plain).SetSelected(plain)
	d.WantText(c, "type=outbid event_id=2f9c61")
}

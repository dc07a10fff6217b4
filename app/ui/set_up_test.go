package ui

import (
	"context"
	"slices"
	"strings"
	"testing"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// inSetUp reports whether the main window shows the set-up.
func (d *desk) inSetUp() bool {
	return kittest.Sees(d.ui.Main().Content(), "Send a test")
}

func TestTheSetUpStandsAloneInTheWindow(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.showMain()
	c := d.ui.Main().Content()
	for _, absent := range []string{"Pause", "Send test", "Continue set-up", "Remove", "Show events"} {
		if kittest.Button(c, absent) != nil {
			t.Errorf("%q has no place before the set-up", absent)
		}
	}
	chat := uitest.CardOf(c, credentials.ChatURL)
	if chat.Entry() == nil || d.ui.Main().Canvas().Focused() != fyne.Focusable(chat.Entry()) {
		t.Fatal("the entry of the first missing credential is not open with the focus")
	}
	d.become(status.Attention)
	if kittest.Button(d.ui.main.header.box, "Replace Chat URL") == nil {
		t.Error("the button that helps is missing")
	}
}

func TestTheLastStepOfTheSetUpIsATest(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	answer := make(chan error)
	d.b.OnTest = func(_ context.Context, report func(health.Step)) error {
		report(health.Step{Name: words.Verbatim("Asking Vast.ai"), State: health.StepDone, Text: words.Verbatim("Asked.")})
		return <-answer
	}
	d.showMain()
	c := d.ui.Main().Content()
	d.become(status.Relaying)
	d.ui.Main().Canvas().Unfocus()
	d.Tap(c, "Send test from Vast.ai")
	d.Until("the step", func() bool { return kittest.Sees(c, "Asked.") })
	d.ui.main.answers.runTest(testFromVast)
	if got := d.b.Called("TestFromVast"); got > 1 || d.ui.main.answers.slot.Key != "" {
		t.Errorf("a second test was started: %d calls, the slot shows %q", got, d.ui.main.answers.slot.Key)
	}
	answer <- health.Problem{Headline: words.Verbatim("The test did not arrive"), Next: words.Verbatim("Try again.")}
	d.Until("the failure", func() bool { return kittest.Sees(c, "The test did not arrive") })
	d.Tap(c, "Send test from Vast.ai")
	answer <- nil
	d.Until("the end", func() bool { return kittest.Sees(c, "Done. You can close this window") })
	d.WantNoText(c, "Search events")
	d.Tap(c, "Show events")
	if d.inSetUp() || !kittest.Sees(c, "Vast.ai events appear here") {
		t.Error("the events do not take the place of the set-up")
	}
}

func TestSetUpIsLeftByThoseWhoWantTo(t *testing.T) {
	finished := func(t *testing.T) *desk {
		d := newDesk(t, uitest.FirstStart())
		d.b.InForce.TrayHintShown = true
		d.showMain()
		d.become(status.Relaying)
		if !d.inSetUp() {
			t.Fatal("the set-up went by itself")
		}
		return d
	}
	t.Run("by closing the window", func(t *testing.T) {
		d := finished(t)
		d.ui.main.close()
		d.showMain()
		d.WantText(d.ui.Main().Content(), "Vast.ai events appear here")
	})
	t.Run("by opening an event from the tray", func(t *testing.T) {
		d := finished(t)
		d.ui.ShowEvent("ev-009")
		if d.inSetUp() {
			t.Error("the event lies behind the set-up")
		}
	})
	t.Run("but not while something is missing", func(t *testing.T) {
		d := newDesk(t, uitest.FirstStart())
		d.showMain()
		d.ui.main.endSetUp()
		if !d.inSetUp() {
			t.Error("the set-up is gone")
		}
	})
}

func TestNothingMovesInASetUpThatIsNotSeen(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.b.InForce.TrayHintShown = true
	d.showMain()
	d.become(status.Starting)
	moves := func() bool { return kittest.Moves(d.ui.Main().Content()) }
	if !moves() {
		t.Fatal("the wait for the connection shows no movement")
	}
	t.Run("because the person went on to the events", func(t *testing.T) {
		d.Tap(d.ui.Main().Content(), "Show events")
		if moves() {
			t.Error("it moves behind the events")
		}
		d.become(status.Relaying)
		d.become(status.Starting)
		if moves() {
			t.Error("it moves again behind the events")
		}
	})
	t.Run("because the window is hidden", func(t *testing.T) {
		d.become(status.Setup)
		d.become(status.Starting)
		if !moves() {
			t.Fatal("a second set-up shows no movement")
		}
		d.ui.main.close()
		if moves() {
			t.Error("it moves while the window is hidden")
		}
	})
}

func TestNothingMovesWhereATestEndsBehindTheEvents(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	answer := make(chan error)
	d.b.OnTest = func(context.Context, func(health.Step)) error { return <-answer }
	d.showMain()
	d.become(status.Relaying)
	d.Tap(d.ui.Main().Content(), "Send test from Vast.ai")
	d.ui.ShowEvent("ev-009")
	d.become(status.Starting)
	answer <- nil
	d.Until("the end", func() bool { return !d.ui.main.answers.testing })
	if kittest.Moves(d.ui.Main().Content()) {
		t.Error("the wait for the connection moves behind the events")
	}
}

func TestClosingBeforeTheSetUpDoesNotClaimToRelay(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.showMain()
	d.ui.main.close()
	d.Until("the desktop says so", func() bool { return len(d.said) > 0 })
	if said := strings.Join(d.said, "\n"); !strings.Contains(said, "waits in the tray to be set up") || strings.Contains(said, "goes on relaying") {
		t.Errorf("got %q, want that it waits to be set up", said)
	}
}

func TestClosingDoesNotClaimToRelayWhereNothingIsRelayed(t *testing.T) {
	for _, phase := range []status.Phase{status.Paused, status.Standby, status.Attention, status.Stopped} {
		t.Run(string(phase), func(t *testing.T) {
			d := newDesk(t, uitest.WithStatus(uitest.PhaseStatus(phase)))
			d.showMain()
			d.ui.main.close()
			d.Until("the desktop says so", func() bool { return len(d.said) > 0 })
			if want := []string{"Vast Relay keeps running: Reopen or quit it from the bell in the tray."}; !slices.Equal(d.said, want) {
				t.Errorf("got %q, want %q", d.said, want)
			}
		})
	}
}

func TestHidingTheSetUpForgetsWhatWasTyped(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.b.InForce.TrayHintShown = true
	d.showMain()
	chat := uitest.CardOf(d.ui.Main().Content(), credentials.ChatURL)
	test.Type(chat.Entry(), uitest.Secret)
	d.ui.main.close()
	d.WantForgotten(d.ui, uitest.Secret)
	d.showMain()
	if e := chat.Entry(); e == nil || e.Text != "" {
		t.Error("the set-up does not go on with an empty entry")
	}
}

func TestEventsTakeThePlaceOfTheSetUpOnceThereAreSome(t *testing.T) {
	b := uitest.FirstStart()
	b.Rows = uitest.Rows()
	d := newDesk(t, b)
	d.showMain()
	d.WantText(d.ui.Main().Content(), "Outbid #48926820")
	if kittest.Button(d.ui.Main().Content(), "Try the demo") != nil {
		t.Error("the set-up still stands in front of the events")
	}
	d.Tap(d.ui.Main().Content(), "Continue set-up")
}

// TestTheSetUpIsEnteredAlsoWhenTheEventsWereThereFirst shows the window while the program
// is still starting, as fast computers do: the events have the focus when the set-up
// takes their place.
func TestTheSetUpIsEnteredAlsoWhenTheEventsWereThereFirst(t *testing.T) {
	b := uitest.FirstStart()
	setUp := b.State
	b.State = uitest.PhaseStatus(status.Starting)
	d := newDesk(t, b)
	d.showMain()
	d.Pump()
	if d.ui.main.setUp {
		t.Fatal("the set-up is shown before anything is known to be missing")
	}
	b.Mu.Lock()
	b.State = setUp
	b.Mu.Unlock()
	b.Emit()
	d.Pump()
	d.Until("the first step is entered", func() bool {
		focused, ok := d.ui.Main().Canvas().Focused().(*kit.Entry)
		return ok && focused == uitest.CardOf(d.ui.Main().Content(), credentials.ChatURL).Entry()
	})
}

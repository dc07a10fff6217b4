package ui

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// give lets the backend have that credential from now on.
func (d *desk) give(kind credentials.Kind) {
	d.b.mu.Lock()
	defer d.b.mu.Unlock()
	for i, c := range sampleCredentials() {
		if c.Kind == kind {
			d.b.credentials[i] = c
		}
	}
}

// become puts the program into that phase.
func (d *desk) become(p status.Phase) {
	d.b.mu.Lock()
	d.b.status = phaseStatus(p)
	d.b.mu.Unlock()
	d.b.emit()
	d.Pump()
}

func TestSetUpTakesEachCredentialWhereItNamesIt(t *testing.T) {
	d := newDesk(t, firstStart())
	d.b.saveCred = func(_ context.Context, kind credentials.Kind, _ string, report func(health.Step)) error {
		report(health.Step{Name: "Ask", State: health.StepDone})
		d.give(kind)
		return nil
	}
	d.showMain()
	c, setup := d.ui.Main().Content(), d.ui.main.setup
	for _, absent := range []string{"Pause", "Send test", "Continue set-up", "Remove", "Show events"} {
		if kittest.Button(c, absent) != nil {
			t.Errorf("%q has no place before the set-up", absent)
		}
	}
	chat, token := cardOf(setup.cards, 1), cardOf(setup.cards, 2)
	if chat.entry() == nil || d.ui.Main().Canvas().Focused() != fyne.Focusable(chat.entry()) {
		t.Fatal("the entry of the first missing credential is not open with the focus")
	}
	d.WantText(c, "Apps & integrations")
	kittest.Golden(t, "setup.xml", setup.box, 960, 640)
	d.ui.Main().SetContent(c) // frame took the box away

	test.Type(chat.entry(), secret)
	chat.entry().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.Until("the next entry", func() bool { return token.entry() != nil })
	d.wantForgotten()
	if chat.entry() != nil || d.ui.Main().Canvas().Focused() != fyne.Focusable(token.entry()) {
		t.Error("the set-up does not go on with the entry of the next credential")
	}
	d.WantText(chat.ground, "Ops alerts")
	d.WantNoText(c, "Apps & integrations")

	test.Type(token.entry(), secret)
	d.Tap(token.ground, "Save and check")
	d.Until("the end", func() bool { return token.change() != nil })
	d.wantForgotten()
	if len(kittest.Entries(c)) != 0 {
		t.Error("an entry is open although nothing is missing")
	}
}

func TestSetUpEndsWithTheWholeWayTriedOnce(t *testing.T) {
	d := newDesk(t, firstStart())
	answer := make(chan error)
	d.b.test = func(_ context.Context, report func(health.Step)) error {
		report(health.Step{Name: "Asking Vast.ai", State: health.StepDone, Text: "Asked."})
		return <-answer
	}
	d.showMain()
	c, trial := d.ui.Main().Content(), d.ui.main.setup.trial
	d.WantText(trial.ground, "Once these work")
	d.ui.main.setup.leave()
	d.give(credentials.ChatURL)
	d.give(credentials.NgrokToken)

	d.become(status.Starting)
	d.WantText(trial.ground, "Connecting · Asking ngrok for the public address.")
	if kittest.Button(trial.ground, "Send test from Vast.ai") != nil {
		t.Error("a test is offered that cannot arrive")
	}
	d.become(status.Attention)
	d.WantText(trial.ground, "Google Chat refuses the messages")
	if kittest.Button(d.ui.main.header.box, "Replace Chat URL") == nil {
		t.Error("the button that helps is missing")
	}
	d.become(status.Relaying)
	d.WantText(trial.ground, "it should appear in “Ops alerts”")
	if d.ui.Main().Canvas().Focused() != fyne.Focusable(trial.send) {
		t.Error("the test does not have the focus")
	}

	trial.send.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.Until("the step", func() bool { return kittest.Sees(trial.ground, "Asked.") })
	answer <- health.Problem{Headline: "The test did not arrive", Next: "Try again."}
	d.Until("the failure", func() bool { return kittest.Sees(trial.ground, "The test did not arrive") })
	d.Tap(trial.ground, "Send test from Vast.ai")
	d.WantNoText(trial.ground, "The test did not arrive")
	answer <- nil
	d.Until("the end", func() bool { return kittest.Sees(trial.ground, "Done. You can close this window") })
	d.WantNoText(c, "Search events")

	d.Tap(trial.ground, "Show events")
	if d.ui.main.setup.box.Visible() || !d.ui.main.events.Visible() {
		t.Error("the events do not take the place of the set-up")
	}
}

func TestSetUpIsLeftByThoseWhoWantTo(t *testing.T) {
	finished := func(t *testing.T) *desk {
		d := newDesk(t, firstStart())
		d.b.settings.TrayHintShown = true
		d.showMain()
		d.become(status.Relaying)
		if !d.ui.main.setUp {
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
		if !d.ui.main.events.Visible() {
			t.Error("the event lies behind the set-up")
		}
	})
	t.Run("but not while something is missing", func(t *testing.T) {
		d := newDesk(t, firstStart())
		d.showMain()
		d.ui.main.endSetUp()
		if !d.ui.main.setup.box.Visible() {
			t.Error("the set-up is gone")
		}
	})
}

func TestNothingMovesInASetUpThatIsNotSeen(t *testing.T) {
	d := newDesk(t, firstStart())
	d.b.settings.TrayHintShown = true
	d.showMain()
	d.become(status.Starting)
	moves := func() bool {
		return reflect.ValueOf(d.ui.main.setup.trial.moves).Elem().FieldByName("started").Bool()
	}
	if !moves() {
		t.Fatal("the wait for the connection shows no movement")
	}
	t.Run("because the person went on to the events", func(t *testing.T) {
		d.Tap(d.ui.main.setup.trial.ground, "Show events")
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

func TestOneEmptyEntryIsOpenAtATime(t *testing.T) {
	d := newDesk(t, firstStart())
	d.showMain()
	chat, token := cardOf(d.ui.main.setup.cards, 1), cardOf(d.ui.main.setup.cards, 2)
	test.Tap(token.change())
	if chat.entry() != nil || token.entry() == nil || d.ui.Main().Canvas().Focused() != fyne.Focusable(token.entry()) {
		t.Error("the entry that was left empty is still open, or the new one has no focus")
	}
	test.Type(token.entry(), "half a tok")
	test.Tap(chat.change())
	if token.entry() == nil || token.entry().Text != "half a tok" {
		t.Error("what was typed was thrown away")
	}
}

func TestClosingBeforeTheSetUpDoesNotClaimToRelay(t *testing.T) {
	d := newDesk(t, firstStart())
	d.showMain()
	d.ui.main.close()
	over := d.ui.Main().Canvas().Overlays().Top()
	d.WantText(over, "waits in the tray to be set up")
	d.WantNoText(over, "goes on relaying")
}

func TestHidingTheSetUpForgetsWhatWasTyped(t *testing.T) {
	d := newDesk(t, firstStart())
	d.b.settings.TrayHintShown = true
	d.showMain()
	test.Type(cardOf(d.ui.main.setup.cards, 1).entry(), secret)
	d.ui.main.close()
	d.wantForgotten()
	d.showMain()
	if e := cardOf(d.ui.main.setup.cards, 1).entry(); e == nil || e.Text != "" {
		t.Error("the set-up does not go on with an empty entry")
	}
}

func TestSetUpSaysThatCredentialsCannotBeKept(t *testing.T) {
	b := firstStart()
	b.keyring = credentials.KeyringState{State: "locked", Words: "The system keyring is locked.", Action: health.ActionUnlockKeyring}
	d := newDesk(t, b)
	d.showMain()
	c := d.ui.Main().Content()
	d.Until("the keyring's state", func() bool { return kittest.Sees(c, "The system keyring is locked.") })
	d.WantNoText(c, "and stays in the system keyring")
	d.b.mu.Lock()
	d.b.keyring = credentials.KeyringState{State: "ready", Words: "Credentials are kept in the system keyring."}
	d.b.mu.Unlock()
	d.Tap(c, "Unlock keyring")
	d.Until("the end", func() bool { return !kittest.Sees(c, "locked") })
	d.WantNoText(c, "Unlock keyring")
	d.WantText(c, "and stays in the system keyring")
}

func TestDemoIsOfferedBesideTheSetUp(t *testing.T) {
	d := newDesk(t, firstStart())
	d.showMain()
	c := d.ui.Main().Content()
	d.Tap(c, "Try the demo")
	d.Until("the demo", func() bool { return kittest.Sees(c, "The demo has its own window.") })
	if got := d.b.called("StartDemo"); got != 1 {
		t.Errorf("StartDemo: got %d calls, want 1", got)
	}
}

func TestSetUpSaysWhyTheDemoDidNotStart(t *testing.T) {
	b := firstStart()
	b.demo = func() error { return errors.New("fork: no room") }
	d := newDesk(t, b)
	d.showMain()
	d.Tap(d.ui.Main().Content(), "Try the demo")
	d.Until("the reason", func() bool { return kittest.Sees(d.ui.Main().Content(), "Could not start the demo") })
	d.Tap(d.ui.Main().Content(), "Details")
	d.WantText(d.ui.Main().Content(), "fork: no room")
	d.Tap(d.ui.Main().Content(), "Copy")
	if got := d.App.Clipboard().Content(); !strings.Contains(got, "fork: no room") {
		t.Errorf("got %q on the clipboard", got)
	}
}

func TestEventsTakeThePlaceOfTheSetUpOnceThereAreSome(t *testing.T) {
	b := firstStart()
	b.rows = sampleRows()
	d := newDesk(t, b)
	d.showMain()
	d.WantText(d.ui.Main().Content(), "Instance outbid #48926820")
	if kittest.Button(d.ui.Main().Content(), "Try the demo") != nil {
		t.Error("the set-up still stands in front of the events")
	}
	d.Tap(d.ui.Main().Content(), "Continue set-up")
}

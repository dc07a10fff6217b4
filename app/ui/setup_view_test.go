package ui

import (
	"context"
	"errors"
	"strings"
	"testing"

	"vastrelay/app/ui/uitest"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestSetUpTakesEachCredentialWhereItNamesIt(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.b.OnSaveCredential = func(_ context.Context, kind credentials.Kind, _ string, report func(health.Step)) error {
		report(health.Step{Name: "Ask", State: health.StepDone})
		d.b.Give(kind)
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
	if chat.Entry() == nil || d.ui.Main().Canvas().Focused() != fyne.Focusable(chat.Entry()) {
		t.Fatal("the entry of the first missing credential is not open with the focus")
	}
	d.WantText(c, "Apps & integrations")
	kittest.Golden(t, "setup.xml", setup.box, 960, 640)
	d.ui.Main().SetContent(c) // frame took the box away

	test.Type(chat.Entry(), uitest.Secret)
	chat.Entry().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.Until("the next entry", func() bool { return token.Entry() != nil })
	d.WantForgotten(d.ui, uitest.Secret)
	if chat.Entry() != nil || d.ui.Main().Canvas().Focused() != fyne.Focusable(token.Entry()) {
		t.Error("the set-up does not go on with the entry of the next credential")
	}
	d.WantText(chat.Ground, "Ops alerts")
	d.WantNoText(c, "Apps & integrations")

	test.Type(token.Entry(), uitest.Secret)
	d.Tap(token.Ground, "Save and check")
	d.Until("the end", func() bool { return token.Change() != nil })
	d.WantForgotten(d.ui, uitest.Secret)
	if len(kittest.Entries(c)) != 0 {
		t.Error("an entry is open although nothing is missing")
	}
}

func TestSetUpEndsWithTheWholeWayTriedOnce(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	answer := make(chan error)
	d.b.OnTest = func(_ context.Context, report func(health.Step)) error {
		report(health.Step{Name: "Asking Vast.ai", State: health.StepDone, Text: "Asked."})
		return <-answer
	}
	d.showMain()
	c, trial := d.ui.Main().Content(), d.ui.main.setup.roundTrip
	d.WantText(trial.box, "Once these work")
	d.ui.main.setup.closeEntries()
	d.b.Give(credentials.ChatURL)
	d.b.Give(credentials.NgrokToken)

	d.become(status.Starting)
	d.WantText(trial.box, "Connecting · Asking ngrok for the public address.")
	if kittest.Button(trial.box, "Send test from Vast.ai") != nil {
		t.Error("a test is offered that cannot arrive")
	}
	d.become(status.Attention)
	d.WantText(trial.box, "Google Chat refuses the messages")
	if kittest.Button(d.ui.main.header.box, "Replace Chat URL") == nil {
		t.Error("the button that helps is missing")
	}
	d.become(status.Relaying)
	d.WantText(trial.box, "it should appear in “Ops alerts”")
	if d.ui.Main().Canvas().Focused() != fyne.Focusable(trial.send) {
		t.Error("the test does not have the focus")
	}

	trial.send.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.Until("the step", func() bool { return kittest.Sees(trial.box, "Asked.") })
	answer <- health.Problem{Headline: "The test did not arrive", Next: "Try again."}
	d.Until("the failure", func() bool { return kittest.Sees(trial.box, "The test did not arrive") })
	d.Tap(trial.box, "Send test from Vast.ai")
	d.WantNoText(trial.box, "The test did not arrive")
	answer <- nil
	d.Until("the end", func() bool { return kittest.Sees(trial.box, "Done. You can close this window") })
	d.WantNoText(c, "Search events")

	d.Tap(trial.box, "Show events")
	if d.ui.main.setup.box.Visible() || !d.ui.main.events.Box.Visible() {
		t.Error("the events do not take the place of the set-up")
	}
}

func TestSetUpIsLeftByThoseWhoWantTo(t *testing.T) {
	finished := func(t *testing.T) *desk {
		d := newDesk(t, uitest.FirstStart())
		d.b.InForce.TrayHintShown = true
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
		if !d.ui.main.events.Box.Visible() {
			t.Error("the event lies behind the set-up")
		}
	})
	t.Run("but not while something is missing", func(t *testing.T) {
		d := newDesk(t, uitest.FirstStart())
		d.showMain()
		d.ui.main.endSetUp()
		if !d.ui.main.setup.box.Visible() {
			t.Error("the set-up is gone")
		}
	})
}

func TestNothingMovesInASetUpThatIsNotSeen(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.b.InForce.TrayHintShown = true
	d.showMain()
	d.become(status.Starting)
	moves := func() bool { return d.ui.main.setup.roundTrip.moves.Moving() }
	if !moves() {
		t.Fatal("the wait for the connection shows no movement")
	}
	t.Run("because the person went on to the events", func(t *testing.T) {
		d.Tap(d.ui.main.setup.roundTrip.box, "Show events")
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
	if d.ui.main.setup.roundTrip.moves.Moving() {
		t.Error("the wait for the connection moves behind the events")
	}
}

func TestOneEmptyEntryIsOpenAtATime(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.showMain()
	chat, token := cardOf(d.ui.main.setup.cards, 1), cardOf(d.ui.main.setup.cards, 2)
	test.Tap(token.Change())
	if chat.Entry() != nil || token.Entry() == nil || d.ui.Main().Canvas().Focused() != fyne.Focusable(token.Entry()) {
		t.Error("the entry that was left empty is still open, or the new one has no focus")
	}
	test.Type(token.Entry(), "half a tok")
	test.Tap(chat.Change())
	if token.Entry() == nil || token.Entry().Text != "half a tok" {
		t.Error("what was typed was thrown away")
	}
}

func TestClosingBeforeTheSetUpDoesNotClaimToRelay(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.showMain()
	d.ui.main.close()
	over := d.ui.Main().Canvas().Overlays().Top()
	d.WantText(over, "waits in the tray to be set up")
	d.WantNoText(over, "goes on relaying")
}

func TestHidingTheSetUpForgetsWhatWasTyped(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.b.InForce.TrayHintShown = true
	d.showMain()
	test.Type(cardOf(d.ui.main.setup.cards, 1).Entry(), uitest.Secret)
	d.ui.main.close()
	d.WantForgotten(d.ui, uitest.Secret)
	d.showMain()
	if e := cardOf(d.ui.main.setup.cards, 1).Entry(); e == nil || e.Text != "" {
		t.Error("the set-up does not go on with an empty entry")
	}
}

func TestSetUpSaysThatCredentialsCannotBeKept(t *testing.T) {
	b := uitest.FirstStart()
	b.KeyringNow = credentials.KeyringState{State: "locked", Words: "The system keyring is locked.", Action: health.ActionUnlockKeyring}
	d := newDesk(t, b)
	d.showMain()
	c := d.ui.Main().Content()
	d.Until("the keyring's state", func() bool { return kittest.Sees(c, "The system keyring is locked.") })
	d.WantNoText(c, "and stays in the system keyring")
	d.b.Mu.Lock()
	d.b.KeyringNow = credentials.KeyringState{State: "ready", Words: "Credentials are kept in the system keyring."}
	d.b.Mu.Unlock()
	d.Tap(c, "Unlock keyring")
	d.Until("the end", func() bool { return !kittest.Sees(c, "locked") })
	d.WantNoText(c, "Unlock keyring")
	d.WantText(c, "and stays in the system keyring")
}

func TestDemoIsOfferedBesideTheSetUp(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.showMain()
	c := d.ui.Main().Content()
	d.Tap(c, "Try the demo")
	d.Until("the demo", func() bool { return kittest.Sees(c, "The demo has its own window.") })
	if got := d.b.Called("StartDemo"); got != 1 {
		t.Errorf("StartDemo: got %d calls, want 1", got)
	}
}

func TestSetUpSaysWhyTheDemoDidNotStart(t *testing.T) {
	b := uitest.FirstStart()
	b.OnStartDemo = func() error { return errors.New("fork: no room") }
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
	b := uitest.FirstStart()
	b.Rows = uitest.Rows()
	d := newDesk(t, b)
	d.showMain()
	d.WantText(d.ui.Main().Content(), "Instance outbid #48926820")
	if kittest.Button(d.ui.Main().Content(), "Try the demo") != nil {
		t.Error("the set-up still stands in front of the events")
	}
	d.Tap(d.ui.Main().Content(), "Continue set-up")
}

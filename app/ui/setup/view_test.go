package setup

import (
	"context"
	"errors"
	"strings"
	"testing"

	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/relay/tunnel"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestSetUpTakesEachCredentialWhereItNamesIt(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.b.OnSaveCredential = func(_ context.Context, kind credentials.Kind, _ string, report func(health.Step)) error {
		report(health.Step{Name: words.Verbatim("Ask"), State: health.StepDone})
		d.b.Give(kind)
		return nil
	}
	box := d.view.Box
	d.view.GoOn()
	chat, token := d.cardOf(credentials.ChatURL), d.cardOf(credentials.NgrokToken)
	if chat.Entry() == nil || d.focused() != fyne.Focusable(chat.Entry()) {
		t.Fatal("the entry of the first missing credential is not open with the focus")
	}
	for _, absent := range []string{"Remove", "Show events", "Send test from Vast.ai"} {
		if kittest.Button(box, absent) != nil {
			t.Errorf("%q has no place before the set-up", absent)
		}
	}
	d.WantText(box, "Apps & integrations")
	d.WantText(box, "While this computer sleeps or is off, ngrok answers 404. Vast.ai does not try that again: the event is lost.")
	kittest.Golden(t, "setup.xml", box, 960, 640)
	d.win.SetContent(box) // Golden took it into a window of its own.

	test.Type(chat.Entry(), uitest.Secret)
	chat.Entry().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.Until("the next entry", func() bool { return token.Entry() != nil })
	d.wantForgotten()
	if chat.Entry() != nil || d.focused() != fyne.Focusable(token.Entry()) {
		t.Error("the set-up does not go on with the entry of the next credential")
	}
	d.WantText(chat.Ground, "Ops alerts")
	d.WantNoText(box, "Apps & integrations")

	test.Type(token.Entry(), uitest.Secret)
	d.Tap(token.Ground, "Save and check")
	d.Until("the end", func() bool { return token.Change() != nil })
	d.wantForgotten()
	if len(kittest.Entries(box)) != 0 {
		t.Error("an entry is open although nothing is missing")
	}
}

func TestOneEmptyEntryIsOpenAtATime(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.view.GoOn()
	chat, token := d.cardOf(credentials.ChatURL), d.cardOf(credentials.NgrokToken)
	test.Tap(token.Change())
	if chat.Entry() != nil || token.Entry() == nil || d.focused() != fyne.Focusable(token.Entry()) {
		t.Error("the entry that was left empty is still open, or the new one has no focus")
	}
	test.Type(token.Entry(), "half a tok")
	test.Tap(chat.Change())
	if token.Entry() == nil || token.Entry().Text != "half a tok" {
		t.Error("what was typed was thrown away")
	}
}

func TestClosedEntriesForgetWhatWasTyped(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.view.GoOn()
	test.Type(d.cardOf(credentials.ChatURL).Entry(), uitest.Secret)
	d.view.CloseEntries()
	d.wantForgotten()
	if len(kittest.Entries(d.view.Box)) != 0 {
		t.Error("an entry is still open")
	}
	d.view.GoOn()
	if e := d.cardOf(credentials.ChatURL).Entry(); e == nil || e.Text != "" {
		t.Error("the set-up does not go on with an empty entry")
	}
}

func TestSetUpSaysThatCredentialsCannotBeKept(t *testing.T) {
	b := uitest.FirstStart()
	b.KeyringNow = credentials.KeyringState{State: "locked", Words: words.Verbatim("The system keyring is locked."), Action: health.ActionUnlockKeyring}
	d := newDesk(t, b)
	box := d.view.Box
	d.Until("the keyring's state", func() bool { return kittest.Sees(box, "The system keyring is locked.") })
	d.WantNoText(box, "and stays in the system keyring")
	d.b.Mu.Lock()
	d.b.KeyringNow = credentials.KeyringState{State: "ready", Words: words.Verbatim("Credentials are kept in the system keyring.")}
	d.b.Mu.Unlock()
	d.Tap(box, "Unlock keyring")
	d.Until("the end", func() bool { return !kittest.Sees(box, "locked") })
	d.WantNoText(box, "Unlock keyring")
	d.WantText(box, "and stays in the system keyring")
}

func TestDemoIsOfferedBesideTheSetUp(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.Tap(d.view.Box, "Try the demo")
	d.WantText(d.view.Box, "Starting the demo…")
	d.Until("the demo", func() bool { return kittest.Sees(d.view.Box, "The demo has its own window.") })
	if got := d.b.Called("StartDemo"); got != 1 {
		t.Errorf("StartDemo: got %d calls, want 1", got)
	}
	d.become(status.Starting)
	if kittest.Button(d.view.Box, "Try the demo") != nil {
		t.Error("the demo is offered to somebody who has all credentials")
	}
}

func TestSetUpSaysWhyTheDemoDidNotStart(t *testing.T) {
	b := uitest.FirstStart()
	b.OnStartDemo = func() error { return errors.New("fork: no room") }
	d := newDesk(t, b)
	d.Tap(d.view.Box, "Try the demo")
	d.Until("the reason", func() bool { return kittest.Sees(d.view.Box, "Could not start the demo") })
	d.Tap(d.view.Box, "Details")
	d.WantText(d.view.Box, "fork: no room")
	d.Tap(d.view.Box, "Copy")
	if got := d.App.Clipboard().Content(); !strings.Contains(got, "fork: no room") {
		t.Errorf("got %q on the clipboard", got)
	}
}

func TestNothingIsSaidToBeLostBehindACloudEndpoint(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	const lost = "the event is lost"
	d.WantText(d.view.Box, lost)
	d.b.Mu.Lock()
	d.b.InForce.TunnelValues = tunnel.Values{"ngrok_cloud_endpoint": "relay.ngrok.app"}
	d.b.Mu.Unlock()
	d.view.refresh()
	d.WantNoText(d.view.Box, lost)
}

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
	chat := d.cardOf(credentials.ChatURL)
	if chat.Entry() == nil || d.focused() != fyne.Focusable(chat.Entry()) {
		t.Fatal("the entry of the first missing credential is not open with the focus")
	}
	for _, absent := range []string{"Remove", "Show events", "Send test from Vast.ai", "System keyring"} {
		if kittest.Button(box, absent) != nil {
			t.Errorf("%q has no place before the set-up", absent)
		}
	}
	if d.cardOf(credentials.NgrokToken).Ground != nil {
		t.Error("two things are asked for at once")
	}
	d.wantMark("Vast.ai API key", "works")
	d.wantMark("Google Chat webhook URL", "missing")
	d.wantMark("ngrok authtoken", "later")
	d.WantText(box, "Apps & integrations")
	kittest.Golden(t, "setup.xml", box, 960, 640)
	d.win.SetContent(box) // Golden took it into a window of its own.

	test.Type(chat.Entry(), uitest.Secret)
	chat.Entry().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.Until("the next entry", func() bool { return d.cardOf(credentials.NgrokToken).Entry() != nil })
	d.wantForgotten()
	token := d.cardOf(credentials.NgrokToken)
	if d.focused() != fyne.Focusable(token.Entry()) {
		t.Error("the set-up does not go on with the entry of the next credential")
	}
	d.WantNoText(box, "Apps & integrations")
	d.WantText(box, "While this computer sleeps or is off, ngrok answers 404. Vast.ai does not try that again: the event is lost.")
	d.wantMark("Google Chat webhook URL", "works")

	test.Type(token.Entry(), uitest.Secret)
	d.Tap(token.Ground, "Save and check")
	d.Until("the end", func() bool { return kittest.Sees(box, "Once the steps before are done") })
	d.wantForgotten()
	if len(kittest.Entries(box)) != 0 {
		t.Error("an entry is open although nothing is missing")
	}
}

// wantMark fails unless the step of that name has that mark.
func (d *desk) wantMark(step, mark string) {
	d.T.Helper()
	b := kittest.Button(d.view.Box, step)
	if b == nil {
		d.T.Fatalf("there is no step %q", step)
	}
	if got := b.Icon.Name(); !strings.Contains(got, mark) {
		d.T.Errorf("%s: got the mark %q, want one of %q", step, got, mark)
	}
}

func TestAPersonGoesBackToAStepThatIsDone(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.view.GoOn()
	d.Tap(d.view.Box, "Vast.ai API key")
	key := d.cardOf(credentials.VastKey)
	d.WantText(key.Ground, "ada@example.net")
	d.view.Update(d.b.Status())
	if key.Change() == nil || d.cardOf(credentials.ChatURL).Ground != nil {
		t.Error("the step goes by itself, or its credential cannot be replaced")
	}
	test.Tap(key.Change())
	escape := &fyne.KeyEvent{Name: fyne.KeyEscape}
	key.Entry().TypedKey(escape)
	if key.Entry() != nil {
		t.Error("Escape does not close the entry of what is there already")
	}
	d.view.GoOn()
	if d.cardOf(credentials.ChatURL).Entry() == nil {
		t.Error("the set-up does not go on with what is missing")
	}
}

func TestWhatWasTypedStaysWhileAnotherStepIsShown(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.view.GoOn()
	test.Type(d.cardOf(credentials.ChatURL).Entry(), "half a URL")
	d.Tap(d.view.Box, "ngrok authtoken")
	token := d.cardOf(credentials.NgrokToken)
	if token.Entry() == nil || d.focused() != fyne.Focusable(token.Entry()) {
		t.Fatal("the entry of the step that was picked is not open with the focus")
	}
	d.Tap(d.view.Box, "Google Chat webhook URL")
	chat := d.cardOf(credentials.ChatURL)
	if chat.Entry() == nil || chat.Entry().Text != "half a URL" {
		t.Fatal("what was typed was thrown away")
	}
	chat.Entry().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if e := chat.Entry(); e == nil || e.Text != "" || d.focused() != fyne.Focusable(e) {
		t.Error("Escape does not empty the entry, or takes it away")
	}
}

func TestTheIntroductionGoesWhereThereIsNothingToPaste(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.WantText(d.view.Box, "Paste what the steps ask for")
	d.view.Update(status.Status{Phase: status.Starting})
	d.WantNoText(d.view.Box, "Paste what the steps ask for")
}

func TestClosedEntriesForgetWhatWasTyped(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.view.GoOn()
	test.Type(d.cardOf(credentials.ChatURL).Entry(), uitest.Secret)
	d.view.CloseEntries()
	d.wantForgotten()
	if d.cardOf(credentials.ChatURL).Entry() != nil {
		t.Error("an entry is still open")
	}
	d.view.GoOn()
	if e := d.cardOf(credentials.ChatURL).Entry(); e == nil || e.Text != "" {
		t.Error("the set-up does not go on with an empty entry")
	}
}

// keyringBecomes lets the keyring have that state from now on.
func (d *desk) keyringBecomes(state string, help health.Action) {
	d.b.Mu.Lock()
	d.b.KeyringNow = credentials.KeyringState{State: state, Words: words.Verbatim("The keyring is " + state + "."), Action: help}
	d.b.Mu.Unlock()
	d.view.Update(d.b.Status())
}

func TestTheKeyringIsTheFirstStepWhereItNeedsThePerson(t *testing.T) {
	for _, c := range []struct {
		state  string
		help   health.Action
		title  string
		button string
	}{
		{"locked", health.ActionUnlockKeyring, "Unlock your keyring", "Unlock keyring"},
		{"no_collection", health.ActionCreateKeyring, "Your system has no keyring yet.", "Create keyring"},
		{"unavailable", health.ActionLookAgain, "No keyring runs on this computer", "Look again"},
		{"unresponsive", health.ActionRetry, "Your keyring does not answer", "Try now"},
	} {
		t.Run(c.state, func(t *testing.T) {
			d := newDesk(t, uitest.FirstStart())
			d.view.GoOn()
			box := d.view.Box
			d.keyringBecomes(c.state, c.help)
			d.Until("the step", func() bool { return kittest.Sees(box, c.title) })
			help := kittest.Button(box, c.button)
			if help == nil || d.focused() != fyne.Focusable(help) {
				t.Fatal("the button that helps is not there with the focus")
			}
			if len(kittest.Entries(box)) != 0 {
				t.Error("something can be pasted that would not be stored")
			}
			d.WantNoText(box, "stored in your system keyring")
			if kittest.Button(box, "Keep for this run only") == nil {
				t.Error("to go on without a keyring is not offered")
			}

			d.b.OnPerform = func(context.Context, health.Action) error {
				return health.New(health.KeyringStayedLocked)
			}
			d.Tap(box, c.button)
			d.Until("the refusal", func() bool { return kittest.Sees(box, "The keyring stayed locked") })
			if b := kittest.Button(box, c.button); b == nil || b.Disabled() || d.focused() != fyne.Focusable(b) {
				t.Error("it cannot be tried again, or not by Return")
			}

			unreadable := func(yes bool) {
				d.b.Mu.Lock()
				defer d.b.Mu.Unlock()
				for i := range d.b.Stored {
					d.b.Stored[i].State = credentials.Missing
					if yes {
						d.b.Stored[i].State = credentials.Unreadable // until they are read anew
					}
				}
				d.b.Stored[0].State = credentials.InKeyring
			}
			unreadable(true)
			d.keyringBecomes("empty", health.ActionNone) // by itself, or by somebody else
			d.Until("the keyring is ready", func() bool { return kittest.Sees(box, "stored in your system keyring") })
			unreadable(false)
			d.view.Update(d.b.Status())
			d.Until("the next step", func() bool { return d.cardOf(credentials.ChatURL).Entry() != nil })
			d.wantMark("System keyring", "done")
			d.WantText(box, "stored in your system keyring")
		})
	}
}

func TestAPersonGoesOnWithoutAKeyring(t *testing.T) {
	b := uitest.FirstStart()
	b.KeyringNow = credentials.KeyringState{State: "unavailable", Words: words.Verbatim("There is none."), Action: health.ActionLookAgain}
	d := newDesk(t, b)
	d.Until("the step", func() bool { return kittest.Button(d.view.Box, "Keep for this run only") != nil })
	d.Tap(d.view.Box, "Keep for this run only")
	d.Until("the next step", func() bool { return d.cardOf(credentials.ChatURL).Entry() != nil })
	d.wantMark("System keyring", "without")
	d.WantNoText(d.view.Box, "stored in your system keyring")
}

func TestAPersonGoesOnWithoutTheKeyringThereIs(t *testing.T) {
	for _, state := range []string{"locked", "no_collection", "unresponsive"} {
		t.Run(state, func(t *testing.T) {
			b := uitest.FirstStart()
			b.KeyringNow = credentials.KeyringState{State: state, Words: words.Verbatim("It is not ready."), Action: health.ActionUnlockKeyring}
			asked := health.ActionNone
			b.OnPerform = func(_ context.Context, a health.Action) error {
				b.Mu.Lock()
				defer b.Mu.Unlock()
				asked = a
				b.KeyringNow = credentials.KeyringState{State: "set_aside", Words: words.Verbatim("Kept for this run only."), Action: health.ActionUnlockKeyring}
				return nil
			}
			d := newDesk(t, b)
			d.Until("the step", func() bool { return kittest.Button(d.view.Box, "Keep for this run only") != nil })
			d.WantText(d.view.Box, "you paste them again at the next start")
			d.Tap(d.view.Box, "Keep for this run only")
			d.Until("the next step", func() bool { return d.cardOf(credentials.ChatURL).Entry() != nil })
			if asked != health.ActionKeepForRun {
				t.Errorf("the program was asked to %q", asked)
			}
			d.wantMark("System keyring", "without")
			d.WantNoText(d.view.Box, "stored in your system keyring")
			d.Tap(d.view.Box, "System keyring")
			d.WantText(d.view.Box, "Your credentials are kept for this run only")
			if kittest.Button(d.view.Box, "Unlock keyring") == nil || kittest.Button(d.view.Box, "Keep for this run only") != nil {
				t.Error("the keyring cannot be taken into use after all")
			}
		})
	}
}

func TestWhatIsInUseIsNotGivenUpForAKeyringThatGetsLocked(t *testing.T) {
	b := uitest.FirstStart()
	b.KeyringNow = credentials.KeyringState{State: "locked", Words: words.Verbatim("It is locked."), Action: health.ActionUnlockKeyring, InUse: true}
	d := newDesk(t, b)
	d.Until("the step", func() bool { return kittest.Button(d.view.Box, "Unlock keyring") != nil })
	if kittest.Button(d.view.Box, "Keep for this run only") != nil {
		t.Error("to go on without what is in use is offered")
	}
}

func TestWhatIsBeingTypedIsNotTakenAwayByTheKeyring(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	d.view.GoOn()
	test.Type(d.cardOf(credentials.ChatURL).Entry(), "half a URL")
	d.keyringBecomes("locked", health.ActionUnlockKeyring)
	d.Until("the step", func() bool { return kittest.Button(d.view.Box, "System keyring") != nil })
	if e := d.cardOf(credentials.ChatURL).Entry(); e == nil || e.Text != "half a URL" || d.focused() != fyne.Focusable(e) {
		t.Error("the entry went away")
	}
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
	d.Tap(d.view.Box, "ngrok authtoken")
	d.WantText(d.view.Box, lost)
	d.b.Mu.Lock()
	d.b.InForce.TunnelValues = tunnel.Values{"ngrok_cloud_endpoint": "relay.ngrok.app"}
	d.b.Mu.Unlock()
	d.view.refresh()
	d.WantNoText(d.view.Box, lost)
}

package settings

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"vastrelay/app/ui/uitest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit/kittest"
)

// wantForgotten fails if the secret is anywhere in the windows.
func (d *desk) wantForgotten() {
	d.T.Helper()
	d.WantForgotten(d.w, uitest.Secret)
}

func TestThePastedSecretIsFoundByTheSearchForIt(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(string(credentials.VastKey))
	test.Type(cardAt(w, 0).Entry(), uitest.Secret)
	if at := kittest.Holds(reflect.ValueOf(w.win), uitest.Secret, "window", map[uintptr]bool{}); at == "" {
		t.Fatal("holds finds nothing in an entry that holds the secret, so that the other tests prove nothing")
	}
}

func TestPastingACredential(t *testing.T) {
	b := uitest.Working()
	got := make(chan string, 1)
	answer := make(chan error)
	b.OnSaveCredential = func(_ context.Context, kind credentials.Kind, pasted string, report func(health.Step)) error {
		got <- string(kind) + " " + pasted
		report(health.Step{Name: "Ask Vast.ai who I am", State: health.StepDone, Text: "ada@example.net", Took: 300 * time.Millisecond})
		return <-answer
	}
	d := newDesk(t, b)
	w := d.showSettings(SectionConnections)
	c := w.win.Content()
	card := cardAt(w, 0)
	test.Tap(card.Change())
	entry := card.Entry()
	if w.win.Canvas().Focused() != fyne.Focusable(entry) {
		t.Error("the entry does not have the focus")
	}
	if !entry.Password || entry.Text != "" {
		t.Error("the entry shows what is in it, or has something in it")
	}
	if !kittest.Button(c, "Save and check").Disabled() {
		t.Error("nothing can be saved")
	}
	test.Type(entry, uitest.Secret)
	d.Tap(c, "Save and check")
	if want := "vast_key " + uitest.Secret; <-got != want {
		t.Errorf("the backend did not get what was pasted")
	}
	d.WantText(c, "Checking the Vast.ai API key…")
	d.Until("the step", func() bool { return kittest.Sees(c, "ada@example.net · +300 ms") })
	if len(kittest.Entries(c)) != 0 {
		t.Error("the entry is still there while its content is being checked")
	}
	d.wantForgotten()
	answer <- nil
	d.Until("the end", func() bool { return kittest.Sees(c, "Saved; it is in use from now on.") })
	d.wantForgotten()
	d.WantText(c, "Nothing is missing any more.")
	if card.Change() == nil {
		t.Error("it cannot be replaced again")
	}
}

func TestSetUpGoesOnWithTheNextCredential(t *testing.T) {
	d := newDesk(t, uitest.FirstStart())
	w := d.showSettings(string(credentials.ChatURL))
	c := w.win.Content()
	d.WantText(c, "Apps & integrations")
	test.Type(cardAt(w, 1).Entry(), "https://chat.googleapis.com/v1/spaces/x")
	d.b.Mu.Lock()
	d.b.Stored[1] = uitest.Credentials()[1]
	d.b.Mu.Unlock()
	d.Tap(c, "Save and check")
	d.Until("the end", func() bool { return kittest.Button(c, "Next: ngrok authtoken") != nil })
	d.Tap(c, "Next: ngrok authtoken")
	card := cardAt(w, 2)
	if card.Entry() == nil || w.win.Canvas().Focused() != fyne.Focusable(card.Entry()) {
		t.Fatal("the entry of the next credential is not open with the focus")
	}
	low := fyne.CurrentApp().Driver().AbsolutePositionForObject(card.Ground).Y + card.Ground.Size().Height
	if low > w.win.Canvas().Size().Height {
		t.Errorf("the card ends at %v, below the window of %v", low, w.win.Canvas().Size().Height)
	}
}

func TestRefusedCredentialGetsAFreshEntry(t *testing.T) {
	b := uitest.Working()
	b.OnSaveCredential = func(_ context.Context, _ credentials.Kind, _ string, report func(health.Step)) error {
		report(health.Step{Name: "Ask ngrok", State: health.StepRunning})
		return health.Problem{Headline: "The ngrok token was refused", Next: "Paste a new one.", Action: health.ActionReplaceToken, Details: "ERR_NGROK_105"}
	}
	d := newDesk(t, b)
	w := d.showSettings(string(credentials.NgrokToken))
	c := w.win.Content()
	card := cardAt(w, 2)
	first := card.Entry()
	test.Type(first, uitest.Secret)
	first.OnSubmitted(first.Text) // Return saves as well.
	d.Until("the refusal", func() bool { return kittest.Sees(c, "The ngrok token was refused") })
	d.WantText(c, "Paste a new one.")
	if card.Entry() == nil || card.Entry() == first || card.Entry().Text != "" {
		t.Error("the next try does not start with a fresh, empty entry")
	}
	if kittest.Button(c, "Replace token") != nil {
		t.Error("a button would open the entry that is open")
	}
	d.wantForgotten()
	card.Entry().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if card.Entry() != nil {
		t.Error("Escape does not close the entry")
	}
	if w.win.Canvas().Focused() != fyne.Focusable(card.Change()) {
		t.Error("the focus is lost with the entry")
	}
}

func TestClosingTheSettingsDropsWhatWasTyped(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(string(credentials.VastKey))
	test.Type(cardAt(w, 0).Entry(), uitest.Secret)
	w.close()
	d.wantForgotten()
	if d.w != nil {
		t.Error("nobody was told that the window has closed")
	}
}

func TestTheSettingsCloseByKey(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionConnections)
	for _, k := range w.keys() {
		if k.Key.ShortcutName() == (&desktop.CustomShortcut{KeyName: fyne.KeyW, Modifier: fyne.KeyModifierShortcutDefault}).ShortcutName() {
			k.Do(k.Key)
		}
	}
	if d.w != nil {
		t.Error("Ctrl+W does not close the settings")
	}
}

func TestRemovingACredential(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionConnections)
	c := w.win.Content()
	test.Tap(cardAt(w, 1).Remove())
	d.WantText(c, "Remove the Google Chat webhook URL? Relaying stops until there is a new one.")
	d.Tap(c, "Keep it")
	if d.b.Called("RemoveCredential") != 0 {
		t.Error("it was removed although it was to be kept")
	}
	test.Tap(cardAt(w, 1).Remove())
	d.Tap(c, "Remove it")
	d.Until("the end", func() bool {
		return d.b.Called("RemoveCredential chat_url") == 1 && cardAt(w, 1).Change() != nil
	})
	d.WantNoText(c, "Removing it…")
}

func TestCredentialCards(t *testing.T) {
	refused := &health.Problem{Headline: "Vast.ai refuses the key", Cause: "It was deleted.", Next: "Make a new one.", Action: health.ActionReplaceKey}
	for _, c := range []struct {
		name    string
		is      credentials.Credential
		want    string
		buttons string
	}{
		{"works", uitest.Credentials()[0], "Saved in the system keyring · ada@example.net · works, checked 2 min ago", "Replace Remove"},
		{"untried", credentials.Credential{State: credentials.InKeyring}, "Saved in the system keyring · not checked in this run", "Replace Remove"},
		{"missing", credentials.Credential{State: credentials.Missing}, "Not set. Lets Vast Relay ask Vast.ai to send your notifications.", "Add"},
		{"memory", credentials.Credential{State: credentials.InMemory}, "Kept for this run only, because there is no keyring · not checked in this run", "Replace Remove"},
		{"environment", credentials.Credential{State: credentials.FromEnvironment}, "Given by the environment for this run; it cannot be changed here · not checked in this run", ""},
		{"unreadable", credentials.Credential{State: credentials.Unreadable}, "Cannot be read: the system keyring is locked or has no collection", "Replace Remove"},
		{"refused", credentials.Credential{State: credentials.InKeyring, Problem: refused}, "Vast.ai refuses the key", "Replace Remove"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := uitest.Working()
			c.is.Kind = credentials.VastKey
			b.Stored = []credentials.Credential{c.is}
			d := newDesk(t, b)
			card := cardAt(d.showSettings(SectionConnections), 0)
			d.WantText(card.Ground, c.want)
			var shown []string
			for _, b := range []string{"Add", "Replace", "Remove", "Replace API key"} {
				if kittest.Button(card.Ground, b) != nil {
					shown = append(shown, b)
				}
			}
			if got := strings.Join(shown, " "); got != c.buttons {
				t.Errorf("got the buttons %q, want %q", got, c.buttons)
			}
			kittest.Golden(t, "card-"+c.name+".xml", card.Ground, 540, 160)
		})
	}
}

func TestOpenDetailsOfACredentialStayOpen(t *testing.T) {
	b := uitest.Working()
	b.Stored[0].Problem = &health.Problem{Headline: "Vast.ai refuses the key", Details: "HTTP 401"}
	d := newDesk(t, b)
	card := cardAt(d.showSettings(SectionConnections), 0)
	d.Tap(card.Ground, "Details")
	d.WantText(card.Ground, "HTTP 401")
	d.b.Emit()
	d.Pump()
	d.WantText(card.Ground, "HTTP 401")
	b.Mu.Lock()
	b.Stored[0].Problem = nil
	b.Mu.Unlock()
	d.b.Emit()
	d.Pump()
	d.WantNoText(card.Ground, "Vast.ai refuses the key")
}

func TestWhereToGetACredential(t *testing.T) {
	d := newDesk(t, uitest.Working())
	card := cardAt(d.showSettings(SectionConnections), 0)
	d.WantNoText(card.Ground, "user_read and user_write")
	card.Where().OnTapped()
	d.WantText(card.Ground, "user_read and user_write")
	d.WantText(card.Ground, "Open the Vast.ai keys page")
	card.Where().OnTapped()
	d.WantNoText(card.Ground, "user_read and user_write")
}

func TestLockedKeyringCanBeUnlocked(t *testing.T) {
	b := uitest.Working()
	b.KeyringNow = credentials.KeyringState{State: "locked", Words: "The system keyring is locked.", Action: health.ActionUnlockKeyring}
	answer := make(chan error)
	b.OnPerform = func(context.Context, health.Action) error { return <-answer }
	d := newDesk(t, b)
	c := d.showSettings(SectionConnections).win.Content()
	d.Until("its state", func() bool { return kittest.Sees(c, "The system keyring is locked.") })
	d.Tap(c, "Unlock keyring")
	d.WantText(c, "Waiting for the keyring…")
	answer <- health.Problem{Headline: "The keyring stayed locked", Next: "Type its password when it asks."}
	d.Until("the refusal", func() bool { return kittest.Sees(c, "The keyring stayed locked") })
	if b := kittest.Button(c, "Unlock keyring"); b == nil || b.Disabled() {
		t.Error("it cannot be tried again")
	}
	if got := d.b.Called("Perform unlock_keyring"); got != 1 {
		t.Errorf("Perform: got %d calls, want 1", got)
	}
}

func TestDemoKeepsNothingAndAsksForNothing(t *testing.T) {
	b := uitest.Demo()
	b.KeyringNow = credentials.KeyringState{State: "unavailable", Words: "There is no system keyring here.", Action: health.ActionRetry}
	b.Stored[2] = credentials.Credential{Kind: credentials.NgrokToken, State: credentials.Missing}
	b.InForce.Tunnel = "url"
	d := newDesk(t, b)
	c := d.showSettings(SectionConnections).win.Content()
	d.Until("the keyring's line", func() bool { return kittest.Sees(c, "The demo keeps nothing") })
	d.WantText(c, "Made up for the demo · ada@example.net")
	d.WantText(c, "Not needed while the public address is your own.")
	for _, absent := range []string{"Add", "Replace", "Remove", "Try again"} {
		if kittest.Button(c, absent) != nil {
			t.Errorf("%q has no place in the demo", absent)
		}
	}
}

// TestAnOptionalCredentialIsOfferedWithItsTunnel shows the card of one only while
// the tunnel that uses it is chosen, and asks for nothing.
func TestAnOptionalCredentialIsOfferedWithItsTunnel(t *testing.T) {
	for _, tt := range []struct {
		tunnel  string
		offered bool
	}{{"ngrok", false}, {"url", false}, {"tunnelmole", true}} {
		t.Run(tt.tunnel, func(t *testing.T) {
			b := uitest.Working()
			b.InForce.Tunnel = tt.tunnel
			d := newDesk(t, b)
			w := d.showSettings(SectionConnections)
			c := w.win.Content()
			if kind, missing := w.connections.at.Missing(); missing {
				t.Errorf("%s is asked for", kind)
			}
			if !tt.offered {
				d.WantNoText(c, "Tunnelmole API key")
				return
			}
			d.WantText(c, "Not set, and not needed. With a subscription, it lets you choose a subdomain of your own.")
			test.Tap(uitest.CardOf(c, credentials.TunnelmoleKey).Change())
			d.WantText(c, "Sign in at the Tunnelmole dashboard, subscribe, and copy your API key.")
			test.Tap(uitest.CardOf(c, credentials.NgrokToken).Remove())
			d.WantText(c, "Remove the ngrok authtoken?")
			d.WantNoText(c, "Relaying stops until there is a new one.")
		})
	}
}

func TestHangingKeyringHoldsNothingUp(t *testing.T) {
	b := uitest.Working()
	answer := make(chan bool)
	b.OnKeyring = func() { <-answer }
	d := newDesk(t, b)
	w := d.showSettings(SectionConnections) // hangs with the keyring if it is asked here
	d.WantText(w.win.Content(), "Saved in the system keyring · ada@example.net")
	for range 3 {
		w.connections.refresh()
	}
	close(answer)
	d.Until("its state", func() bool { return kittest.Sees(w.win.Content(), "Credentials are kept in the system keyring.") })
}

func TestChangesReachTheSettings(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(string(credentials.VastKey))
	test.Type(cardAt(w, 0).Entry(), "half a ke")
	d.b.Mu.Lock()
	d.b.Stored[1].Detail = "Night watch"
	d.b.Mu.Unlock()
	d.b.Emit()
	d.Pump()
	d.WantText(w.win.Content(), "Night watch")
	if got := cardAt(w, 0).Entry().Text; got != "half a ke" {
		t.Errorf("what was being typed became %q", got)
	}
}

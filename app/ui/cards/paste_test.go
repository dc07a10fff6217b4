package cards

import (
	"context"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

// What people paste, made up.
const (
	pastedURL = "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=" + uitest.Secret
	pastedKey = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

func TestAPasteOfAnotherCredentialIsNamedAndNotSent(t *testing.T) {
	for _, c := range []struct {
		name  string
		brief bool
		into  credentials.Kind
		paste string
		want  string
	}{
		{"of the next step", true, credentials.ChatURL, "2PlantedNgrokToken_9Xk4Wq7Zr1Vb", "That is an ngrok authtoken; it belongs in the next step."},
		{"of an earlier step", true, credentials.NgrokToken, pastedURL, "That is a Google Chat URL; it belongs under “Google Chat webhook URL”."},
		{"of another card", false, credentials.VastKey, pastedURL, "That is a Google Chat URL; it belongs under “Google Chat webhook URL”."},
		{"whose tunnel is not in use", true, credentials.ChatURL, "TUNNELMOLE_API_KEY=planted-key-0001", "That is a Tunnelmole API key; it belongs under “Tunnelmole API key”."},
		{"that is the address of a page", false, credentials.NgrokToken, "https://dashboard.ngrok.com/", "That is the address of a web page."},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := uitest.Working()
			if c.brief {
				b = uitest.FirstStart()
			}
			d := newDesk(t, b, c.brief)
			d.turn(c.into)
			d.set.Open(c.into)
			card := d.card(c.into)
			test.Type(card.Entry(), c.paste)
			d.WantText(card.Ground, c.want)
			if !kittest.Button(card.Ground, "Save and check").Disabled() {
				t.Error("it can be saved")
			}
			card.Entry().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
			d.Pump()
			if got := d.b.Called("SaveCredential"); got != 0 {
				t.Errorf("SaveCredential: got %d calls, want 0", got)
			}
			card.Entry().SetText("a key of its own")
			d.WantNoText(card.Ground, c.want)
			if kittest.Button(card.Ground, "Save and check").Disabled() {
				t.Error("a key cannot be saved any more")
			}
		})
	}
}

func TestAPasteIsTakenWhereItBelongs(t *testing.T) {
	b := uitest.Working()
	got := make(chan string, 1)
	answer := make(chan error)
	b.OnSaveCredential = func(_ context.Context, kind credentials.Kind, pasted string, _ func(health.Step)) error {
		got <- string(kind) + " " + pasted
		return <-answer
	}
	d := newDesk(t, b, false)
	d.set.Open(credentials.VastKey)
	key, chat := d.card(credentials.VastKey), d.card(credentials.ChatURL)
	test.Type(key.Entry(), "export GOOGLE_CHAT_URL='"+pastedURL+"'")
	d.Tap(key.Ground, "Use it there")
	if want := "chat_url " + pastedURL; <-got != want {
		t.Error("the other card did not check what was pasted")
	}
	if key.Entry() != nil {
		t.Error("the entry that it was pasted into is still open")
	}
	d.WantText(chat.Ground, "Checking the Google Chat webhook URL…")
	d.wantForgotten()
	answer <- nil
	d.Until("the end", func() bool { return len(d.saved) == 1 && d.saved[0] == credentials.ChatURL })
	d.wantForgotten()
}

func TestOnlyTheCredentialIsTakenFromWhatIsAroundIt(t *testing.T) {
	b := uitest.Working()
	got := make(chan string, 1)
	b.OnSaveCredential = func(_ context.Context, _ credentials.Kind, pasted string, _ func(health.Step)) error {
		got <- pasted
		return nil
	}
	d := newDesk(t, b, false)
	d.set.Open(credentials.VastKey)
	card := d.card(credentials.VastKey)
	test.Type(card.Entry(), `export VAST_API_KEY="`+pastedKey+`"`)
	card.Entry().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if pasted := <-got; pasted != pastedKey {
		t.Errorf("got %d characters, want the %d of the key", len(pasted), len(pastedKey))
	}
	d.Until("the end", func() bool { return len(d.saved) == 1 })
}

func TestTheEntryStaysWhereItIs(t *testing.T) {
	b := uitest.Working()
	answer := make(chan error)
	b.OnSaveCredential = func(_ context.Context, _ credentials.Kind, _ string, report func(health.Step)) error {
		report(health.Step{Name: words.Verbatim("Ask"), State: health.StepDone, Text: words.Verbatim("Asked.")})
		return <-answer
	}
	d := newDesk(t, b, false)
	d.Until("the keyring's line", func() bool { return kittest.Sees(d.box, "Your credentials are kept in the system keyring.") })
	d.set.Open(credentials.VastKey)
	card := d.card(credentials.VastKey)
	top := func() float32 {
		entry := kittest.Entries(card.Ground)[0]
		return d.App.Driver().AbsolutePositionForObject(entry).Y
	}
	want := top()
	check := func(when string) {
		t.Helper()
		if got := top(); got != want {
			t.Errorf("%s: the entry is at %v, want it at %v", when, got, want)
		}
	}
	test.Type(card.Entry(), pastedURL)
	check("with another credential in it")
	card.Entry().SetText(strings.Repeat("k", 20))
	d.Tap(card.Ground, "Save and check")
	d.Until("the step", func() bool { return kittest.Sees(card.Ground, "Asked.") })
	check("while it is checked")
	answer <- health.Problem{Headline: words.Verbatim("Vast.ai refuses the key"), Cause: words.Verbatim("It was deleted."), Next: words.Verbatim("Make a new one.")}
	d.Until("the refusal", func() bool { return kittest.Sees(card.Ground, "Vast.ai refuses the key") })
	check("after the refusal")
	if d.focused() != fyne.Focusable(card.Entry()) {
		t.Error("the next try has no focus")
	}
}

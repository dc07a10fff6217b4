package cards

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

func TestThePastedSecretIsFoundByTheSearchForIt(t *testing.T) {
	d := newDesk(t, uitest.Working(), false)
	d.set.Open(credentials.VastKey)
	test.Type(d.card(credentials.VastKey).Entry(), uitest.Secret)
	if at := kittest.Holds(reflect.ValueOf(d.win), uitest.Secret, "window", map[uintptr]bool{}); at == "" {
		t.Fatal("holds finds nothing in an entry that holds the secret, so that the other tests prove nothing")
	}
}

func TestPastingACredential(t *testing.T) {
	b := uitest.Working()
	got := make(chan string, 1)
	answer := make(chan error)
	b.OnSaveCredential = func(_ context.Context, kind credentials.Kind, pasted string, report func(health.Step)) error {
		got <- string(kind) + " " + pasted
		report(health.Step{Name: words.Verbatim("Ask Vast.ai who I am"), State: health.StepDone, Text: words.Verbatim("ada@example.net"), Took: 300 * time.Millisecond})
		return <-answer
	}
	d := newDesk(t, b, false)
	card := d.card(credentials.VastKey)
	test.Tap(card.Change())
	entry := card.Entry()
	if d.focused() != fyne.Focusable(entry) {
		t.Error("the entry does not have the focus")
	}
	if !entry.Password || entry.Text != "" {
		t.Error("the entry shows what is in it, or has something in it")
	}
	if !kittest.Button(card.Ground, "Save and check").Disabled() {
		t.Error("nothing can be saved")
	}
	test.Type(entry, uitest.Secret)
	d.Tap(card.Ground, "Save and check")
	if want := "vast_key " + uitest.Secret; <-got != want {
		t.Errorf("the program did not get what was pasted")
	}
	d.WantText(card.Ground, "Checking the Vast.ai API key…")
	d.Until("the step", func() bool { return kittest.Sees(card.Ground, "ada@example.net · +300 ms") })
	if card.Entry() != nil || kittest.Entries(card.Ground)[0].Text != "" {
		t.Error("something can be pasted while a credential is being checked, or the credential stands there still")
	}
	if !kittest.Button(card.Ground, "Save and check").Disabled() {
		t.Error("it can be saved once more while it is being checked")
	}
	if card.Change() != nil || card.Remove() != nil {
		t.Error("the credential can be replaced or removed while it is being checked")
	}
	d.wantForgotten()
	answer <- nil
	d.Until("the end", func() bool { return len(d.saved) > 0 })
	d.wantForgotten()
	if want := []credentials.Kind{credentials.VastKey}; !slices.Equal(d.saved, want) {
		t.Errorf("got told of %v, want %v", d.saved, want)
	}
	if card.Change() == nil {
		t.Error("it cannot be replaced again")
	}
}

func TestWhiteSpaceIsNoCredential(t *testing.T) {
	d := newDesk(t, uitest.Working(), false)
	d.set.Open(credentials.VastKey)
	card := d.card(credentials.VastKey)
	test.Type(card.Entry(), " \t ")
	if !kittest.Button(card.Ground, "Save and check").Disabled() {
		t.Error("white space can be saved")
	}
	card.Entry().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.Pump()
	if got := d.b.Called("SaveCredential"); got != 0 {
		t.Errorf("SaveCredential: got %d calls, want 0", got)
	}
	test.Type(card.Entry(), "k")
	if kittest.Button(card.Ground, "Save and check").Disabled() {
		t.Error("a key cannot be saved")
	}
}

func TestRefusedCredentialGetsAFreshEntry(t *testing.T) {
	b := uitest.Working()
	b.OnSaveCredential = func(_ context.Context, _ credentials.Kind, _ string, report func(health.Step)) error {
		report(health.Step{Name: words.Verbatim("Ask ngrok"), State: health.StepRunning})
		return health.Problem{Headline: words.Verbatim("The ngrok token was refused"), Next: words.Verbatim("Paste a new one."), Action: health.ActionReplaceToken, Details: "ERR_NGROK_105"}
	}
	d := newDesk(t, b, false)
	d.set.Open(credentials.NgrokToken)
	card := d.card(credentials.NgrokToken)
	first := card.Entry()
	test.Type(first, uitest.Secret)
	first.OnSubmitted(first.Text) // Return saves as well.
	d.Until("the refusal", func() bool { return kittest.Sees(card.Ground, "The ngrok token was refused") })
	d.WantText(card.Ground, "Paste a new one.")
	if card.Entry() == nil || card.Entry() == first || card.Entry().Text != "" {
		t.Error("the next try does not start with a fresh, empty entry")
	}
	if kittest.Button(card.Ground, "Replace token") != nil {
		t.Error("a button would open the entry that is open")
	}
	if kittest.Moves(card.Ground) {
		t.Error("a step that was under way still moves")
	}
	if len(d.saved) != 0 {
		t.Error("a refused credential was reported as saved")
	}
	d.wantForgotten()
	card.Entry().TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if card.Entry() != nil {
		t.Error("Escape does not close the entry")
	}
	if d.focused() != fyne.Focusable(card.Change()) {
		t.Error("the focus is lost with the entry")
	}
}

func TestRemovingACredential(t *testing.T) {
	d := newDesk(t, uitest.Working(), false)
	card := d.card(credentials.ChatURL)
	test.Tap(card.Remove())
	d.WantText(card.Ground, "Remove the Google Chat webhook URL? Relaying stops until there is a new one.")
	if keep := kittest.Button(card.Ground, "Keep it"); d.focused() != fyne.Focusable(keep) {
		t.Error("the button that changes nothing does not have the focus")
	}
	d.Tap(card.Ground, "Keep it")
	d.Settle()
	if d.b.Called("RemoveCredential") != 0 {
		t.Error("it was removed although it was to be kept")
	}
	d.WantNoText(card.Ground, "Relaying stops until there is a new one.")
	if d.focused() != fyne.Focusable(card.Remove()) {
		t.Error("the button that asked does not have the focus again")
	}
	test.Tap(card.Remove())
	d.Tap(card.Ground, "Remove it")
	d.WantText(card.Ground, "Removing it…")
	d.Until("the end", func() bool { return d.b.Called("RemoveCredential chat_url") == 1 && card.Change() != nil })
	d.WantNoText(card.Ground, "Removing it…")
	if d.refreshed != 1 {
		t.Errorf("the place was drawn anew %d times, want once", d.refreshed)
	}
}

func TestACredentialThatWorksAgainSaysNoMoreWhatWasWrong(t *testing.T) {
	b := uitest.Working()
	well := slices.Clone(b.Stored)
	b.Stored = slices.Clone(b.Stored)
	b.Stored[0].Problem = &health.Problem{Headline: words.Verbatim("Vast.ai refuses the key")}
	d := newDesk(t, b, false)
	card := d.card(credentials.VastKey)
	d.WantText(card.Ground, "Vast.ai refuses the key")
	b.Mu.Lock()
	b.Stored = well
	b.Mu.Unlock()
	d.set.Update()
	d.WantNoText(card.Ground, "Vast.ai refuses the key")
	d.WantText(card.Ground, "works, checked")
}

func TestACredentialThatCannotBeRemovedStays(t *testing.T) {
	b := uitest.Working()
	b.OnRemoveCredential = func(context.Context, credentials.Kind) error { return errors.New("org.freedesktop.DBus.Error.NoReply") }
	d := newDesk(t, b, false)
	card := d.card(credentials.ChatURL)
	test.Tap(card.Remove())
	d.Tap(card.Ground, "Remove it")
	d.Until("the problem", func() bool { return kittest.Sees(card.Ground, "Could not remove it") })
	if card.Remove() == nil {
		t.Error("it cannot be tried again")
	}
}

func TestCredentialCards(t *testing.T) {
	refused := &health.Problem{Headline: words.Verbatim("Vast.ai refuses the key"), Cause: words.Verbatim("It was deleted."), Next: words.Verbatim("Make a new one."), Action: health.ActionReplaceKey}
	for _, c := range []struct {
		name    string
		is      credentials.Credential
		want    string
		buttons string
	}{
		{"works", uitest.Credentials()[0], "Saved in the system keyring · ada@example.net · works, checked 2 min ago", "Replace Remove"},
		{"untried", credentials.Credential{State: credentials.InKeyring}, "Saved in the system keyring · not checked in this run", "Replace Remove"},
		{"missing", credentials.Credential{State: credentials.Missing}, "Not set. Lets Vast Relay ask Vast.ai to send your notifications.", "Add"},
		{"memory", credentials.Credential{State: credentials.InMemory}, "Kept for this run only, without a keyring · not checked in this run", "Replace Remove"},
		{"environment", credentials.Credential{State: credentials.FromEnvironment}, "Given by the environment for this run; it cannot be changed here · not checked in this run", ""},
		{"unreadable", credentials.Credential{State: credentials.Unreadable}, "Cannot be read: the system keyring is locked or has no collection", "Replace Remove"},
		{"refused", credentials.Credential{State: credentials.InKeyring, Problem: refused}, "Vast.ai refuses the key", "Replace Remove"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := uitest.Working()
			c.is.Kind = credentials.VastKey
			b.Stored = []credentials.Credential{c.is}
			d := newDesk(t, b, false)
			card := d.card(credentials.VastKey)
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

func TestACredentialOfTheEnvironmentHasNoEntry(t *testing.T) {
	b := uitest.Working()
	b.Stored[0].State = credentials.FromEnvironment
	d := newDesk(t, b, false)
	d.set.Open(credentials.VastKey)
	if d.card(credentials.VastKey).Entry() != nil {
		t.Error("an entry is open for what cannot be changed")
	}
}

func TestOpenDetailsOfACredentialStayOpen(t *testing.T) {
	b := uitest.Working()
	b.Stored[0].Problem = &health.Problem{Headline: words.Verbatim("Vast.ai refuses the key"), Details: "HTTP 401"}
	d := newDesk(t, b, false)
	card := d.card(credentials.VastKey)
	d.Tap(card.Ground, "Details")
	d.WantText(card.Ground, "HTTP 401")
	d.set.Update()
	d.WantText(card.Ground, "HTTP 401")
	b.Mu.Lock()
	b.Stored[0].Problem = nil
	b.Mu.Unlock()
	d.set.Update()
	d.WantNoText(card.Ground, "Vast.ai refuses the key")
}

func TestWhereToGetACredential(t *testing.T) {
	for _, c := range []struct {
		kind       credentials.Kind
		want, page string
	}{
		{credentials.VastKey, "user_read and user_write", "Open the Vast.ai keys page"},
		{credentials.ChatURL, "Apps & integrations", "Open Google Chat"},
		{credentials.NgrokToken, "Your Authtoken", "Open the ngrok dashboard"},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			d := newDesk(t, uitest.Working(), false)
			card := d.card(c.kind)
			d.WantNoText(card.Ground, c.want)
			card.Where().OnTapped()
			d.WantText(card.Ground, c.want)
			if l := kittest.Link(card.Ground, c.page); l == nil || l.URL == nil || l.URL.Scheme != "https" {
				t.Errorf("there is no link %q to a page", c.page)
			}
			card.Where().OnTapped()
			d.WantNoText(card.Ground, c.want)
		})
	}
}

func TestNothingMovesInCardsThatAreNotSeen(t *testing.T) {
	b := uitest.Working()
	answer := make(chan error)
	b.OnSaveCredential = func(context.Context, credentials.Kind, string, func(health.Step)) error { return <-answer }
	d := newDesk(t, b, false)
	d.set.Open(credentials.VastKey)
	card := d.card(credentials.VastKey)
	card.Entry().SetText(uitest.Secret)
	d.Tap(card.Ground, "Save and check")
	if !kittest.Moves(card.Ground) {
		t.Fatal("a check shows no movement")
	}
	d.set.Rest(true)
	if kittest.Moves(card.Ground) {
		t.Error("it moves out of sight")
	}
	d.set.Rest(false)
	if !kittest.Moves(card.Ground) {
		t.Error("it does not move again when it is seen again")
	}
	d.set.Leave()
	if kittest.Moves(card.Ground) {
		t.Error("it moves after the cards went off the screen")
	}
	answer <- nil
	d.Until("the end", func() bool { return len(d.saved) == 1 })
}

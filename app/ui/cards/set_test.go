package cards

import (
	"context"
	"slices"
	"testing"

	"fyne.io/fyne/v2/test"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

func TestMissingCredentials(t *testing.T) {
	for _, c := range []struct {
		name   string
		gone   []credentials.Kind
		tunnel string
		want   credentials.Kind
	}{
		{"none, where all are there", nil, "", ""},
		{"the first one, in the order of the cards", []credentials.Kind{credentials.NgrokToken, credentials.ChatURL}, "", credentials.ChatURL},
		{"the token of the tunnel that is the default", []credentials.Kind{credentials.NgrokToken}, "", credentials.NgrokToken},
		{"no token of a tunnel that is not in use", []credentials.Kind{credentials.NgrokToken}, "url", ""},
		{"the key, with every tunnel", []credentials.Kind{credentials.VastKey}, "url", credentials.VastKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := uitest.Working()
			b.InForce.Tunnel = c.tunnel
			for i := range b.Stored {
				if slices.Contains(c.gone, b.Stored[i].Kind) {
					b.Stored[i].State = credentials.Missing
				}
			}
			got, found := newDesk(t, b, false).deps().Missing()
			if got != c.want || found != (c.want != "") {
				t.Errorf("got %q, found %v, want %q", got, found, c.want)
			}
		})
	}
}

func TestOneEmptyEntryIsOpenAtATime(t *testing.T) {
	d := newDesk(t, uitest.Working(), false)
	key, chat := d.card(credentials.VastKey), d.card(credentials.ChatURL)
	test.Tap(key.Change())
	test.Tap(chat.Change())
	if key.Entry() != nil || chat.Entry() == nil {
		t.Error("the entry that was left empty is still open, or the new one is not")
	}
	test.Type(chat.Entry(), "https://chat")
	test.Tap(key.Change())
	if chat.Entry() == nil || chat.Entry().Text != "https://chat" {
		t.Error("what was typed was thrown away")
	}
}

func TestCardsThatGoOffTheScreenForgetWhatWasTyped(t *testing.T) {
	for name, leave := range map[string]func(*Set){
		"with their window":            (*Set).Leave,
		"because the window is hidden": (*Set).CloseEntries,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, uitest.Working(), false)
			d.set.Open(credentials.VastKey)
			test.Type(d.card(credentials.VastKey).Entry(), uitest.Secret)
			leave(d.set)
			d.wantForgotten()
		})
	}
}

func TestTheSetUpShowsOnlyWhatItNeeds(t *testing.T) {
	b := uitest.FirstStart()
	b.InForce.Tunnel = "url"
	d := newDesk(t, b, true)
	if uitest.CardOf(d.box, credentials.ChatURL).Ground != nil {
		t.Error("a card is shown although another is at hand")
	}
	d.turn(credentials.ChatURL)
	for _, card := range d.set.All() {
		if got, want := card.Needed(), card.kind == credentials.VastKey || card.kind == credentials.ChatURL; got != want {
			t.Errorf("%s: needed %v, want %v", card.kind, got, want)
		}
	}
	d.WantNoText(d.box, "The system keyring is ready; nothing is stored in it yet.")
	d.WantText(d.card(credentials.ChatURL).Ground, "The space in which the messages appear.")
	d.WantNoText(d.box, "Not set.")
	for _, absent := range []string{"Remove", "Where do I get this?"} {
		if kittest.Button(d.box, absent) != nil || kittest.Link(d.box, absent) != nil {
			t.Errorf("%q has no place in the set-up", absent)
		}
	}
	d.set.Open(credentials.ChatURL)
	d.WantText(d.box, "Apps & integrations")
	d.set.CloseEntries()
	d.WantNoText(d.box, "Apps & integrations")
}

func TestWordsOnACredentialOutliveChangesOfOthers(t *testing.T) {
	d := newDesk(t, uitest.Working(), false)
	key := d.card(credentials.VastKey)
	test.Tap(key.Change())
	test.Type(key.Entry(), "half a ke")
	d.b.Mu.Lock()
	d.b.Stored[1].Detail = words.Verbatim("Night watch")
	d.b.Mu.Unlock()
	d.set.Update()
	d.WantText(d.box, "Night watch")
	if got := key.Entry().Text; got != "half a ke" {
		t.Errorf("what was being typed became %q", got)
	}
}

func TestDemoKeepsNothingAndAsksForNothing(t *testing.T) {
	b := uitest.Demo()
	b.KeyringNow = credentials.KeyringState{State: "unavailable", Words: words.Verbatim("There is no system keyring here."), Action: health.ActionRetry}
	b.Stored[2] = credentials.Credential{Kind: credentials.NgrokToken, State: credentials.Missing}
	b.InForce.Tunnel = "url"
	d := newDesk(t, b, false)
	d.Until("the keyring's line", func() bool { return kittest.Sees(d.box, "The demo keeps nothing") })
	d.WantText(d.box, "Made up for the demo · ada@example.net")
	d.WantText(d.box, "Not needed while the public address is your own.")
	for _, absent := range []string{"Add", "Replace", "Remove", "Try now"} {
		if kittest.Button(d.box, absent) != nil {
			t.Errorf("%q has no place in the demo", absent)
		}
	}
}

func TestLockedKeyringCanBeUnlocked(t *testing.T) {
	b := uitest.Working()
	b.KeyringNow = credentials.KeyringState{State: "locked", Words: words.Verbatim("The system keyring is locked."), Action: health.ActionUnlockKeyring}
	answer := make(chan error)
	b.OnPerform = func(context.Context, health.Action) error { return <-answer }
	d := newDesk(t, b, false)
	d.Until("its state", func() bool { return kittest.Sees(d.box, "The system keyring is locked.") })
	if d.set.Promises() {
		t.Error("a locked keyring is said to keep credentials")
	}
	d.Tap(d.box, "Unlock keyring")
	d.WantText(d.box, "Waiting for the keyring…")
	answer <- health.Problem{Headline: words.Verbatim("The keyring stayed locked"), Next: words.Verbatim("Type its password when it asks."), Action: health.ActionUnlockKeyring}
	d.Until("the refusal", func() bool { return kittest.Sees(d.box, "The keyring stayed locked") })
	if b := kittest.Button(d.box, "Unlock keyring"); b == nil || b.Disabled() {
		t.Error("it cannot be tried again")
	}
	if got := d.b.Called("Perform unlock_keyring"); got != 1 {
		t.Errorf("Perform: got %d calls, want 1", got)
	}
	b.Mu.Lock()
	b.KeyringNow = credentials.KeyringState{State: "ready", Words: words.Verbatim("Your credentials are kept in the system keyring.")}
	b.Mu.Unlock()
	d.Tap(d.box, "Unlock keyring")
	answer <- nil
	d.Until("the end", func() bool { return kittest.Sees(d.box, "Your credentials are kept in the system keyring.") })
	d.WantNoText(d.box, "The keyring stayed locked")
	if !d.set.Promises() {
		t.Error("an unlocked keyring is said to keep nothing")
	}
}

func TestHangingKeyringHoldsNothingUp(t *testing.T) {
	b := uitest.Working()
	answer := make(chan bool)
	asked := make(chan bool, 4)
	b.OnKeyring = func() { asked <- true; <-answer }
	d := newDesk(t, b, false) // hangs with the keyring if it is asked here
	d.WantText(d.box, "Saved in the system keyring · ada@example.net")
	for range 3 {
		d.set.Update()
	}
	if got := len(asked); got > 1 {
		t.Errorf("the keyring was asked %d times while it had not answered, want once", got)
	}
	close(answer)
	d.Until("its state", func() bool { return kittest.Sees(d.box, "Your credentials are kept in the system keyring.") })
}

// TestAnOptionalCredentialIsOfferedWithItsTunnel shows the card of one only while
// the tunnel that uses it is chosen, and asks for nothing.
func TestAnOptionalCredentialIsOfferedWithItsTunnel(t *testing.T) {
	for _, c := range []struct {
		tunnel  string
		offered bool
	}{{"ngrok", false}, {"url", false}, {"tunnelmole", true}} {
		t.Run(c.tunnel, func(t *testing.T) {
			b := uitest.Working()
			b.InForce.Tunnel = c.tunnel
			d := newDesk(t, b, false)
			if kind, missing := d.set.at.Missing(); missing {
				t.Errorf("%s is asked for", kind)
			}
			if !c.offered {
				d.WantNoText(d.box, "Tunnelmole API key")
				return
			}
			d.WantText(d.box, "Not set, and not needed. With a subscription, it lets you choose a subdomain of your own.")
			test.Tap(d.card(credentials.TunnelmoleKey).Change())
			d.WantText(d.box, "Sign in at the Tunnelmole dashboard, subscribe, and copy your API key.")
			test.Tap(d.card(credentials.NgrokToken).Remove())
			d.WantText(d.box, "Remove the ngrok authtoken?")
			d.WantNoText(d.box, "Relaying stops until there is a new one.")
		})
	}
}

func TestTheHeartbeatURLIsOfferedAndNotAskedFor(t *testing.T) {
	d := newDesk(t, uitest.Working(), false)
	d.WantText(d.box, "Not set, and not needed. It is called every 5 minutes while all works")
	if kind, missing := d.set.at.Missing(); missing {
		t.Errorf("%s is asked for", kind)
	}
	test.Tap(d.card(credentials.HeartbeatURL).Change())
	d.WantText(d.box, "At Healthchecks, in Uptime Kuma (a monitor of the type Push) or at another dead man's switch")
}

// TestAnOptionalCredentialThatIsWantedIsNotCalledNeedless has the tunnel ask for the
// credential that it can do without under other settings.
func TestAnOptionalCredentialThatIsWantedIsNotCalledNeedless(t *testing.T) {
	b := uitest.Working()
	b.InForce.Tunnel = "cloudflared"
	at := slices.IndexFunc(b.Stored, func(c credentials.Credential) bool { return c.Kind == credentials.CloudflaredToken })
	b.Stored[at].Problem = &health.Problem{Headline: words.Verbatim("The token of the Cloudflare tunnel is missing"), Action: health.ActionReplaceCloudflaredToken}
	d := newDesk(t, b, false)
	card := d.card(credentials.CloudflaredToken).Ground
	d.WantText(card, "The token of the Cloudflare tunnel is missing")
	d.WantText(card, "Not set. With it, cloudflared opens a tunnel of your Cloudflare account")
	d.WantNoText(card, "not needed")
}

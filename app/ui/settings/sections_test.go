package settings

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunneltest"
)

// openEvents shows the event choice with the sample catalogue.
func openEvents(d *desk) (*eventChoice, fyne.CanvasObject) {
	d.T.Helper()
	w := d.showSettings(SectionEvents)
	page := w.sections[1].page.(*eventChoice)
	d.Until("the catalogue", func() bool { return page.host != nil })
	return page, w.win.Content()
}

func TestEventChoice(t *testing.T) {
	b := uitest.Working()
	hold := make(chan bool)
	b.OnCatalogue = func(context.Context) (status.Catalogue, error) {
		<-hold
		return uitest.Catalogue(), nil
	}
	d := newDesk(t, b)
	w := d.showSettings(SectionEvents)
	d.WantText(w.win.Content(), "Asking Vast.ai which notifications there are…")
	close(hold)
	page, c := openEvents(d)

	head := d.CheckBox(c, "Instance")
	if !head.Partial {
		t.Error("two of three ticks do not make a partial head")
	}
	test.Tap(d.CheckBox(c, "Instance started"))
	if head.Partial || !head.Checked {
		t.Error("three of three ticks do not make a full head")
	}
	d.settleChoice(c, "Saved: 5 kinds of events (1 added).")
	test.Tap(head)
	if d.CheckBox(c, "Instance outbid").Checked {
		t.Error("the head does not clear its types")
	}
	d.settleChoice(c, "Saved: 2 kinds of events (3 removed).")

	d.WantNoText(c, "Machine offline")
	test.Tap(d.CheckBox(c, "I also host machines"))
	d.WantText(c, "Machine offline")
	d.WantText(c, "These messages can hold links into your account.")
	if at, last := indexOf(kittest.Texts(c), "Account security"), indexOf(kittest.Texts(c), "Machine"); at < last {
		t.Error("what concerns the account's security does not come last")
	}
	d.settleChoice(c, "Saved: 3 kinds of events (1 added).")
	s := d.b.Settings()
	if got, want := strings.Join(s.EventTypes, " "), "client:low_credit client:billing_failed host:machine_offline"; got != want || !s.Host {
		t.Errorf("got %q, host %v; want %q, host", got, s.Host, want)
	}
	test.Tap(d.CheckBox(c, "Billing"))
	test.Tap(d.CheckBox(c, "I also host machines"))
	d.WantText(c, "Not saved: choose at least one")
	d.Pass(settleDelay)
	d.Pump()
	if got := d.b.Settings().EventTypes; len(got) == 0 || page.stop != nil {
		t.Errorf("got %v in force, want nothing saved: choosing nothing would mean the preselection", got)
	}
}

func TestATypeStaysInTheHistoryOnly(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.b.InForce.SetPosts("client:low_credit", false)
	d.b.InForce.SetPosts("client:of_another_version", false)
	page, c := openEvents(d)
	post := func(key string) *kit.CheckBox {
		for _, g := range page.groups {
			for i, x := range g.types {
				if x.Key == key {
					return g.posts[i]
				}
			}
		}
		t.Fatalf("there is no %s", key)
		return nil
	}
	if post("client:low_credit").Checked || !post("client:outbid").Checked {
		t.Error("the page does not show what is in force")
	}
	if !post("client:instance_started").Disabled() {
		t.Error("a type that is not chosen can be kept from being posted")
	}
	types := d.b.Settings().EventTypes
	test.Tap(post("client:outbid"))
	d.settleChoice(c, "Saved. 2 kinds of events stay in the history only.")
	test.Tap(post("client:outbid"))
	test.Tap(post("client:low_credit"))
	d.settleChoice(c, "Saved. Every kind of event you chose is posted.")
	s := d.b.Settings()
	if got := strings.Join(s.HistoryOnly, " "); got != "client:of_another_version" || !slices.Equal(s.EventTypes, types) {
		t.Errorf("got %q in the history only and the types %q, want the one that is not shown, and the types as they were", got, s.EventTypes)
	}
}

// settleChoice lets the time pass after which a choice of events is saved, and
// waits for what is said then.
func (d *desk) settleChoice(c fyne.CanvasObject, want string) {
	d.T.Helper()
	d.WantNoText(c, "Saved")
	if fired := d.Pass(settleDelay); fired != 1 {
		d.T.Errorf("%d changes were about to be saved, want one", fired)
	}
	d.Until(want, func() bool { return kittest.Sees(c, want) })
}

func indexOf(all []string, s string) int {
	for i, one := range all {
		if one == s {
			return i
		}
	}
	return -1
}

func TestEventChoiceWithoutVast(t *testing.T) {
	b := uitest.Working()
	failures := 1
	b.OnCatalogue = func(context.Context) (status.Catalogue, error) {
		if failures > 0 {
			failures--
			return status.Catalogue{}, health.Problem{Headline: words.Verbatim("The API key was refused"), Action: health.ActionReplaceKey}
		}
		list := uitest.Catalogue()
		list.Live = false
		return list, nil
	}
	d := newDesk(t, b)
	c := d.showSettings(SectionEvents).win.Content()
	d.Until("the problem", func() bool { return kittest.Sees(c, "The API key was refused") })
	d.Tap(c, "Try now")
	d.Until("the built-in list", func() bool { return kittest.Sees(c, "this is the list that came with the program") })
}

func TestRefusedChoiceIsToldAndStays(t *testing.T) {
	b := uitest.Working()
	b.OnChangeSettings = func(context.Context, config.Settings) error {
		return health.Problem{Headline: words.Verbatim("Vast.ai refuses the choice"), Next: words.Verbatim("Choose fewer.")}
	}
	d := newDesk(t, b)
	_, c := openEvents(d)
	test.Tap(d.CheckBox(c, "Instance started"))
	d.Pass(settleDelay)
	d.Until("the problem", func() bool { return kittest.Sees(c, "Vast.ai refuses the choice") })
	if !d.CheckBox(c, "Instance started").Checked {
		t.Error("the choice was lost")
	}
	b.OnChangeSettings = nil
	d.Tap(c, "Try now")
	d.Until("the end", func() bool { return kittest.Sees(c, "Saved: 5 kinds of events (1 added).") })
}

func TestMessageForm(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionMessages)
	page := w.sections[2].page.(*messageForm)
	if page.radio.Selected != formWords(config.FormCard) {
		t.Errorf("got %q, want the card", page.radio.Selected)
	}
	if d.b.Called("ChangeSettings") != 0 {
		t.Error("showing the form in force saved it")
	}
	d.WantText(w.win.Content(), "Event · 2f9c61")
	d.WantNoText(w.win.Content(), "event_id=2f9c61")
	page.radio.SetSelected(formWords(config.FormText))
	d.WantText(w.win.Content(), "event_id=2f9c61")
	d.WantNoText(w.win.Content(), "Event · 2f9c61")
	d.Until("the end", func() bool { return kittest.Sees(w.win.Content(), "Saved. The next event comes in this form.") })
	if got := d.b.Settings().Form; got != config.FormText {
		t.Errorf("got %q, want %q", got, config.FormText)
	}
}

func TestThreadsAreChosenAmongMessages(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionMessages)
	page := w.sections[2].page.(*messageForm)
	if got := page.threads.Selected; got != threadWords(config.ThreadsOff) {
		t.Errorf("got %q, want no threads by default", got)
	}
	for _, choice := range []config.Threads{config.ThreadsInstance, config.ThreadsType, config.ThreadsOff} {
		page.threads.SetSelected(threadWords(choice))
		d.Until("the choice in force", func() bool { return d.b.Settings().ThreadsOrDefault() == choice })
		d.Until("the end", func() bool { return kittest.Sees(w.win.Content(), "Saved.") && !page.threads.Disabled() })
		page.open() // as when the section is shown again
		if got := page.threads.Selected; got != threadWords(choice) {
			t.Errorf("got %q, want %q", got, threadWords(choice))
		}
	}
}

func TestAddressForm(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionAddress)
	c := w.win.Content()
	page := w.sections[3].page.(*addressForm)
	d.WantText(c, "In use now: https://brave-otter-17.ngrok-free.app · works")
	d.WantText(c, "Domain (optional)")
	page.vendors[0].entries[0].SetText("https://name.ngrok-free.app/vast")
	d.WantText(c, "Enter just the domain")
	if !page.typed.save.Disabled() {
		t.Error("a wrong domain can be saved")
	}
	ngrok, own := page.vendors[0].vendor, page.vendors[1].vendor
	d.WantText(c, ngrok.AwayCost)
	d.WantNoText(c, own.AwayCost)
	page.way.SetSelected(own.Title)
	d.WantText(c, own.AwayCost)
	d.WantNoText(c, ngrok.AwayCost)
	d.WantNoText(c, "Domain (optional)")
	if !page.typed.save.Disabled() {
		t.Error("an empty public URL can be saved")
	}
	page.vendors[1].entries[0].SetText(" https://relay.example.net/ ")
	page.vendors[1].entries[1].SetText("127.0.0.1:9000")
	d.Tap(c, "Save")
	d.Until("the end", func() bool { return kittest.Sees(c, "Saved.") })
	s := d.b.Settings()
	if s.Tunnel != "url" || s.TunnelValues["public_url"] != "https://relay.example.net" || s.TunnelValues["listen"] != "127.0.0.1:9000" || s.TunnelValues["ngrok_domain"] != "" {
		t.Errorf("got %+v", s)
	}
}

// TestAddressFormSaysWhatAVendorCosts shows beside a vendor what else a person
// should know before choosing it.
func TestAddressFormSaysWhatAVendorCosts(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionAddress)
	c := w.win.Content()
	page := w.sections[3].page.(*addressForm)
	const part = "holds the IP address of this computer"
	d.WantNoText(c, part)
	page.way.SetSelected("Let Tunnelmole provide it")
	d.WantText(c, part)
	d.WantText(c, "Requests over 100 KB do not get through")
	page.way.SetSelected(page.vendors[0].vendor.Title)
	d.WantNoText(c, part)
}

func TestAddressChecks(t *testing.T) {
	ngrok, own := tunneltest.Vendors()[0], tunneltest.Vendors()[1]
	fields := map[string]tunnel.Field{"domain": ngrok.Fields[0], "public URL": own.Fields[0], "listen": own.Fields[1]}
	for _, c := range []struct {
		kind, in string
		ok       bool
	}{
		{"domain", "", true},
		{"domain", "name.ngrok-free.app", true},
		{"domain", "name", false},
		{"domain", "https://name.ngrok-free.app/", true},
		{"domain", "Bücher.example.", true},
		{"domain", "name.ngrok-free.app/path", false},
		{"domain", "name.ngrok-free.app:443", false},
		{"public URL", "https://relay.example.net", true},
		{"public URL", "https://relay.example.net:8443/", true},
		{"public URL", "", false},
		{"public URL", "relay.example.net", false},
		{"public URL", "http://relay.example.net", false},
		{"public URL", "https://relay.example.net/hooks/", true},
		{"public URL", "https://bücher.example/hooks", true},
		{"public URL", "https://relay.example.net/a//b", false},
		{"public URL", "https://relay.example.net?x=1", false},
		{"public URL", "https://ada:pw@relay.example.net", false},
		{"public URL", "https://", false},
		{"public URL", "https://%zz", false},
		{"listen", "", true},
		{"listen", "127.0.0.1:8787", true},
		{"listen", ":8787", true},
		{"listen", "[::1]:8787", true},
		{"listen", "8787", false},
		{"listen", "127.0.0.1:0", false},
		{"listen", "127.0.0.1:70000", false},
		{"listen", "127.0.0.1:http", false},
	} {
		if got := checkField(fields[c.kind], c.in); (got == "") != c.ok {
			t.Errorf("%s %q: got %q, want ok %v", c.kind, c.in, got, c.ok)
		}
	}
}

func TestAbout(t *testing.T) {
	d := newDesk(t, uitest.Working())
	c := d.showSettings(SectionAbout).win.Content()
	for _, want := range []string{"1.0.0", "/home/ada/.local/share/vastrelay", "MIT", "F1", "Search the events", "What is sent where", "Nothing else is sent anywhere"} {
		d.WantText(c, want)
	}
	d.WantNoText(c, "From the environment")
	d.Tap(c, "Licences of all parts…")
	if d.licences != 1 {
		t.Errorf("the licences were asked for %d times, want once", d.licences)
	}
}

func TestAboutNamesTheVariablesThatAreInForce(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionAbout)
	d.b.State.Overrides = []string{"VAST_URL", "VASTRELAY_CHAT_HOSTS"}
	w.Refresh()
	d.WantText(w.win.Content(), "VAST_URL, VASTRELAY_CHAT_HOSTS")
	d.b.State.Overrides = nil
	w.Refresh()
	d.WantNoText(w.win.Content(), "VAST_URL")
}

func TestAboutOfTheDemoClaimsNoKeyring(t *testing.T) {
	for name, tc := range map[string]struct {
		b            *uitest.Program
		want, absent string
	}{
		"the program keeps credentials in the keyring": {uitest.Working(), "kept in the system keyring", "made up"},
		"the demo keeps none":                          {uitest.Demo(), "Its credentials are made up, and are kept nowhere.", "keyring"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, tc.b)
			c := d.showSettings(SectionAbout).win.Content()
			d.WantText(c, tc.want)
			d.WantNoText(c, tc.absent)
		})
	}
}

func TestFoldersAreOpenedByURL(t *testing.T) {
	for path, want := range map[string]string{
		"/home/ada/.local/share/vastrelay": "file:///home/ada/.local/share/vastrelay",
		"C:/Users/Ada Lovelace/vastrelay":  "file:///C:/Users/Ada%20Lovelace/vastrelay",
	} {
		if got := folderURL(path).String(); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestAddressFormFollowsTheAddress(t *testing.T) {
	d := newDesk(t, uitest.Working())
	c := d.showSettings(SectionAddress).win.Content()
	d.become(status.Starting)
	d.WantText(c, "No address is in use now.")
}

func TestSettingsByKeyboard(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings("")
	if w.win.Canvas().Focused() != fyne.Focusable(w.nav) {
		t.Fatal("the sections do not have the focus")
	}
	w.nav.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	w.nav.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	d.WantText(w.win.Content(), "How should an event look in Chat?")
	w.nav.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	d.WantText(w.win.Content(), "Data folder")
}

func TestCleanUp(t *testing.T) {
	tests := []struct {
		name          string
		secrets, data bool
		button        string
		quits         int
	}{
		{"the webhooks alone", false, false, "Delete the webhooks…", 0},
		{"the credentials as well", true, false, "Delete webhooks and credentials…", 0},
		{"all, and then there is nothing to go on with", true, true, "Delete everything and quit…", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, uitest.Working())
			c := newCleanUpCard(d.showSettings(SectionAbout))
			c.secrets.SetChecked(tt.secrets)
			c.data.SetChecked(tt.data)
			d.Tap(c.box, tt.button)
			if d.b.Called("CleanUp") != 0 {
				t.Fatal("it was done without a question")
			}
			d.Tap(c.box, "Delete")
			call := fmt.Sprintf("CleanUp secrets=%v data=%v", tt.secrets, tt.data)
			d.Until("the end", func() bool { return d.b.Called(call) == 1 && (d.quits > 0 || !c.button.Disabled()) })
			if d.quits != tt.quits {
				t.Errorf("got %d quits, want %d", d.quits, tt.quits)
			}
		})
	}
	t.Run("a failure is told, and it can be tried again", func(t *testing.T) {
		b := uitest.Working()
		b.OnCleanUp = func(context.Context, func(health.Step)) error { return health.New(health.VastUnreachable) }
		d := newDesk(t, b)
		c := newCleanUpCard(d.showSettings(SectionAbout))
		c.data.SetChecked(true)
		d.Tap(c.box, "Delete everything and quit…")
		d.Tap(c.box, "Delete")
		d.Until("the end", func() bool { return kittest.Sees(c.box, health.New(health.VastUnreachable).Headline.String()) })
		if d.quits != 0 || c.button.Disabled() {
			t.Error("the program quits, or it cannot be tried again")
		}
	})
	t.Run("one who thinks better of it loses nothing", func(t *testing.T) {
		d := newDesk(t, uitest.Working())
		c := newCleanUpCard(d.showSettings(SectionAbout))
		d.Tap(c.box, "Delete the webhooks…")
		d.Tap(c.box, "Keep everything")
		if d.b.Called("CleanUp") != 0 || c.button.Disabled() {
			t.Error("something was deleted, or the button is gone")
		}
	})
}

func TestThePolicyForACloudEndpointIsShownToBePasted(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionAddress)
	f := newAddressForm(w)
	f.open()
	form := f.chosen()
	if form.policy.box.Visible() {
		t.Error("a policy is shown without a Cloud Endpoint")
	}
	form.entries[1].SetText("relay.ngrok.app")
	if !form.policy.box.Visible() || !strings.Contains(form.policy.text.Text, "on_http_request") {
		t.Errorf("got %q, want the policy", form.policy.text.Text)
	}
	if form.away.Visible() {
		t.Error("it says that events are lost, want nothing beside the policy that prevents it")
	}
	kittest.Visit(form.policy.box, func(o fyne.CanvasObject) {
		if _, ok := o.(*container.Scroll); ok {
			t.Error("the wheel stops over the policy, want the page to move on")
		}
	})
	d.Tap(form.policy.box, "Copy")
	if got := d.App.Clipboard().Content(); got != form.policy.text.Text {
		t.Errorf("copied %q", got)
	}
	form.entries[1].SetText("not a name/")
	if form.policy.box.Visible() {
		t.Error("a policy is shown for what cannot be saved")
	}
}

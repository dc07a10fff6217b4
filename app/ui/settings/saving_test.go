package settings

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

// openAddress shows the page with typed values.
func openAddress(d *desk) (*addressForm, fyne.CanvasObject) {
	d.T.Helper()
	w := d.showSettings(SectionAddress)
	return w.sections[w.at].page.(*addressForm), w.win.Content()
}

// escape presses Escape in an entry.
func escape(e fyne.Focusable) { e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape}) }

// bright reports whether the button to save stands out and can be pressed.
func (e *edits) bright() bool {
	return !e.save.Disabled() && e.save.Importance == widget.HighImportance
}

func TestWhatIsTypedIsSavedByAButtonThatStandsOutOnlyThen(t *testing.T) {
	d := newDesk(t, uitest.Working())
	page, c := openAddress(d)
	domain := page.vendors[0].entries[0]
	want := func(bright bool, when string) {
		t.Helper()
		if got := page.typed.bright(); got != bright {
			t.Errorf("%s: the button is bright: %v, want %v", when, got, bright)
		}
		if got := kittest.Button(c, "Discard changes") != nil; got != bright && when != "with a mistake" {
			t.Errorf("%s: the changes can be taken back: %v, want %v", when, got, bright)
		}
	}
	want(false, "at first")
	domain.SetText("name")
	want(false, "with a mistake")
	d.WantText(c, "Enter just the domain")
	domain.SetText("name.ngrok-free.app")
	want(true, "with a domain")
	d.WantNoText(c, "Enter just the domain")
	d.WantText(d.w.nav, "Address •")
	domain.SetText(" ")
	want(false, "as it was, but for white space")

	domain.SetText("name.ngrok-free.app")
	domain.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.Until("the end", func() bool { return kittest.Sees(c, "Saved.") })
	want(false, "once it is saved")
	d.WantNoText(d.w.nav, "Address •")
	domain.SetText("other.ngrok-free.app")
	d.WantNoText(c, "Saved.")
	want(true, "with another domain")
	d.Tap(c, "Discard changes")
	if got := domain.Text; got != "name.ngrok-free.app" {
		t.Errorf("got %q, want the domain that is in force", got)
	}
	want(false, "once it is taken back")
	if got := d.b.Called("ChangeSettings"); got != 1 {
		t.Errorf("ChangeSettings: got %d calls, want 1", got)
	}
}

func TestEditsThatCouldNotBeSavedStay(t *testing.T) {
	b := uitest.Working()
	b.OnChangeSettings = func(context.Context, config.Settings) error {
		return health.Problem{Headline: words.Verbatim("The disk is full")}
	}
	d := newDesk(t, b)
	page, c := openAddress(d)
	page.vendors[0].entries[0].SetText("name.ngrok-free.app")
	d.Tap(c, "Save")
	d.Until("the problem", func() bool { return kittest.Sees(c, "The disk is full") })
	if got := page.vendors[0].entries[0].Text; got != "name.ngrok-free.app" || !page.typed.bright() {
		t.Errorf("got %q, and it can be saved once more: %v", got, page.typed.bright())
	}
}

func TestEditsOutliveAnotherSection(t *testing.T) {
	d := newDesk(t, uitest.Working())
	page, _ := openAddress(d)
	page.way.SetSelected(page.vendors[1].vendor.Title)
	page.vendors[1].entries[0].SetText("https://relay.example.net")
	d.showSettings(SectionHistory)
	page, c := openAddress(d)
	if got := page.vendors[1].entries[0].Text; got != "https://relay.example.net" || !page.typed.bright() {
		t.Errorf("got %q, which can be saved: %v", got, page.typed.bright())
	}
	d.Tap(c, "Save")
	d.Until("the end", func() bool { return d.b.Settings().Tunnel == "url" })
}

func TestEscapeTakesBackOneThingAfterTheOther(t *testing.T) {
	d := newDesk(t, uitest.Working())
	page, c := openAddress(d)
	own := page.vendors[1]
	page.way.SetSelected(own.vendor.Title)
	own.entries[0].SetText("https://relay.example.net")
	own.entries[1].SetText("127.0.0.1:9000")
	escape(own.entries[1])
	if own.entries[1].Text != "" || own.entries[0].Text == "" {
		t.Errorf("got %q and %q, want one entry as it was", own.entries[0].Text, own.entries[1].Text)
	}
	escape(own.entries[1])
	if own.entries[0].Text != "" || page.way.Selected == own.vendor.Title {
		t.Error("the page is not as it was")
	}
	escape(own.entries[1])
	if d.w != nil {
		t.Error("with nothing to take back, the window stays open")
	}
	_ = c
}

func TestEscapeTakesBackWhatAPageAsks(t *testing.T) {
	for _, tt := range []struct{ name, section, button, asked string }{
		{"before a credential is removed", SectionConnections, "Remove", "Relaying stops until there is a new one."},
		{"before everything is deleted", SectionAbout, "Delete the webhooks…", "This cannot be undone."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t, uitest.Working())
			w := d.showSettings(tt.section)
			d.Tap(w.win.Content(), tt.button)
			d.WantText(w.win.Content(), tt.asked)
			w.escape()
			if d.w == nil {
				t.Fatal("the window is closed")
			}
			d.WantNoText(w.win.Content(), tt.asked)
			w.escape()
			if d.w != nil {
				t.Error("the window stays open")
			}
		})
	}
}

func TestTheEntryOfACredentialIsOpenedFromAnySection(t *testing.T) {
	d := newDesk(t, uitest.Working())
	for _, section := range []string{SectionGeneral, SectionHistory} {
		d.showSettings(section)
		w := d.showSettings(string(credentials.VastKey))
		if entry := cardAt(w, 0).Entry(); entry == nil || w.win.Canvas().Focused() != fyne.Focusable(entry) || w.at != 0 {
			t.Errorf("from %s: got section %d, want the entry of the key with the focus", section, w.at)
		}
	}
}

func TestEscapeClosesTheEntryOfACredential(t *testing.T) {
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionConnections)
	test.Tap(cardAt(w, 0).Change())
	entry := cardAt(w, 0).Entry()
	test.Type(entry, uitest.Secret)
	w.win.Canvas().Unfocus() // The person has clicked elsewhere.
	w.escape()
	if d.w == nil || cardAt(w, 0).Entry() != nil {
		t.Error("the window is closed, or the entry is not")
	}
	d.wantForgotten()
}

func TestClosingAsksAboutEdits(t *testing.T) {
	d := newDesk(t, uitest.Working())
	page, _ := openAddress(d)
	w := d.w
	page.vendors[0].entries[0].SetText("name.ngrok-free.app")
	w.close()
	over := func() fyne.CanvasObject { return w.win.Canvas().Overlays().Top() }
	if d.w == nil || over() == nil {
		t.Fatal("the edits are thrown away without a question")
	}
	w.escape()
	if d.w == nil || over() != nil {
		t.Fatal("Escape does not leave everything as it is")
	}
	w.close()
	d.Tap(over(), "Discard changes")
	if d.w != nil {
		t.Error("the window is still open")
	}
	if got := d.b.Called("ChangeSettings"); got != 0 {
		t.Errorf("ChangeSettings: got %d calls, want 0", got)
	}
}

func TestAChoiceOfEventsIsSavedThoughTheWindowCloses(t *testing.T) {
	d := newDesk(t, uitest.Working())
	_, c := openEvents(d)
	test.Tap(d.CheckBox(c, "Instance started"))
	d.w.close()
	d.Until("the choice in force", func() bool { return len(d.b.Settings().EventTypes) == 5 })
	if fired := d.Pass(settleDelay); fired != 0 {
		t.Errorf("%d changes are still about to be saved", fired)
	}
}

package settings

import (
	"testing"

	"fyne.io/fyne/v2"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

// language is the choice of the language in c.
func language(t *testing.T, c fyne.CanvasObject) *kit.SelectBox {
	t.Helper()
	for _, name := range languageNames() {
		if s := kittest.Select(c, name); s != nil && len(s.Options) == len(languageNames()) && s.Options[1] == "English" {
			return s
		}
	}
	t.Fatal("there is no choice of the language")
	return nil
}

func TestTheLanguageIsShownAndKeptAsSoonAsItIsPicked(t *testing.T) {
	t.Cleanup(func() { words.Use(words.English()) })
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionGeneral)
	for _, tt := range []struct{ pick, kept, heading, said string }{
		{"Deutsch", "de", "Sprache", "Gespeichert; das ganze Programm spricht sie."},
		{"English", "en", "Language", "Saved; the whole program speaks it."},
	} {
		language(t, w.win.Content()).SetSelected(tt.pick)
		d.Until("the answer in "+tt.pick, func() bool { return kittest.Sees(w.win.Content(), tt.said) })
		if !kittest.Sees(w.win.Content(), tt.heading) || language(t, w.win.Content()).Selected != tt.pick {
			t.Errorf("%s: got %q", tt.pick, kittest.Texts(w.win.Content()))
		}
		if got := d.b.Settings().General.Language; got != tt.kept {
			t.Errorf("%s: kept %q, want %q", tt.pick, got, tt.kept)
		}
	}
}

func TestALanguageOfANewerVersionIsTheSystems(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.b.InForce.General.Language = "tlh"
	c := d.showSettings(SectionGeneral).win.Content()
	if got := language(t, c).Selected; got != languageNames()[0] {
		t.Errorf("picked is %q, want the default", got)
	}
}

// TestWhatIsNotSavedSurvivesAnotherLanguage leaves the window as it is while
// something in it was typed and not saved.
func TestWhatIsNotSavedSurvivesAnotherLanguage(t *testing.T) {
	t.Cleanup(func() { words.Use(words.English()) })
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionAddress)
	entries := kittest.Entries(w.win.Content())
	if len(entries) == 0 {
		t.Skip("the address has no entry for this tunnel")
	}
	entries[0].SetText("https://typed.example.net")
	d.Pump()
	words.Use(words.Choose("de"))
	w.Again()
	d.Pump()
	if got := kittest.Entries(w.win.Content())[0].Text; got != "https://typed.example.net" {
		t.Errorf("got %q, want what was typed", got)
	}
}

// TestTheLanguageOfMessagesIsShownByThePreview picks one after the other, and then another
// one for the windows, which messages do not follow.
func TestTheLanguageOfMessagesIsShownByThePreview(t *testing.T) {
	t.Cleanup(func() { words.Use(words.English()) })
	d := newDesk(t, uitest.Working())
	w := d.showSettings(SectionMessages)
	c := w.win.Content()
	d.WantText(c, "Instance outbid · #48926820")
	for _, tt := range []struct{ from, pick, kept, title string }{
		{"English", "Deutsch", "de", "Instanz überboten · #48926820"},
		{"Deutsch", "English", "", "Instance outbid · #48926820"},
	} {
		kittest.Select(c, tt.from).SetSelected(tt.pick)
		d.Until("the answer to "+tt.pick, func() bool { return kittest.Sees(c, "Saved. The next message is in this language.") })
		d.WantText(c, tt.title)
		if got := d.b.Settings().General.ChatLanguage; got != tt.kept {
			t.Errorf("%s: kept %q, want %q", tt.pick, got, tt.kept)
		}
	}
	words.Use(words.Choose("de"))
	w.Again()
	d.Pump()
	d.WantText(w.win.Content(), "Sprache der Nachrichten")
	d.WantText(w.win.Content(), "Instance outbid · #48926820")
}

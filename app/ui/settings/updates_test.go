package settings

import (
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

const updatesLabel = "Check for a newer version once a day"

func TestABuildFromSourceSaysThatItAsksNobody(t *testing.T) {
	d := newDesk(t, uitest.Working())
	c := d.showSettings(SectionGeneral).win.Content()
	d.WantText(c, "It asks nobody whether there is a newer version.")
	d.WantNoText(c, updatesLabel)
}

func TestTheDemoSpeaksOfNoVersions(t *testing.T) {
	b := uitest.Demo()
	b.News.Known = status.Updates{Host: "updates.example.net"}
	d := newDesk(t, b)
	d.WantNoText(d.showSettings(SectionGeneral).win.Content(), "Newer versions")
}

func TestLookingForNewerVersionsIsAChoice(t *testing.T) {
	b := uitest.Unasked()
	d := newDesk(t, b)
	c := d.showSettings(SectionGeneral).win.Content()
	d.WantText(c, "One request to updates.example.net")
	for _, want := range []config.UpdateChoice{config.UpdatesOn, config.UpdatesOff} {
		test.Tap(d.CheckBox(c, updatesLabel))
		d.Until("that it is saved", func() bool { return b.Settings().General.Updates == want && !d.CheckBox(c, updatesLabel).Disabled() })
	}
}

func TestTheChoiceOfNewerVersionsIsShownAsItIs(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		b := uitest.Unasked()
		b.News.Known.Asked, b.News.Known.Wanted = true, wanted
		d := newDesk(t, b)
		c := d.showSettings(SectionGeneral).win.Content()
		d.Settle()
		if got := d.CheckBox(c, updatesLabel).Checked; got != wanted || b.Called("ChangeSettings") > 0 {
			t.Errorf("got %v and %d changes, want %v shown and nothing saved", got, b.Called("ChangeSettings"), wanted)
		}
	}
}

func TestWhatIsKnownOfNewerVersions(t *testing.T) {
	at := kittest.Noon.Add(-time.Hour)
	for _, tt := range []struct {
		name  string
		known status.Updates
		says  []string
	}{
		{"nothing yet", status.Updates{}, nil},
		{"the newest runs", status.Updates{Checked: at}, []string{"This is the newest version (checked "}},
		{"a newer one", status.Updates{Checked: at, Newer: &status.Release{Version: "1.3.0", News: []string{"Faster", "[x](y)"}, Page: "https://updates.example.net/"}}, []string{"Vast Relay 1.3.0 is out.", "• Faster", "• [x](y)"}},
		{"no connection", status.Updates{Checked: at, Failed: status.UpdateUnreachable}, []string{"updates.example.net could not be reached"}},
		{"no answer", status.Updates{Checked: at, Failed: status.UpdateLate}, []string{"did not answer in time"}},
		{"an error", status.Updates{Checked: at, Failed: status.UpdateRefused}, []string{"did not say what the newest version is"}},
		{"nonsense", status.Updates{Checked: at, Failed: status.UpdateUnreadable}, []string{"cannot be read"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := uitest.Unasked()
			tt.known.Host, tt.known.Asked, tt.known.Wanted = "updates.example.net", true, true
			b.News.OnCheck = func() { b.News.Known = tt.known }
			d := newDesk(t, b)
			c := d.showSettings(SectionGeneral).win.Content()
			d.Tap(c, "Check now")
			d.Until("the answer", func() bool { return !kittest.Sees(c, "Asking…") })
			for _, part := range tt.says {
				d.WantText(c, part)
			}
			if link := kittest.Link(c, "Open its page"); (link != nil) != (tt.known.Newer != nil) {
				t.Errorf("a link to the page: %v", link != nil)
			}
		})
	}
}

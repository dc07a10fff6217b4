package ui

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
)

// speak makes the language with that tag the one in use until the test ends.
func speak(t *testing.T, tag string) *words.Language {
	t.Helper()
	l := words.Choose(tag)
	words.Use(l)
	t.Cleanup(func() { words.Use(words.English()) })
	return l
}

// anyArgs has a value for each argument that a condition can have.
var anyArgs = words.Args{
	"Beginning": "x", "Count": 2, "Credential": "x", "Event": "x", "Folders": "x", "Host": "x", "Missing": "x", "Path": "/x", "Proxy": "x.",
	"Readings": "x.", "Reason": "x.", "Since": "09:12", "State": "x.", "Time": "09:12", "Types": "x", "Variable": "VAST_API_KEY",
}

// TestTheWindowSpeaksGermanAndProgramsReadEnglish holds each condition, as a hop
// that fails, to both: the window shows it in German alone, while /status, errors
// and logs say the same in English.
func TestTheWindowSpeaksGermanAndProgramsReadEnglish(t *testing.T) {
	de := speak(t, "de")
	b := uitest.Working()
	d := newDesk(t, b)
	d.ui.ShowMain()
	d.Until("the events", func() bool { return d.rows() != nil })
	for _, c := range health.Conditions() {
		p := health.New(c.Code, anyArgs)
		hop := health.Hop{Name: health.HopWebhook}.Fail(p)
		b.Mu.Lock()
		b.State = uitest.PhaseStatus(status.Attention)
		b.State.Hops = slices.Clone(b.State.Hops)
		b.State.Hops[3] = hop
		b.State.Headline, b.State.Cause = p.Headline, hop.Next
		b.Mu.Unlock()
		b.EmitChange(status.StatusChanged)
		d.Pump()
		shown := kittest.Texts(d.ui.Main().Content())
		for _, text := range []words.Sentence{p.Headline, p.Cause, p.Next} {
			if en := text.In(words.English()); en != "" && en != text.In(de) && strings.Contains(strings.Join(shown, "\n"), en) {
				t.Errorf("%s: the window says %q", c.Code, en)
			}
		}
		if german := p.Headline.In(de); len(german) > 2 && !slices.ContainsFunc(shown, func(s string) bool { return strings.Contains(s, german) }) {
			t.Errorf("%s: the window does not say %q", c.Code, german)
		}
		encoded, err := json.Marshal(b.State)
		if err != nil {
			t.Fatal(err)
		}
		var page struct{ Headline, Cause string }
		if err := json.Unmarshal(encoded, &page); err != nil || page.Headline != p.Headline.In(words.English()) || page.Cause != hop.Next.In(words.English()) {
			t.Errorf("%s: /status says %+v, %v", c.Code, page, err)
		}
		if !strings.HasPrefix(p.Error(), p.Headline.In(words.English())) {
			t.Errorf("%s: the error reads %q", c.Code, p)
		}
	}
}

// TestAnotherLanguageShowsInOpenWindowsAtOnce changes it while both windows are
// shown, and goes on working in them.
func TestAnotherLanguageShowsInOpenWindowsAtOnce(t *testing.T) {
	told := 0
	b := uitest.Working()
	chosen := b.Settings()
	chosen.General.ChatLanguage = "de" // which messages are shown in, whatever the windows speak
	if err := b.ChangeSettings(t.Context(), func(c *config.Settings) { *c = chosen }); err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, b, func(o *Options) { o.LanguageChanged = func() { told++ } })
	d.showMain()
	d.ui.ShowSettings(settings.SectionHistory)
	d.Pump()
	if !kittest.Sees(d.ui.Main().Content(), "Send test") {
		t.Fatal("the window does not speak English")
	}
	win := d.ui.Main()
	speak(t, "de")
	d.ui.speak()
	d.Until("the events", func() bool { return d.rows() != nil })
	if d.ui.Main() != win || !d.ui.main.shown {
		t.Error("the window is another one, or hidden")
	}
	shown := strings.Join(kittest.Texts(win.Content()), "\n")
	if !strings.Contains(shown, "Pausieren") || strings.Contains(shown, "Send test") {
		t.Errorf("the main window shows %q", shown)
	}
	if told != 1 {
		t.Errorf("the tray was told %d times, want once", told)
	}
	d.showEvent("ev-009")
	if !kittest.Sees(win.Content(), "JSON kopieren") {
		t.Error("the event is not shown in German")
	}
	if left := englishLeft(kittest.Texts(win.Content())); len(left) > 0 {
		t.Errorf("the main window still shows %q", left)
	}
	for _, section := range []string{settings.SectionConnections, settings.SectionEvents, settings.SectionMessages, settings.SectionAddress, settings.SectionHistory, settings.SectionNotify, settings.SectionGeneral, settings.SectionAbout} {
		w := d.showSettings(section)
		d.Pump()
		if left := englishLeft(kittest.Texts(w.Content())); len(left) > 0 {
			t.Errorf("the settings of %s still show %q", section, left)
		}
	}
	d.ui.main.close()
	d.Pump()
}

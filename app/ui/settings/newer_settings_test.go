package settings

import (
	"testing"

	"vastrelay/app/ui/uitest"

	"vastrelay/app/config"
	"vastrelay/app/ui/kit/kittest"
)

func TestSettingsOfANewerVersionAreShownAndKept(t *testing.T) {
	b := uitest.Working()
	b.InForce.Form, b.InForce.Threads, b.InForce.Tunnel = "markdown", "day", "balloon"
	d := newDesk(t, b)

	w := d.showSettings(SectionMessages)
	page := w.sections[2].page.(*messageForm)
	if got, want := page.radio.Selected, unknownWords("markdown"); got != want {
		t.Errorf("form: got %q, want %q", got, want)
	}
	if got, want := page.threads.Selected, unknownWords("day"); got != want {
		t.Errorf("threads: got %q, want %q", got, want)
	}
	page.radio.SetSelected(formWords(config.FormText))
	d.Until("plain text", func() bool { return d.b.Settings().Form == config.FormText && !page.radio.Disabled() })
	if got := d.b.Settings().Threads; got != "day" {
		t.Errorf("threads after the form was changed: got %q, want day", got)
	}

	w = d.showSettings(SectionAddress)
	way := w.sections[3].page.(*addressForm)
	if got, want := way.way.Selected, unknownWords("balloon"); got != want {
		t.Errorf("way: got %q, want %q", got, want)
	}
	way.vendors[0].entries[0].SetText("name.ngrok-free.app")
	d.Tap(w.win.Content(), "Save")
	d.Until("the end", func() bool { return kittest.Sees(w.win.Content(), "Saved.") })
	if s := d.b.Settings(); s.Tunnel != "balloon" || s.TunnelValues["ngrok_domain"] != "name.ngrok-free.app" {
		t.Errorf("got %+v, want the way as it was", s)
	}
	way.way.SetSelected(way.vendors[0].vendor.Title)
	d.Tap(w.win.Content(), "Save")
	d.Until("ngrok", func() bool { return d.b.Settings().Tunnel == "ngrok" })
}

package ui

import (
	"testing"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/status"
	"vastrelay/app/ui/cards"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/uitest"

	"fyne.io/fyne/v2"

	"vastrelay/app/ui/kit/kittest"
	"vastrelay/relay/tunnel/tunneltest"
)

// desk is a UI under test.
type desk struct {
	*kittest.Desk
	b     *uitest.Program
	ui    *UI
	quits int
	tray  bool
}

// newDesk builds the windows over b, in the product's own look.
func newDesk(t *testing.T, b *uitest.Program, change ...func(*Options)) *desk {
	t.Helper()
	d := &desk{Desk: kittest.New(t), b: b, tray: true}
	o := Options{
		Post:    d.Post,
		Now:     func() time.Time { return d.Now },
		After:   d.After,
		HasTray: func() bool { return d.tray },
		Quit:    func() { d.quits++ },
		Vendors: tunneltest.Vendors(),
		About:   About{Version: "1.0.0", DataFolder: "/home/ada/.local/share/vastrelay"},
	}
	for _, f := range change {
		f(&o)
	}
	d.ui = New(d.App, partsOf(b), o)
	t.Cleanup(d.ui.Close)
	return d
}

// showMain shows the main window and waits for its first page.
func (d *desk) showMain() {
	d.T.Helper()
	d.ui.ShowMain()
	d.Until("the first page", func() bool {
		return d.ui.main.events.list.read.stop == nil && d.ui.main.events.activity.stopLoad == nil
	})
}

// showSettings shows the settings window at a section and returns it.
func (d *desk) showSettings(section string) fyne.Window {
	d.T.Helper()
	d.ui.ShowSettings(section)
	d.Pump()
	return d.settingsWindow()
}

// settingsWindow is the settings window; nil while it is not on the screen.
func (d *desk) settingsWindow() fyne.Window {
	for _, w := range d.App.Driver().AllWindows() {
		if w.Title() == "Vast Relay settings" {
			return w
		}
	}
	return nil
}

// become puts the program into that phase.
func (d *desk) become(p status.Phase) {
	d.b.Become(p)
	d.Pump()
}

// opened is the entry for that credential in the settings; nil for none.
func (d *desk) opened(kind credentials.Kind) *kit.Entry {
	if w := d.settingsWindow(); w != nil {
		return uitest.CardOf(w.Content(), kind).Entry()
	}
	return nil
}

// cardOf is the card at that place, counted from 0.
func cardOf(s *cards.Set, at int) uitest.Card { return uitest.Card{Ground: s.Boxes()[at]} }

// partsOf hands b to the windows as every part of the program.
func partsOf(b *uitest.Program) Parts {
	return Parts{
		Status: b, Controls: b, Tests: b, Webhooks: b, History: b, Exporter: b,
		Resender: b, Credentials: b, Settings: b, Types: b, Demo: b,
	}
}

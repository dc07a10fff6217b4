package ui

import (
	"testing"
	"time"

	"vastrelay/app/ui/kit/kittest"
	"vastrelay/relay/tunnel/tunneltest"
)

// desk is a UI under test.
type desk struct {
	*kittest.Desk
	b     *fakeBackend
	ui    *UI
	quits int
	tray  bool
}

// newDesk builds the windows over b, in the product's own look.
func newDesk(t *testing.T, b *fakeBackend, change ...func(*Options)) *desk {
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
	d.Until("the first page", func() bool { return d.ui.main.list.stopLoad == nil && d.ui.main.activity.stopLoad == nil })
}

// settings shows the settings window at a section.
func (d *desk) showSettings(section string) *settingsWindow {
	d.T.Helper()
	d.ui.ShowSettings(section)
	d.Pump()
	return d.ui.settings
}

// cardOf is the card at that place, counted from 0.
func cardOf(s *cardSet, at int) seenCard { return seenCard{s.boxes()[at]} }

// partsOf hands b to the windows as every part of the program.
func partsOf(b *fakeBackend) Parts {
	return Parts{
		Status: b, Controls: b, Tests: b, Webhooks: b, History: b, Exporter: b,
		Resender: b, Credentials: b, Settings: b, Types: b, Demo: b,
	}
}

package ui

import (
	"context"
	"testing"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/settings"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"

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
	said  []string // notifications of the desktop
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
		Notify: func(_ context.Context, title, text string) bool {
			said := title + ": " + text
			d.Post(func() { d.said = append(d.said, said) })
			return true
		},
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

// showMain shows the main window and waits until what it shows is read.
func (d *desk) showMain() {
	d.T.Helper()
	asked := d.b.Called("Events")
	d.ui.ShowMain()
	d.Until("the events", func() bool {
		if d.b.Called("Events") == asked {
			return false
		}
		setUp := d.ui.main.setUp && len(d.b.Rows) == 0
		return setUp || d.rows() != nil || sees(d.ui.Main().Content(), "Vast.ai events appear here")
	})
	if p := d.b.State.Phase; (p == status.Relaying || p == status.Paused) && len(d.b.Hours) > 0 {
		d.Until("the hours", func() bool {
			return !d.ui.main.header.row.picture.Visible() || len(kittest.Texts(d.ui.main.events.Activity())) > 0
		})
	}
}

// rows is the list of the events; nil while it is not shown.
func (d *desk) rows() *kit.List { return kittest.List(d.ui.Main().Content()) }

// why is what the popover of the main window shows; nil while there is none.
func (d *desk) why() fyne.CanvasObject { return d.ui.main.answers.over.Content() }

// search is the entry above the events.
func (d *desk) search() *kit.Entry { return kittest.Entries(d.ui.Main().Content())[0] }

// showEvent shows the event of that id in the main window, and waits until it is
// read.
func (d *desk) showEvent(id string) {
	d.T.Helper()
	d.ui.ShowEvent(id)
	d.Until("the event", func() bool { return sees(d.ui.Main().Content(), id) })
}

// filterFailed shows only the events that were not delivered.
func (d *desk) filterFailed() {
	d.T.Helper()
	c := d.ui.Main().Content()
	kittest.Select(c, say("All outcomes")).SetSelected(say("Not posted"))
	d.Until("the filtered events", func() bool { return !sees(d.rows(), "Started #48927380") })
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
		if w.Title() == words.Text("settings.title") {
			return w
		}
	}
	return nil
}

// windowWith is the window with that content.
func (d *desk) windowWith(o fyne.CanvasObject) fyne.Window {
	for _, w := range d.App.Driver().AllWindows() {
		if w.Content() == o {
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

// partsOf hands b to the windows as every part of the program.
func partsOf(b *uitest.Program) Parts {
	return Parts{
		Status: b, Controls: b, Tests: b, Webhooks: b, History: b,
		Resender: b, Credentials: b, Messages: b, Demo: b, Doctor: b, LastRun: &b.Ran, Updates: &b.News, Program: &b.File,
		Settings: settings.Parts{Store: b, Types: b, Exporter: b, Gaps: b, Cleaner: b, Login: &b.AtLogin, Updates: &b.News, Reporter: &b.Reports, Proxy: &b.Way, Banners: &b.Notifier},
	}
}

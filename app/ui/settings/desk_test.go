package settings

import (
	"testing"

	"fyne.io/fyne/v2"

	"vastrelay/app/status"
	"vastrelay/app/ui/cards"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay/tunnel/tunneltest"
)

// desk is the settings window under test, over a program that is played.
type desk struct {
	*kittest.Desk
	b    *uitest.Program
	deps Deps
	w    *Window // nil while closed

	quits, licences int
}

func newDesk(t *testing.T, b *uitest.Program) *desk {
	t.Helper()
	d := &desk{Desk: kittest.New(t), b: b}
	d.deps = Deps{
		Deps: cards.Deps{
			Env: d.Env(nil), Keeper: b, Settings: b.Settings, Vendors: tunneltest.Vendors(),
			Demo: func() bool { return b.Status().Demo }, Rename: b.Rename,
		},
		Parts:  Parts{Store: b, Types: b, Exporter: b, Gaps: b, Cleaner: b, Login: &b.AtLogin, Updates: &b.News, Reporter: &b.Reports, Proxy: &b.Way, Banners: &b.Notifier},
		Status: b.Status, HasTray: func() bool { return true }, Screen: func() fyne.Size { return fyne.Size{} },
		About:   About{Version: "1.0.0", DataFolder: "/home/ada/.local/share/vastrelay"},
		Preview: b.Preview,
		On: Callbacks{
			Quit: func() { d.quits++ }, ShowLicences: func() { d.licences++ },
			Closed: func() { d.w = nil }, LanguageChanged: func() { d.w.Again() },
		},
	}
	t.Cleanup(b.Watch(func(status.Change) {
		d.Post(func() {
			if d.w != nil {
				d.w.Refresh()
			}
		})
	}))
	return d
}

// showSettings shows the window at a section.
func (d *desk) showSettings(section string) *Window {
	d.T.Helper()
	if d.w == nil {
		d.w = New(d.deps)
	}
	d.w.Show(section)
	d.Pump()
	return d.w
}

// become lets the program reach that phase.
func (d *desk) become(p status.Phase) {
	d.b.Become(p)
	d.Pump()
}

// cardAt is the card of a credential in w, counted from 0.
func cardAt(w *Window, at int) uitest.Card {
	return uitest.Card{Ground: w.connections.cards.Boxes()[at]}
}

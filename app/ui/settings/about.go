package settings

import (
	"net/url"
	"path/filepath"
	"strings"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/shortcuts"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// aboutPage is the section about the program.
type aboutPage struct {
	w         *Window
	overrides *fyne.Container // the variables of the environment in force
	clean     *cleanUpCard    // nil in the demo
	report    *reportCard
	box       *fyne.Container
}

func newAboutPage(w *Window) *aboutPage {
	about := w.deps.About
	if about.Version == "" {
		about.Version = words.Text("settings.about.development")
	}
	if about.Licence == "" {
		about.Licence = "MIT"
	}
	facts := kit.Rows(aboutFact(words.Text("settings.about.version"), selectable(about.Version)))
	if about.DataFolder != "" {
		facts.Add(aboutFact(words.Text("settings.about.folder"), selectable(about.DataFolder)))
	}
	facts.Add(aboutFact(words.Text("settings.about.licence"), selectable(about.Licence)))
	p := &aboutPage{w: w, report: newReportCard(w), overrides: container.NewVBox()}
	facts.Add(p.overrides)
	box := container.NewVBox(kit.WrappedLabel(words.Text("settings.about.what")), facts)
	if about.DataFolder != "" {
		open := kit.NewLink(words.Text("settings.about.open_folder"), kit.SizeSmall)
		open.URL = folderURL(about.DataFolder)
		box.Add(container.NewHBox(open))
	}
	box.Add(kit.AlignWithText(container.NewHBox(kit.TextButton(words.Text("settings.about.licences"), w.deps.On.ShowLicences))))
	kept := words.Text("settings.about.kept")
	if w.deps.Demo() {
		kept = words.Text("settings.about.kept_demo")
	}
	box.Add(kit.SmallLabel(kept))
	p.box = box
	box.Add(sentWhere())
	box.Add(p.report.box)
	box.Add(kit.SectionHeading(words.Text("shortcuts.title")))
	box.Add(shortcuts.Table())
	if !w.deps.Demo() {
		p.clean = newCleanUpCard(w)
		box.Add(p.clean.box)
	}
	return p
}

// sentWhere says what leaves this computer, and for where.
func sentWhere() fyne.CanvasObject {
	rows := kit.Rows()
	for _, r := range []struct{ to, what string }{
		{"Vast.ai", words.Text("settings.about.sent_vast")},
		{words.Text("settings.about.tunnel"), words.Text("settings.about.sent_tunnel")},
		{words.Text("settings.about.sent_chat"), words.Text("settings.about.sent_chat_what")},
		{words.Text("settings.about.sent_heartbeat"), words.Text("settings.about.sent_heartbeat_what")},
	} {
		rows.Add(aboutFact(r.to, kit.WrappedLabel(r.what)))
	}
	return container.NewVBox(kit.SectionHeading(words.Text("settings.about.sent")), rows, kit.SmallLabel(words.Text("settings.about.sent_nothing")))
}

// aboutColumn is the width of the names.
const aboutColumn = 160

// aboutFact is a name with its value beside it.
func aboutFact(name string, value fyne.CanvasObject) fyne.CanvasObject {
	return kit.Border(nil, nil, kit.MinSize(aboutColumn, 0, container.NewVBox(kit.BoldLabel(name))), nil, value)
}

// selectable is a text to be copied, which breaks anywhere.
func selectable(text string) fyne.CanvasObject {
	l := kit.NewSelectableLabel(text)
	l.Wrapping = fyne.TextWrapBreak
	return l
}

// folderURL is what the desktop opens a folder by.
func folderURL(path string) *url.URL {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/Users, which a URL writes as /C:/Users.
	}
	return &url.URL{Scheme: "file", Path: path}
}

func (p *aboutPage) content() fyne.CanvasObject { return p.box }

func (p *aboutPage) foot() fyne.CanvasObject { return nil }

func (p *aboutPage) open() { p.refresh() }

// refresh names the variables that are in force.
func (p *aboutPage) refresh() {
	p.overrides.RemoveAll()
	if names := p.w.deps.Status().Overrides; len(names) > 0 {
		text := kit.OneLine(strings.Join(names, ", "), 4*kit.MaxLine)
		p.overrides.Add(aboutFact(words.Text("settings.about.overrides"), selectable(text)))
	}
}

// cancel implements canceller.
func (p *aboutPage) cancel() bool { return p.report.cancel() || p.clean != nil && p.clean.cancel() }

// About is what the last section of the settings says of the program.
type About struct {
	Version    string // "1.2.3"; empty: words.Text("settings.about.development")
	DataFolder string // where the data files lie; empty: not shown
	Licence    string // the name of the licence; empty: "MIT"

	KeptDays      int // how long events are kept; 0: not shown
	KeptMegabytes int // in how much room
}

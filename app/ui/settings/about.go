package settings

import (
	"net/url"
	"path/filepath"
	"runtime"
	"strings"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// aboutPage is the section about the program.
type aboutPage struct {
	box    *fyne.Container
	clean  *cleanUpCard // nil in the demo
	report *reportCard
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
	box := container.NewVBox(kit.WrappedLabel(words.Text("settings.about.what")), facts)
	if about.DataFolder != "" {
		open := kit.NewLink(words.Text("settings.about.open_folder"), kit.SizeSmall)
		open.URL = folderURL(about.DataFolder)
		box.Add(container.NewHBox(open))
	}
	kept := words.Text("settings.about.kept")
	if w.deps.Demo() {
		kept = words.Text("settings.about.kept_demo")
	}
	box.Add(kit.SmallLabel(kept))
	p := &aboutPage{box: box, report: newReportCard(w)}
	box.Add(p.report.box)
	box.Add(kit.SectionHeading(words.Text("settings.about.keys")))
	box.Add(keysTable(runtime.GOOS))
	if !w.deps.Demo() {
		p.clean = newCleanUpCard(w)
		box.Add(p.clean.box)
	}
	return p
}

// aboutFact is a name with its value beside it.
func aboutFact(name string, value fyne.CanvasObject) fyne.CanvasObject {
	return kit.Border(nil, nil, kit.MinSize(kit.NameColumn, 0, container.NewVBox(kit.BoldLabel(name))), nil, value)
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

// keysTable lists the keys of the windows, as that system calls them.
func keysTable(goos string) fyne.CanvasObject {
	hold := func(key string) string {
		if goos == "darwin" {
			return words.Text("settings.about.key_command", words.Args{"Key": key})
		}
		return words.Text("settings.about.key_control", words.Args{"Key": key})
	}
	table := kit.Rows()
	for _, k := range []struct{ key, does string }{
		{hold("F"), words.Text("settings.about.does_search")},
		{words.Text("settings.about.key_arrows"), words.Text("settings.about.does_arrows")},
		{words.Text("settings.about.key_escape"), words.Text("settings.about.does_escape")},
		{hold(","), words.Text("settings.about.does_settings")},
		{hold("W"), words.Text("settings.about.does_close")},
		{hold("Q"), words.Text("settings.about.does_quit")},
	} {
		table.Add(aboutFact(k.key, kit.WrappedLabel(k.does)))
	}
	return table
}

func (p *aboutPage) content() fyne.CanvasObject { return p.box }

func (p *aboutPage) foot() fyne.CanvasObject { return nil }

func (p *aboutPage) open() {}

func (p *aboutPage) refresh() {}

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

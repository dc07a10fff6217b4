package settings

import (
	"net/url"
	"path/filepath"
	"runtime"
	"strings"

	"vastrelay/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// aboutPage is the section about the program.
type aboutPage struct{ box *fyne.Container }

func newAboutPage(w *Window) *aboutPage {
	about := w.deps.About
	if about.Version == "" {
		about.Version = "development build"
	}
	if about.Licence == "" {
		about.Licence = "MIT"
	}
	facts := kit.Rows(aboutFact("Version", selectable(about.Version)))
	if about.DataFolder != "" {
		facts.Add(aboutFact("Data folder", selectable(about.DataFolder)))
	}
	facts.Add(aboutFact("Licence", selectable(about.Licence)))
	box := container.NewVBox(kit.WrappedLabel("Vast Relay carries Vast.ai notifications into Google Chat."), facts)
	if about.DataFolder != "" {
		open := kit.NewLink("Open the data folder", kit.SizeSmall)
		open.URL = folderURL(about.DataFolder)
		box.Add(container.NewHBox(open))
	}
	kept := "Events and settings lie in the data folder. Credentials are kept in the system keyring and nowhere else."
	if w.deps.Demo() {
		kept = "Events and settings of the demo lie in its own data folder. Its credentials are made up, and are kept nowhere."
	}
	box.Add(kit.SmallLabel(kept))
	box.Add(kit.SectionHeading("Keys"))
	box.Add(keysTable(runtime.GOOS))
	if !w.deps.Demo() {
		box.Add(newCleanUpCard(w).box)
	}
	return &aboutPage{box: box}
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
	hold := "Ctrl+"
	if goos == "darwin" {
		hold = "Cmd+"
	}
	table := kit.Rows()
	for _, k := range []struct{ key, does string }{
		{hold + "F", "Search the events"},
		{"Up, Down", "Move through the events; Page Up, Page Down, Home and End go further"},
		{"Esc", "Close an answer, empty the search"},
		{hold + ",", "Settings"},
		{hold + "W", "Close the window; Vast Relay stays in the tray, where there is one"},
		{hold + "Q", "Quit and stop relaying, after a question"},
	} {
		table.Add(aboutFact(k.key, kit.WrappedLabel(k.does)))
	}
	return table
}

func (p *aboutPage) content() fyne.CanvasObject { return p.box }

func (p *aboutPage) foot() fyne.CanvasObject { return nil }

func (p *aboutPage) open() {}

func (p *aboutPage) refresh() {}

// About is what the last section of the settings says of the program.
type About struct {
	Version    string // "1.2.3"; empty: "development build"
	DataFolder string // where the data files lie; empty: not shown
	Licence    string // the name of the licence; empty: "MIT"
	Kept       string // how long events are kept: "for 90 days"; empty: not shown
}

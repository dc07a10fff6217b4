// Package licences is the window that shows what the program is made of, and under
// which licence each part may be used: a list that can be searched by name, and the
// text of the chosen part.
//
// # Concurrency
//
// Everything belongs to the goroutine that runs the toolkit's event loop. The texts
// are unpacked in a goroutine of Deps.Work.
//
// # Ownership
//
// A Window exists only while it is on the screen: closing it throws it away with the
// texts.
package licences

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/shortcuts"
	"vastrelay/app/words"
	"vastrelay/assets/licences"
)

// The first size of the window.
const width, height = 960, 560

// The most that is drawn of a licence: the longest has fewer lines.
const textWidth, textLines = 100, 2000

// Deps is what the window needs of the program. Every field is required.
type Deps struct {
	kit.Env
	Screen func() fyne.Size // the room for windows, in pixels; zero: not known
	Closed func()           // called when the window has gone off the screen
}

// Window shows the licences.
type Window struct {
	deps Deps
	env  kit.Env // of this window: its work ends with it
	win  fyne.Window

	all    []licences.Licence
	found  []licences.Licence // those that the search selects
	search *kit.Entry
	list   *kit.List
	none   *widget.Label // says that the search finds nothing
	right  *container.Scroll
	help   *shortcuts.List
}

// New builds the window, and reads the licences. Show puts it on the screen.
func New(d Deps) *Window {
	w := &Window{deps: d, env: d.Child(), win: fyne.CurrentApp().NewWindow(words.Text("licences.title"))}
	w.search = kit.NewEntry()
	w.search.SetPlaceHolder(words.Text("licences.search"))
	w.search.OnChanged = func(string) { w.filter() }
	w.search.Shortcuts = w.keys()
	w.search.Keys = map[fyne.KeyName]func(){
		fyne.KeyDown:   func() { w.win.Canvas().Focus(w.list) },
		fyne.KeyEscape: w.escape,
		// The text takes no focus of its own that keys could scroll it by.
		fyne.KeyPageDown: func() { kit.ScrollBy(w.right, w.right.Size().Height) },
		fyne.KeyPageUp:   func() { kit.ScrollBy(w.right, -w.right.Size().Height) },
	}
	w.list = kit.NewList(func() int { return len(w.found) },
		func() fyne.CanvasObject { return kit.Ellipsis(kit.Label("")) },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			if l, ok := o.(*widget.Label); ok {
				l.SetText(kit.OneLine(w.found[i].Module, kit.MaxLine))
			}
		})
	w.list.OnSelected = w.show
	w.list.Shortcuts = w.keys()
	w.none = kit.SmallLabel(words.Text("licences.none"))
	w.none.Hide()
	w.right = container.NewVScroll(kit.BesideScrollBar(kit.SmallLabel(words.Text("licences.reading"))))
	left := kit.Border(container.NewVBox(w.search, w.none), nil, nil, nil, w.list)
	split := container.NewHSplit(left, w.right)
	split.SetOffset(0.32)
	w.win.SetContent(kit.MinSize(kit.LeastWidth, kit.LeastHeight, kit.PadWindow(split)))
	w.win.Resize(fyne.NewSize(width, height))
	w.win.CenterOnScreen()
	w.win.SetCloseIntercept(w.Close)
	for _, s := range w.keys() {
		w.win.Canvas().AddShortcut(s.Key, s.Do)
	}
	w.win.Canvas().SetOnTypedKey(func(key *fyne.KeyEvent) {
		switch {
		case w.help.TypedKey(key):
		case key.Name == shortcuts.Key:
			w.help = shortcuts.Show(w.win.Canvas())
		case key.Name == fyne.KeyEscape:
			w.escape()
		}
	})
	w.read()
	return w
}

func (w *Window) keys() []kit.Shortcut {
	return kit.NewShortcuts(map[fyne.KeyName]func(){fyne.KeyW: w.Close, fyne.KeyF: func() { w.win.Canvas().Focus(w.search) }})
}

// read unpacks the licences away from the widgets.
func (w *Window) read() {
	kit.Start(w.env.Work, func(context.Context) ([]licences.Licence, error) { return licences.All() }, func(all []licences.Licence, err error) {
		if err != nil {
			w.say(w.env.ProblemPanel(kit.ProblemOf(words.Text("licences.unreadable"), err)))
			return
		}
		w.all = all
		w.filter()
	})
}

// filter lists the parts whose names hold what was typed, and shows the first.
func (w *Window) filter() {
	part := strings.ToLower(strings.TrimSpace(w.search.Text))
	w.found = nil
	for _, l := range w.all {
		if strings.Contains(strings.ToLower(l.Module), part) {
			w.found = append(w.found, l)
		}
	}
	kit.ShowIf(w.none, len(w.found) == 0 && len(w.all) > 0)
	w.list.UnselectAll()
	w.list.At = -1
	w.list.Refresh()
	if len(w.found) > 0 {
		w.list.SelectRow(0)
	}
}

// show shows the texts of the part in row i.
func (w *Window) show(i widget.ListItemID) {
	w.list.At = i
	if i < 0 || i >= len(w.found) {
		return
	}
	l := w.found[i]
	title := kit.WrappedBoldLabel(kit.OneLine(strings.TrimSpace(l.Module+" "+l.Version), kit.MaxLine))
	box := container.NewVBox(title)
	for at, text := range l.Texts {
		folded, _ := kit.Fold(kit.Preserve(strings.TrimSpace(text)), textWidth, textLines)
		label := kit.NewSelectableLabel(folded)
		label.TextStyle.Monospace = true
		label.SizeName = kit.SizeSmall
		label.Wrapping = fyne.TextWrapWord
		box.Add(kit.SmallLabel(l.Files[at]))
		box.Add(label)
	}
	w.say(box)
}

// say puts o beside the list.
func (w *Window) say(o fyne.CanvasObject) {
	w.right.Content = kit.BesideScrollBar(o)
	w.right.ScrollToTop()
	w.right.Refresh()
}

// escape empties the search, and closes the window where it is empty.
func (w *Window) escape() {
	if w.search.Text != "" {
		w.search.SetText("")
		return
	}
	w.Close()
}

// Show brings the window to the front, with the focus in the search.
func (w *Window) Show() {
	kit.FitScreen(w.win, w.deps.Screen())
	w.win.Show()
	kit.FitScreen(w.win, w.deps.Screen()) // Now its scale is known.
	w.win.RequestFocus()
	w.win.Canvas().Focus(w.search)
}

// Content is what the window shows.
func (w *Window) Content() fyne.CanvasObject { return w.win.Content() }

// Close ends the work of the window and throws it away.
func (w *Window) Close() {
	w.env.Work.Cancel()
	w.win.Close()
	w.deps.Closed()
}

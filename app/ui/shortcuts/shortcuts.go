// Package shortcuts is the one list of the keys of the windows: shown over a window
// by F1, and as a part of the page "About".
//
// Everything belongs to the goroutine that runs the toolkit's event loop. The package
// keeps nothing.
package shortcuts

import (
	"runtime"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// Key is the key that shows the list.
const Key = fyne.KeyF1

// keyColumn is the width of the column of keys.
const keyColumn = 176

// row is one line of the list.
type row struct{ key, does string }

// rows are the keys as the system called goos names them, and what they do.
func rows(goos string) []row {
	hold := func(key string) string {
		if goos == "darwin" {
			return words.Text("shortcuts.key_command", words.Args{"Key": key})
		}
		return words.Text("shortcuts.key_control", words.Args{"Key": key})
	}
	return []row{
		{words.Text("shortcuts.key_help"), words.Text("shortcuts.does_help")},
		{words.Text("shortcuts.key_tab"), words.Text("shortcuts.does_tab")},
		{words.Text("shortcuts.key_press"), words.Text("shortcuts.does_press")},
		{words.Text("shortcuts.key_escape"), words.Text("shortcuts.does_escape")},
		{hold("F"), words.Text("shortcuts.does_search")},
		{words.Text("shortcuts.key_arrows"), words.Text("shortcuts.does_arrows")},
		{words.Text("shortcuts.key_several"), words.Text("shortcuts.does_several")},
		{hold("A"), words.Text("shortcuts.does_all")},
		{hold("C"), words.Text("shortcuts.does_copy")},
		{hold(","), words.Text("shortcuts.does_settings")},
		{hold("W"), words.Text("shortcuts.does_close")},
		{hold("Q"), words.Text("shortcuts.does_quit")},
	}
}

// Table is the list as a part of a page.
func Table() fyne.CanvasObject {
	table := kit.Rows()
	for _, r := range rows(runtime.GOOS) {
		key := kit.MinSize(keyColumn, 0, container.NewVBox(kit.BoldLabel(r.key)))
		table.Add(kit.Border(nil, nil, key, nil, kit.WrappedLabel(r.does)))
	}
	return table
}

// List is the list over a window.
type List struct {
	over   *widget.PopUp
	before fyne.Focusable // what had the focus
	on     fyne.Canvas
	scroll *container.Scroll
}

// The width of the list and its least height: it scrolls where a window has less room
// than it takes.
const listWidth, leastHeight = 540, 120

// Show shows the list over the window of that canvas, with the focus on the button
// that closes it.
func Show(on fyne.Canvas) *List {
	l := &List{on: on, before: on.Focused()}
	head := kit.BoldLabel(words.Text("shortcuts.title"))
	head.SizeName = kit.SizeTitle
	closeButton := kit.PrimaryButton(words.Text("button.close"), l.Close)
	table := container.NewVScroll(kit.BesideScrollBar(Table()))
	l.scroll = table
	foot := container.NewHBox(kit.Spacer(), closeButton)
	l.over = widget.NewModalPopUp(kit.PadWindow(kit.Border(head, foot, nil, nil, kit.MinSize(listWidth, leastHeight, table))), on)
	least := l.over.MinSize()
	l.over.Resize(fyne.NewSize(least.Width, least.Height-leastHeight+table.Content.MinSize().Height))
	l.over.Show()
	on.Focus(closeButton)
	return l
}

// Open reports whether the list is shown.
func (l *List) Open() bool { return l != nil && l.over.Visible() }

// TypedKey does what key means for the list while it is shown, and reports whether it
// was: Escape closes it, arrows scroll it. A window asks it first.
func (l *List) TypedKey(key *fyne.KeyEvent) (taken bool) {
	if !l.Open() {
		return false
	}
	switch key.Name {
	case fyne.KeyEscape, Key:
		l.Close()
	case fyne.KeyDown:
		kit.ScrollBy(l.scroll, scrollStep)
	case fyne.KeyUp:
		kit.ScrollBy(l.scroll, -scrollStep)
	case fyne.KeyPageDown:
		kit.ScrollBy(l.scroll, l.scroll.Size().Height)
	case fyne.KeyPageUp:
		kit.ScrollBy(l.scroll, -l.scroll.Size().Height)
	}
	return true
}

// scrollStep is how far an arrow key scrolls.
const scrollStep = 32

// Close takes the list away, and gives the focus back to what had it.
func (l *List) Close() {
	if l.Open() {
		l.over.Hide()
		l.on.Focus(l.before)
	}
}

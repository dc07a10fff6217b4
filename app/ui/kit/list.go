package kit

import (
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// List is a list whose arrow keys move the selection itself, so that what
// stands beside it follows the keyboard. Whoever sets OnSelected keeps at.
type List struct {
	widget.List
	At     int        // the selected row; -1 for none
	OnRune func(rune) // takes what is typed into the list; nil: nobody does
	Many   *Many      // what is done with several rows; nil: only one can be selected
	// Shortcuts are those of the window, which would not hear of them while the list
	// has the focus.
	Shortcuts []Shortcut

	// Modifiers returns the modifier keys that are held; nil asks the driver.
	Modifiers func() fyne.KeyModifier
}

// Many is told what a person does to select several rows. Every field is required.
type Many struct {
	Toggle func(row int)    // Control and a click, or Control and Space
	Extend func(to int)     // Shift and a click, or Shift and an arrow key
	All    func()           // Control and A
	Copy   func()           // Control and C
	Escape func() (ok bool) // Escape; false where there was nothing to end
}

// NewList returns a list of as many rows as length says. create makes a row, and
// draw fills one.
func NewList(length func() int, create func() fyne.CanvasObject, draw func(widget.ListItemID, fyne.CanvasObject)) *List {
	l := &List{At: -1}
	l.Length = length
	l.CreateItem = create
	l.UpdateItem = draw
	l.HideSeparators = true
	l.ExtendBaseWidget(l)
	return l
}

// Resize places the rows and draws them anew when the new width shows more or
// less of each.
func (l *List) Resize(size fyne.Size) {
	before := l.Size().Width
	l.List.Resize(size)
	if wideRow(before) != wideRow(size.Width) {
		l.Refresh()
	}
}

// Wide reports whether a row has room for its outcome in words.
func (l *List) Wide() bool { return wideRow(l.Size().Width) }

// wideRow reports whether a row of that width has room for its outcome in words.
func wideRow(width float32) bool { return width >= 400 }

// FocusGained shows where the arrow keys begin, and brings that into view.
func (l *List) FocusGained() {
	ScrollIntoView(l)
	if l.Length() > 0 {
		row, _ := l.begin()
		l.Highlight(row)
	}
	l.List.FocusGained()
}

// begin returns the row where the arrow keys begin: the selected one, or, when
// that is out of sight, the first that is whole in view.
func (l *List) begin() (row int, selected bool) {
	first := int(math.Ceil(float64(l.GetScrollOffset() / l.RowHeight())))
	last := first + max(int(l.Size().Height/l.RowHeight()), 1) - 1
	if l.At >= first && l.At <= last {
		return l.At, true
	}
	return min(first, l.Length()-1), false
}

// InView returns the first and the last row of which something is in view.
func (l *List) InView() (first, last int) {
	top, height := l.GetScrollOffset(), l.RowHeight()
	return int(top / height), min(int((top+l.Size().Height)/height), l.Length()-1)
}

// Seen reports whether row i is whole in view.
func (l *List) Seen(i int) bool {
	top := float32(i) * l.RowHeight()
	return top >= l.GetScrollOffset() && top+l.RowHeight() <= l.GetScrollOffset()+l.Size().Height
}

// SelectRow selects row i, also when another event stood there before.
func (l *List) SelectRow(i int) {
	l.At = i
	l.Highlight(i)
	l.Select(i)
}

// TypedKey moves the selection by keys.
func (l *List) TypedKey(key *fyne.KeyEvent) {
	last := l.Length() - 1
	page := max(int(l.Size().Height/l.RowHeight())-1, 1)
	to, selected := l.begin()
	switch key.Name {
	case fyne.KeyDown:
		if selected {
			to++
		}
	case fyne.KeyUp:
		if selected {
			to--
		}
	case fyne.KeyPageDown:
		to += page
	case fyne.KeyPageUp:
		to -= page
	case fyne.KeyHome:
		to = 0
	case fyne.KeyEnd:
		to = last
	case fyne.KeySpace:
		l.List.TypedKey(key)
		return
	default:
		if key.Name != fyne.KeyEscape || l.Many == nil || !l.Many.Escape() {
			PassOn(l, key)
		}
		return
	}
	if last >= 0 {
		l.moveTo(min(max(to, 0), last))
	}
}

// moveTo selects row i as an arrow key does, or all up to it while Shift is held.
func (l *List) moveTo(i int) {
	l.Highlight(i)
	if l.Many != nil && l.held(fyne.KeyModifierShift) {
		l.Many.Extend(i)
	} else {
		l.Select(i)
	}
}

// held reports whether that modifier key is held.
func (l *List) held(m fyne.KeyModifier) bool {
	if l.Modifiers != nil {
		return l.Modifiers()&m != 0
	}
	d, ok := fyne.CurrentApp().Driver().(desktop.Driver)
	return ok && d.CurrentKeyModifiers()&m != 0
}

// Tapped is a click on row i while those modifier keys were held.
func (l *List) Tapped(i int, m fyne.KeyModifier) {
	focus(l)
	l.Highlight(i)
	switch {
	case l.Many != nil && m&fyne.KeyModifierShift != 0:
		l.Many.Extend(i)
	case l.Many != nil && m&fyne.KeyModifierShortcutDefault != 0:
		l.Many.Toggle(i)
	case i == l.At && l.OnSelected != nil:
		l.OnSelected(i) // The toolkit does not tell of a row that is selected already.
	default:
		l.Select(i)
	}
}

// TypedShortcut selects and copies several rows.
func (l *List) TypedShortcut(s fyne.Shortcut) {
	for _, k := range l.Shortcuts {
		if k.Key.ShortcutName() == s.ShortcutName() {
			k.Do(s)
			return
		}
	}
	if l.Many == nil {
		return
	}
	switch s := s.(type) {
	case *fyne.ShortcutSelectAll:
		l.Many.All()
	case *fyne.ShortcutCopy:
		l.Many.Copy()
	case *desktop.CustomShortcut:
		if s.KeyName == fyne.KeySpace && s.Modifier == fyne.KeyModifierShortcutDefault && l.Length() > 0 {
			row, _ := l.begin()
			l.Many.Toggle(row)
		}
	}
}

// TypedRune hands on what is typed, such as the beginning of a search. Space
// belongs to the list.
func (l *List) TypedRune(r rune) {
	if l.OnRune != nil && r != ' ' {
		l.OnRune(r)
	}
}

// ScrollRows scrolls by n rows, to keep the view still while rows come or go above.
func (l *List) ScrollRows(n int) {
	l.ScrollToOffset(max(l.GetScrollOffset()+float32(n)*l.RowHeight(), 0))
}

// RowHeight is the height of one row with its padding.
func (l *List) RowHeight() float32 {
	return l.CreateItem().MinSize().Height + l.Theme().Size(theme.SizeNamePadding)
}

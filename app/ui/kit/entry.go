package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Entry is an entry that passes the window's shortcuts on, which a common
// entry swallows while it has the focus, and whose cursor does not blink.
type Entry struct {
	widget.Entry
	Shortcuts []Shortcut
	Keys      map[fyne.KeyName]func() // keys that do something else than edit
}

// NewEntry returns an empty entry.
func NewEntry() *Entry {
	e := &Entry{}
	e.ExtendBaseWidget(e)
	return e
}

// NewSecretEntry returns an entry that shows dots in place of what is typed.
func NewSecretEntry() *Entry {
	e := NewEntry()
	e.Password = true
	return e
}

// TypedKey does what the window wants of the key, else edits.
func (e *Entry) TypedKey(key *fyne.KeyEvent) {
	if do, ok := e.Keys[key.Name]; ok {
		do()
		return
	}
	if forWindow(key) {
		PassOn(e, key)
		return
	}
	e.Entry.TypedKey(key)
}

// TypedShortcut runs the window's shortcut, else the entry's own.
func (e *Entry) TypedShortcut(s fyne.Shortcut) {
	for _, k := range e.Shortcuts {
		if k.Key.ShortcutName() == s.ShortcutName() {
			k.Do(s)
			return
		}
	}
	e.Entry.TypedShortcut(s)
}

// FocusGained brings the entry into view, for those who come by Tab.
func (e *Entry) FocusGained() {
	e.Entry.FocusGained()
	ScrollIntoView(e)
}

// CreateRenderer draws the entry with a steady cursor. The toolkit's blinks by
// an animation, and each of its steps paints the whole window anew: an entry
// with the focus cost ten times as much processor as the rest of the window.
func (e *Entry) CreateRenderer() fyne.WidgetRenderer {
	drawn := e.Entry.CreateRenderer()
	r := &steadyRenderer{WidgetRenderer: drawn, stopBlinking: func() {}}
	if text := entryText(drawn); text != nil {
		// The animation belongs to the entry and its text alone. Of what they let
		// out, the end of a renderer of the text is what stops it, and it does
		// nothing else. This one is never drawn.
		r.stopBlinking = text.CreateRenderer().Destroy
	}
	return r
}

// entryText finds the part of an entry that draws its text and cursor.
func entryText(entry fyne.WidgetRenderer) fyne.Widget {
	for _, o := range entry.Objects() {
		if s, ok := o.(*container.Scroll); ok {
			o = s.Content
		}
		if text, ok := o.(fyne.Widget); ok {
			return text
		}
	}
	return nil
}

// steadyRenderer is the renderer of an entry whose cursor does not blink.
type steadyRenderer struct {
	fyne.WidgetRenderer
	stopBlinking func()
}

// Refresh draws the entry as it now is. That starts the blinking when the entry
// has the focus.
func (r *steadyRenderer) Refresh() {
	r.WidgetRenderer.Refresh()
	r.stopBlinking()
}

// Objects are those of the entry. They are asked for whenever the window is
// painted, so that blinking that something else started, such as a change of
// the theme, ends with its first step.
func (r *steadyRenderer) Objects() []fyne.CanvasObject {
	r.stopBlinking()
	return r.WidgetRenderer.Objects()
}

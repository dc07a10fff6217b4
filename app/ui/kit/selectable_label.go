package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/words"
)

// SelectableLabel is a label whose text can be selected, which comes into view when Tab
// reaches it, and which leaves the keys that it has no use for to its window.
type SelectableLabel struct{ widget.Label }

// NewSelectableLabel returns a label with that text.
func NewSelectableLabel(text string) *SelectableLabel {
	l := &SelectableLabel{}
	l.Text, l.Selectable = text, true
	l.ExtendBaseWidget(l)
	return l
}

// CreateRenderer draws the label as the toolkit does, with a part of our own before its
// part that takes the pointer and the focus: that one swallows every key, Escape, F1 and
// the shortcuts of the window among them.
func (l *SelectableLabel) CreateRenderer() fyne.WidgetRenderer {
	drawn := l.Label.CreateRenderer()
	objects := drawn.Objects()
	text, ok := objects[0].(selection)
	if !ok { // as of another version of the toolkit
		return drawn
	}
	s := &selectionPart{text: text, of: l}
	s.ExtendBaseWidget(s)
	return &selectableRenderer{WidgetRenderer: drawn, part: s, objects: append([]fyne.CanvasObject{s}, objects[1:]...)}
}

// selectableRenderer draws a label with its part.
type selectableRenderer struct {
	fyne.WidgetRenderer
	part    *selectionPart
	objects []fyne.CanvasObject
}

// Objects are the part and the text.
func (r *selectableRenderer) Objects() []fyne.CanvasObject { return r.objects }

// Layout gives the part the room that the toolkit's own has.
func (r *selectableRenderer) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.part.Resize(size)
}

// Refresh draws the text and what is selected of it.
func (r *selectableRenderer) Refresh() {
	r.WidgetRenderer.Refresh()
	r.part.Refresh()
}

// selection is the toolkit's part of a label that knows what of its text is selected.
type selection interface {
	fyne.Widget
	fyne.Focusable
	fyne.Shortcutable
	underPointer
}

// underPointer is what the pointer can do to it.
type underPointer interface {
	fyne.Draggable
	fyne.DoubleTappable
	desktop.Mouseable
	desktop.Cursorable
}

// selectionPart takes the pointer and the focus in place of text, which stands in no
// window and so cannot take the focus itself.
type selectionPart struct {
	widget.BaseWidget
	text selection
	of   *SelectableLabel
}

// CreateRenderer draws what is selected.
func (s *selectionPart) CreateRenderer() fyne.WidgetRenderer {
	return &selectionRenderer{WidgetRenderer: s.text.CreateRenderer(), of: s}
}

// grab takes the focus and draws what is selected now.
func (s *selectionPart) grab() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(s); c != nil {
		c.Focus(s)
	}
	s.Refresh()
}

// Cursor is that of text.
func (s *selectionPart) Cursor() desktop.Cursor { return s.text.Cursor() }

// MouseDown begins a selection.
func (s *selectionPart) MouseDown(e *desktop.MouseEvent) { s.text.MouseDown(e); s.grab() }

// MouseUp ends one.
func (s *selectionPart) MouseUp(e *desktop.MouseEvent) { s.text.MouseUp(e); s.Refresh() }

// Dragged selects up to the pointer.
func (s *selectionPart) Dragged(e *fyne.DragEvent) { s.text.Dragged(e); s.grab() }

// DragEnd ends that.
func (s *selectionPart) DragEnd() { s.text.DragEnd(); s.Refresh() }

// DoubleTapped selects a word.
func (s *selectionPart) DoubleTapped(e *fyne.PointEvent) { s.text.DoubleTapped(e); s.grab() }

// TappedSecondary offers to copy what is selected.
func (s *selectionPart) TappedSecondary(e *fyne.PointEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(s)
	if c == nil {
		return
	}
	copied := fyne.NewMenuItem(words.Text("button.copy"), func() { fyne.CurrentApp().Clipboard().SetContent(s.of.SelectedText()) })
	widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", copied), c, e.AbsolutePosition)
}

// FocusGained shows what is selected and brings it into view.
func (s *selectionPart) FocusGained() {
	s.text.FocusGained()
	s.Refresh()
	scrollPartIntoView(s.of, s)
}

// FocusLost hides what is selected.
func (s *selectionPart) FocusLost() { s.text.FocusLost(); s.Refresh() }

// TypedRune does nothing.
func (s *selectionPart) TypedRune(rune) {}

// TypedKey hands the key on.
func (s *selectionPart) TypedKey(key *fyne.KeyEvent) { PassOn(s, key) }

// TypedShortcut copies, or hands the key on.
func (s *selectionPart) TypedShortcut(key fyne.Shortcut) {
	if _, ok := key.(*fyne.ShortcutCopy); ok {
		s.text.TypedShortcut(key)
		return
	}
	PassShortcutOn(s, key)
}

// selectionRenderer draws what is selected. The toolkit asks for the part that it knows
// to be painted, which is in no window.
type selectionRenderer struct {
	fyne.WidgetRenderer
	of *selectionPart
}

// Refresh draws what is selected now.
func (r *selectionRenderer) Refresh() {
	r.WidgetRenderer.Refresh()
	canvas.Refresh(r.of)
}

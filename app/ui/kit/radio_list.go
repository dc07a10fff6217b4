package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// RadioList is a list of choices, one of which is selected at a time. Each comes into
// view when Tab reaches it, and leaves the keys that it has no use for, such as Escape,
// to its window: the toolkit's own swallows them. Up and Down lead from one choice to
// the next, Space selects.
type RadioList struct {
	widget.DisableableWidget
	Options   []string
	Selected  string       // one of Options, or empty
	OnChanged func(string) // hears of every choice; may be nil
}

// NewRadioList returns a list of those options, none selected; changed, which may be
// nil, hears of every choice.
func NewRadioList(options []string, changed func(string)) *RadioList {
	l := &RadioList{Options: options, OnChanged: changed}
	l.ExtendBaseWidget(l)
	return l
}

// SetSelected selects option, and tells OnChanged unless it is selected already.
func (l *RadioList) SetSelected(option string) {
	if l.Selected == option {
		return
	}
	l.Selected = option
	if l.OnChanged != nil {
		l.OnChanged(option)
	}
	l.Refresh()
}

// CreateRenderer draws the choices below each other.
func (l *RadioList) CreateRenderer() fyne.WidgetRenderer {
	l.ExtendBaseWidget(l)
	r := &radioListRenderer{list: l}
	r.arrange()
	return r
}

// radioListRenderer draws a RadioList.
type radioListRenderer struct {
	list    *RadioList
	choices []*radioChoice
	objects []fyne.CanvasObject // the choices
}

// arrange makes the choices those of the list.
func (r *radioListRenderer) arrange() {
	for len(r.choices) < len(r.list.Options) {
		c := newRadioChoice(r, len(r.choices))
		r.choices = append(r.choices, c)
	}
	r.choices = r.choices[:len(r.list.Options)]
	r.objects = r.objects[:0]
	for _, c := range r.choices {
		r.objects = append(r.objects, c)
	}
}

// Layout gives each choice its row.
func (r *radioListRenderer) Layout(size fyne.Size) {
	y := float32(0)
	for _, c := range r.choices {
		height := c.MinSize().Height
		c.Resize(fyne.NewSize(size.Width, height))
		c.Move(fyne.NewPos(0, y))
		y += height
	}
}

// MinSize has room for the widest choice and the rows of all.
func (r *radioListRenderer) MinSize() fyne.Size {
	least := fyne.Size{}
	for _, c := range r.choices {
		one := c.MinSize()
		least = fyne.NewSize(max(least.Width, one.Width), least.Height+one.Height)
	}
	return least
}

// Refresh draws all choices anew.
func (r *radioListRenderer) Refresh() {
	r.arrange()
	for _, c := range r.choices {
		c.Refresh()
	}
	r.Layout(r.list.Size())
	canvas.Refresh(r.list)
}

// Objects are the choices.
func (r *radioListRenderer) Objects() []fyne.CanvasObject { return r.objects }

// Destroy has nothing to give back.
func (r *radioListRenderer) Destroy() {}

// radioChoice is one choice of a RadioList.
type radioChoice struct {
	widget.BaseWidget
	of    *radioListRenderer
	index int

	focused, hovered bool
}

func newRadioChoice(of *radioListRenderer, index int) *radioChoice {
	c := &radioChoice{of: of, index: index}
	c.ExtendBaseWidget(c)
	return c
}

// text is the option, empty once the list has fewer.
func (c *radioChoice) text() string {
	if options := c.of.list.Options; c.index < len(options) {
		return options[c.index]
	}
	return ""
}

func (c *radioChoice) selected() bool { return c.text() != "" && c.text() == c.of.list.Selected }

// choose selects it.
func (c *radioChoice) choose() {
	if text := c.text(); text != "" && !c.of.list.Disabled() {
		c.of.list.SetSelected(text)
	}
}

// Tapped selects it and takes the focus.
func (c *radioChoice) Tapped(*fyne.PointEvent) {
	focus(c)
	c.choose()
}

// FocusGained shows that it has the focus, and brings it into view.
func (c *radioChoice) FocusGained() {
	c.focused = true
	c.Refresh()
	scrollPartIntoView(c.of.list, c)
}

// FocusLost shows that it has lost the focus.
func (c *radioChoice) FocusLost() {
	c.focused = false
	c.Refresh()
}

// TypedKey goes to the choice above or below, or hands the key on.
func (c *radioChoice) TypedKey(key *fyne.KeyEvent) {
	switch {
	case key.Name == fyne.KeyUp && c.index > 0:
		focus(c.of.choices[c.index-1])
	case key.Name == fyne.KeyDown && c.index+1 < len(c.of.choices):
		focus(c.of.choices[c.index+1])
	case forWindow(key):
		PassOn(c, key)
	}
}

// TypedRune selects it by Space.
func (c *radioChoice) TypedRune(r rune) {
	if r == ' ' {
		c.choose()
	}
}

// MouseIn shows that it can be clicked.
func (c *radioChoice) MouseIn(*desktop.MouseEvent) {
	c.hovered = true
	c.Refresh()
}

// MouseMoved does nothing.
func (c *radioChoice) MouseMoved(*desktop.MouseEvent) {}

// MouseOut shows it as before MouseIn.
func (c *radioChoice) MouseOut() {
	c.hovered = false
	c.Refresh()
}

// focusable is an object that can have the focus.
type focusable interface {
	fyne.CanvasObject
	fyne.Focusable
}

// focus gives o the focus of the window that it stands in.
func focus(o focusable) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(o); c != nil && c.Focused() != o {
		c.Focus(o)
	}
}

// CreateRenderer draws the choice as the toolkit draws one: a ring, filled where it is
// selected, and the text.
func (c *radioChoice) CreateRenderer() fyne.WidgetRenderer {
	r := &radioChoiceRenderer{choice: c, halo: &canvas.Circle{}, ring: &canvas.Image{}, dot: &canvas.Image{}, label: &canvas.Text{}}
	r.draw()
	return r
}

// radioChoiceRenderer draws a radioChoice.
type radioChoiceRenderer struct {
	choice    *radioChoice
	halo      *canvas.Circle // says that it has the focus, or the pointer
	dot, ring *canvas.Image
	label     *canvas.Text
}

// Layout places the ring before the text.
func (r *radioChoiceRenderer) Layout(size fyne.Size) {
	inner, border, side := theme.InnerPadding(), theme.InputBorderSize(), theme.IconInlineSize()
	halo := fyne.NewSquareSize(side + inner)
	r.halo.Resize(halo)
	r.halo.Move(fyne.NewPos(border, (size.Height-halo.Height)/2))
	r.label.Resize(size)
	r.label.Move(fyne.NewPos(halo.Width+theme.Padding(), 0))
	for _, icon := range []*canvas.Image{r.dot, r.ring} {
		icon.Resize(fyne.NewSquareSize(side))
		icon.Move(fyne.NewPos(inner/2+border, (size.Height-side)/2))
	}
}

// MinSize has room for the ring and the text.
func (r *radioChoiceRenderer) MinSize() fyne.Size {
	around := 2 * theme.InnerPadding()
	return r.label.MinSize().AddWidthHeight(around+theme.IconInlineSize()+theme.Padding(), around)
}

// Refresh draws it anew.
func (r *radioChoiceRenderer) Refresh() {
	r.draw()
	for _, o := range r.Objects() {
		o.Refresh()
	}
}

// draw takes text, marks and colours from the choice.
func (r *radioChoiceRenderer) draw() {
	c, disabled := r.choice, r.choice.of.list.Disabled()
	r.label.Text, r.label.TextSize, r.label.Color = c.text(), theme.TextSize(), theme.Color(theme.ColorNameForeground)
	ring, dot := theme.ColorNameInputBorder, theme.ColorNameInputBackground
	if c.selected() {
		ring, dot = theme.ColorNameForeground, theme.ColorNamePrimary
	}
	if disabled {
		r.label.Color = theme.Color(theme.ColorNameDisabled)
		ring, dot = theme.ColorNameDisabled, theme.ColorNameBackground
		if c.selected() {
			dot = theme.ColorNameDisabled
		}
	}
	r.ring.Resource = coloured(theme.IconNameRadioButton, ring)
	r.dot.Resource = coloured(theme.IconNameRadioButtonFill, dot)
	switch {
	case disabled:
		r.halo.FillColor = color.Transparent
	case c.focused:
		r.halo.FillColor = theme.Color(theme.ColorNameFocus)
	case c.hovered:
		r.halo.FillColor = theme.Color(theme.ColorNameHover)
	default:
		r.halo.FillColor = color.Transparent
	}
}

// coloured is an icon of the theme in a colour of it.
func coloured(icon fyne.ThemeIconName, in fyne.ThemeColorName) fyne.Resource {
	return theme.NewColoredResource(theme.Icon(icon), in)
}

// Objects are drawn in this order.
func (r *radioChoiceRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.halo, r.dot, r.ring, r.label}
}

// Destroy has nothing to give back.
func (r *radioChoiceRenderer) Destroy() {}

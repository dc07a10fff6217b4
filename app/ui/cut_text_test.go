package ui

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/words"
)

// TestNoTextIsCutOff walks over each screen in the smallest window and in the first one,
// in every language. What a person reads there is whole, but for the rows of lists and
// the public address, which end in dots.
func TestNoTextIsCutOff(t *testing.T) {
	for _, l := range words.Languages() {
		speak(t, l.Tag())
		for _, s := range screens() {
			t.Run(l.Tag()+" "+s.name, func(t *testing.T) {
				d := newDesk(t, s.b)
				w := s.stage(d)
				w.Resize(fyne.NewSize(mainWidth, mainHeight))
				paint(w)
				for _, fault := range textFaults(w) {
					t.Errorf("in the first window: %s", fault)
				}
				small(w)
				for _, fault := range textFaults(w) {
					t.Errorf("in the smallest window: %s", fault)
				}
				if around, ok := outerScroll(w); ok && around.Content.MinSize().Width > smallest.Width {
					t.Errorf("the content is %v wide, want no scrolling sideways", around.Content.MinSize().Width)
				}
			})
		}
	}
}

// tolerance is how much less than it needs a text may have: layouts round.
const tolerance = 0.6

// narrow is the width below which a text of several lines is a column of single words,
// and columnLines how many lines make one.
const narrow, columnLines = 130, 3

// textFaults lists what cannot be read in w.
func textFaults(w fyne.Window) (faults []string) {
	for _, root := range kittest.WindowObjects(w) {
		mayEnd := map[fyne.CanvasObject]bool{}
		kittest.Visit(root, func(o fyne.CanvasObject) {
			if list, ok := o.(*kit.List); ok {
				for _, part := range test.WidgetRenderer(list).Objects() {
					kittest.Visit(part, func(o fyne.CanvasObject) { mayEnd[o] = true })
				}
			}
			if fault := textFault(o, mayEnd[o]); fault != "" {
				faults = append(faults, fault)
			}
		})
	}
	return faults
}

// textFault says what is wrong with the text of o; empty for nothing. mayEnd says that it
// may end in dots.
func textFault(o fyne.CanvasObject, mayEnd bool) string {
	size, least := o.Size(), o.MinSize()
	switch o := o.(type) {
	case *widget.Label:
		return labelFault(o, size, least, mayEnd)
	case *kit.SelectableLabel:
		return labelFault(&o.Label, size, least, mayEnd || strings.Contains(o.Text, "://"))
	case *kit.Button:
		return tooSmall(o.Text, size, least)
	case *kit.CheckBox:
		return tooSmall(o.Text, size, least)
	case *kit.Link:
		return tooSmall(o.Text, size, least)
	case *kit.SelectBox:
		least.Width = textWidth(o.Selected, theme.SizeNameText, fyne.TextStyle{}) + theme.IconInlineSize() + 3*theme.InnerPadding()
		return tooSmall(o.Selected, size, least)
	case *kit.Entry:
		text := o.PlaceHolder
		if o.Text != "" || o.MultiLine {
			return "" // What is typed scrolls.
		}
		least.Width = textWidth(text, theme.SizeNameText, fyne.TextStyle{}) + 2*theme.InnerPadding()
		return tooSmall(text, size, least)
	case *canvas.Text:
		return tooSmall(o.Text, size, least)
	}
	return ""
}

// labelFault is textFault for a label.
func labelFault(l *widget.Label, size, least fyne.Size, mayEnd bool) string {
	if l.Text == "" {
		return ""
	}
	line := fyne.MeasureText("M", l.Theme().Size(sizeName(l)), l.TextStyle).Height
	switch lines := (least.Height - 2*theme.InnerPadding()) / line; {
	case l.Wrapping == fyne.TextWrapOff && mayEnd:
		return ""
	case l.Wrapping == fyne.TextWrapOff:
		least.Width = textWidth(widest(l.Text, l), sizeName(l), l.TextStyle) + 2*theme.InnerPadding()
	case size.Width < narrow && lines > columnLines-0.5:
		return fmt.Sprintf("%q is squeezed into a column of width %v", l.Text, size.Width)
	}
	least.Height -= 2 * theme.InnerPadding() // which may lie under something else
	return tooSmall(l.Text, size, least)
}

// widest is the line of text that needs the most room in l.
func widest(text string, l *widget.Label) (most string) {
	for line := range strings.Lines(text) {
		if textWidth(line, sizeName(l), l.TextStyle) > textWidth(most, sizeName(l), l.TextStyle) {
			most = strings.TrimRight(line, "\n")
		}
	}
	return most
}

func sizeName(l *widget.Label) fyne.ThemeSizeName {
	if l.SizeName == "" {
		return theme.SizeNameText
	}
	return l.SizeName
}

// textWidth is the width of a line of text.
func textWidth(text string, size fyne.ThemeSizeName, style fyne.TextStyle) float32 {
	return fyne.MeasureText(text, theme.CurrentForWidget(widget.NewLabel("")).Size(size), style).Width
}

// tooSmall says that text has less room than it needs; empty where it has enough.
func tooSmall(text string, size, least fyne.Size) string {
	if text == "" || size.Width+tolerance >= least.Width && size.Height+tolerance >= least.Height {
		return ""
	}
	return fmt.Sprintf("%q has %v, needs %v", text, size, least)
}

// TestCutTextIsFound holds the walk itself to each way in which a text can be cut.
func TestCutTextIsFound(t *testing.T) {
	kittest.New(t) // whose theme has the sizes
	long := strings.Repeat("word ", 20)
	for _, c := range []struct {
		name string
		o    fyne.CanvasObject
		wide float32
		cut  bool
	}{
		{"a label with room", kit.Label("word"), 200, false},
		{"a label that ends in dots", kit.Ellipsis(kit.Label(long)), 200, true},
		{"a label without room for its line", kit.SmallLine(long), 200, true},
		{"a label that wraps into a few lines", kit.WrappedLabel(long), 400, false},
		{"a label squeezed into a column", kit.WrappedLabel(long), 90, true},
		{"a button without room", kit.TextButton(long, nil), 100, true},
		{"a choice that ends in dots", selectBox(long), 140, true},
		{"a choice with room", selectBox("word"), 140, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Resize(fyne.NewSize(c.wide, 1000))
			if got := textFault(c.o, false); (got != "") != c.cut {
				t.Errorf("got %q, cut is %v", got, c.cut)
			}
		})
	}
}

// selectBox is a drop-down list in which text is selected.
func selectBox(text string) *kit.SelectBox {
	s := kit.NewSelectBox([]string{text})
	s.SetSelected(text)
	return s
}

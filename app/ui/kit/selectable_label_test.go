package kit_test

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/ui/kit"
)

// labelWindow shows a label between two buttons, with the focus in the label.
func labelWindow(t *testing.T, text string) (fyne.Window, *kit.SelectableLabel) {
	t.Helper()
	l := kit.NewSelectableLabel(text)
	w := test.NewTempWindow(t, container.NewVBox(kit.TextButton("before", nil), l, kit.TextButton("after", nil)))
	w.Canvas().FocusNext()
	w.Canvas().FocusNext()
	return w, l
}

func TestASelectableLabelLeavesKeysToItsWindow(t *testing.T) {
	w, _ := labelWindow(t, "one two")
	var got []fyne.KeyName
	w.Canvas().SetOnTypedKey(func(key *fyne.KeyEvent) { got = append(got, key.Name) })
	want := []fyne.KeyName{fyne.KeyEscape, fyne.KeyF1, fyne.KeyPageDown}
	for _, key := range want {
		w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: key})
	}
	if !slices.Equal(got, want) {
		t.Errorf("the window got %q, want %q", got, want)
	}
	w.Canvas().FocusNext()
	if b, ok := w.Canvas().Focused().(*kit.Button); !ok || b.Text != "after" {
		t.Errorf("Tab leads to %T behind the label, want the button", w.Canvas().Focused())
	}
}

func TestSelectingInALabel(t *testing.T) {
	for name, choose := range map[string]func(part fyne.CanvasObject, end fyne.Position){
		"by the pointer": func(part fyne.CanvasObject, end fyne.Position) {
			from := fyne.NewPos(0, end.Y)
			part.(desktop.Mouseable).MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: from}, Button: desktop.MouseButtonPrimary})
			part.(fyne.Draggable).Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: end}, Dragged: fyne.NewDelta(end.X, 0)})
			part.(fyne.Draggable).DragEnd()
			part.(desktop.Mouseable).MouseUp(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: end}, Button: desktop.MouseButtonPrimary})
		},
		"by a double click": func(part fyne.CanvasObject, end fyne.Position) {
			part.(fyne.DoubleTappable).DoubleTapped(&fyne.PointEvent{Position: fyne.NewPos(end.X/2, end.Y)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, l := labelWindow(t, "selected")
			part := w.Canvas().Focused()
			w.Canvas().Unfocus()
			size := l.MinSize()
			choose(part.(fyne.CanvasObject), fyne.NewPos(size.Width, size.Height/2))
			if l.SelectedText() != "selected" || w.Canvas().Focused() != part {
				t.Fatalf("got %q selected, and %T has the focus", l.SelectedText(), w.Canvas().Focused())
			}
			if got := test.WidgetRenderer(part.(fyne.Widget)).Objects(); len(got) != 1 || !got[0].Visible() || got[0].Size().Width < size.Width/2 {
				t.Errorf("got the marks %v, want one below the text", got)
			}
			fyne.CurrentApp().Clipboard().SetContent("")
			part.(fyne.Shortcutable).TypedShortcut(&fyne.ShortcutCopy{})
			if got := fyne.CurrentApp().Clipboard().Content(); got != "selected" {
				t.Errorf("copied %q", got)
			}
			fyne.CurrentApp().Clipboard().SetContent("")
			part.(fyne.SecondaryTappable).TappedSecondary(&fyne.PointEvent{})
			w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
			w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
			if got := fyne.CurrentApp().Clipboard().Content(); got != "selected" {
				t.Errorf("copied %q by the menu", got)
			}
			w.Canvas().Unfocus()
			if got := test.WidgetRenderer(part.(fyne.Widget)).Objects(); len(got) > 0 && got[0].Visible() {
				t.Error("the selection stays marked without the focus")
			}
		})
	}
}

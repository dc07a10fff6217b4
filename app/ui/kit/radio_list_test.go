package kit_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/ui/kit"
)

// radioWindow shows a list of three choices that notes what is chosen.
func radioWindow(t *testing.T) (w fyne.Window, l *kit.RadioList, chosen *[]string) {
	t.Helper()
	chosen = &[]string{}
	l = kit.NewRadioList([]string{"one", "two", "three"}, func(option string) { *chosen = append(*chosen, option) })
	w = test.NewTempWindow(t, container.NewVBox(kit.TextButton("before", nil), l, kit.TextButton("after", nil)))
	return w, l, chosen
}

func TestKeysOfARadioList(t *testing.T) {
	w, l, chosen := radioWindow(t)
	passed := fyne.KeyName("")
	w.Canvas().SetOnTypedKey(func(key *fyne.KeyEvent) { passed = key.Name })
	press := func(names ...fyne.KeyName) {
		for _, name := range names {
			w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: name})
		}
	}
	w.Canvas().FocusNext()
	w.Canvas().FocusNext() // the first choice
	w.Canvas().Focused().TypedRune(' ')
	press(fyne.KeyDown)
	w.Canvas().Focused().TypedRune(' ')
	w.Canvas().Focused().TypedRune(' ')
	press(fyne.KeyDown, fyne.KeyDown)
	w.Canvas().Focused().TypedRune(' ')
	press(fyne.KeyUp)
	w.Canvas().Focused().TypedRune(' ')
	if want := []string{"one", "two", "three", "two"}; !slices.Equal(*chosen, want) || l.Selected != "two" {
		t.Errorf("got %q, and %q selected; want %q", *chosen, l.Selected, want)
	}
	for _, key := range []fyne.KeyName{fyne.KeyEscape, fyne.KeyF1} {
		if press(key); passed != key {
			t.Errorf("the window got %q, want %q", passed, key)
		}
	}
	w.Canvas().FocusNext() // three
	w.Canvas().FocusNext() // the button behind
	if b, ok := w.Canvas().Focused().(*kit.Button); !ok || b.Text != "after" {
		t.Errorf("Tab leads to %T behind the choices", w.Canvas().Focused())
	}
}

func TestClicksOnARadioList(t *testing.T) {
	w, l, chosen := radioWindow(t)
	row := l.MinSize().Height / 3
	click := func(i int) {
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(l).AddXY(20, row*float32(i)+row/2)
		test.TapCanvas(w.Canvas(), at)
	}
	click(2)
	click(2)
	l.Disable()
	click(0)
	l.Enable()
	if want := []string{"three"}; !slices.Equal(*chosen, want) {
		t.Errorf("got %q, want %q", *chosen, want)
	}
	l.Options = []string{"one", "two", "three", "four"}
	l.Refresh()
	w.Resize(w.Content().MinSize())
	if got := l.MinSize().Height; got < 4*row {
		t.Errorf("four choices are %v high, one of three was %v", got, row)
	}
	l.SetSelected("four")
	l.Options = l.Options[:1]
	l.Refresh()
	click(0)
	if want := []string{"three", "four", "one"}; !slices.Equal(*chosen, want) {
		t.Errorf("got %q, want %q", *chosen, want)
	}
}

// drawn is how choice i of l is drawn: the colours of its halo, ring, dot and text.
func drawn(l *kit.RadioList, i int) []string {
	choice := test.WidgetRenderer(l).Objects()[i].(fyne.Widget)
	var all []string
	for _, o := range test.WidgetRenderer(choice).Objects() {
		switch o := o.(type) {
		case *canvas.Circle:
			all = append(all, fmt.Sprint("halo ", o.FillColor))
		case *canvas.Image:
			all = append(all, o.Resource.Name())
		case *canvas.Text:
			all = append(all, fmt.Sprint("text ", o.Color))
		}
	}
	slices.Sort(all)
	return all
}

func TestEachStateOfAChoiceLooksDifferent(t *testing.T) {
	w, l, _ := radioWindow(t)
	looks := map[string]string{}
	look := func(state string, i int) {
		t.Helper()
		now := strings.Join(drawn(l, i), ", ")
		if other, twice := looks[now]; twice {
			t.Errorf("a choice that is %s looks as one that is %s: %s", state, other, now)
		}
		looks[now] = state
	}
	first := test.WidgetRenderer(l).Objects()[0]
	look("neither", 0)
	first.(desktop.Hoverable).MouseIn(nil)
	look("under the pointer", 0)
	first.(desktop.Hoverable).MouseOut()
	w.Canvas().Focus(first.(fyne.Focusable))
	look("focused", 0)
	w.Canvas().Unfocus()
	l.SetSelected("two")
	look("selected", 1)
	plain := strings.Join(drawn(l, 0), ", ")
	if looks[plain] != "neither" {
		t.Errorf("it looks as one that is %q after pointer and focus have left: %s", looks[plain], plain)
	}
	l.Disable()
	look("disabled", 0)
	look("disabled and selected", 1)
}

func TestTheTextOfAChoiceStandsBesideItsRing(t *testing.T) {
	_, l, _ := radioWindow(t)
	choice := test.WidgetRenderer(l).Objects()[0].(fyne.Widget)
	var ring, text fyne.CanvasObject
	for _, o := range test.WidgetRenderer(choice).Objects() {
		switch o := o.(type) {
		case *canvas.Image:
			ring = o
		case *canvas.Text:
			text = o
		}
	}
	if right := ring.Position().X + ring.Size().Width; text.Position().X < right || text.Size().Height < text.MinSize().Height {
		t.Errorf("the ring ends at %v, the text begins at %v and is %v high", right, text.Position().X, text.Size().Height)
	}
}

func TestAClickedChoiceHasTheFocus(t *testing.T) {
	w, l, _ := radioWindow(t)
	choice := test.WidgetRenderer(l).Objects()[1]
	test.Tap(choice.(fyne.Tappable))
	if w.Canvas().Focused() != choice.(fyne.Focusable) {
		t.Errorf("the focus is at %T", w.Canvas().Focused())
	}
}

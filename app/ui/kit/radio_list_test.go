package kit_test

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
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

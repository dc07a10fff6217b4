package shortcuts

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
)

func TestKeysAreNamedAsTheSystemDoes(t *testing.T) {
	for goos, want := range map[string]string{"linux": "Ctrl+F", "windows": "Ctrl+F", "darwin": "Cmd+F"} {
		found := false
		for _, r := range rows(goos) {
			found = found || r.key == want
			if r.does == "" || r.key == "" {
				t.Errorf("%s: %q does %q", goos, r.key, r.does)
			}
		}
		if !found {
			t.Errorf("%s: no key is called %q", goos, want)
		}
	}
}

func TestTheListTakesTheFocusAndGivesItBack(t *testing.T) {
	d := kittest.New(t)
	before := kit.TextButton("before", nil)
	w := test.NewTempWindow(t, before)
	w.Resize(fyne.NewSize(kit.LeastWidth, kit.LeastHeight))
	w.Canvas().Focus(before)
	l := Show(w.Canvas())
	d.WantText(w.Canvas().Overlays().Top(), "Ctrl+F")
	if w.Canvas().Focused() == fyne.Focusable(before) || !l.Open() {
		t.Error("the list is not where the keys go")
	}
	w.Resize(fyne.NewSize(kit.LeastWidth, 240))
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown})
	if l.scroll.Offset.Y == 0 {
		t.Error("the keys cannot be scrolled by keys")
	}
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageUp})
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyUp})
	if l.scroll.Offset.Y != 0 {
		t.Errorf("scrolled to %v, want the top", l.scroll.Offset.Y)
	}
	l.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	l.Close()
	if l.Open() || w.Canvas().Focused() != fyne.Focusable(before) {
		t.Errorf("the focus went to %v, want it back", w.Canvas().Focused())
	}
	var none *List
	if none.Open() {
		t.Error("a list that was never shown is open")
	}
	none.Close()
}

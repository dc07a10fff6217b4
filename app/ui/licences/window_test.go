package licences

import (
	"testing"

	"fyne.io/fyne/v2"

	"vastrelay/app/ui/kit/kittest"
)

// open shows the window and waits until the licences are read.
func open(t *testing.T) (d *kittest.Desk, w *Window, closed *int) {
	t.Helper()
	d, closed = kittest.New(t), new(int)
	w = New(Deps{Env: d.Env(nil), Screen: func() fyne.Size { return fyne.Size{} }, Closed: func() { *closed++ }})
	w.Show()
	d.Until("the licences", func() bool { return len(w.all) > 0 })
	return d, w, closed
}

func TestEveryPartIsListedWithItsText(t *testing.T) {
	d, w, _ := open(t)
	if len(w.found) != len(w.all) || len(w.all) < 30 {
		t.Fatalf("%d of %d are listed", len(w.found), len(w.all))
	}
	for i, l := range w.all {
		if len(l.Texts) == 0 {
			t.Errorf("%s has no text", l.Module)
		}
		if i%15 == 0 { // Laying out all of them takes seconds.
			w.list.SelectRow(i)
			d.WantText(w.right.Content, l.Module)
		}
	}
}

func TestPartsAreFoundByName(t *testing.T) {
	d, w, closed := open(t)
	w.search.SetText(" FYNE.io/fyne ")
	if len(w.found) == 0 || len(w.found) == len(w.all) {
		t.Fatalf("found %d of %d", len(w.found), len(w.all))
	}
	d.WantText(w.right.Content, "fyne.io/fyne")
	w.search.SetText("no such part")
	d.WantText(w.win.Content(), "No part has this in its name.")
	w.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if w.search.Text != "" || len(w.found) != len(w.all) || *closed != 0 {
		t.Error("Escape does not empty the search first")
	}
	w.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if w.win.Canvas().Focused() != fyne.Focusable(w.list) {
		t.Error("Down does not lead into the list")
	}
	w.win.Canvas().Focus(w.search)
	w.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if *closed != 1 {
		t.Error("Escape does not close the window")
	}
}

func TestTheKeysAreShownInThisWindowToo(t *testing.T) {
	_, w, closed := open(t)
	w.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyF1})
	if !w.help.Open() {
		t.Fatal("F1 shows nothing")
	}
	w.win.Canvas().FocusNext()
	w.win.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if w.help.Open() || *closed != 0 {
		t.Error("Escape does not close the keys alone")
	}
}

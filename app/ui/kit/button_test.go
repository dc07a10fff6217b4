package kit_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/ui/kit"
)

func TestKeysOfAButton(t *testing.T) {
	for _, c := range []struct {
		name   string
		key    fyne.KeyName
		off    bool
		pushed int
		passed fyne.KeyName
	}{
		{"Space presses it", fyne.KeySpace, false, 1, ""},
		{"Return presses it", fyne.KeyReturn, false, 1, ""},
		{"Enter presses it", fyne.KeyEnter, false, 1, ""},
		{"Return does nothing while it is disabled", fyne.KeyReturn, true, 0, ""},
		{"Escape is for the window", fyne.KeyEscape, false, 0, fyne.KeyEscape},
	} {
		t.Run(c.name, func(t *testing.T) {
			pushed, passed := 0, fyne.KeyName("")
			b := kit.TextButton("Do it", func() { pushed++ })
			w := test.NewTempWindow(t, b)
			w.Canvas().SetOnTypedKey(func(key *fyne.KeyEvent) { passed = key.Name })
			kit.EnableIf(b, !c.off)
			b.TypedKey(&fyne.KeyEvent{Name: c.key})
			if pushed != c.pushed || passed != c.passed {
				t.Errorf("got %d presses, %q passed on; want %d, %q", pushed, passed, c.pushed, c.passed)
			}
		})
	}
}

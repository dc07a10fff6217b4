package kit

import (
	"strings"
	"testing"

	"vastrelay/app/health"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestRefusalSaysWhyAndCloses(t *testing.T) {
	test.NewTempApp(t)
	closed := 0
	w := test.NewTempWindow(t, Refusal(health.Problem{Headline: "The environment cannot be used", Cause: "VAST_URL: it is no address.", Next: "Correct it and start again."}, func() { closed++ }))
	w.Resize(fyne.NewSize(460, 200))
	shown := test.RenderToMarkup(w.Canvas())
	for _, want := range []string{"The environment cannot be used", "VAST_URL", "Correct it"} {
		if !strings.Contains(shown, want) {
			t.Errorf("got %s, want %q in it", shown, want)
		}
	}
	for _, o := range test.LaidOutObjects(w.Content()) {
		if b, ok := o.(*Button); ok {
			test.Tap(b)
		}
	}
	if closed != 1 {
		t.Errorf("got %d closes from its buttons, want one", closed)
	}
}

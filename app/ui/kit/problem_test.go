package kit

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"vastrelay/app/health"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func TestProblemsOfEveryKind(t *testing.T) {
	const headline = "Could not save it"
	known := health.Problem{Headline: words.Verbatim("The token was refused"), Next: words.Verbatim("Paste a new one.")}
	for _, c := range []struct {
		name string
		err  error
		want health.Problem
	}{
		{"a problem is told as it is", known, known},
		{"also when wrapped", fmt.Errorf("saving: %w", known), known},
		{"also as a pointer", fmt.Errorf("saving: %w", &known), known},
		{"a deadline is told as such", fmt.Errorf("saving: %w", context.DeadlineExceeded), health.Problem{
			Headline: words.Verbatim(headline), Cause: words.New("failed.late.cause"),
			Next: words.New("failed.late.next"), Details: "saving: context deadline exceeded",
		}},
		{"what nobody foresaw is told by what was tried", errors.New("boom"), health.Problem{
			Headline: words.Verbatim(headline), Next: words.New("failed.next"), Details: "boom",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ProblemOf(headline, c.err); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestRefusalSaysWhyAndCloses(t *testing.T) {
	test.NewTempApp(t)
	closed := 0
	w := test.NewTempWindow(t, Refusal(health.Problem{Headline: words.Verbatim("The environment cannot be used"), Cause: words.Verbatim("VAST_URL: it is no address."), Next: words.Verbatim("Correct it and start again.")}, func() { closed++ }))
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

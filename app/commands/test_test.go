package commands

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
)

func TestTests(t *testing.T) {
	steps := []health.Step{
		{Name: words.Verbatim("Asking Vast.ai"), State: health.StepRunning},
		{Name: words.Verbatim("Asking Vast.ai"), State: health.StepDone, Took: 600 * time.Millisecond, Text: words.Verbatim("Asked.")},
		{Name: words.Verbatim("Signature"), State: health.StepDone, Text: words.Verbatim("It is right.")},
		{Name: words.Verbatim("Posting"), State: health.StepRunning},
	}
	done := append(slices.Clone(steps), health.Step{Name: words.Verbatim("Posting"), State: health.StepDone, Took: 2 * time.Second, Text: words.Verbatim("Posted.")})
	failed := append(slices.Clone(steps), health.Step{Name: words.Verbatim("Posting"), State: health.StepFailed, Took: time.Second, Text: words.Verbatim("Google Chat refuses")})
	t.Run("each step is printed as it ends", func(t *testing.T) {
		d := &deeds{steps: done}
		dir := serve(t, doing(d, &history{}))
		run(t, []string{dir}, "test", "vast").want(t, ExitDone, "✓ Asking Vast.ai: Asked (600 ms)\n✓ Signature: It is right\n✓ Posting: Posted (2 s)\n")
		run(t, []string{dir}, "test", "chat").want(t, ExitDone)
		if want := []string{"test vast", "test chat"}; !slices.Equal(d.done, want) {
			t.Errorf("got %q done, want %q", d.done, want)
		}
	})
	t.Run("a terminal shows the one under way, and clears it", func(t *testing.T) {
		dir := serve(t, doing(&deeds{steps: done}, &history{}))
		runAt(t, 40, []string{dir}, "test", "vast").want(t, ExitDone, "· Asking Vast.ai\r\x1b[K✓ Asking Vast.ai: Asked (600 ms)\n")
	})
	t.Run("a step that needs two lines has one mark", func(t *testing.T) {
		dir := serve(t, doing(&deeds{steps: done}, &history{}))
		runAt(t, 20, []string{dir}, "test", "vast").want(t, ExitDone, "✓ Asking Vast.ai:\n  Asked (600 ms)\n")
	})
	t.Run("a failure ends with its problem", func(t *testing.T) {
		d := &deeds{steps: failed, err: health.New(health.ChatRefusesEverything)}
		dir := serve(t, doing(d, &history{}))
		r := run(t, []string{dir}, "test", "vast")
		if r.code != ExitFailed || !strings.Contains(r.out, "✓ Signature: It is right\n✗ Posting\n") || !strings.Contains(r.errors, "Google Chat refuses every message") {
			t.Errorf("got %+v, want the steps, the failed one, and why", r)
		}
		got := decode[struct {
			Error Problem
			Steps []Step
		}](t, run(t, []string{dir}, "test", "vast", "--json"), ExitFailed)
		if got.Error.Code != string(health.ChatRefusesEverything) || len(got.Steps) != 3 || got.Steps[2].State != health.StepFailed {
			t.Errorf("got %+v, want the steps and why", got)
		}
	})
	t.Run("JSON has the steps that ended", func(t *testing.T) {
		dir := serve(t, doing(&deeds{steps: done}, &history{}))
		got := decode[stepsAnswer](t, run(t, []string{dir}, "test", "vast", "--json"), ExitDone)
		if want := (Step{Name: "Asking Vast.ai", State: health.StepDone, TookMS: 600, Text: "Asked."}); len(got.Steps) != 3 || got.Steps[0] != want {
			t.Errorf("got %+v, want three steps, the first %+v", got, want)
		}
	})
	dir := serve(t, quiet())
	run(t, []string{dir}, "test").want(t, ExitWrongUse, "vast|chat")
	run(t, []string{dir}, "test", "moon").want(t, ExitWrongUse, "vast|chat")
	if r := run(t, nil, "__complete", "test", ""); !strings.Contains(r.out, "chat\n") {
		t.Errorf("got %q, want what can be tested", r.out)
	}
}

package kit

import (
	"slices"
	"testing"

	"vastrelay/app/health"
	"vastrelay/app/words"
)

func TestStepList(t *testing.T) {
	running := func(name string) health.Step {
		return health.Step{Name: words.Verbatim(name), State: health.StepRunning}
	}
	done := func(name string) health.Step {
		return health.Step{Name: words.Verbatim(name), State: health.StepDone, Text: words.Verbatim("Well.")}
	}
	tests := []struct {
		name    string
		reports []health.Step
		rows    []string
		running int
	}{
		{"nothing was reported", nil, nil, 0},
		{"a step and what became of it are one row", []health.Step{running("Asking"), done("Asking")}, []string{"Asking"}, 0},
		{"steps stand in their order", []health.Step{running("Asking"), done("Asking"), running("Posting")}, []string{"Asking", "Posting"}, 1},
		{"a step that begins once more is a row of its own", []health.Step{running("Posting"), done("Posting"), running("Posting")}, []string{"Posting", "Posting"}, 1},
		{"what becomes of it is shown at the newer", []health.Step{running("Posting"), done("Posting"), running("Posting"), done("Posting")}, []string{"Posting", "Posting"}, 0},
		{"a step that is told twice while it runs stays one", []health.Step{running("Asking"), running("Asking")}, []string{"Asking"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := NewStepList()
			defer l.Stop()
			for _, s := range tt.reports {
				l.Report(s)
			}
			var names []string
			moving := 0
			for _, row := range l.rows {
				names = append(names, row.step.String())
				if row.running.Visible() {
					moving++
				}
			}
			if !slices.Equal(names, tt.rows) || moving != tt.running {
				t.Errorf("got rows %q with %d under way, want %q with %d", names, moving, tt.rows, tt.running)
			}
		})
	}
}

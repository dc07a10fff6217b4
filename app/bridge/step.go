package bridge

import "time"

// StepState is the state of one step of a test or a check.
type StepState string

// The states of a step.
const (
	StepRunning StepState = "running"
	StepDone    StepState = "done"
	StepFailed  StepState = "failed"
)

// Step is one line of a test or check that ticks off in place, such as
// "Asked Vast.ai ✓" or "Arrived here +0.6 s ✓". Steps of one run are reported
// in order; a step reported again under the same Name replaces itself.
type Step struct {
	Name  string // what is being done, in words
	State StepState
	Took  time.Duration // since the step before it; 0 while running
	Text  string        // what happened, in words; empty while running
}

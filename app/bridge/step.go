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

// steps reports the steps of one run and times them.
type steps struct {
	report func(Step)
	name   string
	began  time.Time
}

// newSteps reports to report; nil means to nobody.
func newSteps(report func(Step)) *steps {
	if report == nil {
		report = func(Step) {}
	}
	return &steps{report: report}
}

// start begins the next step.
func (s *steps) start(name string) {
	s.name, s.began = name, time.Now()
	s.report(Step{Name: name, State: StepRunning})
}

// done ends the step under way well.
func (s *steps) done(text string) {
	s.report(Step{Name: s.name, State: StepDone, Took: time.Since(s.began), Text: text})
}

// fail ends the step under way with p and returns p as the run's error.
func (s *steps) fail(p Problem) error {
	s.report(Step{Name: s.name, State: StepFailed, Took: time.Since(s.began), Text: p.Error()})
	return p
}

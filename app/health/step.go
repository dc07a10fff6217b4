package health

import (
	"time"

	"vastrelay/app/words"
)

// StepState is the state of one step of a test or a check.
type StepState string

// The states of a step.
const (
	StepRunning StepState = "running"
	StepDone    StepState = "done"
	StepFailed  StepState = "failed"
	StepSkipped StepState = "skipped" // it would have proven nothing
	StepWaiting StepState = "waiting" // it is done by itself, later than the run waits for
	StepHeld    StepState = "held"    // it is done once a person resumes
)

// Step is one line of a test or check that ticks off in place, such as
// "Asked Vast.ai ✓" or "Arrived here +0.6 s ✓". Steps of one run are reported
// in order; what becomes of a step is reported under its Name. A step that is over
// may begin once more.
type Step struct {
	Name  words.Sentence // what is being done, in words
	State StepState
	Took  time.Duration  // since the step before it; 0 while running
	Text  words.Sentence // what happened, in words; empty while running
}

// Steps reports the steps of one run and times them.
type Steps struct {
	report func(Step)
	name   words.Sentence
	began  time.Time
}

// NewSteps returns Steps that call report; nil means to nobody.
func NewSteps(report func(Step)) *Steps {
	if report == nil {
		report = func(Step) {}
	}
	return &Steps{report: report}
}

// Start begins the next step.
func (s *Steps) Start(name words.Sentence) {
	s.name, s.began = name, time.Now()
	s.report(Step{Name: name, State: StepRunning})
}

// Done ends the step under way well.
func (s *Steps) Done(text words.Sentence) {
	s.report(Step{Name: s.name, State: StepDone, Took: time.Since(s.began), Text: text})
}

// Waits ends the step under way with what it waits for; held says that a person holds it.
func (s *Steps) Waits(text words.Sentence, held bool) {
	state := StepWaiting
	if held {
		state = StepHeld
	}
	s.report(Step{Name: s.name, State: state, Took: time.Since(s.began), Text: text})
}

// Fail ends the step under way with p and returns p as the run's error.
func (s *Steps) Fail(p Problem) error {
	s.report(Step{Name: s.name, State: StepFailed, Took: time.Since(s.began), Text: p.Short()})
	return p
}

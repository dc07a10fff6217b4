package commands

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/health"
	"vastrelay/app/words"
)

// Step is one step of a test or a check, as --json prints it.
type Step struct {
	Name   string           `json:"name"`
	State  health.StepState `json:"state"`
	TookMS int64            `json:"took_ms"`
	Text   string           `json:"text,omitempty"`
}

// stepOf returns s in l, as it crosses the socket.
func stepOf(s health.Step, l *words.Language) Step {
	return Step{Name: s.Name.In(l), State: s.State, TookMS: s.Took.Milliseconds(), Text: s.Text.In(l)}
}

// stepsAnswer is the answer of a command that goes step by step. The steps cross
// the socket one by one.
type stepsAnswer struct {
	Steps []Step `json:"steps"`
}

// askSteps has a command done that goes step by step, and prints each.
func (s *session) askSteps(c *cobra.Command, do control.Call) error {
	s.steps = []Step{}
	do.Item = func(part json.RawMessage) error {
		var step Step
		if err := json.Unmarshal(part, &step); err != nil {
			return err
		}
		if step.State != health.StepRunning {
			s.steps = append(s.steps, step)
		}
		if s.json {
			return nil
		}
		return s.page.printStep(part)
	}
	_, err := ask[stepsAnswer](c, s, do)
	if err == nil && s.json {
		s.page.json(stepsAnswer{s.steps})
	}
	return err
}

// printStep prints a step that crossed the socket.
func (p *page) printStep(part json.RawMessage) error {
	var step Step
	err := json.Unmarshal(part, &step)
	p.step(step)
	return err
}

// The marks of steps.
const (
	markDone   = "✓ "
	markFailed = "✗ "
	markNone   = "– "
)

// step prints a step. On a terminal one under way is shown as well, and replaced
// once it ends.
func (p *page) step(s Step) {
	if s.State == health.StepRunning {
		p.busy(s.Name)
		return
	}
	p.clear()
	mark := markDone
	switch s.State {
	case health.StepFailed:
		mark = markFailed
	case health.StepSkipped, health.StepWaiting, health.StepHeld:
		mark = markNone
	}
	p.marked(mark, s.sentence())
}

// sentence words a step that has ended. What a failure says is left to the problem
// with which it ends.
func (s Step) sentence() string {
	took := time.Duration(s.TookMS) * time.Millisecond
	switch text := strings.TrimSuffix(s.Text, "."); {
	case s.State == health.StepFailed || text == "":
		return s.Name
	case took == 0:
		return words.Text("commands.test.step", words.Args{"Name": s.Name, "Text": text})
	default:
		return words.Text("commands.test.step_took", words.Args{"Name": s.Name, "Text": text, "Took": words.Elapsed(took)})
	}
}

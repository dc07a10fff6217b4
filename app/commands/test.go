package commands

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/health"
	"vastrelay/app/words"
)

// What can be tested.
const (
	testVast = "vast"
	testChat = "chat"
)

// testArgs are the arguments of "test".
type testArgs struct {
	What string `json:"what"`
}

// Step is one step of a test or a check, as --json prints it.
type Step struct {
	Name   string           `json:"name"`
	State  health.StepState `json:"state"`
	TookMS int64            `json:"took_ms"`
	Text   string           `json:"text,omitempty"`
}

// stepOf returns s as it crosses the socket.
func stepOf(s health.Step) Step {
	return Step{Name: s.Name, State: s.State, TookMS: s.Took.Milliseconds(), Text: s.Text}
}

// stepsAnswer is the answer of a command that goes step by step. The steps cross
// the socket one by one.
type stepsAnswer struct {
	Steps []Step `json:"steps"`
}

func testCommand() command {
	return command{
		name: "test",
		build: func(s *session) *cobra.Command {
			c := s.command("test vast|chat", words.Text("commands.test.short"), words.Text("commands.test.long"), func(c *cobra.Command, args []string) error {
				return s.askSteps(c, control.Call{Command: "test", Args: testArgs{args[0]}})
			})
			c.ValidArgs = []string{testVast, testChat}
			c.Args = cobra.MatchAll(arguments(1, 1), validArgs)
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, args testArgs, r *control.Reply) (stepsAnswer, error) {
				test := p.Tests.TestFromVast
				if args.What == testChat {
					test = p.Tests.TestToChat
				}
				// A caller that has gone ends ctx; the test needs no other word of it.
				return stepsAnswer{}, test(ctx, func(step health.Step) { _ = r.Item(stepOf(step)) })
			})
		},
	}
}

// askSteps has a command done that goes step by step, and prints each.
func (s *session) askSteps(c *cobra.Command, do control.Call) error {
	s.steps = []Step{}
	do.Item = func(part json.RawMessage) error {
		var step Step
		err := json.Unmarshal(part, &step)
		if step.State != health.StepRunning {
			s.steps = append(s.steps, step)
		}
		if !s.json {
			s.page.step(step)
		}
		return err
	}
	_, err := ask[stepsAnswer](c, s, do)
	if err == nil && s.json {
		s.page.json(stepsAnswer{s.steps})
	}
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
	case health.StepSkipped:
		mark = markNone
	}
	p.indented(mark, s.sentence())
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

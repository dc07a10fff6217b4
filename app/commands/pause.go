package commands

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/words"
)

// pauseArgs are the arguments of "pause".
type pauseArgs struct {
	For time.Duration `json:"for,omitempty"` // zero: until "resume"
}

// pauseAnswer is the answer of "pause" and "resume".
type pauseAnswer struct {
	Paused bool      `json:"paused"`
	Was    bool      `json:"was_paused"` // before the command
	Until  time.Time `json:"until,omitzero"`
	Held   int       `json:"held"` // posts that waited when the command came
}

// pauseNow is what was before a command.
func pauseNow(ctx context.Context, p Program) (pauseAnswer, error) {
	waiting, err := p.Backlog(ctx)
	return pauseAnswer{Was: p.Paused().Active(), Held: waiting.Count}, err
}

func pauseCommand() command {
	return command{
		name: "pause",
		build: func(s *session) *cobra.Command {
			var args pauseArgs
			c := s.command("pause", words.Text("commands.pause.short"), words.Text("commands.pause.long"), func(c *cobra.Command, _ []string) error {
				return askAndPrint(c, s, control.Call{Command: "pause", Args: args}, func(p *page, a pauseAnswer) { printPause(p, a, s.now) })
			})
			c.Flags().Func("for", words.Text("commands.pause.for"), func(text string) (err error) {
				args.For, err = parseSpan(text)
				return err
			})
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, args pauseArgs, _ *control.Reply) (pauseAnswer, error) {
				answer, err := pauseNow(ctx, p)
				if err != nil {
					return answer, err
				}
				answer.Paused = true
				if args.For > 0 {
					answer.Until = time.Now().Add(args.For).Round(0)
				}
				return answer, p.Controls.Pause(ctx, answer.Until)
			})
		},
	}
}

func printPause(p *page, a pauseAnswer, now time.Time) {
	if a.Until.IsZero() {
		p.line(words.Text("commands.pause.done"))
		return
	}
	p.line(words.Text("commands.pause.done_until", words.Args{"Time": words.Moment(a.Until, now)}))
}

// resumeArgs are the arguments of "resume".
type resumeArgs struct {
	Keep bool `json:"keep,omitempty"` // what is held is kept without being posted
}

func resumeCommand() command {
	return command{
		name: "resume",
		build: func(s *session) *cobra.Command {
			var args resumeArgs
			c := s.command("resume", words.Text("commands.resume.short"), words.Text("commands.resume.long"), func(c *cobra.Command, _ []string) error {
				return askAndPrint(c, s, control.Call{Command: "resume", Args: args}, func(p *page, a pauseAnswer) { p.line(resumed(a, args.Keep)) })
			})
			c.Flags().BoolVar(&args.Keep, "keep", false, words.Text("commands.resume.keep"))
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, args resumeArgs, _ *control.Reply) (pauseAnswer, error) {
				answer, err := pauseNow(ctx, p)
				if err != nil {
					return answer, err
				}
				return answer, p.Controls.Resume(ctx, args.Keep)
			})
		},
	}
}

// resumed says what "resume" did with the posts that were held.
func resumed(a pauseAnswer, keep bool) string {
	switch {
	case !a.Was:
		return words.Text("commands.resume.was_not")
	case a.Held == 0:
		return words.Text("commands.resume.done")
	case keep:
		return words.Plural("commands.resume.kept", a.Held)
	default:
		return words.Plural("commands.resume.posting", a.Held)
	}
}

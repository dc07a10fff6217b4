package commands

import (
	"context"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

func gapsCommand() command {
	return command{
		name: "gaps",
		build: func(s *session) *cobra.Command {
			return s.command("gaps", words.Text("commands.gaps.short"), words.Text("commands.gaps.long"), func(c *cobra.Command, _ []string) error {
				return askAndPrint(c, s, control.Call{Command: "gaps"}, printGaps)
			})
		},
		serve: func(p Program) control.Command {
			return handler(func(_ context.Context, _ noArgs, r *control.Reply) (status.Gaps, error) {
				return p.Gaps.Gaps().Only(language(r)), nil
			})
		},
	}
}

func printGaps(p *page, g status.Gaps) {
	if g.Open == nil && len(g.Last) == 0 {
		p.line(words.Text("commands.gaps.none"))
		return
	}
	if g.Open != nil {
		p.line(gapLine(*g.Open))
	}
	for _, gap := range g.Last {
		p.line(gapLine(gap))
	}
	if g.ByHand {
		p.gap()
		p.line(words.Text("commands.gaps.catch_up"))
	}
}

// gapLine says what a gap was and whether events may be lost in it.
func gapLine(g status.Gap) string {
	if g.MayLose {
		return health.Sentences(g.Text.Text(), words.Text("commands.gaps.may_lose"))
	}
	return g.Text.Text()
}

// catchUpAnswer is the answer of "catch-up".
type catchUpAnswer struct {
	Found   int    `json:"found"`   // events of the times in which none could arrive
	Relayed int    `json:"relayed"` // of these, that were missing and are posted now
	Text    string `json:"text"`
}

func catchUpCommand() command {
	return command{
		name: "catch-up",
		build: func(s *session) *cobra.Command {
			return s.command("catch-up", words.Text("commands.catch_up.short"), words.Text("commands.catch_up.long"), func(c *cobra.Command, _ []string) error {
				return askAndPrint(c, s, control.Call{Command: "catch-up"}, func(p *page, a catchUpAnswer) { p.line(a.Text) })
			})
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, _ noArgs, r *control.Reply) (catchUpAnswer, error) {
				done, err := p.Gaps.CatchUp(ctx)
				return catchUpAnswer{done.Found, done.Relayed, done.Text().In(language(r))}, err
			})
		},
	}
}

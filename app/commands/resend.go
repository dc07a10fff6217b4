package commands

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// resendArgs are the arguments of "resend".
type resendArgs struct {
	IDs  []string `json:"event_ids,omitempty"`
	Dead bool     `json:"dead,omitempty"` // everything that was given up, in place of IDs
}

// resendAnswer is the answer of "resend" and "post-anyway".
type resendAnswer struct {
	Posts  int  `json:"posts"`  // that go out, or will once posting is resumed
	Paused bool `json:"paused"` // posting is
}

func resendCommand() command {
	return command{
		name: "resend",
		build: func(s *session) *cobra.Command {
			var dead bool
			c := s.command("resend ID... | --dead", words.Text("commands.resend.short"), words.Text("commands.resend.long"), func(c *cobra.Command, ids []string) error {
				none := words.Text("events.again.on_its_way")
				if dead {
					none = words.Text("events.again.none_left")
				}
				return askAndPrint(c, s, control.Call{Command: "resend", Args: resendArgs{ids, dead}}, func(p *page, a resendAnswer) { p.line(queued(a, none)) })
			})
			c.Flags().BoolVar(&dead, "dead", false, words.Text("commands.resend.dead"))
			c.DisableFlagsInUseLine = true
			c.Args = func(c *cobra.Command, ids []string) error {
				if dead == (len(ids) > 0) || slices.Contains(ids, "") {
					return usedLike(c)
				}
				return nil
			}
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, args resendArgs, _ *control.Reply) (resendAnswer, error) {
				posts, err := resend(ctx, p, args)
				return resendAnswer{posts, p.Paused().Active()}, err
			})
		},
	}
}

// resend posts nothing unless every id names an event that can be posted again.
func resend(ctx context.Context, p Program, args resendArgs) (posts int, err error) {
	if args.Dead {
		return p.Resender.ResendDead(ctx)
	}
	ids := make([]string, len(args.IDs))
	for i, beginning := range args.IDs {
		if ids[i], err = p.History.Find(ctx, beginning); err != nil {
			return 0, err
		}
		d, err := p.History.Event(ctx, ids[i])
		if err != nil {
			return 0, err
		}
		if d.Verdict != relay.Accepted {
			return 0, health.New(health.EventNeverDue, words.Args{"Event": ids[i]})
		}
	}
	return p.Resender.Resend(ctx, ids...)
}

func postAnywayCommand() command {
	return command{
		name: "post-anyway",
		build: func(s *session) *cobra.Command {
			c := s.command("post-anyway ID", words.Text("commands.post_anyway.short"), words.Text("commands.post_anyway.long"), func(c *cobra.Command, args []string) error {
				return askAndPrint(c, s, control.Call{Command: "post-anyway", Args: eventArgs{args[0]}}, func(p *page, a resendAnswer) { p.line(queued(a, "")) })
			})
			c.Args = arguments(1, 1)
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, args eventArgs, _ *control.Reply) (resendAnswer, error) {
				id, err := p.History.Find(ctx, args.ID)
				if err != nil {
					return resendAnswer{}, err
				}
				return resendAnswer{1, p.Paused().Active()}, p.Resender.PostAnyway(ctx, id)
			})
		},
	}
}

// queued says what was put in line; none is said where nothing was.
func queued(a resendAnswer, none string) string {
	switch {
	case a.Posts == 0:
		return none
	case a.Paused:
		return words.Plural("commands.resend.held", a.Posts)
	default:
		return words.Plural("commands.resend.queued", a.Posts)
	}
}

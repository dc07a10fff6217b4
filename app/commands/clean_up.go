package commands

import (
	"context"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/health"
	"vastrelay/app/words"
)

// cleanUpArgs are the arguments of "webhooks clean-up".
type cleanUpArgs struct {
	Secrets bool `json:"secrets,omitempty"` // what the keyring holds, too
	Data    bool `json:"data,omitempty"`    // events, settings and logs, too
}

func webhooksCleanUpCommand() command {
	return command{
		name: "webhooks clean-up",
		build: func(s *session) *cobra.Command {
			var args cleanUpArgs
			var sure bool
			c := s.command("clean-up --yes", words.Text("commands.webhooks.clean_up.short"), words.Text("commands.webhooks.clean_up.long"), func(c *cobra.Command, _ []string) error {
				if !sure {
					return &useError{words.Text("commands.webhooks.clean_up.not_sure")}
				}
				return s.askSteps(c, control.Call{Command: "webhooks clean-up", Args: args})
			})
			c.Flags().BoolVar(&args.Secrets, "secrets", false, words.Text("commands.webhooks.clean_up.secrets"))
			c.Flags().BoolVar(&args.Data, "data", false, words.Text("commands.webhooks.clean_up.data"))
			c.Flags().BoolVar(&sure, "yes", false, words.Text("commands.webhooks.clean_up.yes"))
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, args cleanUpArgs, r *control.Reply) (stepsAnswer, error) {
				return stepsAnswer{}, p.Cleaner.CleanUp(ctx, args.Secrets, args.Data, func(step health.Step) { _ = r.Item(stepOf(step, language(r))) })
			})
		},
	}
}

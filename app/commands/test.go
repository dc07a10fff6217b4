package commands

import (
	"context"

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
				return stepsAnswer{}, test(ctx, func(step health.Step) { _ = r.Item(stepOf(step, language(r))) })
			})
		},
	}
}

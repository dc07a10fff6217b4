package commands

import (
	"slices"

	"github.com/spf13/cobra"

	"vastrelay/app/words"
)

func completionCommand() command {
	return command{
		name: "completion",
		build: func(s *session) *cobra.Command {
			return &cobra.Command{
				Use: "completion bash|zsh|fish", Short: words.Text("commands.completion.short"), Long: words.Text("commands.completion.long"),
				Example: "  vastrelay completion bash > ~/.local/share/bash-completion/completions/vastrelay\n" +
					"  vastrelay completion zsh > ~/.zsh/completions/_vastrelay\n" +
					"  vastrelay completion fish > ~/.config/fish/completions/vastrelay.fish",
				Args: cobra.MatchAll(arguments(1, 1), validArgs), ValidArgs: []string{"bash", "zsh", "fish"},
				DisableFlagsInUseLine: true,
				RunE: func(c *cobra.Command, args []string) error {
					switch out := s.in.Stdout; args[0] {
					case "bash":
						return c.Root().GenBashCompletionV2(out, true)
					case "zsh":
						return c.Root().GenZshCompletion(out)
					default:
						return c.Root().GenFishCompletion(out, true)
					}
				},
			}
		},
	}
}

// validArgs refuses arguments that are not among those of the command.
func validArgs(c *cobra.Command, args []string) error {
	for _, arg := range args {
		if !slices.Contains(c.ValidArgs, arg) {
			return usedLike(c)
		}
	}
	return nil
}

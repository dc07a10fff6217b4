package commands

import (
	"flag"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vastrelay/app/words"
)

// Heeds reports whether commands heed that flag of the program as well.
func Heeds(flag string) bool { return flag == "data-dir" || flag == "demo" }

// setSwitches sets the library's switches, which are variables of its package: commands
// stand in the order of the list, and on Windows a command may be started from a
// shortcut.
var setSwitches = sync.OnceFunc(func() {
	cobra.EnableCommandSorting = false
	cobra.MousetrapHelpText = ""
})

// Tree returns all commands below the program itself with its flags, for what is
// made from them, such as the manual. It is not to be executed.
func Tree(flags *flag.FlagSet) *cobra.Command {
	root := newRoot(&session{in: Invocation{Flags: flags}, page: &page{}})
	root.Long = strings.Join([]string{root.Long, words.Text("commands.root.manual")}, "\n\n")
	return root
}

// newRoot makes the command line.
func newRoot(s *session) *cobra.Command {
	setSwitches()
	root := &cobra.Command{
		Use: "vastrelay COMMAND [flags]", Short: words.Text("commands.root.short"), Long: words.Text("commands.root.long"),
		Args: knownCommand, SilenceErrors: true, SilenceUsage: true, SuggestionsMinimumDistance: 2, DisableAutoGenTag: true, DisableFlagsInUseLine: true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		// The program itself starts without this command line, which only
		// describes its flags. It gets here with none of the commands in Args.
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	addProgramFlags(root, s.in.Flags)
	root.SetFlagErrorFunc(wrongFlag)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { s.help(c) })
	below := map[string]*cobra.Command{}
	for _, c := range list() {
		built := c.build(s)
		parent := root
		if first, _, found := strings.Cut(c.name, " "); found {
			parent = below[first]
		}
		below[c.name] = built
		parent.AddCommand(built)
	}
	root.SetHelpCommand(helpCommand(s))
	return root
}

// knownCommand refuses what is not a command.
func knownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return &useError{words.Text("commands.use.meant", words.Args{"Command": args[0], "Near": words.List(near)})}
	}
	return &useError{words.Text("commands.use.unknown", words.Args{"Command": args[0]})}
}

// arguments wants at least least and at most most of them, none of them empty; most
// below 0: any number.
func arguments(least, most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if n := len(args); n < least || most >= 0 && n > most || slices.Contains(args, "") { // an empty one is a variable of a script that is not set
			return usedLike(c)
		}
		return nil
	}
}

// usedLike says how c is used.
func usedLike(c *cobra.Command) error {
	return &useError{words.Text("commands.use.like", words.Args{"Usage": usage(c)})}
}

func helpCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND]", Short: words.Text("commands.help.short"), Long: words.Text("commands.help.long"), DisableFlagsInUseLine: true,
		RunE: func(c *cobra.Command, args []string) error {
			about, _, err := c.Root().Find(args)
			if err != nil || about == c.Root() && len(args) > 0 {
				return knownCommand(c.Root(), args)
			}
			s.help(about)
			return nil
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, begun string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
			about, _, err := c.Root().Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, below := range about.Commands() {
				if below.IsAvailableCommand() && strings.HasPrefix(below.Name(), begun) {
					names = append(names, cobra.CompletionWithDesc(below.Name(), below.Short))
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	}
}

// Help prints the help of the program itself to the Invocation's standard output.
func Help(in Invocation) {
	s := &session{in: in, page: &page{to: in.Stdout, width: in.Width}}
	s.help(newRoot(s))
}

// helpIndent stands before what a heading of the help is about.
const helpIndent = "  "

// usage is how c is used; the library's own line says [flags] in English.
func usage(c *cobra.Command) string {
	line := c.UseLine()
	if command, ok := strings.CutSuffix(line, " [flags]"); ok {
		return withFlags(command)
	}
	return line
}

func withFlags(command string) string {
	return words.Text("commands.help.usage_with_flags", words.Args{"Command": command})
}

// help prints the help of c.
func (s *session) help(c *cobra.Command) {
	c.InitDefaultHelpFlag()
	c.Flags().Lookup("help").Hidden = true // its words are the library's, and whoever reads this knows it
	hideDefaults(c.LocalFlags())
	hideDefaults(c.InheritedFlags())
	p := s.page
	p.block("", firstNonEmpty(c.Long, c.Short))
	p.gap()
	p.line(words.Text("commands.help.usage"))
	if !c.HasParent() {
		p.write(helpIndent + withFlags("vastrelay") + "\n")
	}
	p.write(helpIndent + usage(c) + "\n")
	if below := commandRows(c); len(below.rows) > 0 {
		p.gap()
		p.line(words.Text("commands.help.commands"))
		p.table(below)
	}
	if c.Example != "" {
		p.gap()
		p.line(words.Text("commands.help.examples"))
		p.write(c.Example + "\n")
	}
	for _, part := range []struct{ heading, flags string }{
		{words.Text("commands.help.flags"), c.LocalFlags().FlagUsagesWrapped(p.width)},
		{words.Text("commands.help.flags_everywhere"), c.InheritedFlags().FlagUsagesWrapped(p.width)},
	} {
		if part.flags != "" {
			p.gap()
			p.line(part.heading)
			p.write(part.flags)
		}
	}
	if c.HasAvailableSubCommands() {
		p.gap()
		p.line(words.Text("commands.help.more", words.Args{"Command": c.CommandPath()}))
	}
}

// hideDefaults keeps the library from adding "(default …)" to what is said of flags,
// which it does in English: where a default is worth knowing, the flag's own words say it.
func hideDefaults(flags *pflag.FlagSet) {
	flags.VisitAll(func(f *pflag.Flag) {
		f.DefValue = ""
		if f.Value.Type() == "int" {
			f.DefValue = "0" // the default that the library does not tell
		}
	})
}

func firstNonEmpty(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// commandRows are the commands below c with what each is for.
func commandRows(c *cobra.Command) table {
	t := table{indent: helpIndent, wrapLast: true}
	for _, below := range c.Commands() {
		if below.IsAvailableCommand() {
			t.add(below.Name(), below.Short)
		}
	}
	return t
}

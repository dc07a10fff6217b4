package commands

import (
	"errors"
	"flag"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vastrelay/app/words"
)

// addProgramFlags adds the flags of the program itself to root, those that commands
// heed to all commands. They are shown with their defaults: by now they may have been
// read.
func addProgramFlags(root *cobra.Command, flags *flag.FlagSet) {
	flags.VisitAll(func(f *flag.Flag) {
		set := root.Flags()
		if Heeds(f.Name) {
			set = root.PersistentFlags()
		}
		set.AddGoFlag(f)
		set.Lookup(f.Name).DefValue = f.DefValue
	})
}

// wrongFlag words what the library has to say of a flag of a command.
func wrongFlag(_ *cobra.Command, err error) error {
	var (
		worded  *useError // by the value itself
		unknown *pflag.NotExistError
		empty   *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
		form    *pflag.InvalidSyntaxError
	)
	switch {
	case errors.As(err, &invalid) && invalid.GetValue() == "":
		return emptyFlag(invalid.GetFlag().Name)
	case errors.As(err, &worded):
		return worded
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return unknownFlag("-" + unknown.GetSpecifiedShortnames())
	case errors.As(err, &unknown):
		return unknownFlag("--" + unknown.GetSpecifiedName())
	case errors.As(err, &empty):
		return emptyFlag(empty.GetSpecifiedName())
	case errors.As(err, &invalid):
		return invalidFlag(invalid.GetFlag().Name, invalid.GetValue())
	case errors.As(err, &form):
		return unknownFlag(form.GetSpecifiedFlag())
	default:
		return err
	}
}

// RefuseFlags says what is wrong with the flags of the program itself, to the
// Invocation's standard error, and returns the exit code. args are the whole command
// line; the Invocation's Flags were parsed from it until they met what they do not
// take.
func RefuseFlags(in Invocation, args []string) (code int) {
	s := &session{in: in, page: &page{to: in.Stdout}}
	return s.finish(firstWrong(in.Flags, args))
}

// firstWrong words what is wrong with the argument at which parsing args ended. Package
// flag has no types for it, https://pkg.go.dev/flag#FlagSet.Parse .
func firstWrong(flags *flag.FlagSet, args []string) error {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		name, value, given := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(arg, "-"), "-"), "=")
		f := flags.Lookup(name)
		if f == nil {
			return unknownFlag(strings.TrimSuffix(arg, "="+value))
		}
		if b, ok := f.Value.(interface{ IsBoolFlag() bool }); !given && (!ok || !b.IsBoolFlag()) {
			if len(args) == 0 {
				return emptyFlag(name)
			}
			value, args = args[0], args[1:]
		}
		if len(args) == flags.NArg() {
			return invalidFlag(name, value)
		}
	}
	return &useError{words.Text("commands.use.flags")}
}

func unknownFlag(flag string) error {
	return &useError{words.Text("commands.use.flag_unknown", words.Args{"Flag": flag})}
}

func emptyFlag(name string) error {
	return &useError{words.Text("commands.use.flag_empty", words.Args{"Flag": "--" + name})}
}

func invalidFlag(name, value string) error {
	if value == "" {
		return emptyFlag(name)
	}
	return &useError{words.Text("commands.use.flag_value", words.Args{"Flag": "--" + name, "Value": value})}
}

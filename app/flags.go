package app

import (
	"errors"
	"flag"
	"io"
	"log/slog"
	"path/filepath"

	"vastrelay/app/commands"
	"vastrelay/app/words"
)

// flags are the command line.
type flags struct {
	headless   bool
	hidden     bool
	demo       bool
	version    bool
	dataDir    string
	statusAddr string
	logLevel   slog.Level

	set     *flag.FlagSet // where they are declared
	command []string      // a command for the running copy, with what follows it; empty: the program is to start
}

// newFlags declares the flags.
func newFlags() *flags {
	f := &flags{set: flag.NewFlagSet("vastrelay", flag.ContinueOnError)}
	f.set.BoolVar(&f.headless, "headless", false, words.Text("start.headless"))
	f.set.BoolVar(&f.hidden, "hidden", false, words.Text("start.hidden"))
	f.set.BoolVar(&f.demo, "demo", false, words.Text("start.demo"))
	f.set.BoolVar(&f.version, "version", false, words.Text("start.version"))
	f.set.Func("data-dir", words.Text("start.data_dir"), f.setDataDir)
	f.set.StringVar(&f.statusAddr, "status-addr", "", words.Text("start.status_addr"))
	f.set.TextVar(&f.logLevel, "log-level", slog.LevelInfo, words.Text("start.log_level"))
	return f
}

// setDataDir refuses an empty name, which a script has whose variable is not set: it
// means another folder than that of the user.
func (f *flags) setDataDir(dir string) error {
	if dir == "" {
		return errors.New("no folder")
	}
	f.dataDir = dir
	return nil
}

// parseFlags reads the command line up to the command, if there is one: what
// follows is the command's own. The error is flag.ErrHelp when help was asked for,
// else package commands words it.
func parseFlags(args []string) (*flags, error) {
	f := newFlags()
	f.set.SetOutput(io.Discard) // the caller says what is wrong
	err := f.set.Parse(args)
	f.command = f.set.Args()
	return f, err
}

// prints reports whether a program with these arguments is there to print something,
// not to show windows.
func prints(args []string) bool {
	f, err := parseFlags(args)
	return err != nil || f.version || f.headless || len(f.command) > 0
}

// onlyForStart returns the first flag that is set and has no meaning for a command;
// empty: there is none.
func (f *flags) onlyForStart() (name string) {
	f.set.Visit(func(set *flag.Flag) {
		if name == "" && !commands.Heeds(set.Name) {
			name = set.Name
		}
	})
	return name
}

// loginArguments are the arguments with which the program is opened at login, so that
// it uses the same folder as this run.
func loginArguments(f flags) []string {
	args := []string{"--hidden"}
	if f.dataDir == "" {
		return args
	}
	folder, err := filepath.Abs(f.dataDir)
	if err != nil {
		folder = f.dataDir
	}
	return append(args, "--data-dir", folder)
}

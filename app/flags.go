package app

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"

	"vastrelay/app/build"
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
}

// errUsage means that the command line was wrong and the usage was printed.
var errUsage = errors.New("usage")

// parseFlags reads the command line. It prints usage and mistakes to stderr
// and then returns errUsage, or flag.ErrHelp when help was asked for.
func parseFlags(args []string, stderr io.Writer) (flags, error) {
	var f flags
	set := flag.NewFlagSet("vastrelay", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.Usage = func() {
		_, _ = fmt.Fprintf(stderr, "Vast Relay %s carries Vast.ai notifications into a Google Chat space.\n\nUsage: vastrelay [flags]\n\n", build.Current())
		set.PrintDefaults()
	}
	set.BoolVar(&f.headless, "headless", false, "run without a window; log to standard error; SIGINT, SIGTERM or SIGHUP stops it")
	set.BoolVar(&f.hidden, "hidden", false, "start in the tray, without showing the window")
	set.BoolVar(&f.demo, "demo", false, "run against stand-ins on this computer; needs no account")
	set.BoolVar(&f.version, "version", false, "print the version and stop")
	set.StringVar(&f.dataDir, "data-dir", "", "keep all data in this `folder`")
	set.StringVar(&f.statusAddr, "status-addr", "", "serve /health, /status and /metrics at this `host:port`; off unless given")
	set.TextVar(&f.logLevel, "log-level", slog.LevelInfo, "log from this `level` on: debug, info, warn or error")
	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return f, flag.ErrHelp
	case err != nil:
		return f, errUsage
	case set.NArg() > 0:
		_, _ = fmt.Fprintf(stderr, "vastrelay: unexpected argument %q\n", set.Arg(0))
		return f, errUsage
	default:
		return f, nil
	}
}

package app

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"

	"vastrelay/app/build"
	"vastrelay/app/commands"
	"vastrelay/app/health"
	"vastrelay/app/logging"
	"vastrelay/app/words"
)

// Exit codes of Main.
const (
	exitOK      = 0 // a stop that was asked for
	exitFailure = 1
	exitRefused = 2 // headless cannot start until a person changes something
)

// Window shows the program until the person quits or ctx ends. It runs on the
// main goroutine. hidden asks for the tray alone, if there is one.
type Window func(ctx context.Context, d Desktop, hidden bool) error

// Tell shows in a window why the program cannot start, for a person without a
// terminal, until they close it or ctx ends. It runs on the main goroutine. It
// calls closing as soon as the window starts to close, before it waits for the
// toolkit.
type Tell func(ctx context.Context, p health.Problem, closing func())

// Display reports why no window can be shown, as a sentence for a person; nil: one can.
// hidden says that the program starts in the tray. It runs on the main goroutine.
type Display func(ctx context.Context, hidden bool) error

// Main runs the program with the arguments after its name and returns its exit
// code. window, tell and display are nil in a build without windows.
func Main(args []string, window Window, tell Tell, display Display) int {
	attachConsole(args)
	ctx, stop := signal.NotifyContext(context.Background(), stopSignals()...)
	defer stop()
	surviveClosedPipes()
	stderr := logging.NewOutput(logging.OutputOptions{To: standardError(), Note: logging.LostLogLines})
	words.Use(words.Choose(""))
	log.SetOutput(stderr) // libraries that print their own lines must not wait either
	return Run(ctx, Invocation{
		Args: args, Getenv: os.Getenv, Stdout: os.Stdout, Stderr: stderr, Window: window, Tell: tell, Display: display, Exit: os.Exit,
	})
}

// Invocation is all that one start of the program depends on, so that a test can
// start the whole program in its own process.
type Invocation struct {
	Args   []string
	Getenv func(string) string
	Stdout io.Writer // Run writes to both from goroutines of their own, and never
	Stderr io.Writer // waits for either longer than a moment at its end
	Window Window    // nil: there is none
	Tell   Tell      // nil: nobody is shown what Stderr is told
	// Display is called before anything else is started; nil is allowed.
	Display Display
	// Exit ends the process when the windows do not let go of the main goroutine
	// although everything else has stopped; nil: Run waits for them.
	Exit func(code int)
}

// Run runs the program until ctx ends or the person quits, and returns its
// exit code.
func Run(ctx context.Context, in Invocation) int {
	direct := in.Stdout
	stdout, stderr := logging.AsOutput(in.Stdout, logging.LostLines), logging.AsOutput(in.Stderr, logging.LostLogLines)
	defer logging.CloseOutputs(stdout, stderr)
	in.Stdout, in.Stderr = stdout, stderr
	if exit := in.Exit; exit != nil {
		in.Exit = func(code int) {
			logging.CloseOutputs(stdout, stderr)
			exit(code)
		}
	}
	f, err := parseFlags(in.Args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		help := commandInvocation(f, in, in.Stdout)
		help.Width = terminalWidth(direct)
		commands.Help(help)
		return exitOK
	case err != nil:
		return commands.RefuseFlags(commandInvocation(f, in, in.Stderr), in.Args)
	case f.version:
		_, _ = fmt.Fprintln(in.Stdout, "Vast Relay "+build.Current().String())
		return exitOK
	case len(f.command) > 0:
		return runCommand(ctx, f, in, direct)
	}
	f.headless = f.headless || in.Window == nil // A build without a window cannot show one.
	if f.headless {
		words.Use(words.English()) // What it prints is its log.
	} else {
		postponeGC()
	}
	p, err := wire(ctx, *f, in)
	switch {
	case errors.Is(err, errShown), err != nil && ctx.Err() != nil: // asked to stop before it was up
		return exitOK
	case err != nil:
		code := in.refuse(err)
		if in.Tell != nil && !f.headless {
			problem, _ := refusal(err)
			in.tell(ctx, problem, code)
		}
		return code
	}
	if f.headless {
		err = p.runHeadless(ctx)
	} else {
		err = p.runWindow(ctx, in, f.hidden)
	}
	return in.exitCode(p.startAgain(in.Args, err))
}

// startAgain starts the program anew where a person asked for that, and returns the
// error with which the run ended, or could not be followed by another.
func (p *Program) startAgain(args []string, err error) error {
	if err == nil && p.again.Wanted() {
		return p.again.Start(args)
	}
	return err
}

// exitCode prints err, with which a run ended, and returns its exit code; nil is
// a stop that was asked for.
func (in Invocation) exitCode(err error) int {
	if err != nil {
		return in.refuse(err)
	}
	return exitOK
}

// stopSignals are the signals that stop the program as a person would: Windows
// sends SIGTERM when the console closes or the session ends, the latter only to a
// program without windows; app/ui/launch hears of it there. A signal that was ignored
// at the start stays ignored: nohup asks so for SIGHUP, which says that the terminal is
// gone, and a shell for the SIGINT of a job in the background. SIGTERM always stops the
// program, so that something does. SIGQUIT keeps its meaning: end at once, and show
// what every goroutine was doing.
func stopSignals() []os.Signal {
	signals := []os.Signal{syscall.SIGTERM}
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signals = append(signals, s)
		}
	}
	return signals
}

// surviveClosedPipes keeps the process alive when the reader of standard output
// or standard error goes away; a write there then fails like any other. The
// signal is received rather than ignored: programs that this one starts would
// ignore it, too.
func surviveClosedPipes() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
}

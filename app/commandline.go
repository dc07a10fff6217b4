package app

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"vastrelay/app/commands"
	"vastrelay/app/datadir"
	"vastrelay/app/diagnostics"
	"vastrelay/app/health"
	"vastrelay/app/words"
)

// serviceFolder is where the data of a service lies on Linux, see StateDirectory= in
// https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html .
const serviceFolder = "/var/lib/vastrelay"

// commandGrace is how long a command may take to end once it was asked to stop; a
// reader that takes no more of its output would keep it for ever.
const commandGrace = time.Second

// CommandLine returns the flags of the program and all its commands, for what is
// made from them, such as the manual. It is not to be executed.
func CommandLine() *cobra.Command { return commands.Tree(newFlags().set) }

// runCommand runs the command that f holds. It writes to out itself, so that a
// slow reader gets everything.
func runCommand(ctx context.Context, f *flags, in Invocation, out io.Writer) (code int) {
	if name := f.onlyForStart(); name != "" {
		_, _ = fmt.Fprintln(in.Stderr, "vastrelay:", words.Text("commands.use.flags_of_start", words.Args{"Flag": name}))
		return exitRefused
	}
	done := make(chan int, 1)
	go func() { done <- commands.Run(ctx, commandInvocation(f, in, out)) }()
	select {
	case code = <-done:
		return code
	case <-ctx.Done():
	}
	select {
	case code = <-done:
		return code
	case <-time.After(commandGrace):
		return exitFailure
	}
}

func commandInvocation(f *flags, in Invocation, out io.Writer) commands.Invocation {
	return commands.Invocation{
		Args: f.command, Flags: f.set, Folders: func() ([]string, error) { return commandFolders(*f, in.Getenv) },
		Stdout: out, Stderr: in.Stderr, Width: terminalWidth(out),
		Examine: func(ctx context.Context, report func(health.Step)) (health.Report, string, error) {
			return examineAlone(ctx, *f, in, report)
		},
		Diagnose: func() (diagnostics.Bundle, error) { return diagnoseAlone(*f, in) },
	}
}

// commandFolders returns where a copy may run that a command is for: in the folder
// where this user's would, and in that of a service. The latter is tried by all, so
// that a person hears of it who may not look there.
func commandFolders(f flags, getenv func(string) string) ([]string, error) {
	dir, err := folderPath(f, getenv)
	if full, absErr := filepath.Abs(dir); err == nil && absErr == nil {
		dir = full // a person is told where
	}
	if f.dataDir != "" || f.demo || runtime.GOOS != "linux" || dir == serviceFolder {
		return []string{dir}, err
	}
	if err != nil {
		return []string{serviceFolder}, nil //nolint:nilerr // a service needs no home folder
	}
	return []string{dir, serviceFolder}, nil
}

// folderPath returns the path of the data folder. The error is a
// *datadir.Error.
func folderPath(f flags, getenv func(string) string) (dir string, err error) {
	if dir = f.dataDir; dir == "" {
		if dir, err = datadir.Find(getenv); err != nil {
			return "", err
		}
	}
	if f.demo {
		dir = datadir.Demo(dir, getenv)
	}
	return filepath.Clean(dir), nil
}

// terminalWidth returns how many columns out has; 0 when it is no terminal.
func terminalWidth(out io.Writer) int {
	file, ok := out.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

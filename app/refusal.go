package app

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"vastrelay/app/build"
	"vastrelay/app/checks"
	"vastrelay/app/datadir"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// permanentError is why the program cannot start until a person changes
// something.
type permanentError struct{ problem health.Problem }

func (e *permanentError) Error() string { return e.problem.Error() }

// permanent wraps err, a mistake in the settings or the environment.
func permanent(headline string, err error) error {
	return &permanentError{health.Problem{Headline: words.Verbatim(headline), Cause: words.Verbatim(err.Error()), Next: words.Verbatim("Correct it and start again.")}}
}

// newerVersion refuses to start on data that a newer version of the program made.
// what names the data; by is that version, as far as it is known.
func newerVersion(what, by string) error {
	made := "a newer version of Vast Relay"
	if by != "" {
		made = "Vast Relay " + by + ", a newer version"
	}
	return &permanentError{health.Problem{
		Headline: words.Verbatim(what + " in the data folder were made by " + made),
		Cause:    words.Verbatim("This is " + build.Current().String() + ", and it has changed nothing"),
		Next:     words.Verbatim("Install that version again, or name another folder with --data-dir."),
	}}
}

// refusal turns err, which ends the program, into a problem for a person and the
// exit code, which says whether starting it again may help.
func refusal(err error) (problem health.Problem, code int) {
	var (
		final  *permanentError
		folder *datadir.Error
		file   *datadir.NotRegularError
	)
	switch {
	case errors.As(err, &final):
		return final.problem, exitRefused
	case errors.As(err, &folder):
		problem = health.Problem{Headline: words.Verbatim("The data folder cannot be used"), Cause: words.Verbatim(folder.Cause), Next: words.Verbatim(folder.Next)}
		if folder.MayPass {
			return problem, exitFailure
		}
		return problem, exitRefused
	case errors.As(err, &file):
		return health.Problem{
			Headline: words.Verbatim("A file in the data folder cannot be used"), Cause: words.Verbatim(file.Error() + "."),
			Next: words.Verbatim("Move it out of the data folder and start again."),
		}, exitRefused
	case errors.Is(err, fs.ErrPermission): // as of a file that belongs to another user
		return checks.Explain(err), exitRefused
	default:
		return checks.Explain(err), exitFailure
	}
}

// refuse prints why the program cannot start or go on, as one line, and chooses
// the exit code.
func (in Invocation) refuse(err error) int {
	problem, code := refusal(err)
	line := problem.Line().Text()
	if !strings.Contains(strings.ToLower(line), strings.ToLower(problem.Details)) {
		line += " (" + problem.Details + ")"
	}
	_, _ = fmt.Fprintln(in.Stderr, "vastrelay: "+relay.CleanLine(line))
	return code
}

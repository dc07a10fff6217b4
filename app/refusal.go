package app

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"vastrelay/app/build"
	"vastrelay/app/checks"
	"vastrelay/app/config"
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
func permanent(headline words.Sentence, err error) error {
	return &permanentError{health.Problem{Headline: headline, Cause: mistake(err), Next: words.New("start.refused.correct")}}
}

// mistake words err; of the environment, variable by variable.
func mistake(err error) words.Sentence {
	variables, ok := errors.AsType[config.EnvError](err)
	if !ok {
		return words.Translate(err.Error())
	}
	said := make([]words.Sentence, len(variables))
	for i, v := range variables {
		said[i] = words.New("start.refused.in_variable", words.Args{"Variable": string(v.Variable), "Reason": words.Translate(v.Sentence)})
	}
	return words.Join(said, " ")
}

// newerVersion refuses to start on data that a newer version of the program made.
// headline says so of the data; by is that version, as far as it is known.
func newerVersion(headline words.Sentence, by string) error {
	cause := words.New("start.refused.this_is", words.Args{"Version": build.Current().String()})
	if by != "" {
		cause = words.New("start.refused.that_was", words.Args{"Newer": by, "Version": build.Current().String()})
	}
	return &permanentError{health.Problem{Headline: headline, Cause: cause, Next: words.New("start.refused.install_newer")}}
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
		problem = health.Problem{Headline: words.New("start.refused.folder"), Cause: words.Translate(folder.Cause), Next: words.Translate(folder.Next)}
		if folder.MayPass {
			return problem, exitFailure
		}
		return problem, exitRefused
	case errors.As(err, &file):
		return health.Problem{
			Headline: words.New("start.refused.file"), Cause: words.Verbatim(file.Error() + "."),
			Next: words.New("start.refused.move_file"),
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

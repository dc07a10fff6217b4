package commands

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/datadir"
	"vastrelay/app/diagnostics"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Exit codes of Run.
const (
	ExitDone       = 0
	ExitFailed     = 1
	ExitWrongUse   = 2
	ExitNotRunning = 3
)

// Invocation is one call of a command.
type Invocation struct {
	Args []string // the command and what follows it
	// Flags are those of the program itself, which Args may hold as well.
	Flags *flag.FlagSet
	// Folders returns the data folders in which a copy may run, in the order in
	// which they are tried. It is called once Args are read.
	Folders func() ([]string, error)
	// Examine makes the checks of "doctor" where no copy runs, and returns the report
	// and its text. Its errors are a health.Problem or that of ctx; nil: only a running
	// copy makes them.
	Examine func(ctx context.Context, report func(health.Step)) (health.Report, string, error)
	// Diagnose makes the report of "diagnostics" where no copy runs; nil: only a
	// running copy makes it.
	Diagnose func() (diagnostics.Bundle, error)
	Stdout   io.Writer // takes everything that is written, or fails
	Stderr   io.Writer
	// Width is the number of columns of the terminal that Stdout is; 0: it is none.
	Width int
}

// Run runs one command until it is done or ctx ends, and returns its exit code.
func Run(ctx context.Context, in Invocation) (code int) {
	s := &session{in: in, page: &page{to: in.Stdout, width: in.Width}, now: time.Now()}
	root := newRoot(s)
	root.SetArgs(in.Args)
	root.SetOut(in.Stdout)
	root.SetErr(in.Stderr)
	err := root.ExecuteContext(ctx)
	s.page.clear()
	if err == nil && s.page.err != nil {
		err = &outputError{s.page.err}
	}
	return s.finish(err)
}

// session is one run of a command.
type session struct {
	in   Invocation
	page *page
	now  time.Time
	json bool // the answer is for a program

	steps []Step // that the command went so far
}

// command makes a command that asks the running copy; run is called with its
// arguments. use begins with its name.
func (s *session) command(use, short, long string, run func(c *cobra.Command, args []string) error) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: long, Args: arguments(0, 0), RunE: run}
	c.Flags().BoolVar(&s.json, "json", false, words.Text("commands.flag.json"))
	return c
}

// language is the one in which the answer is wanted: programs read English.
func (s *session) language() *words.Language {
	if s.json {
		return words.English()
	}
	return words.InUse()
}

// print prints an answer: as JSON for a program, else by text.
func (s *session) print(answer any, text func(p *page)) {
	if s.json {
		s.page.json(answer)
		return
	}
	text(s.page)
}

// notRunningError says that no copy runs in any of the folders.
type notRunningError struct {
	folders []string
	denied  []string // those of folders where this user may not look
}

func (e *notRunningError) Error() string { return e.problem().Error() }

func (e *notRunningError) problem() health.Problem {
	p := health.New(health.NotRunning, words.Args{"Folders": words.NewList(e.folders)})
	if len(e.denied) > 0 {
		p.Next = words.New("commands.denied", words.Args{"Folders": words.NewList(e.denied)})
	}
	return p
}

// ask has the command done by the copy that runs in the first of the folders where
// one runs, and returns its result.
func ask[R any](c *cobra.Command, s *session, do control.Call) (result R, err error) {
	folders, err := s.in.Folders()
	if err != nil {
		return result, err
	}
	none := &notRunningError{folders: folders}
	do.Language = s.language().Tag()
	if item := do.Item; item != nil {
		do.Item = func(part json.RawMessage) error {
			if item(part) != nil {
				return health.New(health.CopyOtherVersion)
			}
			return nil
		}
	}
	for _, dir := range folders {
		answer, err := do.Do(c.Context(), dir)
		if errors.Is(err, control.ErrNoAnswer) {
			if errors.Is(err, fs.ErrPermission) {
				none.denied = append(none.denied, dir)
			}
			continue
		}
		if err == nil && json.Unmarshal(answer, &result) != nil {
			return result, health.New(health.CopyOtherVersion)
		}
		return result, explain(err)
	}
	return result, none
}

// askAndPrint has the command done as ask does, and prints the answer: as JSON for a
// program, else by text.
func askAndPrint[R any](c *cobra.Command, s *session, do control.Call, text func(p *page, answer R)) error {
	answer, err := ask[R](c, s, do)
	if err == nil {
		s.print(answer, func(p *page) { text(p, answer) })
	}
	return err
}

// explain words what went wrong on the way to the running copy and back.
func explain(err error) error {
	var (
		failed  *control.Failure
		problem health.Problem
		output  *outputError
	)
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.As(err, &failed), errors.As(err, &problem), errors.As(err, &output):
		return err
	case errors.Is(err, control.ErrHangs):
		return health.New(health.CopyHangs)
	case errors.Is(err, control.ErrEnded):
		return health.New(health.CopyEnded)
	case errors.Is(err, control.ErrUntrusted):
		return health.New(health.SocketUntrusted).With(err.Error())
	case errors.Is(err, control.ErrTooLong):
		return &useError{words.Text("commands.use.too_long")}
	default:
		return health.New(health.Unknown, words.Args{"Reason": health.Sentence(err.Error())})
	}
}

// outputError says that the answer could not be written.
type outputError struct{ err error }

func (e *outputError) Error() string { return e.err.Error() }

// Unwrap returns what the system said.
func (e *outputError) Unwrap() error { return e.err }

// useError is a wrong use of a command, in words.
type useError struct{ text string }

func (e *useError) Error() string { return e.text }

// finish prints err, with which the command ended, and returns the exit code.
func (s *session) finish(err error) (code int) {
	var (
		none    *notRunningError
		failed  *control.Failure
		problem health.Problem
		output  *outputError
		folder  *datadir.Error
	)
	switch {
	case err == nil:
		return ExitDone
	case errors.Is(err, context.Canceled), errors.Is(err, syscall.EPIPE), errors.Is(err, errCheckFailed): // nobody waits for more
		return ExitFailed
	case errors.As(err, &none):
		s.fail(none.problem(), none.folders)
		return ExitNotRunning
	case errors.As(err, &failed):
		s.fail(problemOf(failed), nil)
		return ExitFailed
	case errors.As(err, &problem):
		s.fail(problem, nil)
		return ExitFailed
	case errors.As(err, &folder): // says itself what to do
		s.complain(folder.Error())
		return ExitWrongUse
	case errors.As(err, &output):
		s.complain(health.New(health.OutputUnwritable, words.Args{"Reason": health.Sentence(output.Error())}).Line().Text())
		return ExitFailed
	default:
		s.complain(health.Sentences(err.Error(), words.Text("commands.use.help")))
		return ExitWrongUse
	}
}

// problemOf turns a failure of the running copy into a problem.
func problemOf(f *control.Failure) health.Problem {
	switch f.Code {
	case control.CodeBusy:
		return health.New(health.CopyBusy)
	case control.CodeUnknownCommand, control.CodeOtherProtocol:
		return health.New(health.CopyOtherVersion)
	default:
		return health.Problem{Code: health.Code(f.Code), Headline: words.Verbatim(f.Headline), Cause: words.Verbatim(f.Cause), Next: words.Verbatim(f.Next), Details: f.Details}
	}
}

// Problem is why a command was not done, as --json prints it.
type Problem struct {
	Code     string   `json:"code"` // names the condition and never changes; empty where there is no name for it
	Headline string   `json:"headline"`
	Cause    string   `json:"cause,omitempty"`
	Next     string   `json:"next_step,omitempty"`
	Details  string   `json:"details,omitempty"`
	Folders  []string `json:"folders,omitempty"` // where no copy runs
}

// failedAnswer is what --json prints when a command was not done.
type failedAnswer struct {
	Error Problem `json:"error"`
	Steps []Step  `json:"steps,omitempty"` // that it went until then
}

// fail prints p: as JSON where an answer would stand, else to standard error.
func (s *session) fail(p health.Problem, folders []string) {
	if s.json {
		s.page.json(failedAnswer{Problem{
			Code: string(p.Code), Headline: p.Headline.String(), Cause: p.Cause.String(), Next: p.Next.String(), Details: p.Details, Folders: folders,
		}, s.steps})
		return
	}
	line := p.Line().Text()
	if p.Code == health.Unknown && p.Details != "" {
		line = health.Sentences(line, p.Details)
	}
	s.complain(line)
}

// complain prints one line to standard error.
func (s *session) complain(text string) {
	_, _ = fmt.Fprintln(s.in.Stderr, "vastrelay: "+relay.CleanLine(text))
}

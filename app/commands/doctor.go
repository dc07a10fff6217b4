package commands

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/health"
	"vastrelay/app/words"
)

// doctorCheck is one check, as --json prints it.
type doctorCheck struct {
	Code    string              `json:"check"`
	Name    string              `json:"name"`
	State   health.FindingState `json:"state"`
	TookMS  int64               `json:"took_ms"`
	Text    string              `json:"text"`
	Problem *Problem            `json:"problem,omitempty"` // what is wrong, if it failed
}

// doctorAnswer is the answer of "doctor". The checks cross the socket one by one as
// steps, too.
type doctorAnswer struct {
	At      time.Time     `json:"at"`
	Failing string        `json:"failing,omitempty"` // the first check that failed
	Verdict string        `json:"verdict"`           // one sentence
	Checks  []doctorCheck `json:"checks"`
	Report  string        `json:"report"` // to be sent to somebody who helps; free of secrets
}

// errCheckFailed means that the answer has told of a check that failed.
var errCheckFailed = errors.New("a check failed")

func doctorCommand() command {
	return command{
		name: "doctor",
		build: func(s *session) *cobra.Command {
			var report bool
			c := s.command("doctor", words.Text("commands.doctor.short"), words.Text("commands.doctor.long"), func(c *cobra.Command, _ []string) error {
				answer, err := s.examine(c, !s.json && !report)
				if err != nil {
					return err
				}
				s.print(answer, func(p *page) { printDoctor(p, answer, report) })
				if answer.Failing != "" {
					return errCheckFailed
				}
				return nil
			})
			c.Flags().BoolVar(&report, "report", false, words.Text("commands.doctor.report"))
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, _ noArgs, r *control.Reply) (doctorAnswer, error) {
				l := language(r)
				found, err := p.Doctor.Examine(ctx, func(step health.Step) { _ = r.Item(stepOf(step, l)) })
				if err != nil {
					return doctorAnswer{}, err
				}
				return doctorAnswerOf(found, p.Doctor.Text(found), l), nil
			})
		},
	}
}

// examine has the running copy make the checks. Where none runs, one is started for
// as long as they take. The steps are shown as they are made, if wanted.
func (s *session) examine(c *cobra.Command, shown bool) (doctorAnswer, error) {
	do := control.Call{Command: "doctor"}
	if shown {
		do.Item = s.page.printStep
	}
	answer, err := ask[doctorAnswer](c, s, do)
	none, absent := errors.AsType[*notRunningError](err)
	if !absent || s.in.Examine == nil || len(none.denied) > 0 {
		return answer, err
	}
	if shown {
		s.page.line(words.Text("commands.doctor.alone"))
		s.page.gap()
	}
	found, text, err := s.in.Examine(c.Context(), func(step health.Step) {
		if shown {
			s.page.step(stepOf(step, s.language()))
		}
	})
	if err != nil {
		return doctorAnswer{}, explain(err)
	}
	return doctorAnswerOf(found, text, s.language()), nil
}

func doctorAnswerOf(found health.Report, report string, l *words.Language) doctorAnswer {
	a := doctorAnswer{At: found.At, Verdict: found.Verdict().In(l), Checks: []doctorCheck{}, Report: report}
	if f, failed := found.Failing(); failed {
		a.Failing = f.Code
	}
	for _, f := range found.Findings {
		c := doctorCheck{Code: f.Code, Name: f.Name.In(l), State: f.State, TookMS: f.Took.Milliseconds(), Text: f.Text.In(l)}
		if f.State == health.Failed {
			p := f.Problem
			c.Problem = &Problem{Code: string(p.Code), Headline: p.Headline.In(l), Cause: p.Cause.In(l), Next: p.Next.In(l), Details: p.Details}
		}
		a.Checks = append(a.Checks, c)
	}
	return a
}

func printDoctor(p *page, a doctorAnswer, report bool) {
	if report {
		p.preformatted(a.Report)
		return
	}
	p.gap()
	p.line(a.Verdict)
	for _, c := range a.Checks {
		if c.Code != a.Failing || c.Problem == nil {
			continue
		}
		p.line(health.Sentences(c.Problem.Cause, c.Problem.Next))
		p.gap()
		p.line(words.Text("commands.doctor.copy"))
		p.gap()
		p.preformatted(a.Report)
	}
}

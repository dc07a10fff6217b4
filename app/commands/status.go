package commands

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

func statusCommand() command {
	return command{
		name: "status",
		build: func(s *session) *cobra.Command {
			return s.command("status", words.Text("commands.status.short"), words.Text("commands.status.long"), func(c *cobra.Command, _ []string) error {
				answer, err := ask[status.Status](c, s, control.Call{Command: "status"})
				if err != nil {
					return err
				}
				s.printStatus(answer)
				return nil
			})
		},
		serve: func(p Program) control.Command {
			return handler(func(context.Context, noArgs, *control.Reply) (status.Status, error) {
				return p.Status(), nil
			})
		},
	}
}

func (s *session) printStatus(a status.Status) {
	if s.json {
		s.page.json(a)
		return
	}
	p := s.page
	p.line(a.Headline)
	p.line(a.Cause)
	p.gap()
	hops := table{wrapLast: true}
	for _, h := range a.Hops {
		hops.add(string(h.Name), string(h.State), health.Sentences(h.Detail, h.Next))
	}
	p.table(hops)
	p.gap()
	p.table(s.statusFacts(a))
}

// statusFacts are the facts below the hops, with their names.
func (s *session) statusFacts(a status.Status) table {
	facts := table{wrapLast: true}
	add := func(name, value string) {
		if value != "" {
			facts.add(name, value)
		}
	}
	space := a.Space
	if a.Label != "" {
		space = words.Text("commands.status.space_label", words.Args{"Label": a.Label, "Space": a.Space})
	}
	add(words.Text("commands.status.address"), a.Address)
	add(words.Text("commands.status.space"), space)
	add(words.Text("commands.status.since"), moment(a.Since, s.now))
	add(words.Text("commands.status.overrides"), words.List(a.Overrides))
	add(words.Text("commands.status.folder"), a.Folder)
	add(words.Text("commands.status.notice"), a.Notice)
	add(words.Text("commands.status.version"), a.Build.String())
	return facts
}

// moment is t in the words of the status; empty for the zero time.
func moment(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return words.Moment(t, now)
}

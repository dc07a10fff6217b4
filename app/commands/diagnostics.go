package commands

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/datadir"
	"vastrelay/app/diagnostics"
	"vastrelay/app/health"
	"vastrelay/app/words"
)

// Diagnostics makes the report for somebody who helps.
type Diagnostics interface {
	// Collect makes a report of the program as it is now.
	Collect(ctx context.Context) (diagnostics.Bundle, error)
}

// diagnosticsAnswer is the answer of "diagnostics", as --json prints it.
type diagnosticsAnswer struct {
	File  string             `json:"file"`
	Texts []diagnostics.File `json:"texts"` // that are in it
}

func diagnosticsCommand() command {
	return command{
		name: "diagnostics",
		build: func(s *session) *cobra.Command {
			c := s.command("diagnostics FILE", words.Text("commands.diagnostics.short"), words.Text("commands.diagnostics.long"), func(c *cobra.Command, args []string) error {
				b, err := s.collect(c)
				if err != nil {
					return err
				}
				if args[0] == standardOutput {
					s.print(diagnosticsAnswer{standardOutput, b.Files}, func(p *page) { printTexts(p, b.Files) })
					return nil
				}
				return s.saveDiagnostics(b, args[0])
			})
			c.Args = arguments(1, 1)
			c.ValidArgsFunction = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault) // files
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, _ noArgs, _ *control.Reply) (diagnostics.Bundle, error) {
				return p.Diagnostics.Collect(ctx)
			})
		},
	}
}

// collect has the running copy make the report. Where none runs, it is made of what
// the last one has left.
func (s *session) collect(c *cobra.Command) (diagnostics.Bundle, error) {
	b, err := ask[diagnostics.Bundle](c, s, control.Call{Command: "diagnostics"})
	none, absent := errors.AsType[*notRunningError](err)
	if !absent || s.in.Diagnose == nil || len(none.denied) > 0 {
		return b, err
	}
	b, err = s.in.Diagnose()
	return b, explain(err)
}

// printTexts prints all that would be in the file.
func printTexts(p *page, files []diagnostics.File) {
	for i, file := range files {
		if i > 0 {
			p.gap()
		}
		p.line("── " + file.Name)
		p.preformatted(file.Text)
	}
}

// saveDiagnostics writes the zip file and says what is in it.
func (s *session) saveDiagnostics(b diagnostics.Bundle, path string) error {
	if !strings.EqualFold(filepath.Ext(path), ".zip") {
		// Else the report on a folder "x" would be written beside it, as "x.zip".
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
			return health.New(health.ReportUnwritable).With("it is no file")
		}
		path += ".zip"
	}
	if err := datadir.WriteWhole(path, func(w io.Writer) error { return b.WriteZip(w) }); err != nil {
		return health.New(health.ReportUnwritable).With(err.Error())
	}
	if s.json {
		if full, err := filepath.Abs(path); err == nil {
			path = full
		}
		s.page.json(diagnosticsAnswer{path, b.Files})
		return nil
	}
	names := make([]string, 0, len(b.Files))
	for _, file := range b.Files {
		names = append(names, file.Name)
	}
	s.page.line(words.Text("commands.diagnostics.done", words.Args{"File": path, "Texts": words.List(names)}))
	return nil
}

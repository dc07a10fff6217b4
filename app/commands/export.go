package commands

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/datadir"
	"vastrelay/app/health"
	"vastrelay/app/words"
)

// exportArgs are the arguments of "export".
type exportArgs struct {
	eventFilter
	Name string `json:"name"` // of the file, without its folder: the form follows from it
}

// exportProgress is how far an export is.
type exportProgress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// exportAnswer is the answer of "export".
type exportAnswer struct {
	Events int    `json:"events"`
	File   string `json:"file"`
}

// standardOutput names it in the place of a file.
const standardOutput = "-"

func exportCommand() command {
	return command{
		name: "export",
		build: func(s *session) *cobra.Command {
			var filter eventFilter
			c := s.command("export FILE", words.Text("commands.export.short"), words.Text("commands.export.long"), func(c *cobra.Command, args []string) error {
				if args[0] != standardOutput {
					return s.exportToFile(c, filter, args[0])
				}
				if s.json {
					return &useError{words.Text("commands.export.json_and_output")}
				}
				_, err := s.export(c, filter, standardOutput, s.in.Stdout)
				return err
			})
			filter.flags(c, s.now)
			c.Args = arguments(1, 1)
			c.ValidArgsFunction = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault) // files
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, args exportArgs, r *control.Reply) (exportProgress, error) {
				var last exportProgress
				err := p.History.Write(ctx, r, args.Name, args.query(), func(done, total int) {
					last = exportProgress{done, total}
					_ = r.Item(last) // The next bytes find out that the caller has gone.
				})
				return last, err
			})
		},
	}
}

// exportToFile writes the events into the file at path.
func (s *session) exportToFile(c *cobra.Command, filter eventFilter, path string) error {
	var answer exportAnswer
	var asked error // with which asking ended
	err := datadir.WriteWhole(path, func(f io.Writer) error {
		answer.Events, asked = s.export(c, filter, filepath.Base(path), f)
		return asked
	})
	var output *outputError
	switch {
	case err == nil:
	case asked != nil && !errors.As(asked, &output):
		return asked
	default:
		return health.New(health.ExportUnwritable).With(err.Error())
	}
	if answer.File, err = filepath.Abs(path); err != nil {
		answer.File = path
	}
	s.print(answer, func(p *page) {
		p.line(words.Plural("commands.export.done", answer.Events, words.Args{"File": path}))
	})
	return nil
}

// export has the running copy write the events into to, in the form of a file
// called name, and returns how many those are.
func (s *session) export(c *cobra.Command, filter eventFilter, name string, to io.Writer) (events int, err error) {
	do := control.Call{Command: "export", Args: exportArgs{filter, name}, Chunk: func(p []byte) error {
		if _, err := to.Write(p); err != nil {
			return &outputError{err}
		}
		return nil
	}}
	if name != standardOutput && !s.json {
		do.Item = s.page.exportProgress
		defer s.page.clear()
	}
	end, err := ask[exportProgress](c, s, do)
	return end.Done, err
}

// exportProgress shows how far an export is, on a terminal.
func (p *page) exportProgress(part json.RawMessage) error {
	var now exportProgress
	if err := json.Unmarshal(part, &now); err != nil {
		return err
	}
	p.busy(words.Text("commands.export.progress", words.Args{"Done": now.Done, "Total": now.Total}))
	return nil
}

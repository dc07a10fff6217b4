package commands

import (
	"context"
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/kinds"
	"vastrelay/app/timeline"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// eventArgs name one event, by its id or how that begins.
type eventArgs struct {
	ID string `json:"event_id"`
}

func showCommand() command {
	return command{
		name: "show",
		build: func(s *session) *cobra.Command {
			c := s.command("show ID", words.Text("commands.show.short"), words.Text("commands.show.long"), func(c *cobra.Command, args []string) error {
				var moments []timeline.Moment
				record, err := ask[timeline.Record](c, s, control.Call{Command: "show", Args: eventArgs{args[0]}, Item: func(part json.RawMessage) error {
					var m timeline.Moment
					err := json.Unmarshal(part, &m)
					moments = append(moments, m)
					return err
				}})
				if err != nil {
					return err
				}
				s.print(record, func(p *page) { printEvent(p, record, moments) })
				return nil
			})
			c.Args = arguments(1, 1)
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, args eventArgs, r *control.Reply) (timeline.Record, error) {
				id, err := p.History.Find(ctx, args.ID)
				if err != nil {
					return timeline.Record{}, err
				}
				d, err := p.History.Event(ctx, id)
				if err != nil {
					return timeline.Record{}, err
				}
				for _, m := range timeline.Moments(time.Now(), d) {
					if err := r.Item(m.Only(language(r))); err != nil {
						return timeline.Record{}, err
					}
				}
				return timeline.RecordOf(d), nil
			})
		},
	}
}

// messageIndent stands before the message of an event.
const messageIndent = "  "

func printEvent(p *page, e timeline.Record, moments []timeline.Moment) {
	ev := relay.Event{Role: e.Role, Type: e.Type, Subject: e.Subject, Message: e.Message, Payload: e.Payload}
	p.line(kinds.Title(ev).Text())
	p.line(words.Text("commands.show.fate", words.Args{"Fate": timeline.Fate(e.Fate, false), "Time": words.Exact(e.ReceivedAt.Local())}))
	p.line(words.Text("events.detail.event_id", words.Args{"ID": e.ID}))
	if message := kinds.Message(ev).Text(); message != "" {
		p.gap()
		p.block(messageIndent, message)
	}
	p.gap()
	t := table{wrapLast: true}
	for _, m := range moments {
		at := ""
		switch {
		case m.Kind == timeline.Stored:
			at = words.Delta(m.After)
		case !m.At.IsZero():
			at = m.At.Local().Format("15:04:05.0")
		}
		t.add(at, m.What.Text())
		if len(m.Facts) > 0 {
			t.add("", words.Join(m.Facts, " · ").Text())
		}
	}
	p.table(t)
}

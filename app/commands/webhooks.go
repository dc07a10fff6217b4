package commands

import (
	"context"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"vastrelay/app/control"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

// webhookRow is one webhook at Vast.ai.
type webhookRow struct {
	status.Webhook
	Ours bool `json:"ours"` // it belongs to this program
}

// webhooksAnswer is the answer of "webhooks": ours first.
type webhooksAnswer struct {
	Webhooks []webhookRow `json:"webhooks"`
}

func webhooksCommand() command {
	return command{
		name: "webhooks",
		build: func(s *session) *cobra.Command {
			c := s.command("webhooks", words.Text("commands.webhooks.short"), words.Text("commands.webhooks.long"), func(c *cobra.Command, _ []string) error {
				return askAndPrint(c, s, control.Call{Command: "webhooks"}, printWebhooks)
			})
			c.Args = knownCommand
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, _ noArgs, _ *control.Reply) (webhooksAnswer, error) {
				answer := webhooksAnswer{Webhooks: []webhookRow{}}
				for _, w := range p.Status().Webhooks {
					answer.Webhooks = append(answer.Webhooks, webhookRow{w, true})
				}
				others, err := p.Webhooks.ForeignWebhooks(ctx)
				for _, w := range others {
					answer.Webhooks = append(answer.Webhooks, webhookRow{w, false})
				}
				return answer, err
			})
		},
	}
}

func printWebhooks(p *page, a webhooksAnswer) {
	if len(a.Webhooks) == 0 {
		p.line(words.Text("commands.webhooks.none"))
		return
	}
	t := table{}
	t.add(words.Text("commands.webhooks.column_id"), words.Text("commands.webhooks.column_whose"),
		words.Text("commands.webhooks.column_types"), words.Text("commands.webhooks.column_url"))
	for _, w := range a.Webhooks {
		whose := w.Name
		if w.Ours {
			whose = words.Text("commands.webhooks.ours")
		}
		t.add(strconv.FormatInt(w.ID, 10), whose, strconv.Itoa(len(w.Types)), w.URL)
	}
	p.table(t)
	for _, w := range a.Webhooks {
		if w.Edited != nil {
			p.gap()
			p.line(words.Text("commands.webhooks.edited", words.Args{"Webhook": strconv.FormatInt(w.ID, 10), "What": words.List(edited(*w.Edited))}))
		}
	}
}

// edited names what somebody changed of a webhook.
func edited(e status.Edit) []string {
	var what []string
	if e.URL != "" {
		what = append(what, words.Text("commands.webhooks.edited_url"))
	}
	if len(e.Added)+len(e.Removed) > 0 {
		what = append(what, words.Text("commands.webhooks.edited_types"))
	}
	if e.Renamed {
		what = append(what, words.Text("commands.webhooks.edited_name"))
	}
	return what
}

// doneAnswer is the answer of a command that does one thing, if there is need.
type doneAnswer struct {
	Done bool `json:"done"` // false: there was nothing to do
}

// choice makes a command below "webhooks" that does one thing; done and nothing say
// what came of it.
func choice(name, short, long, done, nothing string, do func(ctx context.Context, p Program) (bool, error)) command {
	return command{
		name: "webhooks " + name,
		build: func(s *session) *cobra.Command {
			return s.command(name, short, long, func(c *cobra.Command, _ []string) error {
				return askDone(c, s, control.Call{Command: "webhooks " + name}, done, nothing)
			})
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, _ noArgs, _ *control.Reply) (doneAnswer, error) {
				did, err := do(ctx, p)
				return doneAnswer{did}, err
			})
		},
	}
}

// askDone has a command done that answers with a doneAnswer, and prints the one or
// the other text.
func askDone(c *cobra.Command, s *session, do control.Call, done, nothing string) error {
	return askAndPrint(c, s, do, func(p *page, a doneAnswer) {
		if a.Done {
			p.line(done)
		} else {
			p.line(nothing)
		}
	})
}

func webhooksSwitchOnCommand() command {
	return choice("switch-on", words.Text("commands.webhooks.switch_on.short"), words.Text("commands.webhooks.switch_on.long"),
		words.Text("commands.webhooks.switch_on.done"), words.Text("commands.webhooks.missing"),
		func(ctx context.Context, p Program) (bool, error) {
			return len(p.Status().Webhooks) > 0, p.Controls.Perform(ctx, health.ActionEnableChannels)
		})
}

func webhooksTakeTheirsCommand() command {
	return choice("take-theirs", words.Text("commands.webhooks.take_theirs.short"), words.Text("commands.webhooks.take_theirs.long"),
		words.Text("commands.webhooks.take_theirs.done"), words.Text("commands.webhooks.unchanged"),
		func(ctx context.Context, p Program) (bool, error) { return settle(ctx, p, p.Webhooks.TakeTheirs) })
}

func webhooksRestoreCommand() command {
	return choice("restore", words.Text("commands.webhooks.restore.short"), words.Text("commands.webhooks.restore.long"),
		words.Text("commands.webhooks.restore.done"), words.Text("commands.webhooks.unchanged"),
		func(ctx context.Context, p Program) (bool, error) { return settle(ctx, p, p.Webhooks.RestoreOurs) })
}

// settle carries out what a person chose about changed webhooks, if there are any.
func settle(ctx context.Context, p Program, choose func(context.Context) error) (bool, error) {
	changed := slices.ContainsFunc(p.Status().Webhooks, func(w status.Webhook) bool { return w.Edited != nil })
	if !changed {
		return false, nil
	}
	return true, choose(ctx)
}

func webhooksConfirmCommand() command {
	return choice("confirm", words.Text("commands.webhooks.confirm.short"), words.Text("commands.webhooks.confirm.long"),
		words.Text("commands.webhooks.confirm.done"), words.Text("commands.webhooks.confirm.nothing"),
		func(ctx context.Context, p Program) (bool, error) {
			if !p.Settings.Settings().Unconfirmed {
				return false, nil
			}
			return true, p.Controls.Perform(ctx, health.ActionConfirmSettings)
		})
}

// replaceArgs are the arguments of "webhooks replace".
type replaceArgs struct {
	ID         int64 `json:"id"`
	KeepEvents bool  `json:"keep_events,omitempty"` // those that it has are chosen from then on
}

func webhooksReplaceCommand() command {
	return command{
		name: "webhooks replace",
		build: func(s *session) *cobra.Command {
			var keep bool
			c := s.command("replace ID", words.Text("commands.webhooks.replace.short"), words.Text("commands.webhooks.replace.long"), func(c *cobra.Command, args []string) error {
				id, err := strconv.ParseInt(args[0], 10, 64)
				if err != nil || id <= 0 {
					return &useError{words.Text("commands.webhooks.replace.not_an_id", words.Args{"Text": args[0]})}
				}
				do := control.Call{Command: "webhooks replace", Args: replaceArgs{id, keep}}
				return askDone(c, s, do, words.Text("commands.webhooks.replace.done"), words.Text("commands.webhooks.replace.nothing"))
			})
			c.Args = arguments(1, 1)
			c.Flags().BoolVar(&keep, "keep-events", false, words.Text("commands.webhooks.replace.keep_events"))
			return c
		},
		serve: func(p Program) control.Command {
			return handler(func(ctx context.Context, args replaceArgs, _ *control.Reply) (doneAnswer, error) {
				if p.Status().Hop(health.HopWebhook).Action != health.ActionChooseWebhook {
					return doneAnswer{}, nil
				}
				return doneAnswer{true}, p.Webhooks.ReplaceWebhook(ctx, args.ID, args.KeepEvents)
			})
		},
	}
}

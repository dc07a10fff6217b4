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

// statusAnswer is the answer of "status": what GET /status shows, and which command
// helps.
type statusAnswer struct {
	status.Status
	Helps string `json:"helps,omitempty"` // a command line, where a person should act
}

// helps is the command that does what the button of a does; empty where that takes a
// window, or the environment.
func helps(a health.Action) string {
	switch a {
	case health.ActionResume:
		return "vastrelay resume"
	case health.ActionEnableChannels:
		return "vastrelay webhooks switch-on"
	case health.ActionReviewEdit, health.ActionChooseWebhook:
		return "vastrelay webhooks"
	case health.ActionConfirmSettings:
		return "vastrelay webhooks confirm"
	default:
		return ""
	}
}

func statusCommand() command {
	return command{
		name: "status",
		build: func(s *session) *cobra.Command {
			return s.command("status", words.Text("commands.status.short"), words.Text("commands.status.long"), func(c *cobra.Command, _ []string) error {
				return askAndPrint(c, s, control.Call{Command: "status"}, func(p *page, a statusAnswer) { printStatus(p, a, s.now) })
			})
		},
		serve: func(p Program) control.Command {
			return handler(func(_ context.Context, _ noArgs, r *control.Reply) (statusAnswer, error) {
				now := p.Status().Only(language(r))
				return statusAnswer{now, helps(now.Action)}, nil
			})
		},
	}
}

func printStatus(p *page, a statusAnswer, now time.Time) {
	p.line(a.Headline.Text())
	p.line(a.Cause.Text())
	if a.Helps != "" {
		p.line(words.Text("commands.status.helps", words.Args{"Command": a.Helps}))
	}
	p.gap()
	hops := table{wrapLast: true}
	for _, h := range a.Hops {
		hops.add(hopName(h.Name), hopState(h.State), health.Paragraph(h.Detail, h.Next).Text())
	}
	p.table(hops)
	p.gap()
	p.table(statusFacts(a, now))
}

// hopName is what a person calls a hop; in English it is as in the JSON.
func hopName(n health.HopName) string {
	switch n {
	case health.HopKeyring:
		return words.Text("commands.status.hop.keyring")
	case health.HopVast:
		return words.Text("commands.status.hop.vast")
	case health.HopAddress:
		return words.Text("commands.status.hop.address")
	case health.HopWebhook:
		return words.Text("commands.status.hop.webhook")
	case health.HopChat:
		return words.Text("commands.status.hop.chat")
	default:
		return string(n) // of another version
	}
}

// hopState is how a hop does, likewise.
func hopState(s health.HopState) string {
	switch s {
	case health.HopOK:
		return words.Text("commands.status.state.ok")
	case health.HopWorking:
		return words.Text("commands.status.state.working")
	case health.HopFailing:
		return words.Text("commands.status.state.failing")
	case health.HopMissing:
		return words.Text("commands.status.state.missing")
	case health.HopUnavailable:
		return words.Text("commands.status.state.unavailable")
	case health.HopUntested:
		return words.Text("commands.status.state.untested")
	case health.HopIdle:
		return words.Text("commands.status.state.idle")
	default:
		return string(s)
	}
}

// statusFacts are the facts below the hops, with their names.
func statusFacts(a statusAnswer, now time.Time) table {
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
	add(words.Text("commands.status.since"), moment(a.Since, now))
	add(words.Text("commands.status.posting"), pauseBeside(a.Status, now))
	add(words.Text("commands.status.overrides"), words.List(a.Overrides))
	add(words.Text("commands.status.folder"), a.Folder.Text())
	add(words.Text("commands.status.notice"), a.Notice.Text())
	if a.LastRun != nil {
		add(words.Text("lastrun.command"), a.LastRun.Text(now))
	}
	add(words.Text("commands.status.version"), a.Build.String())
	return facts
}

// pauseBeside says that posting is paused where the first line says something else.
func pauseBeside(s status.Status, now time.Time) string {
	if !s.Holds() || s.Phase == status.Paused {
		return ""
	}
	return s.PauseHeadline(now).Text()
}

// moment is t in the words of the status; empty for the zero time.
func moment(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return words.Moment(t, now)
}

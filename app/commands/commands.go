package commands

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/control"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Program is what commands do in the running copy, by subject. Every field is
// required. The functions are safe for concurrent use; they honour their context,
// and their errors are or wrap a health.Problem where a person can do something.
type Program struct {
	// Status returns the current snapshot, as GET /status shows it.
	Status   func() status.Status
	History  History
	Resender Resender
	Controls Controls
	Tests    Tests
	Doctor   Doctor
	Gaps     Gaps
	Webhooks Webhooks
	Settings Settings
	Cleaner  Cleaner
	// Diagnostics makes the report for somebody who helps.
	Diagnostics Diagnostics
	// Paused returns the pause that is in force.
	Paused func() relay.Pause
	// Backlog describes the posts that wait, those that are held among them.
	Backlog func(ctx context.Context) (relay.Backlog, error)
}

// Resender posts events once more.
type Resender interface {
	// Resend posts events again and returns how many posts that makes.
	Resend(ctx context.Context, ids ...string) (posts int, err error)
	// ResendDead posts everything again that was given up.
	ResendDead(ctx context.Context) (posts int, err error)
	// PostAnyway posts a late event although it was late.
	PostAnyway(ctx context.Context, id string) error
}

// Controls does what the buttons of the window say.
type Controls interface {
	// Perform does what the button of a says, for those actions that do not open a
	// part of the window.
	Perform(ctx context.Context, a health.Action) error
	// Pause holds posting until the given time; the zero time: until Resume.
	Pause(ctx context.Context, until time.Time) error
	// Resume posts again. With keep, what is held is kept without posting.
	Resume(ctx context.Context, keep bool) error
}

// Tests sends test messages; report is called on the same goroutine.
type Tests interface {
	// TestFromVast asks Vast.ai for a test delivery and follows it to Chat.
	TestFromVast(ctx context.Context, report func(health.Step)) error
	// TestToChat posts one clearly labelled test message.
	TestToChat(ctx context.Context, report func(health.Step)) error
}

// History reads the events that are kept.
type History interface {
	// Events lists the events that q selects, newest first.
	Events(ctx context.Context, q relay.Query) ([]relay.Summary, error)
	// Event returns all that is known of one event.
	Event(ctx context.Context, id string) (relay.Detail, error)
	// Write writes the events that q selects in the form that a file called name has.
	// progress is told how many of how many are written.
	Write(ctx context.Context, to io.Writer, name string, q relay.Query, progress func(done, total int)) error
	// Find returns the id of the one event whose id begins so.
	Find(ctx context.Context, beginning string) (id string, err error)
}

// Doctor checks everything, hop by hop.
type Doctor interface {
	// Examine makes all checks and reports each as a step, on the same goroutine. Its
	// error is that ctx ended.
	Examine(ctx context.Context, report func(health.Step)) (health.Report, error)
	// Text is the report to be sent to somebody who helps. It holds no secret.
	Text(r health.Report) string
}

// Webhooks carries out what a person chooses about webhooks at Vast.ai.
type Webhooks interface {
	// ForeignWebhooks lists the webhooks that are not ours.
	ForeignWebhooks(ctx context.Context) ([]status.Webhook, error)
	// ReplaceWebhook takes over the webhook with that id.
	ReplaceWebhook(ctx context.Context, id int64, keepEvents bool) error
	// RestoreOurs undoes what somebody changed of our webhooks at Vast.ai.
	RestoreOurs(ctx context.Context) error
	// TakeTheirs keeps what somebody changed of our webhooks at Vast.ai.
	TakeTheirs(ctx context.Context) error
}

// Settings are the settings in force.
type Settings interface {
	Settings() config.Settings
}

// Cleaner removes what the program leaves behind.
type Cleaner interface {
	// CleanUp deletes our webhooks at Vast.ai; with secrets what the keyring holds,
	// and with data the rest once the program ends. report is called on the same
	// goroutine.
	CleanUp(ctx context.Context, secrets, data bool, report func(health.Step)) error
}

// Gaps tells when deliveries could not arrive, and fetches what was missed then.
type Gaps interface {
	// Gaps describes the gap that is open and the last ones that have ended.
	Gaps() status.Gaps
	// CatchUp posts what was missed, as far as Vast.ai's inbox holds it.
	CatchUp(ctx context.Context) (status.CatchUp, error)
}

// command is one command.
type command struct {
	name string // as it is typed, and as the running copy knows it: "webhooks replace"
	// build makes its part of the command line.
	build func(s *session) *cobra.Command
	// serve makes what the running copy does; nil: it is not asked.
	serve func(p Program) control.Command
}

// list has every command, in the order of the help. One that is called with two
// words comes after the command of its first word.
func list() []command {
	return []command{
		statusCommand(),
		doctorCommand(),
		gapsCommand(),
		catchUpCommand(),
		eventsCommand(),
		showCommand(),
		exportCommand(),
		resendCommand(),
		postAnywayCommand(),
		pauseCommand(),
		resumeCommand(),
		testCommand(),
		webhooksCommand(),
		webhooksSwitchOnCommand(),
		webhooksTakeTheirsCommand(),
		webhooksRestoreCommand(),
		webhooksReplaceCommand(),
		webhooksConfirmCommand(),
		webhooksCleanUpCommand(),
		diagnosticsCommand(),
		completionCommand(),
	}
}

// Handlers returns what the running copy does for each command.
func Handlers(p Program) map[string]control.Command {
	handlers := map[string]control.Command{}
	for _, c := range list() {
		if c.serve != nil {
			handlers[c.name] = c.serve(p)
		}
	}
	return handlers
}

// noArgs are the arguments of a command that has none.
type noArgs struct{}

// handler makes a control.Command of do, which gets its arguments decoded. Its
// errors become failures with words for people.
func handler[A, R any](do func(ctx context.Context, args A, r *control.Reply) (R, error)) control.Command {
	return func(ctx context.Context, raw json.RawMessage, r *control.Reply) (any, error) {
		var args A
		if len(raw) > 0 {
			if err := json.Unmarshal(raw, &args); err != nil {
				return nil, failure(err, language(r))
			}
		}
		result, err := do(ctx, args, r)
		if err != nil {
			return nil, failure(err, language(r))
		}
		return result, nil
	}
}

// language is the one in which the caller of r wants sentences.
func language(r *control.Reply) *words.Language { return words.Match(r.Language()) }

// failure words err for the other side of the socket, in l.
func failure(err error, l *words.Language) *control.Failure {
	var p health.Problem
	if !errors.As(err, &p) {
		p = checks.Explain(err)
	}
	return &control.Failure{Code: string(p.Code), Headline: p.Headline.In(l), Cause: p.Cause.In(l), Next: p.Next.In(l), Details: p.Details}
}

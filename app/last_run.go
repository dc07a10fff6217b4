package app

import (
	"context"
	"log/slog"
	"os"
	"strings"

	"vastrelay/app/lastrun"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/redact"
)

// LastRun tells how the run of the program before this one ended. It is safe for
// concurrent use.
type LastRun struct {
	run      *lastrun.Run
	redactor *redact.Redactor
	log      *slog.Logger
	quiet    bool // nothing is said of it, as in a demo
}

// LastRun returns how it ended; nil where it was stopped, and once a person has put
// that away.
func (l *LastRun) LastRun() *status.LastRun {
	if l.quiet {
		return nil
	}
	return l.run.Last()
}

// Report is what the run left when it crashed, without secrets and without the name of
// the user's folder; empty where there is none.
func (l *LastRun) Report(context.Context) string {
	last, report := l.LastRun(), l.run.Report()
	if last == nil || report == "" {
		return ""
	}
	head := words.Text("lastrun.report.head", words.Args{"Version": last.Version, "At": words.Exact(last.At.Local())})
	report = l.redactor.Redact(report)
	if home, err := os.UserHomeDir(); err == nil && len(home) > 1 {
		report = strings.ReplaceAll(report, home, "~")
	}
	return head + "\n\n" + relay.CleanText(report)
}

// Told notes that a person was shown how the run ended.
func (l *LastRun) Told(context.Context) error { return l.note(l.run.Told()) }

// Dismiss forgets how the run ended.
func (l *LastRun) Dismiss(context.Context) error { return l.note(l.run.Dismiss()) }

// note logs that something could not be kept.
func (l *LastRun) note(err error) error {
	if err != nil {
		l.log.Warn("keeping what was said of the last run", "err", err)
	}
	return err
}

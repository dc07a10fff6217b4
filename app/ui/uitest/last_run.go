package uitest

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
)

// LastRun plays what is known of the last run of the program.
type LastRun struct {
	Mu                  sync.Mutex
	Ended               *status.LastRun // nil: it was stopped
	Left                string          // its report
	Telling, Dismissing int             // how often Told and Dismiss were called
}

// LastRun is that of notes.LastRun.
func (l *LastRun) LastRun() *status.LastRun {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	return l.Ended
}

// Report is that of notes.LastRun.
func (l *LastRun) Report(context.Context) string {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	return l.Left
}

// Told is that of notes.LastRun.
func (l *LastRun) Told(context.Context) error {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	l.Telling++
	return nil
}

// Dismiss is that of notes.LastRun.
func (l *LastRun) Dismiss(context.Context) error {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	l.Ended = nil
	l.Dismissing++
	return nil
}

// Crashed is a program whose last run crashed and left a report.
func Crashed() *Program {
	b := Working()
	b.Ran.Ended = &status.LastRun{End: status.RunCrashed, At: kittest.Noon.Add(-2 * time.Hour), Version: "1.0.0"}
	b.Ran.Left = "Vast Relay 1.0.0 closed unexpectedly, Sat 28 Nov 2026, 10:00:00.\n\n" +
		"panic: runtime error: index out of range [7] with length 7\n\ngoroutine 41 [running]:\n" +
		"vastrelay/relay/outbox.(*Outbox).next(0xc0002a4000, 0x7)\n\tvastrelay/relay/outbox/lane.go:212 +0x1a5\n" +
		"vastrelay/relay/outbox.(*Outbox).Run(0xc0002a4000, {0x1c3a5f8, 0xc000126320})\n\tvastrelay/relay/outbox/outbox.go:148 +0x2c8"
	return b
}

// Killed is a program whose last run was killed.
func Killed() *Program {
	b := Working()
	b.Ran.Ended = &status.LastRun{End: status.RunKilled, At: kittest.Noon.Add(-26 * time.Hour), Version: "1.0.0"}
	return b
}

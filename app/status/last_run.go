package status

import (
	"time"

	"vastrelay/app/words"
)

// RunEnd says how a run of the program ended that nobody has stopped.
type RunEnd string

// The ends of a run.
const (
	RunCrashed RunEnd = "crashed" // the program failed and left a report
	RunKilled  RunEnd = "killed"  // something ended it at once, such as kill -9
	RunPower   RunEnd = "power"   // the computer went off or was started anew
)

// LastRun says how the run before this one ended, if nobody had stopped it.
type LastRun struct {
	End     RunEnd    `json:"end"`
	At      time.Time `json:"at"`                // when it is known to have run last
	Version string    `json:"version,omitempty"` // of the program that ran; empty: not known
}

// Text says in a sentence how it ended, as a person reads it at now.
func (l LastRun) Text(now time.Time) string {
	at := words.Moment(l.At, now)
	switch l.End {
	case RunCrashed:
		return words.Text("lastrun.crashed", words.Args{"At": at})
	case RunPower:
		return words.Text("lastrun.power", words.Args{"At": at})
	default:
		return words.Text("lastrun.killed", words.Args{"At": at})
	}
}

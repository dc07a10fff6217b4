package timeline

import (
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Fate says in one word what became of an event as a whole, as a heading has it:
// "Posted". While posting is paused, what waits is held. Lists, details, filters and
// commands all take the word from here or from FateInLine.
func Fate(f relay.Fate, paused bool) string {
	switch f {
	case relay.FatePosted:
		return words.Text("events.outcome.posted")
	case relay.FateWaiting:
		if paused {
			return words.Text("events.outcome.held")
		}
		return words.Text("events.outcome.waiting")
	case relay.FateFailed:
		return words.Text("events.outcome.failed")
	case relay.FateKept:
		return words.Text("events.outcome.kept")
	case relay.FateRecorded:
		return words.Text("events.outcome.recorded")
	case relay.FateLate:
		return words.Text("events.outcome.late")
	case relay.FateUnreadable:
		return words.Text("events.outcome.unreadable")
	default:
		return string(f)
	}
}

// FateInLine is the word of Fate as it stands within a line: "posted".
func FateInLine(f relay.Fate, paused bool) string {
	switch f {
	case relay.FatePosted:
		return words.Text("events.row.posted")
	case relay.FateWaiting:
		if paused {
			return words.Text("events.row.held")
		}
		return words.Text("events.row.waiting")
	case relay.FateFailed:
		return words.Text("events.row.failed")
	case relay.FateKept:
		return words.Text("events.row.kept")
	case relay.FateRecorded:
		return words.Text("events.row.recorded")
	case relay.FateLate:
		return words.Text("events.row.late")
	case relay.FateUnreadable:
		return words.Text("events.row.unreadable")
	default:
		return string(f)
	}
}

// Fates lists the fates in the order in which they are offered.
func Fates() []relay.Fate {
	return []relay.Fate{
		relay.FatePosted, relay.FateWaiting, relay.FateFailed, relay.FateKept,
		relay.FateLate, relay.FateUnreadable, relay.FateRecorded,
	}
}

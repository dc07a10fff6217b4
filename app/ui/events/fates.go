package events

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// fateMark is the mark of an event in the list.
func fateMark(f relay.Fate) fyne.Resource {
	switch f {
	case relay.FatePosted:
		return kit.Mark("posted", kit.ShapeTickDisc, theme.ColorNameSuccess)
	case relay.FateWaiting:
		return kit.Mark("waiting", kit.ShapeRing, theme.ColorNamePrimary)
	case relay.FateFailed:
		return kit.Mark("failed", kit.ShapeTriangle, theme.ColorNameError)
	case relay.FateLate:
		return kit.Mark("late", kit.ShapeClock, theme.ColorNameWarning)
	case relay.FateUnreadable:
		return kit.Mark("unreadable", kit.ShapePage, theme.ColorNameWarning)
	case relay.FateKept:
		return kit.Mark("kept", kit.ShapeBars, theme.ColorNamePlaceHolder)
	default:
		return kit.Mark("recorded", kit.ShapeDot, theme.ColorNamePlaceHolder)
	}
}

// rowMark is the mark of a row: that of its outcome, but for a stretch without
// deliveries, of which it matters first what it is.
func rowMark(e relay.Summary) fyne.Resource {
	if e.Type == relay.GapType && (e.Fate == relay.FatePosted || e.Fate == relay.FateKept) {
		return kit.Mark("gap", kit.ShapeGap, theme.ColorNameWarning)
	}
	return fateMark(e.Fate)
}

// rowNote is what stands beside the time of a row, where the mark does not say all
// there is to say.
func rowNote(e relay.Summary, paused bool) string {
	switch {
	case e.Type == relay.GapType && e.Fate == relay.FateKept:
		return ""
	case e.CaughtUp:
		return kit.Joined(words.Text("events.row.caught_up"), fateNote(e.Fate, paused))
	default:
		return fateNote(e.Fate, paused)
	}
}

// fateNote is the outcome beside the time of a row; empty where the mark says
// all there is to say.
func fateNote(f relay.Fate, paused bool) string {
	switch f {
	case relay.FatePosted:
		return ""
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
		return kit.OneLine(string(f), kit.MaxLine)
	}
}

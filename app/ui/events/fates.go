package events

import (
	"strings"

	"vastrelay/app/ui/kit"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

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

// fateWord is the outcome in words, for filters and the detail pane.
func fateWord(f relay.Fate) string {
	switch f {
	case relay.FatePosted:
		return "Posted"
	case relay.FateWaiting:
		return "Waiting"
	case relay.FateFailed:
		return "Not delivered"
	case relay.FateKept:
		return "Kept, not posted"
	case relay.FateRecorded:
		return "Test, not posted"
	case relay.FateLate:
		return "Too late"
	case relay.FateUnreadable:
		return "Unreadable"
	default:
		return kit.OneLine(string(f), kit.MaxLine)
	}
}

// heldWord is what a waiting event is while posting is paused.
const heldWord = "Held until you resume"

// fateNote is the outcome beside the time of a row; empty where the mark says
// all there is to say.
func fateNote(f relay.Fate) string {
	switch f {
	case relay.FatePosted:
		return ""
	case relay.FateRecorded:
		return "test"
	case relay.FateKept:
		return "kept"
	default:
		return strings.ToLower(fateWord(f))
	}
}

// fates lists the outcomes in the order of the filter.
func fates() []relay.Fate {
	return []relay.Fate{
		relay.FatePosted, relay.FateWaiting, relay.FateFailed, relay.FateKept,
		relay.FateLate, relay.FateUnreadable, relay.FateRecorded,
	}
}

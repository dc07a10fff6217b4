package events

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/timeline"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// fateMark is the mark of an event in the list. While posting is paused, what waits
// is held, and has another shape.
func fateMark(f relay.Fate, paused bool) fyne.Resource {
	switch f {
	case relay.FatePosted:
		return kit.Mark("posted", kit.ShapeTickDisc, theme.ColorNameSuccess)
	case relay.FateWaiting:
		if paused {
			return kit.Mark("held", kit.ShapeBars, theme.ColorNamePrimary)
		}
		return kit.Mark("waiting", kit.ShapeRing, theme.ColorNamePrimary)
	case relay.FateFailed:
		return kit.Mark("failed", kit.ShapeTriangle, theme.ColorNameError)
	case relay.FateLate:
		return kit.Mark("late", kit.ShapeClock, theme.ColorNameWarning)
	case relay.FateUnreadable:
		return kit.Mark("unreadable", kit.ShapePage, theme.ColorNameWarning)
	case relay.FateKept:
		return kit.Mark("kept", kit.ShapeTray, theme.ColorNamePlaceHolder)
	default:
		return kit.Mark("recorded", kit.ShapeDot, theme.ColorNamePlaceHolder)
	}
}

// rowMark is the mark of a row: that of its outcome, but for a stretch without
// deliveries, of which it matters first what it is.
func rowMark(e relay.Summary, paused bool) fyne.Resource {
	if e.Type == relay.GapType && (e.Fate == relay.FatePosted || e.Fate == relay.FateKept) {
		return kit.Mark("gap", kit.ShapeGap, theme.ColorNameWarning)
	}
	return fateMark(e.Fate, paused)
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
	if f == relay.FatePosted {
		return ""
	}
	return kit.OneLine(timeline.FateInLine(f, paused), kit.MaxLine)
}

// severitySign is the quiet sign beside the outcome of an event that asks for more
// than to be noticed; nil for none.
func severitySign(role relay.Role, slug string) fyne.Resource {
	switch relay.KindOf(role, slug).Severity {
	case relay.SeverityCritical:
		return kit.Mark("critical", kit.ShapeExclamation, theme.ColorNameForeground)
	case relay.SeverityWarning:
		return kit.Mark("warning", kit.ShapeChevron, theme.ColorNamePlaceHolder)
	default:
		return nil
	}
}

// severityWords says in words what severitySign shows; empty for none.
func severityWords(role relay.Role, slug string) string {
	switch relay.KindOf(role, slug).Severity {
	case relay.SeverityCritical:
		return words.Text("events.detail.urgent")
	case relay.SeverityWarning:
		return words.Text("events.detail.warning")
	default:
		return ""
	}
}

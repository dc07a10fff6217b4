package events

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// span is a stretch of time that the list is limited to. The zero span is all of it.
type span struct {
	from time.Time
	to   time.Time // the first moment after it
}

// dayOf is the day of t, in the zone of t. A day on which clocks are changed is shorter
// or longer than the others.
func dayOf(t time.Time) span { return span{status.StartOfDay(t, 0), status.StartOfDay(t, 1)} }

// name names s as people do at now: "today", "Mon 2 Jan", or, when it is not one whole
// day, with the hours.
func (s span) name(now time.Time) string {
	switch {
	case s == dayOf(now):
		return words.Text("activity.today")
	case s == dayOf(s.from):
		return words.WeekdayDay(s.from)
	default:
		return words.Text("activity.hours", words.Args{
			"Day": words.WeekdayDay(s.from), "From": s.from.Format("15:04"), "To": s.to.Format("15:04"),
		})
	}
}

// spanNote says above the rows that they are those of a stretch of time, and leads back
// to all.
type spanNote struct {
	limit span
	said  *widget.Label
	all   *kit.Button
	box   *fyne.Container
}

func newSpanNote() *spanNote {
	n := &spanNote{said: kit.Ellipsis(kit.SmallLine("")), all: kit.PlainButton(words.Text("activity.show_all"), nil, nil)}
	n.box = kit.Border(nil, nil, nil, n.all, kit.CenterVertically(n.said))
	n.box.Hide()
	return n
}

// arrange shows, as people name it at now, which stretch of time the list is limited to,
// if it is.
func (n *spanNote) arrange(now time.Time) {
	if n.limit != (span{}) {
		n.said.SetText(words.Text("activity.only", words.Args{"Span": n.limit.name(now)}))
	}
	kit.ShowIf(n.box, n.limit != span{})
}

package activity

import (
	"time"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// The bars of each period: a day has one for each hour, the others for each day.
const (
	hoursShown     = 24
	weekDaysShown  = 7
	monthDaysShown = 30
)

// barsOf is how many bars the picture of p has.
func barsOf(p config.Period) int {
	switch p {
	case config.PeriodWeek:
		return weekDaysShown
	case config.PeriodMonth:
		return monthDaysShown
	default:
		return hoursShown
	}
}

// boundsOf returns where the bars of p begin, and where the last one, in which now lies,
// ends. Bars are hours or days of the clock on the wall in the zone of now, so that a day
// on which clocks are changed is shorter or longer than the others.
func boundsOf(p config.Period, now time.Time) []time.Time {
	n := barsOf(p)
	bounds := make([]time.Time, n+1)
	for i := range bounds {
		if p == config.PeriodWeek || p == config.PeriodMonth {
			bounds[i] = status.StartOfDay(now, i-n+1)
		} else {
			bounds[i] = startOfHour(now).Add(time.Duration(i-n+1) * time.Hour)
		}
	}
	return bounds
}

// startOfHour is the last moment, not after t, at which the clock on the wall showed a
// full hour: not all zones differ by whole hours.
func startOfHour(t time.Time) time.Time {
	return t.Add(-time.Duration(t.Minute())*time.Minute - time.Duration(t.Second())*time.Second - time.Duration(t.Nanosecond()))
}

// readout says what the bar from one moment to another counts: "Tue 24 Nov: 31 events, 2
// not posted".
func readout(p config.Period, from, to time.Time, a relay.Activity) string {
	at := words.WeekdayDay(from)
	if barsOf(p) == hoursShown {
		at = words.Text("activity.hour", words.Args{"From": words.WeekdayTime(from), "To": to.Format("15:04")})
	}
	switch {
	case a.Total == 0:
		return words.Text("activity.none", words.Args{"At": at})
	case a.Failed == 0:
		return words.Plural("activity.bar", a.Total, words.Args{"At": at})
	default:
		return words.Plural("activity.bar_failed", a.Total, words.Args{"At": at, "Failed": a.Failed})
	}
}

// totalOf says how many events there were in all of p.
func totalOf(p config.Period, total int) string {
	switch p {
	case config.PeriodWeek:
		return words.Plural("activity.week", total)
	case config.PeriodMonth:
		return words.Plural("activity.month", total)
	default:
		return words.Plural("activity.day", total)
	}
}

// nameOf is what the menu calls p.
func nameOf(p config.Period) string {
	switch p {
	case config.PeriodWeek:
		return words.Text("activity.menu.week")
	case config.PeriodMonth:
		return words.Text("activity.menu.month")
	default:
		return words.Text("activity.menu.day")
	}
}

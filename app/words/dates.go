package words

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// halfYear is how far away a date without a year is understood.
const halfYear = 182 * 24 * time.Hour

// Clock is the time of day of t, "15:04", which every language writes so.
func Clock(t time.Time) string { return t.Local().Format("15:04") }

// ClockSeconds is the time of day of t to the second, "15:04:05".
func ClockSeconds(t time.Time) string { return t.Local().Format(time.TimeOnly) }

// NewUpcoming is a moment to come, as people name it at now, in every language: "15:04"
// today, "tomorrow 08:00", "Mon 08:00" within six days, else with its date.
func NewUpcoming(t, now time.Time) Sentence {
	return Each(func(l *Language) string { return l.upcoming(t, now) })
}

func (l *Language) upcoming(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	switch {
	case sameDay(now.AddDate(0, 0, 1), t):
		return l.Text("dates.tomorrow", Args{"Time": t.Format("15:04")})
	case !sameDay(now, t) && t.After(now) && t.Before(now.AddDate(0, 0, 6)):
		return l.WeekdayTime(t)
	default:
		return l.Moment(t, now)
	}
}

// Moment is the time of day of t, with its date when that is not the day of now, and
// with the year where the date alone could be taken for one of another year.
func Moment(t, now time.Time) string { return InUse().Moment(t, now) }

// Ago words how long before now t was: "just now", "4 min ago", "3 h ago",
// "yesterday", "Mon 14:02", "12 Oct", "12 Oct 2025", in the zone of now. A time
// in the future, which clocks that disagree can cause, is "just now".
func Ago(now, t time.Time) string { return InUse().Ago(now, t) }

// WeekdayTime is the day of the week and the time of day of t, in its own zone:
// "Mon 15:04".
func WeekdayTime(t time.Time) string { return InUse().WeekdayTime(t) }

// Day is the day of t in its own zone, without the year: "2 Jan".
func Day(t time.Time) string { return InUse().Day(t) }

// WeekdayDay is the day of t in its own zone with the day of the week, without the
// year: "Mon 2 Jan".
func WeekdayDay(t time.Time) string { return InUse().WeekdayDay(t) }

// Weekday is the day of the week of t in its own zone: "Mon".
func Weekday(t time.Time) string { return InUse().weekday(t) }

// MonthYear is the month of t in its own zone: "Jan 2006".
func MonthYear(t time.Time) string {
	return Text("dates.month_year", Args{"Month": InUse().month(t), "Year": t.Format("2006")})
}

// Date is the day of t in its own zone: "2 Jan 2006".
func Date(t time.Time) string { return InUse().Date(t) }

// Exact is t to the second, in its own zone: "Mon 2 Jan 2006, 15:04:05".
func Exact(t time.Time) string { return InUse().Exact(t) }

// Elapsed words a short span: "310 ms", "2.5 s", "12 s", "3 min". Spans that the
// clock cannot show are "0 ms".
func Elapsed(d time.Duration) string { return InUse().Elapsed(d) }

// Delta words how long after the moment before it a moment came: "+310 ms".
func Delta(d time.Duration) string { return "+" + InUse().Elapsed(d) }

// MonthNamed finds the month that the language in use calls name, written short or out,
// with or without a dot.
func MonthNamed(name string) (m time.Month, ok bool) { return InUse().monthNamed(name) }

func (l *Language) monthNamed(name string) (m time.Month, ok bool) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for m := time.January; m <= time.December; m++ {
		short := strings.ToLower(strings.TrimSuffix(l.month(time.Date(2000, m, 1, 0, 0, 0, 0, time.UTC)), "."))
		if strings.HasPrefix(name, short) || len(name) >= 3 && strings.HasPrefix(short, name) {
			return m, true
		}
	}
	return 0, false
}

// Moment is the function Moment in l.
func (l *Language) Moment(t, now time.Time) string {
	t, now = t.Local(), now.Local()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	if t.Sub(now).Abs() > halfYear {
		return l.Text("dates.date_time", Args{"Day": day(t), "Month": l.month(t), "Year": t.Format("2006"), "Time": t.Format("15:04")})
	}
	return l.Text("dates.day_time", Args{"Day": day(t), "Month": l.month(t), "Time": t.Format("15:04")})
}

// Ago is the function Ago in l.
func (l *Language) Ago(now, t time.Time) string {
	t = t.In(now.Location())
	age := now.Sub(t)
	switch {
	case age < time.Minute:
		return l.Text("dates.now")
	case age < time.Hour:
		return l.Plural("dates.minutes_ago", int(age/time.Minute))
	case sameDay(now, t):
		return l.Plural("dates.hours_ago", int(age/time.Hour))
	case sameDay(now.AddDate(0, 0, -1), t):
		return l.Text("dates.yesterday")
	case age < 6*24*time.Hour:
		return l.WeekdayTime(t)
	case t.Year() == now.Year():
		return l.Day(t)
	default:
		return l.Date(t)
	}
}

// sameDay reports whether a and b, in one location, fall on one calendar day.
func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// WeekdayTime is the function WeekdayTime in l.
func (l *Language) WeekdayTime(t time.Time) string {
	return l.Text("dates.weekday_time", Args{"Weekday": l.weekday(t), "Time": t.Format("15:04")})
}

// Day is the function Day in l.
func (l *Language) Day(t time.Time) string {
	return l.Text("dates.day", Args{"Day": day(t), "Month": l.month(t)})
}

// WeekdayDay is the function WeekdayDay in l.
func (l *Language) WeekdayDay(t time.Time) string {
	return l.Text("dates.weekday_day", Args{"Weekday": l.weekday(t), "Day": day(t), "Month": l.month(t)})
}

// Date is the function Date in l.
func (l *Language) Date(t time.Time) string {
	return l.Text("dates.date", Args{"Day": day(t), "Month": l.month(t), "Year": t.Format("2006")})
}

// Exact is the function Exact in l.
func (l *Language) Exact(t time.Time) string {
	return l.Text("dates.exact", Args{
		"Weekday": l.weekday(t), "Day": day(t), "Month": l.month(t), "Year": t.Format("2006"), "Time": t.Format(time.TimeOnly),
	})
}

func day(t time.Time) string { return strconv.Itoa(t.Day()) }

// weekday is the short name of the day of the week of t.
func (l *Language) weekday(t time.Time) string {
	switch t.Weekday() {
	case time.Monday:
		return l.Text("dates.weekday.monday")
	case time.Tuesday:
		return l.Text("dates.weekday.tuesday")
	case time.Wednesday:
		return l.Text("dates.weekday.wednesday")
	case time.Thursday:
		return l.Text("dates.weekday.thursday")
	case time.Friday:
		return l.Text("dates.weekday.friday")
	case time.Saturday:
		return l.Text("dates.weekday.saturday")
	default:
		return l.Text("dates.weekday.sunday")
	}
}

// month is the short name of the month of t.
func (l *Language) month(t time.Time) string {
	switch t.Month() {
	case time.January:
		return l.Text("dates.month.january")
	case time.February:
		return l.Text("dates.month.february")
	case time.March:
		return l.Text("dates.month.march")
	case time.April:
		return l.Text("dates.month.april")
	case time.May:
		return l.Text("dates.month.may")
	case time.June:
		return l.Text("dates.month.june")
	case time.July:
		return l.Text("dates.month.july")
	case time.August:
		return l.Text("dates.month.august")
	case time.September:
		return l.Text("dates.month.september")
	case time.October:
		return l.Text("dates.month.october")
	case time.November:
		return l.Text("dates.month.november")
	default:
		return l.Text("dates.month.december")
	}
}

// Elapsed is the function Elapsed in l.
func (l *Language) Elapsed(d time.Duration) string {
	switch {
	case d < 0:
		return "0 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return strings.Replace(strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0"), ".", l.decimal, 1) + " s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	default:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
}

package tray

import (
	"time"

	"vastrelay/app/status"
	"vastrelay/app/words"
)

// clock writes times relative to the day of now and remembers whether what it
// wrote depends on that day.
type clock struct {
	now        time.Time
	dayMatters bool
	ends       time.Time // when something else that was written stops being true; zero: never
}

// endsAt notes that what is written is true until t.
func (c *clock) endsAt(t time.Time) { c.ends = t.In(c.now.Location()) }

// at writes t as shortly as it is unmistakable: "14:02" today, "yesterday
// 14:02", "Mon 14:02" within six days, "2 Jan" within half a
// year, else "2 Jan 2026".
func (c *clock) at(t time.Time) string {
	t = t.In(c.now.Location())
	days := civilDay(c.now) - civilDay(t)
	if -7 < days && days < 183 {
		c.dayMatters = true
	}
	switch {
	case days == 0:
		return t.Format("15:04")
	case days == 1:
		return words.Text("tray.time.yesterday", words.Args{"Time": t.Format("15:04")})
	case -7 < days && days < 7:
		return words.WeekdayTime(t)
	case -183 < days && days < 183:
		return words.Day(t)
	default:
		return words.Date(t)
	}
}

// renewAt is when something written stops being true: at the next local midnight if
// anything depends on the day, or at what endsAt said, whichever is first; else the
// zero time.
func (c *clock) renewAt() time.Time {
	if !c.dayMatters {
		return c.ends
	}
	midnight := status.StartOfDay(c.now, 1)
	if !c.ends.IsZero() && c.ends.Before(midnight) {
		return c.ends
	}
	return midnight
}

// civilDay numbers the calendar day of t in its own zone. Counting days instead
// of hours keeps it right across a change of daylight saving time.
func civilDay(t time.Time) int {
	year, month, day := t.Date()
	return int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}

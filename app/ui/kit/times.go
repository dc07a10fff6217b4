package kit

import (
	"time"

	"vastrelay/app/words"
)

// Relative words the time t as seen at now, as words.Ago does. The zero time is
// empty.
func Relative(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return words.Ago(now, t)
}

// Exact words a moment for the detail pane: "Sat 21 Nov 2026, 14:02:11". The zero
// time is empty.
func Exact(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return words.Exact(t.In(now.Location()))
}

// Clock words the time of day with tenths: "14:02:11.3".
func Clock(now, t time.Time) string {
	return t.In(now.Location()).Format("15:04:05.0")
}

// ClockMinutes words the time of day for a chat message: "14:02".
func ClockMinutes(now, t time.Time) string {
	return t.In(now.Location()).Format("15:04")
}

package kit

import (
	"fmt"
	"strings"
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

// Elapsed words a short span: "310 ms", "2.5 s", "12 s", "3 min". Spans that the
// clock cannot show are "0 ms".
func Elapsed(d time.Duration) string {
	switch {
	case d < 0:
		return "0 ms"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", d.Seconds()), ".0") + " s"
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	default:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
}

// ClockMinutes words the time of day for a chat message: "14:02".
func ClockMinutes(now, t time.Time) string {
	return t.In(now.Location()).Format("15:04")
}

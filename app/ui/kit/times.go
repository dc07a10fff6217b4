package kit

import (
	"fmt"
	"strings"
	"time"
)

// Relative words the time t as seen at now: "just now", "4 min ago", "3 h ago",
// "yesterday", "Mon 14:02", "12 Oct", "12 Oct 2025". A time in the future,
// which clocks that disagree can cause, is "just now". The zero time is empty.
func Relative(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(now.Location())
	age := now.Sub(t)
	switch {
	case age < time.Minute:
		return "just now"
	case age < time.Hour:
		return fmt.Sprintf("%d min ago", int(age/time.Minute))
	case sameDay(now, t):
		return fmt.Sprintf("%d h ago", int(age/time.Hour))
	case sameDay(now.AddDate(0, 0, -1), t):
		return "yesterday"
	case age < 6*24*time.Hour:
		return t.Format("Mon 15:04")
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	default:
		return t.Format("2 Jan 2006")
	}
}

// sameDay reports whether a and b, in one location, fall on one calendar day.
func sameDay(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd
}

// Exact words a moment for the detail pane: "Sat 21 Nov 2026, 14:02:11".
func Exact(now, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(now.Location()).Format("Mon 2 Jan 2006, 15:04:05")
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

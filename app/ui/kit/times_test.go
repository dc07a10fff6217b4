package kit

import (
	"testing"
	"time"
)

func TestRelative(t *testing.T) {
	zone := time.FixedZone("UTC+2", 2*3600)
	now := time.Date(2026, 11, 21, 14, 6, 0, 0, zone)
	for _, c := range []struct {
		name string
		at   time.Time
		want string
	}{
		{"no time is no words", time.Time{}, ""},
		{"this moment", now, "just now"},
		{"a clock ahead of ours", now.Add(40 * time.Second), "just now"},
		{"the last second of just now", now.Add(-59 * time.Second), "just now"},
		{"one minute", now.Add(-time.Minute), "1 min ago"},
		{"the last minute of the hour", now.Add(-59*time.Minute - 59*time.Second), "59 min ago"},
		{"one hour", now.Add(-time.Hour), "1 h ago"},
		{"early today", time.Date(2026, 11, 21, 0, 1, 0, 0, zone), "14 h ago"},
		{"half an hour ago on the day before is still minutes", now.Add(-30 * time.Minute), "30 min ago"},
		{"late yesterday", time.Date(2026, 11, 20, 23, 59, 0, 0, zone), "yesterday"},
		{"early yesterday", time.Date(2026, 11, 20, 0, 0, 0, 0, zone), "yesterday"},
		{"the day before yesterday", time.Date(2026, 11, 19, 14, 2, 0, 0, zone), "Thu 14:02"},
		{"a time of another zone is told in ours", time.Date(2026, 11, 19, 12, 2, 0, 0, time.UTC), "Thu 14:02"},
		{"a week ago would be the same weekday", now.AddDate(0, 0, -7), "14 Nov"},
		{"this year", time.Date(2026, 10, 12, 9, 0, 0, 0, zone), "12 Oct"},
		{"last year", time.Date(2025, 10, 12, 9, 0, 0, 0, zone), "12 Oct 2025"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Relative(now, c.at); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

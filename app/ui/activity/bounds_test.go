package activity

import (
	"testing"
	"time"
	_ "time/tzdata" // Windows has no zones by these names

	"vastrelay/app/config"
	"vastrelay/relay"
)

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestBarsAreHoursAndDaysOfTheClockOnTheWall(t *testing.T) {
	berlin, cairo, kathmandu := zoneOf(t, "Europe/Berlin"), zoneOf(t, "Africa/Cairo"), zoneOf(t, "Asia/Kathmandu")
	for _, c := range []struct {
		name        string
		period      config.Period
		now         time.Time
		first, last string // when the first bar begins, and the last one
		end         string
		longest     time.Duration
		shortest    time.Duration
	}{
		{"hours", config.PeriodDay, time.Date(2026, 11, 21, 14, 6, 7, 8, berlin), "20 Nov 15:00", "21 Nov 14:00", "21 Nov 15:00", time.Hour, time.Hour},
		{"a full hour has just begun", config.PeriodDay, time.Date(2026, 11, 21, 14, 0, 0, 0, berlin), "20 Nov 15:00", "21 Nov 14:00", "21 Nov 15:00", time.Hour, time.Hour},
		{"hours of a zone apart by 45 minutes", config.PeriodDay, time.Date(2026, 11, 21, 14, 6, 0, 0, kathmandu), "20 Nov 15:00", "21 Nov 14:00", "21 Nov 15:00", time.Hour, time.Hour},
		{"an hour that there is twice", config.PeriodDay, time.Date(2026, 10, 25, 12, 30, 0, 0, berlin), "24 Oct 14:00", "25 Oct 12:00", "25 Oct 13:00", time.Hour, time.Hour},
		{"an hour that there is not", config.PeriodDay, time.Date(2026, 3, 29, 12, 30, 0, 0, berlin), "28 Mar 12:00", "29 Mar 12:00", "29 Mar 13:00", time.Hour, time.Hour},
		{"days", config.PeriodWeek, time.Date(2026, 11, 21, 23, 59, 59, 0, berlin), "15 Nov 00:00", "21 Nov 00:00", "22 Nov 00:00", 24 * time.Hour, 24 * time.Hour},
		{"a day that gains an hour", config.PeriodWeek, time.Date(2026, 10, 26, 8, 0, 0, 0, berlin), "20 Oct 00:00", "26 Oct 00:00", "27 Oct 00:00", 25 * time.Hour, 24 * time.Hour},
		{"a day that loses an hour", config.PeriodMonth, time.Date(2026, 4, 1, 0, 0, 0, 0, berlin), "3 Mar 00:00", "1 Apr 00:00", "2 Apr 00:00", 24 * time.Hour, 23 * time.Hour},
		{"a day that begins at one o'clock", config.PeriodWeek, time.Date(2024, 4, 26, 9, 0, 0, 0, cairo), "20 Apr 00:00", "26 Apr 01:00", "27 Apr 00:00", 24 * time.Hour, 23 * time.Hour},
		{"a month across the end of a year", config.PeriodMonth, time.Date(2027, 1, 2, 9, 0, 0, 0, berlin), "4 Dec 00:00", "2 Jan 00:00", "3 Jan 00:00", 24 * time.Hour, 24 * time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			bounds := boundsOf(c.period, c.now)
			n := len(bounds) - 1
			if n != barsOf(c.period) {
				t.Fatalf("got %d bars, want %d", n, barsOf(c.period))
			}
			for i, want := range map[int]string{0: c.first, n - 1: c.last, n: c.end} {
				if got := bounds[i].Format("2 Jan 15:04"); got != want {
					t.Errorf("bound %d is %s, want %s", i, got, want)
				}
			}
			longest, shortest := time.Duration(0), 1000*time.Hour
			for i := range n {
				longest, shortest = max(longest, bounds[i+1].Sub(bounds[i])), min(shortest, bounds[i+1].Sub(bounds[i]))
			}
			if longest != c.longest || shortest != c.shortest {
				t.Errorf("bars are between %v and %v long, want %v and %v", shortest, longest, c.shortest, c.longest)
			}
			if c.now.Before(bounds[n-1]) || !c.now.Before(bounds[n]) {
				t.Errorf("now is not in the last bar, from %v to %v", bounds[n-1], bounds[n])
			}
		})
	}
}

func TestReadoutSaysWhenAndHowMany(t *testing.T) {
	day := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name   string
		period config.Period
		from   time.Time
		counts relay.Activity
		want   string
	}{
		{"some were given up", config.PeriodMonth, day, relay.Activity{Total: 31, Failed: 2}, "Tue 24 Nov: 31 events, 2 not posted"},
		{"all went out", config.PeriodWeek, day, relay.Activity{Total: 1234}, "Tue 24 Nov: 1,234 events"},
		{"one event", config.PeriodWeek, day, relay.Activity{Total: 1}, "Tue 24 Nov: 1 event"},
		{"one event that was given up", config.PeriodWeek, day, relay.Activity{Total: 1, Failed: 1}, "Tue 24 Nov: 1 event, not posted"},
		{"none", config.PeriodMonth, day, relay.Activity{}, "Tue 24 Nov: no events"},
		{"an hour", config.PeriodDay, day.Add(23 * time.Hour), relay.Activity{Total: 9, Failed: 1}, "Tue 23:00–00:00: 9 events, 1 not posted"},
	} {
		to := c.from.AddDate(0, 0, 1)
		if c.period == config.PeriodDay {
			to = c.from.Add(time.Hour)
		}
		if got := readout(c.period, c.from, to, c.counts); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

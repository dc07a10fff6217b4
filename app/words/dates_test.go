package words

import (
	"testing"
	"time"
)

// TestDatesReadAsTheLibraryWritesThem takes each day of a week and each month in
// turn: their names stand in the catalogue.
func TestDatesReadAsTheLibraryWritesThem(t *testing.T) {
	zone := time.FixedZone("UTC+2", 2*3600)
	for i := range 12 {
		at := time.Date(2026, time.Month(i+1), i+1, 9, 5, 7, 0, zone)
		for layout, got := range map[string]string{
			"Mon 15:04":                WeekdayTime(at),
			"2 Jan":                    Day(at),
			"Mon 2 Jan":                WeekdayDay(at),
			"2 Jan 2006":               Date(at),
			"Mon 2 Jan 2006, 15:04:05": Exact(at),
		} {
			if want := at.Format(layout); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
	}
}

func TestMoment(t *testing.T) {
	now := time.Date(2026, 11, 21, 14, 6, 0, 0, time.Local)
	for _, tc := range []struct {
		name string
		at   time.Time
		want string
	}{
		{"today needs no date", now.Add(-time.Hour), "13:06"},
		{"another day has one", now.AddDate(0, 0, -1), "20 Nov 14:06"},
		{"a year that the day leaves no doubt of needs none", now.AddDate(0, 3, 0), "21 Feb 14:06"},
		{"the same day of another year has it", now.AddDate(-1, 0, 0), "21 Nov 2025 14:06"},
		{"a day of the next year that could be of this one as well", now.AddDate(1, 0, 1), "22 Nov 2027 14:06"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := Moment(tc.at, now); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestElapsed(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{-time.Second, "0 ms"},
		{0, "0 ms"},
		{1499 * time.Microsecond, "1 ms"},
		{310 * time.Millisecond, "310 ms"},
		{time.Second, "1 s"},
		{2500 * time.Millisecond, "2.5 s"},
		{12 * time.Second, "12 s"},
		{119 * time.Second, "119 s"},
		{150 * time.Second, "2 min"},
	} {
		if got := Elapsed(c.d); got != c.want {
			t.Errorf("elapsed(%v): got %q, want %q", c.d, got, c.want)
		}
	}
}

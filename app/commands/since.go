package commands

import (
	"strconv"
	"strings"
	"time"

	"vastrelay/app/words"
)

const day = 24 * time.Hour

// longestAgo is the longest time that is counted back.
const longestAgo = 100 * 365 * day

// dateLayouts are the forms of a moment, in local time unless they name a zone.
var dateLayouts = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02",
}

// parseSince reads a moment in the past: a span before now such as "90m", "24h" or
// "7d", a date, a date with a time, or a time of day, which is the last one that was.
func parseSince(text string, now time.Time) (time.Time, error) {
	if span, err := parseSpan(text); err == nil {
		return now.Add(-span), nil
	}
	for _, layout := range dateLayouts {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil && !t.After(now) {
			return t, nil
		}
	}
	if clock, err := time.Parse("15:04", text); err == nil {
		t := time.Date(now.Year(), now.Month(), now.Day(), clock.Hour(), clock.Minute(), 0, 0, now.Location())
		if t.After(now) {
			t = t.AddDate(0, 0, -1)
		}
		return t, nil
	}
	return time.Time{}, &useError{words.Text("commands.use.since", words.Args{"Text": text})}
}

// parseSpan reads a span of time, in days or as time.ParseDuration takes it.
func parseSpan(text string) (time.Duration, error) {
	span, err := time.ParseDuration(text)
	if days, found := strings.CutSuffix(text, "d"); found {
		var n int
		n, err = strconv.Atoi(days)
		span = time.Duration(min(n, int(longestAgo/day))) * day
	}
	if err != nil || span <= 0 || span > longestAgo {
		return 0, &useError{words.Text("commands.use.span", words.Args{"Text": text})}
	}
	return span, nil
}

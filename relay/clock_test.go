package relay

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestOffsetByDate(t *testing.T) {
	dated := func(d time.Time, age string) http.Header {
		h := http.Header{"Date": {d.UTC().Format(http.TimeFormat)}}
		if age != "" {
			h.Set("Age", age)
		}
		return h
	}
	tests := []struct {
		name   string
		header func(now time.Time) http.Header
		want   time.Duration
		ok     bool
	}{
		{"the same time", func(now time.Time) http.Header { return dated(now, "") }, 500 * time.Millisecond, true},
		{"ours ahead", func(now time.Time) http.Header { return dated(now.Add(-time.Hour), "") }, time.Hour + 500*time.Millisecond, true},
		{"no date", func(time.Time) http.Header { return http.Header{} }, 0, false},
		{"an answer out of a cache", func(now time.Time) http.Header { return dated(now, "60") }, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				h := tt.header(began)
				time.Sleep(2 * time.Second) // its middle is a second later, half of which Date lacks
				got, err := OffsetByDate(h, began)
				if got != tt.want || (err == nil) != tt.ok {
					t.Errorf("got %v, %v; want %v", got, err, tt.want)
				}
			})
		})
	}
}

package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"vastrelay/app/bridge"
)

// collector turns one snapshot into samples at each scrape, so that nothing
// is kept twice.
type collector struct{ status func() bridge.Status }

// The names follow https://prometheus.io/docs/practices/naming/ .
func descriptions() map[string]*prometheus.Desc {
	one := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("vastrelay_"+name, help, labels, nil)
	}
	return map[string]*prometheus.Desc{
		"accepted":   one("events_accepted_total", "New events that were put on disk."),
		"duplicate":  one("events_duplicate_total", "Deliveries of events that were on disk already."),
		"recorded":   one("events_recorded_total", "Tests of the program's own that were recorded only."),
		"late":       one("events_late_total", "Deliveries that came outside the time window."),
		"unreadable": one("events_unreadable_total", "Signed deliveries that were not JSON objects."),
		"refused":    one("requests_refused_total", "Requests that were refused, by reason.", "reason"),
		"posts":      one("post_attempts_total", "Attempts to post, by outcome.", "outcome"),
		"retries":    one("post_retries_total", "Attempts to post that were not the first of their post."),
		"dead":       one("posts_dead_total", "Posts that were given up."),
		"waiting":    one("posts_waiting", "Posts that wait to be sent."),
		"phase":      one("phase", "1 for the phase that the program is in.", "phase"),
		"hop":        one("hop_ok", "1 when the hop is proven or believed to work.", "hop"),
		"accepted_at": one("last_event_timestamp_seconds",
			"When the newest event was accepted; absent when none was."),
	}
}

// Describe implements prometheus.Collector.
func (c collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range descriptions() {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	d, s := descriptions(), c.status()
	count := func(name string, v uint64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d[name], prometheus.CounterValue, float64(v), labels...)
	}
	gauge := func(name string, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d[name], prometheus.GaugeValue, v, labels...)
	}
	count("accepted", s.Counters.Accepted)
	count("duplicate", s.Counters.Duplicates)
	count("recorded", s.Counters.Recorded)
	count("late", s.Counters.Late)
	count("unreadable", s.Counters.Unreadable)
	for reason, n := range s.Counters.Refused {
		count("refused", n, reason)
	}
	for outcome, n := range s.Counters.Posts {
		count("posts", n, string(outcome))
	}
	count("retries", s.Counters.Retries)
	count("dead", s.Counters.Dead)
	gauge("waiting", float64(s.Waiting))
	gauge("phase", 1, string(s.Phase))
	for _, h := range s.Hops {
		ok := 0.0
		if h.State == bridge.HopOK || h.State == bridge.HopUntested {
			ok = 1
		}
		gauge("hop", ok, string(h.Name))
	}
	if !s.LastEvent.IsZero() {
		gauge("accepted_at", float64(s.LastEvent.UnixMilli())/1000)
	}
}

package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// collector makes the samples from one snapshot at each scrape, so that no number
// is stored twice.
type collector struct {
	status func() status.Status
	lanes  func(context.Context) ([]relay.Lane, error) // nil: none
}

// scrapeDeadline bounds what a scrape asks of the store.
const scrapeDeadline = 2 * time.Second

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
		"hop_state":  one("hop_state", "1 for the state that the hop is in; that of the link is the address's.", "hop", "state"),
		"promoted":   one("events_promoted_total", "Late events that a person had posted anyway."),
		"resent":     one("posts_resent_total", "Posts that a person asked for again."),
		"digests":    one("digests_total", "Delivered posts that carried several events."),
		"folded":     one("events_folded_total", "Events in delivered digests."),
		"parks":      one("parks_total", "Times that posting to a space was suspended."),
		"commit":     one("commit_duration_seconds", "From the request to put an event on disk until its synced answer."),
		"lane_depth": one("lane_depth", "Posts that wait in the lane of a space.", "space"),
		"lane_age":   one("lane_age_seconds", "Age of the oldest post that waits in the lane of a space.", "space"),
		"parked":     one("lane_parked", "1 while posting to the space is suspended.", "space"),
		"clock":      one("clock_offset_seconds", "How far this computer's clock is ahead of Vast.ai's; absent until it is measured."),
		"disk":       one("disk_writable", "0 while events cannot be put on disk."),
		"gap_open":   one("gap_open", "1 while deliveries cannot reach the program."),
		"gaps":       one("gaps_total", "Stretches of time in which deliveries could not reach the program, once they are over, by cause.", "cause"),
		"caught_up":  one("events_caught_up_total", "Events that were fetched from Vast.ai's inbox."),
		"gap_time":   one("gap_seconds_total", "How long these were together."),
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
		gauge("hop", truth(h.State == health.HopOK || h.State == health.HopUntested), string(h.Name))
		gauge("hop_state", 1, string(h.Name), string(h.State))
	}
	count("promoted", s.Counters.Promoted)
	count("resent", s.Counters.Resent)
	count("digests", s.Counters.Digests)
	count("folded", s.Counters.Folded)
	count("parks", s.Counters.Parks)
	if s.ClockOffset != nil {
		gauge("clock", s.ClockOffset.Seconds())
	}
	gauge("disk", truth(s.Disk.IsZero()))
	gauge("gap_open", truth(s.Gaps.Open != nil))
	for _, cause := range relay.GapCauses() {
		count("gaps", s.Gaps.Ended[cause], string(cause))
	}
	count("caught_up", s.Gaps.CaughtUp)
	ch <- prometheus.MustNewConstMetric(d["gap_time"], prometheus.CounterValue, s.Gaps.Seconds)
	ch <- latency(d["commit"], s.Counters.Commits)
	if !s.LastEvent.IsZero() {
		gauge("accepted_at", float64(s.LastEvent.UnixMilli())/1000)
	}
	for _, l := range c.readLanes() {
		space := l.Destination.Space
		gauge("lane_depth", float64(l.Backlog.Count), space)
		gauge("parked", truth(l.Destination.Parked()), space)
		age := 0.0
		if !l.Backlog.Oldest.IsZero() {
			age = max(0, time.Since(l.Backlog.Oldest).Seconds())
		}
		gauge("lane_age", age, space)
	}
}

// readLanes asks for the lanes; it returns none when the store does not answer.
func (c collector) readLanes() []relay.Lane {
	if c.lanes == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeDeadline)
	defer cancel()
	lanes, err := c.lanes(ctx)
	if err != nil {
		return nil
	}
	return lanes
}

// latency converts a histogram of relay into one of Prometheus.
func latency(d *prometheus.Desc, h relay.Latency) prometheus.Metric {
	buckets := make(map[float64]uint64, len(h.Buckets))
	for _, b := range h.Buckets {
		buckets[b.UpTo.Seconds()] = b.Count
	}
	return prometheus.MustNewConstHistogram(d, h.Count, h.Sum.Seconds(), buckets)
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

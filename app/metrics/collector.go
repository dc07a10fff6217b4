package metrics

import (
	"context"
	"maps"
	"slices"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
)

// prefix begins the name of every metric, as https://prometheus.io/docs/practices/naming/
// asks for.
const prefix = "vastrelay_"

// collector makes the samples from one snapshot at each scrape, so that no number
// is stored twice.
type collector struct {
	status func() status.Status
	lanes  func(context.Context) ([]relay.Lane, error) // nil: none
}

// scrapeDeadline bounds what a scrape asks of the store.
const scrapeDeadline = 2 * time.Second

// collect returns every metric, those that have no sample now included.
func (c collector) collect(ctx context.Context) []metric {
	s := c.status()
	return slices.Concat(ofEvents(s.Counters), ofPosts(s.Counters, s.Waiting), ofState(s), ofGaps(s.Gaps), ofLanes(c.readLanes(ctx)))
}

// one returns a metric with a single sample.
func one(name string, k kind, value float64, help string) metric {
	m := metric{name: name, help: help, kind: k}
	m.add(value)
	return m
}

// count returns a counter with a single sample.
func count(name string, n uint64, help string) metric { return one(name, counter, float64(n), help) }

// ofEvents returns what is counted of deliveries.
func ofEvents(c relay.Counters) []metric {
	refused := metric{name: "requests_refused_total", kind: counter, help: "Requests that were refused, by reason."}
	for _, reason := range slices.Sorted(maps.Keys(c.Refused)) {
		refused.addCount(c.Refused[reason], label{"reason", reason})
	}
	return []metric{
		count("events_accepted_total", c.Accepted, "New events that were put on disk."),
		count("events_duplicate_total", c.Duplicates, "Deliveries of events that were on disk already."),
		count("events_recorded_total", c.Recorded, "Tests of the program's own that were recorded only."),
		count("events_late_total", c.Late, "Deliveries that came outside the time window."),
		count("events_unreadable_total", c.Unreadable, "Signed deliveries that were not JSON objects."),
		refused,
		count("events_promoted_total", c.Promoted, "Late events that a person had posted anyway."),
		count("events_folded_total", c.Folded, "Events in delivered digests."),
		ofLatency("commit_duration_seconds", c.Commits, "From the request to put an event on disk until its synced answer."),
	}
}

// ofPosts returns what is counted of messages to a space.
func ofPosts(c relay.Counters, waiting int) []metric {
	posts := metric{name: "post_attempts_total", kind: counter, help: "Attempts to post, by outcome."}
	for _, outcome := range slices.Sorted(maps.Keys(c.Posts)) {
		posts.addCount(c.Posts[outcome], label{"outcome", string(outcome)})
	}
	return []metric{
		posts,
		count("post_retries_total", c.Retries, "Attempts to post that were not the first of their post."),
		count("posts_dead_total", c.Dead, "Posts that were given up."),
		one("posts_waiting", gauge, float64(waiting), "Posts that wait to be sent."),
		count("posts_resent_total", c.Resent, "Posts that a person asked for again."),
		count("digests_total", c.Digests, "Delivered posts that carried several events."),
		count("parks_total", c.Parks, "Times that posting to a space was suspended."),
	}
}

// ofState returns how the program is doing.
func ofState(s status.Status) []metric {
	phase := metric{name: "phase", kind: gauge, help: "1 for the phase that the program is in."}
	phase.add(1, label{"phase", string(s.Phase)})
	hop := metric{name: "hop_ok", kind: gauge, help: "1 when the hop is proven or believed to work."}
	state := metric{name: "hop_state", kind: gauge, help: "1 for the state that the hop is in; that of the link is the address's."}
	for _, h := range s.Hops {
		name := label{"hop", string(h.Name)}
		hop.add(truth(h.State == health.HopOK || h.State == health.HopUntested), name)
		state.add(1, name, label{"state", string(h.State)})
	}
	clock := metric{name: "clock_offset_seconds", kind: gauge, help: "How far this computer's clock is ahead of Vast.ai's; absent until it is measured."}
	if s.ClockOffset != nil {
		clock.add(s.ClockOffset.Seconds())
	}
	newest := metric{name: "last_event_timestamp_seconds", kind: gauge, help: "When the newest event was accepted; absent when none was."}
	if !s.LastEvent.IsZero() {
		newest.add(float64(s.LastEvent.UnixMilli()) / 1000)
	}
	return []metric{phase, hop, state, clock, newest, one("disk_writable", gauge, truth(s.Disk.IsZero()), "0 while events cannot be put on disk.")}
}

// ofGaps returns what is known of the times in which nothing could arrive.
func ofGaps(g status.Gaps) []metric {
	ended := metric{name: "gaps_total", kind: counter, help: "Stretches of time in which deliveries could not reach the program, once they are over, by cause."}
	for _, cause := range relay.GapCauses() {
		ended.addCount(g.Ended[cause], label{"cause", string(cause)})
	}
	return []metric{
		one("gap_open", gauge, truth(g.Open != nil), "1 while deliveries cannot reach the program."),
		ended,
		one("gap_seconds_total", counter, g.Seconds, "How long these were together."),
		count("events_caught_up_total", g.CaughtUp, "Events that were fetched from Vast.ai's inbox."),
	}
}

// ofLanes returns what waits for each space.
func ofLanes(lanes []relay.Lane) []metric {
	depth := metric{name: "lane_depth", kind: gauge, help: "Posts that wait in the lane of a space."}
	age := metric{name: "lane_age_seconds", kind: gauge, help: "Age of the oldest post that waits in the lane of a space."}
	parked := metric{name: "lane_parked", kind: gauge, help: "1 while posting to the space is suspended."}
	for _, l := range lanes {
		space := label{"space", l.Destination.Space}
		depth.add(float64(l.Backlog.Count), space)
		waited := 0.0
		if !l.Backlog.Oldest.IsZero() {
			waited = max(0, time.Since(l.Backlog.Oldest).Seconds())
		}
		age.add(waited, space)
		parked.add(truth(l.Destination.Parked()), space)
	}
	return []metric{depth, age, parked}
}

// readLanes asks for the lanes; it returns none when the store does not answer.
func (c collector) readLanes(ctx context.Context) []relay.Lane {
	if c.lanes == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, scrapeDeadline)
	defer cancel()
	lanes, err := c.lanes(ctx)
	if err != nil {
		return nil
	}
	return lanes
}

// ofLatency converts a histogram of relay into one of Prometheus, whose last bucket
// holds everything.
func ofLatency(name string, h relay.Latency, help string) metric {
	m := metric{name: name, kind: histogram, help: help}
	for _, b := range h.Buckets {
		m.samples = append(m.samples, sample{"_bucket", []label{{"le", number(b.UpTo.Seconds())}}, float64(b.Count)})
	}
	m.samples = append(
		m.samples,
		sample{"_bucket", []label{{"le", "+Inf"}}, float64(h.Count)},
		sample{suffix: "_sum", value: h.Sum.Seconds()},
		sample{suffix: "_count", value: float64(h.Count)},
	)
	return m
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

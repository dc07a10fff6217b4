package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// maxBuckets is how many buckets Activity returns at most.
const maxBuckets = 10_000

// Bucket counts the events that arrived within a stretch of time.
type Bucket struct {
	Start  time.Time          // in UTC; the bucket ends where the next one would start
	Total  int                // accepted events
	ByFate map[relay.Fate]int // without zeros
}

// Activity counts the events that arrived at or after since in buckets of the
// given length, at least a second, for a chart. The first bucket starts at
// since. Buckets without events are left out; there are at most 10,000, and what
// arrived after the last of them is not counted, nor are events that the program
// made itself.
func (h *History) Activity(ctx context.Context, since time.Time, bucket time.Duration) ([]Bucket, error) {
	if bucket < time.Second {
		return nil, errors.New("count the activity: a bucket is shorter than a second")
	}
	from, length := since.UnixMicro(), bucket.Microseconds()
	end := from + length*maxBuckets
	if end < from || length > (1<<62)/maxBuckets {
		return nil, fmt.Errorf("count the activity: buckets of %v are too long", bucket)
	}
	var buckets []Bucket
	err := h.reads.snapshot(ctx, "count the activity", func(r database.Querier) error {
		return database.ForEach(ctx, r, func(rows *sql.Rows) error {
			var number int64
			var fate relay.Fate
			var count int
			if err := rows.Scan(&number, &fate, &count); err != nil {
				return err
			}
			start := database.TimeOf(from + number*length)
			if n := len(buckets); n == 0 || !buckets[n-1].Start.Equal(start) {
				buckets = append(buckets, Bucket{Start: start, ByFate: make(map[relay.Fate]int)})
			}
			b := &buckets[len(buckets)-1]
			if fate.Accepted() {
				b.Total += count
			}
			b.ByFate[fate] = count
			return nil
		}, `SELECT bucket, fate, SUM(n) FROM (
				SELECT (received_at - ?1) / ?2 AS bucket, fate, COUNT(*) AS n FROM events
					WHERE fate IN ('posted', 'waiting', 'failed', 'kept', 'recorded', 'late', 'unreadable')
						AND received_at >= ?1 AND received_at < ?3 GROUP BY bucket, fate
				UNION ALL
				SELECT (received_at - ?1) / ?2, fate, -COUNT(*) FROM events
					WHERE type = ?4 AND received_at >= ?1 AND received_at < ?3 GROUP BY 1, fate
			) GROUP BY bucket, fate HAVING SUM(n) > 0 ORDER BY bucket, fate`, from, length, end, relay.GapType)
	})
	return buckets, err
}

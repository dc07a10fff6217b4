package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// maxStretches is how many stretches of time Activity counts at most.
const maxStretches = 1000

// countActivity counts, for each of the stretches in the list ?1 and each fate of an
// accepted event, the events of that fate without those of the type ?2. It counts along
// the index of fates, which reads nothing but the entries that it counts: grouping them
// by their time takes eight times as long.
const countActivity = `SELECT s.key, f.value,
		(SELECT COUNT(*) FROM events WHERE fate = f.value AND received_at >= s.value ->> 0 AND received_at < s.value ->> 1)
		- (SELECT COUNT(*) FROM events WHERE type = ?2 AND +fate = f.value AND received_at >= s.value ->> 0 AND received_at < s.value ->> 1)
	FROM json_each(?1) s CROSS JOIN json_each('["posted", "waiting", "failed", "kept"]') f`

// Activity counts the events that arrived between each of bounds and the next one, for
// a chart: it returns one element fewer than there are bounds, which must rise. Events
// that the program made itself are not counted.
func (h *History) Activity(ctx context.Context, bounds []time.Time) ([]relay.Activity, error) {
	if len(bounds) < 2 || len(bounds) > maxStretches+1 {
		return nil, fmt.Errorf("count the activity: between %d moments", len(bounds))
	}
	stretches := make([][2]int64, len(bounds)-1)
	for i := range stretches {
		stretches[i] = [2]int64{bounds[i].UnixMicro(), bounds[i+1].UnixMicro()}
		if stretches[i][0] >= stretches[i][1] {
			return nil, fmt.Errorf("count the activity: from %v to %v", bounds[i], bounds[i+1])
		}
	}
	list, err := json.Marshal(stretches)
	if err != nil {
		return nil, fmt.Errorf("count the activity: %w", err)
	}
	counts := make([]relay.Activity, len(stretches))
	err = h.reads.snapshot(ctx, "count the activity", func(r database.Querier) error {
		clear(counts)
		return database.ForEach(ctx, r, func(rows *sql.Rows) error {
			var at, count int
			var fate relay.Fate
			err := rows.Scan(&at, &fate, &count)
			if err != nil {
				return err
			}
			counts[at].Total += count
			if fate == relay.FateFailed {
				counts[at].Failed += count
			}
			return nil
		}, countActivity, string(list), relay.GapType)
	})
	if err != nil {
		return nil, err
	}
	return counts, nil
}

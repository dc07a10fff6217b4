package gaps

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/intake"
	"vastrelay/vastapi"
)

const (
	// around is how far outside of a gap a row may lie that is looked at: the clocks
	// differ, and what was sent a moment before a gap began did not arrive either.
	around = 2 * time.Minute
	// sameTime is how far the times of a row and of a delivery may lie apart that tell
	// of the same event.
	sameTime = 2 * time.Minute
	// laterDelivery is how much later than it happened an event may have arrived whose
	// delivery does not say when that was.
	laterDelivery = 15 * time.Minute
)

// row is a row of the inbox as the event that it is caught up as.
type row struct {
	event relay.Event
	named bool // its id is Vast.ai's
}

// rowsOf turns rows of the inbox into events, oldest first, as of now. Their times
// stay Vast.ai's. A row without an id gets one that follows from what it says, and
// from how many older ones say the same.
func rowsOf(items []vastapi.InboxItem, now time.Time) []row {
	rows := make([]row, 0, len(items))
	for _, item := range items {
		ev := relay.Event{
			ID: intake.EventID(item.EventID), Role: relay.Role(item.Context), Subject: item.Subject, Message: item.Message,
			OccurredAt: item.CreatedAt, CaughtUp: true, Payload: []byte(item.Raw),
		}
		if !slices.Contains(relay.Roles(), ev.Role) {
			ev.Role = relay.RoleClient
		}
		ev.Type = strings.TrimPrefix(item.Type, string(ev.Role)+":")
		rows = append(rows, row{event: ev, named: ev.ID != ""})
	}
	slices.SortStableFunc(rows, func(a, b row) int { return a.event.OccurredAt.Compare(b.event.OccurredAt) })
	said := map[string]int{}
	for i := range rows {
		rows[i].event.ReceivedAt = now.Add(time.Duration(i) * precision) // so that they are listed in order
		if rows[i].named {
			continue
		}
		id := madeID(rows[i].event)
		said[id]++
		rows[i].event.ID = id + "-" + strconv.Itoa(said[id])
	}
	return rows
}

// madeID returns the begin of the id of a row that has none.
func madeID(ev relay.Event) string {
	h := sha256.New()
	for _, part := range []string{string(ev.Role), ev.Type, ev.Subject, ev.Message, ev.OccurredAt.UTC().Format(time.RFC3339Nano)} {
		_, _ = h.Write([]byte(strconv.Itoa(len(part)) + ":" + part))
	}
	return "inbox-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// chosen returns a function that reports whether events of a role and type are
// delivered to a webhook of ours.
func chosen(hooks []status.Webhook) func(relay.Event) bool {
	keys := map[string]bool{}
	for _, hook := range hooks {
		for _, key := range hook.Types {
			_, slug, full := strings.Cut(key, ":")
			if !full {
				slug = key
			}
			keys[string(hook.Role)+":"+slug] = true
		}
	}
	return func(ev relay.Event) bool { return keys[string(ev.Role)+":"+ev.Type] }
}

// gapAt returns the place in list of the gap in which something happened at the
// given time; -1 when there is none. Of two that are near, it is the one that the
// time lies in.
func gapAt(list []relay.Gap, at time.Time) int {
	near := -1
	for i, g := range list {
		if !at.Before(g.Start) && !at.After(g.End) {
			return i
		}
		if at.After(g.Start.Add(-around)) && at.Before(g.End.Add(around)) {
			near = i
		}
	}
	return near
}

// pairOff returns the rows that no delivered event tells of. The rows and the events
// say the same, so that only the times tell which belong together: one row to one
// event each. Both are in the order of time. ahead is how far this computer's clock
// is ahead of Vast.ai's.
func pairOff(rows []row, delivered []relay.Event, ahead time.Duration) (missing []row) {
	free := slices.SortedFunc(slices.Values(delivered), func(a, b relay.Event) int {
		return cmp.Or(happened(a, ahead).Compare(happened(b, ahead)), cmp.Compare(a.ID, b.ID))
	})
	for _, r := range rows {
		i := slices.IndexFunc(free, func(ev relay.Event) bool { return sameEvent(r.event, ev, ahead) })
		if i < 0 {
			missing = append(missing, r)
			continue
		}
		free = slices.Delete(free, i, i+1)
	}
	return missing
}

// happened is when a delivered event happened by Vast.ai's clock, as far as is known.
func happened(ev relay.Event, ahead time.Duration) time.Time {
	if !ev.OccurredAt.IsZero() {
		return ev.OccurredAt
	}
	return ev.ReceivedAt.Add(-ahead)
}

// sameEvent reports whether the times of a row and of a delivered event are those of
// one event.
func sameEvent(inRow, delivered relay.Event, ahead time.Duration) bool {
	late := happened(delivered, ahead).Sub(inRow.OccurredAt)
	if delivered.OccurredAt.IsZero() {
		return late > -sameTime && late < laterDelivery
	}
	return late.Abs() < sameTime
}

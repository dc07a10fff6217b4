package gaps

import (
	"fmt"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/vastapi"
)

func TestPairOff(t *testing.T) {
	base := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC)
	at := func(minutes ...float64) (list []time.Time) {
		for _, m := range minutes {
			list = append(list, base.Add(time.Duration(m*float64(time.Minute))))
		}
		return list
	}
	for name, tt := range map[string]struct {
		rows      []time.Time
		delivered []time.Time // when they happened
		arrived   []time.Time // when others arrived that do not say when they happened
		ahead     time.Duration
		missing   int
	}{
		"none was delivered":                            {rows: at(0, 1), missing: 2},
		"each was delivered":                            {rows: at(0, 1), delivered: at(0, 1)},
		"one of two that say the same was":              {rows: at(0, 1), delivered: at(0.5), missing: 1},
		"two were and the inbox shows one":              {rows: at(0), delivered: at(0, 0.1)},
		"the same words hours before are another event": {rows: at(0), delivered: at(-120), missing: 1},
		"a row pairs with the one it belongs to":        {rows: at(0, 3), delivered: at(3.5, 0.5)},
		"it arrived a while after it happened":          {rows: at(0), arrived: at(14)},
		"it arrived far too late":                       {rows: at(0), arrived: at(16), missing: 1},
		"it cannot arrive before it happens":            {rows: at(0), arrived: at(-3), missing: 1},
		"unless this computer's clock is behind":        {rows: at(0), arrived: at(-60), ahead: -time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			var rows []row
			for _, at := range tt.rows {
				rows = append(rows, row{event: relay.Event{OccurredAt: at}})
			}
			var delivered []relay.Event
			for i, at := range tt.delivered {
				delivered = append(delivered, relay.Event{ID: fmt.Sprint("d", i), OccurredAt: at, ReceivedAt: at})
			}
			for i, at := range tt.arrived {
				delivered = append(delivered, relay.Event{ID: fmt.Sprint("a", i), ReceivedAt: at})
			}
			if got := pairOff(rows, delivered, tt.ahead); len(got) != tt.missing {
				t.Errorf("got %+v, want %d missing", got, tt.missing)
			}
		})
	}
}

func TestRowsWithoutIDsKeepTheOnesThatTheyGet(t *testing.T) {
	now := time.Now()
	item := func(subject string, at int64) vastapi.InboxItem {
		return vastapi.InboxItem{Type: "outbid", Context: "client", Subject: subject, CreatedAt: time.Unix(at, 0)}
	}
	ids := func(items ...vastapi.InboxItem) map[string]bool {
		set := map[string]bool{}
		for _, r := range rowsOf(items, now) {
			set[r.event.ID] = true
		}
		return set
	}
	all := ids(item("b", 2), item("a", 1), item("a", 1), item("a", 3))
	if len(all) != 4 {
		t.Errorf("got %v, want four different ones", all)
	}
	// A newer row has pushed the oldest out.
	for id := range ids(item("c", 9), item("b", 2), item("a", 1), item("a", 3)) {
		if id != rowsOf([]vastapi.InboxItem{item("c", 9)}, now)[0].event.ID && !all[id] {
			t.Errorf("the id %s is new for an old row", id)
		}
	}
	if got := rowsOf([]vastapi.InboxItem{{EventID: "plain"}, {EventID: "<odd>"}}, now); got[0].event.ID != "plain" || got[1].event.ID == "<odd>" {
		t.Errorf("got %+v, want the ids under which deliveries are kept", got)
	}
}

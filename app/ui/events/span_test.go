package events

import (
	"context"
	"errors"
	"testing"
	"time"

	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay"
)

func TestTheEventsOfTodayAreListedWhole(t *testing.T) {
	b := uitest.Working()
	b.Rows = nil
	midnight := dayOf(kittest.Noon).from
	for i := range 450 { // the last 250 of them are of yesterday
		at := midnight.Add(time.Duration(200-i)*time.Minute - time.Second)
		b.Rows = append(b.Rows, relay.Summary{ID: "ev", Title: "Instance outbid", ReceivedAt: at, Fate: relay.FatePosted})
	}
	d := newDesk(t, b)
	d.show()
	d.v.list.filter.search.SetText("nothing has this")
	d.v.ShowToday()
	d.settled()
	l := d.v.list
	l.pages.loadOlder()
	d.settled()
	if got := len(l.events); got != 200 {
		t.Errorf("got %d events, want the 200 of today", got)
	}
	if last := l.events[len(l.events)-1].ReceivedAt; last.Before(midnight) {
		t.Errorf("the last is of %v", last)
	}
	d.WantText(l.box, "Events of today only")
	d.Tap(l.box, "Show all")
	d.settled()
	d.WantNoText(l.box, "only")
	if got := l.filter.query(); !got.Since.IsZero() || !got.Until.IsZero() || !l.pages.older {
		t.Errorf("the list is still limited: %+v", got)
	}
}

func TestADayIsCalledTodayUntilMidnight(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	cairo, err := time.LoadLocation("Africa/Cairo")
	if err != nil {
		t.Fatal(err)
	}
	at := func(month time.Month, day, hour int) time.Time {
		return time.Date(2026, month, day, hour, 0, 0, 0, zone)
	}
	for name, c := range map[string]struct {
		s     span
		now   time.Time
		want  string
		hours float64
	}{
		"today":                               {dayOf(at(11, 21, 14)), at(11, 21, 14), "today", 24},
		"the same day seen from the next one": {dayOf(at(11, 21, 14)), at(11, 22, 0), "Sat 21 Nov", 24},
		"a day that loses an hour":            {dayOf(at(3, 29, 14)), at(4, 2, 0), "Sun 29 Mar", 23},
		"a day that begins at one o'clock":    {dayOf(time.Date(2024, 4, 26, 9, 0, 0, 0, cairo)), time.Date(2024, 5, 2, 0, 0, 0, 0, cairo), "Fri 26 Apr", 23},
		"a day that gains an hour":            {dayOf(at(10, 25, 1)), at(11, 2, 0), "Sun 25 Oct", 25},
		"an hour":                             {span{at(11, 21, 14), at(11, 21, 15)}, at(11, 21, 16), "Sat 21 Nov, 14:00–15:00", 1},
		"the last hour of a day":              {span{at(11, 21, 23), at(11, 22, 0)}, at(11, 22, 16), "Sat 21 Nov, 23:00–00:00", 1},
	} {
		if got := c.s.name(c.now); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
		if got := c.s.to.Sub(c.s.from).Hours(); got != c.hours {
			t.Errorf("%s: got %v hours, want %v", name, got, c.hours)
		}
	}
}

func TestGoingToADateLeavesTheDay(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	d.v.ShowToday()
	d.settled()
	d.v.list.pages.goTo(kittest.Noon.AddDate(0, 0, -1))
	d.settled()
	d.WantNoText(d.v.list.box, "only")
	if d.v.list.index("ev-001") < 0 {
		t.Error("the list still ends where the day began")
	}
}

func TestAHistoryThatCannotBeReadPromisesNoEvents(t *testing.T) {
	b := uitest.Working()
	b.OnEvents = func(context.Context, relay.Query) ([]relay.Summary, error) { return nil, errors.New("disk broken") }
	d := newDesk(t, b)
	d.show()
	d.WantText(d.v.list.box, "Could not read the events")
	d.WantNoText(d.v.list.box, "appear here")
	if kittest.Button(d.v.list.box, testLabel) != nil {
		t.Error("a test is offered although it could not be seen")
	}
	b.OnEvents = nil
	d.Tap(d.v.list.box, "Try again")
	d.settled()
	d.WantText(d.v.list.rows, "Outbid #48926820")
	d.WantNoText(d.v.list.box, "Could not read the events")
}

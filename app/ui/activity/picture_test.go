package activity

import (
	"context"
	"errors"
	"testing"
	"time"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay"
)

func TestThePictureIsShownWhereItSaysSomething(t *testing.T) {
	for _, c := range []struct {
		name  string
		phase status.Phase
		hours []int
		never bool // no event has ever come
		asked bool
		want  string // empty: nothing is shown
	}{
		{name: "while relaying", phase: status.Relaying, hours: uitest.Hours(), asked: true, want: "38 events in 24 h"},
		{name: "while paused", phase: status.Paused, hours: uitest.Hours(), asked: true, want: "38 events"},
		{name: "a single event", phase: status.Relaying, hours: []int{1}, asked: true, want: "1 event in 24 h"},
		{name: "a quiet day, since another period can be chosen", phase: status.Relaying, asked: true, want: "No events in 24 h"},
		{name: "not before the first event", phase: status.Relaying, never: true, asked: true},
		{name: "not while something is wrong", phase: status.Attention, hours: uitest.Hours()},
		{name: "not while another computer relays", phase: status.Standby, hours: uitest.Hours()},
		{name: "not while stopped", phase: status.Stopped, hours: uitest.Hours()},
		{name: "not before the set-up", phase: status.Setup, hours: uitest.Hours()},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := uitest.WithStatus(uitest.PhaseStatus(c.phase))
			b.Hours = c.hours
			if c.never {
				b.State.LastEvent = time.Time{}
			}
			d := newDesk(t, b)
			d.show()
			if got := b.Called("Activity") > 0; got != c.asked {
				t.Errorf("asked: got %v, want %v", got, c.asked)
			}
			if c.want == "" {
				d.WantNoText(d.p.Box, "event")
				return
			}
			d.WantText(d.p.Box, c.want)
			if got := d.p.strip.AccessibilityLabel(); got != d.p.words.Text {
				t.Errorf("the strip says %q, want what is beside it", got)
			}
		})
	}
}

func TestThePictureFollowsTheProgram(t *testing.T) {
	b := uitest.WithoutRows()
	b.Hours, b.State.LastEvent = nil, time.Time{}
	d := newDesk(t, b)
	d.show()
	d.WantNoText(d.p.Box, "event")
	b.Hours = []int{2, 3}
	d.refresh(status.EventsChanged)
	d.counted()
	d.WantText(d.p.Box, "5 events")
	b.State = uitest.PhaseStatus(status.Attention)
	d.refresh(status.StatusChanged)
	d.WantNoText(d.p.Box, "event")
	b.State = uitest.RelayingStatus()
	b.OnActivity = func(context.Context, []time.Time) ([]relay.Activity, error) { return nil, errors.New("disk broken") }
	d.refresh(status.StatusChanged)
	d.counted()
	d.WantNoText(d.p.Box, "event")
}

func TestChangesDuringACountLeadToOneMore(t *testing.T) {
	b := uitest.Working()
	d := newDesk(t, b)
	d.show()
	asked := b.Called("Activity")
	hold := make(chan int, 2)
	b.OnActivity = func(_ context.Context, bounds []time.Time) ([]relay.Activity, error) {
		counts := make([]relay.Activity, len(bounds)-1)
		counts[0].Total = <-hold
		return counts, nil
	}
	for range 5 {
		d.refresh(status.EventsChanged)
	}
	hold <- 1
	hold <- 7
	d.Until("the second count", func() bool { return kittest.Sees(d.p.Box, "7 events") })
	d.counted()
	if got := b.Called("Activity") - asked; got != 2 {
		t.Errorf("5 changes led to %d counts, want 2", got)
	}
}

func TestDaysAreCountedAnewOnceChangesRest(t *testing.T) {
	b := uitest.Working()
	b.InForce.General.Activity = config.PeriodMonth
	d := newDesk(t, b)
	d.show()
	asked := b.Called("Activity 30")
	for range 5 {
		d.refresh(status.EventsChanged)
	}
	if got := b.Called("Activity") - asked; got != 0 {
		t.Errorf("changes led to %d counts at once, want none", got)
	}
	d.Pass(settleTime)
	d.counted()
	if got := b.Called("Activity 30") - asked; got != 1 {
		t.Errorf("5 changes led to %d counts, want 1", got)
	}
	d.refresh(status.EventsChanged)
	d.p.Hide()
	d.Pass(settleTime)
	if got := b.Called("Activity 30") - asked; got != 1 {
		t.Error("a hidden window counted")
	}
}

func TestACountIsGivenUpWhenTheWindowHides(t *testing.T) {
	b := uitest.Working()
	d := newDesk(t, b)
	d.show()
	ended := make(chan bool)
	b.OnActivity = func(ctx context.Context, _ []time.Time) ([]relay.Activity, error) {
		<-ctx.Done()
		close(ended)
		return make([]relay.Activity, 24), nil
	}
	d.refresh(status.EventsChanged)
	d.refresh(status.EventsChanged)
	d.p.Hide()
	<-ended
	b.OnActivity = nil
	asked := b.Called("Activity")
	d.Pump()
	if got := b.Called("Activity"); got != asked {
		t.Error("a hidden window counted again")
	}
	d.show()
	d.WantText(d.p.Box, "38 events")
}

func TestAPeriodIsChosenAndKept(t *testing.T) {
	b := uitest.Working()
	d := newDesk(t, b)
	d.show()
	for _, c := range []struct {
		period     config.Period
		item, want string
		bars       int
	}{
		{config.PeriodWeek, "Last 7 days", "19 events in 7 days", 7},
		{config.PeriodMonth, "Last 30 days", "38 events in 30 days", 30},
		{config.PeriodDay, "Last 24 hours", "38 events in 24 h", 24},
	} {
		d.p.choose.OnTapped()
		d.Pick(d.win, c.item)
		d.counted()
		d.WantText(d.p.Box, c.want)
		if got := len(d.p.strip.counts); got != c.bars {
			t.Errorf("%s: %d bars, want %d", c.item, got, c.bars)
		}
		d.Until("the choice", func() bool { return b.Settings().General.PeriodOrDefault() == c.period })
	}
	b.InForce.General.Activity = config.PeriodMonth
	again := newDesk(t, b)
	again.show()
	again.WantText(again.p.Box, "in 30 days")
	for _, item := range again.p.menu().Items {
		if item.Checked != (item.Label == "Last 30 days") {
			t.Errorf("%s is marked as chosen: %v", item.Label, item.Checked)
		}
	}
}

func TestAChoiceThatCannotBeKeptIsSaid(t *testing.T) {
	b := uitest.Working()
	b.OnChangeSettings = func(context.Context, config.Settings) error { return errors.New("disk full") }
	d := newDesk(t, b)
	d.show()
	d.p.choosePeriod(config.PeriodWeek)
	d.Until("the failure", func() bool { return len(d.failed) == 1 })
	d.counted()
	d.WantText(d.p.Box, "in 7 days")
}

func TestMidnightBeginsANewBar(t *testing.T) {
	b := uitest.Working()
	b.InForce.General.Activity = config.PeriodWeek
	d := newDesk(t, b)
	d.show()
	last := d.p.bounds[6]
	d.Now = d.Now.Add(10 * time.Hour)
	d.p.Tick()
	d.counted()
	if got := d.p.bounds[6].Sub(last); got != 24*time.Hour {
		t.Errorf("the last bar begins %v later, want a day", got)
	}
}

func TestATickCountsOnlyWhereABarBegins(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	for _, c := range []struct {
		name  string
		after time.Duration
		want  bool
	}{{"the same hour", 30 * time.Second, false}, {"the next hour", time.Hour, true}} {
		d.Now = d.Now.Add(c.after)
		d.p.Tick()
		if got := d.p.Counting(); got != c.want {
			t.Errorf("%s: got %v for a count, want %v", c.name, got, c.want)
		}
		d.counted()
	}
	d.p.show(nil, nil) // it could not be counted
	if d.p.Tick(); !d.p.Counting() {
		t.Error("a count that failed is not made again")
	}
	d.counted()
}

package events

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay"
)

// manyRows are n posted events, newest first, one a minute.
func manyRows(n int) []relay.Summary {
	rows := make([]relay.Summary, n)
	for i := range rows {
		rows[i] = relay.Summary{
			ID: fmt.Sprintf("ev-%05d", n-i), Title: fmt.Sprintf("event %d", n-i), Type: "instance_started",
			ReceivedAt: kittest.Noon.Add(-time.Duration(i) * time.Minute), Fate: relay.FatePosted,
		}
	}
	return rows
}

func TestSelectionAndViewStayWhenEventsArrive(t *testing.T) {
	b := uitest.Working()
	b.Rows = manyRows(60)
	d := newDesk(t, b)
	d.show()
	l := d.v.list
	l.rows.Select(20)
	d.Pump()
	if l.selected != "ev-00040" {
		t.Fatalf("got %s selected, want ev-00040", l.selected)
	}
	l.rows.ScrollToOffset(15 * l.rows.RowHeight())
	before := l.rows.GetScrollOffset()
	b.Mu.Lock()
	b.Rows = append([]relay.Summary{{ID: "new-2", Title: "two", ReceivedAt: kittest.Noon}, {ID: "new-1", Title: "one", ReceivedAt: kittest.Noon}}, b.Rows...)
	b.Mu.Unlock()
	b.Emit()
	d.Pump()
	d.settled()
	if l.selected != "ev-00040" || l.rows.At != 22 {
		t.Errorf("the selection is %s at row %d, want ev-00040 at row 22", l.selected, l.rows.At)
	}
	if got, want := l.rows.GetScrollOffset()-before, 2*l.rows.RowHeight(); got != want {
		t.Errorf("the view moved by %v, want %v", got, want)
	}
	if d.v.opened.id != "ev-00040" {
		t.Errorf("the detail pane turned to %s", d.v.opened.id)
	}
}

func TestNewEventsShowAtTheTop(t *testing.T) {
	b := uitest.Working()
	b.Rows = manyRows(60)
	d := newDesk(t, b)
	d.show()
	b.Mu.Lock()
	b.Rows = append([]relay.Summary{{ID: "new", Title: "brand new", ReceivedAt: kittest.Noon}}, b.Rows...)
	b.Mu.Unlock()
	b.Emit()
	d.Pump()
	d.settled()
	d.WantText(d.v.list.rows, "brand new")
	if got := d.v.list.rows.GetScrollOffset(); got != 0 {
		t.Errorf("the view moved to %v", got)
	}
}

func TestSearchWaitsForTheTypingToRest(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	l := d.v.list
	asked := d.b.Called("Events")
	test.Type(l.filter.search, "outbid")
	if got := d.b.Called("Events"); got != asked {
		t.Errorf("typing asked %d times", got-asked)
	}
	if got := d.Pass(searchPause); got != 1 {
		t.Errorf("%d searches are due, want 1", got)
	}
	d.Pump()
	d.settled()
	if got := d.b.Called(`Events search="outbid"`); got != 1 {
		t.Errorf("got %d searches, want 1", got)
	}
	if len(l.events) != 1 {
		t.Errorf("got %d rows, want 1", len(l.events))
	}
	l.filter.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	d.settled()
	if got := len(l.events); got != len(uitest.Rows()) {
		t.Errorf("Escape left %d rows, want all", got)
	}
}

func TestATypedSearchThatWaitsIsDroppedByAnotherChoice(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	test.Type(d.v.list.filter.search, "outbid")
	d.v.ShowToday()
	if got := d.Pass(searchPause); got != 0 {
		t.Errorf("%d searches are still to come, want none", got)
	}
	d.settled()
	if got := d.v.list.filter.search.Text; got != "" || len(d.v.list.events) == 0 {
		t.Errorf("got the search %q and %d rows, want the events of today", got, len(d.v.list.events))
	}
}

func TestFilters(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	l := d.v.list
	l.filter.fate.SetSelected("Not posted")
	d.settled()
	if len(l.events) != 1 || l.events[0].ID != "ev-006" {
		t.Errorf("got %v", l.events)
	}
	l.filter.kind.SetSelected("Instance outbid")
	d.settled()
	d.WantText(l.box, "No event matches.")
	if l.rows.Visible() {
		t.Error("an empty list lies over what is said in its place")
	}
	d.Tap(l.box, "Clear the filters")
	d.settled()
	if got := len(l.events); got != len(uitest.Rows()) {
		t.Errorf("got %d rows, want all", got)
	}
	if got := d.b.Called(`Events search="" type="outbid" fate="failed"`); got != 1 {
		t.Errorf("the filters asked %d times, want once", got)
	}
}

func TestWhatWaitsIsFilteredAsHeldWhilePaused(t *testing.T) {
	d := newDesk(t, uitest.WithStatus(uitest.PhaseStatus(status.Paused)))
	d.show()
	l := d.v.list
	if slices.Contains(l.filter.fate.Options, "Waiting") {
		t.Errorf("got the outcomes %q while posting is paused", l.filter.fate.Options)
	}
	l.filter.fate.SetSelected("Held")
	d.settled()
	if len(l.events) != 1 || l.events[0].Fate != relay.FateWaiting {
		t.Errorf("got %v, want what is held", l.events)
	}
	d.become(status.Relaying)
	d.settled()
	if got := l.filter.fate.Selected; got != "Waiting" || l.filter.query().Fate != relay.FateWaiting {
		t.Errorf("the filter became %q when posting went on", got)
	}
}

func TestWhatIsHeldIsCalledSoWhileSomethingFailsAsWell(t *testing.T) {
	s := uitest.PhaseStatus(status.Attention)
	s.PausedSince = kittest.Noon.Add(-time.Hour)
	d := newDesk(t, uitest.WithStatus(s))
	d.show()
	d.v.ShowFate(relay.FateWaiting)
	d.settled()
	if got := d.v.list.filter.fate.Selected; got != "Held" {
		t.Errorf("the filter is %q, want Held", got)
	}
	d.WantText(d.v.list.rows, "held · 41 min ago")
}

func TestAnOutdatedQueryIsCancelled(t *testing.T) {
	b := uitest.Working()
	cancelled := make(chan bool, 1)
	b.OnEvents = func(ctx context.Context, q relay.Query) ([]relay.Summary, error) {
		if q.Fate == relay.FatePosted {
			<-ctx.Done()
			cancelled <- true
			return uitest.Rows(), nil
		}
		return uitest.Rows()[:2], nil
	}
	d := newDesk(t, b)
	d.show()
	l := d.v.list
	l.filter.fate.SetSelected("Posted")
	l.filter.fate.SetSelected("Waiting")
	<-cancelled
	d.settled()
	d.Pump()
	if len(l.events) != 2 {
		t.Errorf("got %d rows, want the 2 of the last query", len(l.events))
	}
}

func TestAChangeDuringAQueryIsNotLost(t *testing.T) {
	b := uitest.Working()
	d := newDesk(t, b)
	d.show()
	hold := make(chan bool)
	calls := 0
	b.OnEvents = func(context.Context, relay.Query) ([]relay.Summary, error) {
		calls++
		if calls == 1 {
			<-hold
			return uitest.Rows()[1:], nil
		}
		return uitest.Rows(), nil
	}
	b.Emit()
	d.Pump()
	b.Emit()
	d.Pump()
	close(hold)
	d.Until("the second look", func() bool {
		return len(d.v.list.events) == len(uitest.Rows()) && d.v.list.pages.read.stop == nil
	})
}

func TestUnreadableHistoryIsTold(t *testing.T) {
	b := uitest.Working()
	fail := true
	b.OnEvents = func(context.Context, relay.Query) ([]relay.Summary, error) {
		if fail {
			return nil, errors.New("disk I/O error")
		}
		return uitest.Rows(), nil
	}
	d := newDesk(t, b)
	d.show()
	d.WantText(d.v.list.box, "Could not read the events")
	fail = false
	b.Emit()
	d.Pump()
	d.settled()
	d.WantNoText(d.v.list.box, "Could not read the events")
}

func TestEmptyListOffersATest(t *testing.T) {
	d := newDesk(t, uitest.WithoutRows())
	d.show()
	d.WantText(d.v.list.box, "Vast.ai events appear here, newest first, as they arrive.")
	d.Tap(d.v.list.box, testLabel)
	if d.tests != 1 {
		t.Errorf("the button asked for %d tests, want 1", d.tests)
	}
}

func TestArrowKeysChooseEvents(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	l := d.v.list
	press := func(key fyne.KeyName) { l.rows.TypedKey(&fyne.KeyEvent{Name: key}) }
	l.filter.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if d.win.Canvas().Focused() != fyne.Focusable(l.rows) {
		t.Error("Down does not lead from the search to the rows")
	}
	for _, c := range []struct {
		key  fyne.KeyName
		want string
	}{
		{fyne.KeyDown, "ev-009"},
		{fyne.KeyDown, "ev-008"},
		{fyne.KeyUp, "ev-009"},
		{fyne.KeyUp, "ev-009"},
		{fyne.KeyEnd, "ev-001"},
		{fyne.KeyDown, "ev-001"},
		{fyne.KeyHome, "ev-009"},
	} {
		press(c.key)
		if d.v.opened.id != c.want {
			t.Errorf("%s leads to %s, want %s", c.key, d.v.opened.id, c.want)
		}
	}
	d.Until("the detail", func() bool { return kittest.Sees(d.v.detail.box, "Raise the bid to resume it.") })
}

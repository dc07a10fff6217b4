package events

import (
	"context"
	"errors"
	"testing"

	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay"
)

// scrollTo scrolls so that row i is the first in view, and waits for what that has
// been read.
func (d *desk) scrollTo(i int) {
	d.T.Helper()
	rows := d.v.list.rows
	rows.ScrollToOffset(float32(i) * rows.RowHeight())
	rows.Refresh()
	d.Pump()
	d.settled()
	d.Pump()
}

// wantInOrder fails unless the rows go from the first id to the last without a gap.
func (d *desk) wantInOrder(all []relay.Summary, first, last string) {
	d.T.Helper()
	got := d.v.list.events
	if len(got) > maxRows || got[0].ID != first || got[len(got)-1].ID != last {
		d.T.Fatalf("got %d rows from %s to %s, want %s to %s", len(got), got[0].ID, got[len(got)-1].ID, first, last)
	}
	at := 0
	for all[at].ID != first {
		at++
	}
	for i, row := range got {
		if row.ID != all[at+i].ID {
			d.T.Fatalf("row %d is %s, want %s", i, row.ID, all[at+i].ID)
		}
	}
}

// topRow is the id of the first row in view.
func (d *desk) topRow() string {
	rows := d.v.list.rows
	return d.v.list.events[int(rows.GetScrollOffset()/rows.RowHeight()+0.5)].ID
}

func TestScrollingLeadsThroughTheWholeHistory(t *testing.T) {
	b := uitest.Working()
	b.Rows = manyRows(1210)
	d := newDesk(t, b)
	d.show()
	for steps := 0; d.v.list.pages.older; steps++ {
		if steps > 100 {
			t.Fatal("the end is never reached")
		}
		d.scrollTo(len(d.v.list.events) - 1)
	}
	d.wantInOrder(b.Rows, "ev-00500", "ev-00001")
	asked := b.Called("Events")
	b.Emit()
	d.Pump()
	if got := b.Called("Events"); got != asked {
		t.Error("a change pulled the person out of the past")
	}
	for steps := 0; d.v.list.pages.detached; steps++ {
		if steps > 100 {
			t.Fatal("the newest are never reached")
		}
		d.scrollTo(0)
	}
	d.wantInOrder(b.Rows, "ev-01210", "ev-00711")
	b.Emit()
	d.Pump()
	d.settled()
	if got := b.Called("Events"); got == asked {
		t.Error("the newest rows do not follow what happens")
	}
}

func TestAPageThatComesDoesNotMoveTheView(t *testing.T) {
	b := uitest.Working()
	b.Rows = manyRows(900)
	d := newDesk(t, b)
	d.show()
	for _, row := range []int{85, 185, 285, 385, 485} {
		d.scrollTo(row)
	}
	if !d.v.list.pages.detached {
		t.Fatal("the first rows are still there")
	}
	if got, want := d.topRow(), b.Rows[485].ID; got != want {
		t.Errorf("the first row in view is %s, want %s", got, want)
	}
	d.scrollTo(5)
	if got, want := d.topRow(), b.Rows[105].ID; got != want {
		t.Errorf("after newer rows came the first in view is %s, want %s", got, want)
	}
}

func TestThereIsAButtonBackToTheNewest(t *testing.T) {
	b := uitest.Working()
	b.Rows = manyRows(900)
	d := newDesk(t, b)
	d.show()
	if kittest.Button(d.v.list.box, "Back to the newest") != nil {
		t.Error("it is there although nothing is newer")
	}
	for _, row := range []int{85, 185, 285, 385, 485} {
		d.scrollTo(row)
	}
	d.Tap(d.v.list.box, "Back to the newest")
	d.settled()
	d.wantInOrder(b.Rows, "ev-00900", "ev-00801")
	if got := d.v.list.rows.GetScrollOffset(); got != 0 {
		t.Errorf("the view is at %v, want the top", got)
	}
}

func TestAPageThatCouldNotBeReadIsReadOnceMore(t *testing.T) {
	b := uitest.Working()
	b.Rows = manyRows(300)
	d := newDesk(t, b)
	d.show()
	b.OnEvents = func(context.Context, relay.Query) ([]relay.Summary, error) { return nil, errors.New("disk I/O error") }
	d.scrollTo(95)
	d.WantText(d.v.list.box, "Could not read the events")
	b.OnEvents = nil
	d.Tap(d.v.list.box, "Try again")
	d.settled()
	if got := len(d.v.list.events); got != 200 {
		t.Errorf("got %d rows, want those before and the page that follows them", got)
	}
	d.WantNoText(d.v.list.box, "Could not read the events")
}

func TestAPageThatCannotBeReadIsAskedForOnce(t *testing.T) {
	b := uitest.Working()
	b.Rows = manyRows(300)
	d := newDesk(t, b)
	d.show()
	broken := 0
	b.OnEvents = func(context.Context, relay.Query) ([]relay.Summary, error) {
		broken++
		return nil, errors.New("disk I/O error")
	}
	for range 3 {
		d.scrollTo(95)
	}
	if broken != 1 {
		t.Errorf("asked %d times, want once", broken)
	}
	d.WantText(d.v.list.box, "Could not read the events")
	b.OnEvents = nil
	b.Emit()
	d.Pump()
	d.settled()
	d.scrollTo(95)
	if got := len(d.v.list.events); got != 200 {
		t.Errorf("got %d rows once it can be read again, want 200", got)
	}
}

package events

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay"
)

func TestAgesPass(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	d.open("ev-009")
	d.WantText(d.v.detail.box, "4 min ago · Sat 21 Nov 2026, 14:02:00")
	d.Now = kittest.Noon.Add(time.Hour)
	d.v.Tick()
	d.WantText(d.v.list.rows, "1 h ago")
	d.WantText(d.v.detail.box, "1 h ago · Sat 21 Nov 2026, 14:02:00")
}

func TestOpeningAnEventSelectsItsRow(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.open("ev-009") // Its row is not read yet.
	d.settled()
	if got := d.v.list.rows.At; got != 0 {
		t.Errorf("row %d is selected, want 0", got)
	}
}

func TestAnOpenedEventComesBeforeWhatSharesItsPlace(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.v.ShareDetail("Chat space", kit.Label("the messages"))
	d.show()
	d.WantText(d.win.Content(), "the messages")
	d.open("ev-009")
	d.WantText(d.win.Content(), "Signature checked")
	d.WantNoText(d.win.Content(), "the messages")
}

func TestWhatDependsOnTheStateFollowsIt(t *testing.T) {
	b := notYetRelaying()
	b.Hours = uitest.Hours()
	d := newDesk(t, b)
	d.show()
	c := d.win.Content()
	if kittest.Button(c, testLabel) != nil || kittest.Sees(c, "in 24 h") {
		t.Fatal("a test or the hours are shown while it connects")
	}
	b.Mu.Lock()
	b.State = uitest.RelayingStatus()
	b.Mu.Unlock()
	b.EmitChange(status.StatusChanged) // There is no event, so nothing else is new.
	d.Until("the hours", func() bool { return kittest.Sees(c, "in 24 h") })
	if kittest.Button(c, testLabel) == nil {
		t.Error("no test is offered although it could arrive")
	}
	asked := b.Called("Activity")
	b.EmitChange(status.StatusChanged)
	d.Pump()
	d.counted()
	if got := b.Called("Activity") - asked; got != 0 {
		t.Errorf("the hours were counted %d times more without news of events, want 0", got)
	}
}

func TestAPauseWithoutAnEndIsSeenAtOnce(t *testing.T) {
	b := uitest.Working()
	waits := uitest.Detail()
	waits.Event.ID, waits.Fate, waits.Posts = "ev-007", relay.FateWaiting, nil
	b.Details["ev-007"] = waits
	d := newDesk(t, b)
	d.show()
	d.open("ev-007")
	d.settled()
	b.Mu.Lock()
	b.State.Phase = status.Paused
	b.Mu.Unlock()
	b.EmitChange(status.StatusChanged) // Neither a time nor a count is new.
	d.Pump()
	d.WantText(d.v.list.rows, "held · 41 min ago")
	d.WantText(d.v.detail.box, "Held here until posting goes on.")
}

func TestASearchThatWaitsEndsWithTheWindow(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	d.v.list.filter.search.SetText("outbid")
	d.hide()
	if got := d.Pass(searchPause); got != 0 {
		t.Errorf("%d searches are due in a hidden window, want 0", got)
	}
	d.show()
	if got := len(d.v.list.events); got != 1 {
		t.Errorf("got %d rows once it is shown again, want the 1 that was searched for", got)
	}
}

func TestEscapeInTheSearch(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	search := d.v.list.filter.search
	escape := &fyne.KeyEvent{Name: fyne.KeyEscape}
	search.SetText("outbid")
	search.TypedKey(escape)
	if search.Text != "" || d.escapes != 0 {
		t.Errorf("got %q and %d escapes left to the window, want the search emptied", search.Text, d.escapes)
	}
	search.TypedKey(escape)
	if d.escapes != 1 {
		t.Errorf("got %d escapes left to the window, want 1 from an empty search", d.escapes)
	}
}

// notYetRelaying is a program without events that connects.
func notYetRelaying() *uitest.Program {
	b := uitest.WithStatus(uitest.PhaseStatus(status.Starting))
	b.Rows, b.Details = nil, nil
	return b
}

func TestWhereTheFocusBegins(t *testing.T) {
	for _, c := range []struct {
		name string
		b    *uitest.Program
		set  func(d *desk)
		want func(d *desk) fyne.Focusable
	}{
		{"the events are there to be walked through", uitest.Working(), nil, func(d *desk) fyne.Focusable { return d.v.list.rows }},
		{"without one, a test is next", uitest.WithoutRows(), nil, func(d *desk) fyne.Focusable { return kittest.Button(d.win.Content(), testLabel) }},
		{"while no test can arrive, the search is", notYetRelaying(), nil, func(d *desk) fyne.Focusable { return d.v.list.filter.search }},
		{
			"where none matches, the way back is",
			uitest.Working(),
			func(d *desk) { d.v.list.filter.search.SetText("no such event") },
			func(d *desk) fyne.Focusable { return kittest.Button(d.win.Content(), "Clear the filters") },
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, c.b)
			if c.set != nil {
				c.set(d)
			}
			d.show()
			if got := d.win.Canvas().Focused(); got != c.want(d) {
				t.Errorf("got the focus at %T", got)
			}
		})
	}
}

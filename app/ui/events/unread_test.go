package events

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
)

// withUnread is a healthy program whose first n events nobody has read.
func withUnread(n int) *uitest.Program {
	b := uitest.Working()
	b.Rows = manyRows(max(n, 30))
	for i := range n {
		b.Rows[i].Unread = true
	}
	return b
}

// unreadRows lists the rows that nobody has read.
func (d *desk) unreadRows() (ids []string) {
	for _, e := range d.v.list.events {
		if e.Unread {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

// noted waits until nothing is left to be noted.
func (d *desk) noted() {
	d.T.Helper()
	d.Until("the note", func() bool {
		u := d.v.unread
		return u.noting == nil && len(u.waiting) == 0 && u.counting == nil
	})
}

func TestAnOpenedEventIsRead(t *testing.T) {
	b := withUnread(3)
	d := newDesk(t, b)
	d.show()
	d.noted()
	d.WantText(d.v.list.box, "3 unread")
	d.v.list.rows.Select(1)
	d.noted()
	if got, want := d.unreadRows(), []string{"ev-00030", "ev-00028"}; !slices.Equal(got, want) {
		t.Errorf("unread are %q, want %q", got, want)
	}
	d.WantText(d.v.list.box, "2 unread")
	if b.Called("MarkRead ev-00029") != 1 {
		t.Error("it is not noted")
	}
}

func TestWhatIsPassedByKeysIsNotedTogether(t *testing.T) {
	b := withUnread(20)
	d := newDesk(t, b)
	d.show()
	d.noted()
	hold := make(chan bool)
	b.OnMarkRead = func() error { <-hold; return nil }
	for range 10 {
		d.v.list.rows.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	}
	close(hold)
	d.noted()
	if got := b.Called("MarkRead"); got != 2 {
		t.Errorf("ten events took %d notes, want 2", got)
	}
	d.WantText(d.v.list.box, "10 unread")
}

func TestAReadEventStaysReadWhileThatIsBeingNoted(t *testing.T) {
	b := withUnread(3)
	d := newDesk(t, b)
	d.show()
	d.noted()
	hold := make(chan bool)
	b.OnMarkRead = func() error { <-hold; return nil }
	d.v.list.rows.Select(1)
	b.Emit() // The history is read again before it knows.
	d.Pump()
	d.settled()
	if got, want := d.unreadRows(), []string{"ev-00030", "ev-00028"}; !slices.Equal(got, want) {
		t.Errorf("unread are %q, want %q", got, want)
	}
	close(hold)
	d.noted()
}

func TestMarkAllRead(t *testing.T) {
	b := withUnread(25)
	d := newDesk(t, b)
	d.show()
	d.noted()
	b.OnMarkRead = func() error { return errors.New("disk full") }
	d.Tap(d.v.list.box, "Mark all read")
	d.Until("the failure", func() bool { return len(d.problems.Objects) > 0 })
	d.WantText(d.problems, "Could not note what is read")
	d.WantText(d.v.list.box, "25 unread")
	b.OnMarkRead = nil
	d.Tap(d.v.list.box, "Mark all read")
	d.Until("nothing unread", func() bool { return len(d.unreadRows()) == 0 && d.v.unread.count == 0 })
	if kittest.Button(d.v.list.box, "Mark all read") != nil || strings.Contains(strings.Join(kittest.Texts(d.v.list.box), " "), "unread") {
		t.Error("there is still something to mark")
	}
}

func TestManyUnreadAreNotCountedToTheEnd(t *testing.T) {
	d := newDesk(t, uitest.Working())
	for n, want := range map[int]string{0: "", 1: "1 unread", 999: "999 unread", 1000: "More than 999 unread"} {
		d.v.unread.set(n)
		if got := d.v.list.foot.unread.Text; got != want || d.unread != n {
			t.Errorf("%d: the list says %q, want %q; the window heard of %d", n, got, want, d.unread)
		}
	}
}

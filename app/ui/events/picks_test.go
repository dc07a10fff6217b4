package events

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay"
)

const (
	shift   = fyne.KeyModifierShift
	control = fyne.KeyModifierShortcutDefault
)

// press types a key into the list with those modifiers held.
func (d *desk) press(held fyne.KeyModifier, keys ...fyne.KeyName) {
	rows := d.v.list.rows
	rows.Modifiers = func() fyne.KeyModifier { return held }
	for _, key := range keys {
		rows.TypedKey(&fyne.KeyEvent{Name: key})
	}
	rows.Modifiers = nil
}

// pickedIDs lists the rows that are selected together.
func (d *desk) pickedIDs() []string { return idsOf(d.v.list.picks.picked()) }

// pickRows shows the window with the rows at those places selected.
func (d *desk) pickRows(rows ...int) {
	d.T.Helper()
	d.show()
	for _, i := range rows {
		d.v.list.rows.Tapped(i, control)
	}
}

func TestSeveralRowsAreSelected(t *testing.T) {
	click := func(row int, held fyne.KeyModifier) func(*desk) {
		return func(d *desk) { d.v.list.rows.Tapped(row, held) }
	}
	keys := func(held fyne.KeyModifier, keys ...fyne.KeyName) func(*desk) {
		return func(d *desk) { d.press(held, keys...) }
	}
	shortcut := func(s fyne.Shortcut) func(*desk) { return func(d *desk) { d.v.list.rows.TypedShortcut(s) } }
	const one, two, three, four, five = "ev-00005", "ev-00004", "ev-00003", "ev-00002", "ev-00001"
	for name, tt := range map[string]struct {
		do   []func(*desk)
		want []string
	}{
		"a click selects none for several":       {[]func(*desk){click(1, 0)}, nil},
		"Control and a click add to the one":     {[]func(*desk){click(0, 0), click(2, control)}, []string{one, three}},
		"and take away again":                    {[]func(*desk){click(0, 0), click(2, control), click(0, control)}, []string{three}},
		"until nothing is left":                  {[]func(*desk){click(2, control), click(2, control)}, nil},
		"Shift and a click go up to there":       {[]func(*desk){click(1, 0), click(3, shift)}, []string{two, three, four}},
		"also upwards":                           {[]func(*desk){click(3, 0), click(1, shift)}, []string{two, three, four}},
		"from where Control left off":            {[]func(*desk){click(0, 0), click(4, control), click(3, shift)}, []string{four, five}},
		"without a row before, that one":         {[]func(*desk){click(2, shift)}, []string{three}},
		"Shift and arrows go further":            {[]func(*desk){click(1, 0), keys(shift, fyne.KeyDown, fyne.KeyDown)}, []string{two, three, four}},
		"and back":                               {[]func(*desk){click(1, 0), keys(shift, fyne.KeyDown, fyne.KeyDown, fyne.KeyUp)}, []string{two, three}},
		"and beyond where they began":            {[]func(*desk){click(1, 0), keys(shift, fyne.KeyDown, fyne.KeyUp, fyne.KeyUp)}, []string{one, two}},
		"Shift and End":                          {[]func(*desk){click(2, 0), keys(shift, fyne.KeyEnd)}, []string{three, four, five}},
		"Control and A":                          {[]func(*desk){shortcut(&fyne.ShortcutSelectAll{})}, []string{one, two, three, four, five}},
		"Control and Space":                      {[]func(*desk){click(0, 0), keys(0, fyne.KeyDown), shortcut(&desktop.CustomShortcut{KeyName: fyne.KeySpace, Modifier: control})}, nil},
		"an arrow key alone ends it":             {[]func(*desk){click(0, 0), click(2, control), keys(0, fyne.KeyDown)}, nil},
		"so does a click":                        {[]func(*desk){click(0, 0), click(2, control), click(2, 0)}, nil},
		"and Escape":                             {[]func(*desk){click(0, 0), click(2, control), keys(0, fyne.KeyEscape)}, nil},
		"Control and A and a click without some": {[]func(*desk){shortcut(&fyne.ShortcutSelectAll{}), click(1, control)}, []string{one, three, four, five}},
	} {
		t.Run(name, func(t *testing.T) {
			b := uitest.Working()
			b.Rows = manyRows(5)
			d := newDesk(t, b)
			d.show()
			for _, do := range tt.do {
				do(d)
			}
			if got := d.pickedIDs(); !slices.Equal(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := kittest.Button(d.v.list.box, "Mark read") != nil; got != (len(tt.want) > 0) {
				t.Errorf("the buttons for several are visible: %v", got)
			}
		})
	}
}

func TestSelectingSeveralOpensNothing(t *testing.T) {
	b := uitest.Working()
	b.Rows = manyRows(5)
	d := newDesk(t, b)
	d.show()
	d.v.list.rows.Tapped(0, 0)
	d.v.list.rows.Tapped(3, shift)
	if d.v.opened.id != "ev-00005" {
		t.Errorf("%s is open, want the first", d.v.opened.id)
	}
	d.v.list.rows.Tapped(3, 0)
	if d.v.opened.id != "ev-00002" {
		t.Errorf("a click opens %s, want the row", d.v.opened.id)
	}
}

func TestSeveralStaySelectedWhenEventsArrive(t *testing.T) {
	b := uitest.Working()
	b.Rows = manyRows(5)
	d := newDesk(t, b)
	d.pickRows(1, 2)
	b.Mu.Lock()
	b.Rows = append([]relay.Summary{{ID: "new", Title: "new", ReceivedAt: kittest.Noon}}, b.Rows[:2]...)
	b.Mu.Unlock()
	b.Emit()
	d.Pump()
	d.settled()
	if got, want := d.pickedIDs(), []string{"ev-00004"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q: the other one is not there any more", got, want)
	}
	d.WantText(d.v.list.box, "1 selected")
}

func TestResendSeveral(t *testing.T) {
	for name, tt := range map[string]struct {
		posts int // of each call
		err   error
		rows  []int
		want  string
		calls int
	}{
		"each is posted again":                   {1, nil, []int{0, 3}, "Resent 2 events ✓", 2},
		"what waits or is a test has nothing":    {1, nil, []int{0, 2, 5}, "Resent 1 event ✓ · 2 events had nothing to resend", 1},
		"what was late is posted anyway":         {1, nil, []int{0, 4}, "Resent 2 events ✓", 2},
		"what is on its way already is not said": {0, nil, []int{0, 3}, "2 events had nothing to resend", 2},
		"a failure is told":                      {0, errors.New("disk full"), []int{0, 3}, "Could not post the events", 1},
		"what is no longer kept stops no other":  {0, relay.ErrNotFound, []int{0, 3}, "2 events had nothing to resend", 2},
	} {
		t.Run(name, func(t *testing.T) {
			b := uitest.Working()
			b.OnResend = func(context.Context) (int, error) { return tt.posts, tt.err }
			d := newDesk(t, b)
			d.pickRows(tt.rows...)
			d.Tap(d.v.list.picks.box, "Resend")
			d.Until("the answer", func() bool { return !d.v.list.picks.running })
			d.WantText(d.v.list.picks.box, tt.want)
			if got := b.Called("Resend") + b.Called("PostAnyway"); got != tt.calls {
				t.Errorf("posted %d times, want %d", got, tt.calls)
			}
		})
	}
}

// TestResendSeveralHalfWay posts nothing twice where a person goes on after a failure.
func TestResendSeveralHalfWay(t *testing.T) {
	b := uitest.Working()
	calls, failing := 0, errors.New("disk full")
	b.OnResend = func(context.Context) (int, error) {
		calls++
		if calls == 2 {
			return 0, failing
		}
		return 1, nil
	}
	d := newDesk(t, b)
	d.pickRows(0, 3)
	rest := d.pickedIDs()[1:]
	d.Tap(d.v.list.picks.box, "Resend")
	d.Until("the answer", func() bool { return !d.v.list.picks.running })
	d.WantText(d.v.list.picks.box, "Resent 1 event ✓")
	d.WantText(d.v.list.picks.box, "Could not post the events")
	if got := d.pickedIDs(); !slices.Equal(got, rest) {
		t.Errorf("selected are %q, want %q alone, which was not posted", got, rest)
	}
	d.Tap(d.v.list.picks.box, "Resend")
	d.Until("the answer", func() bool { return !d.v.list.picks.running })
	if calls != 3 {
		t.Errorf("posted %d times, want once more for the one that failed", calls)
	}
}

func TestManyArePostedAgainOnlyOnceThatIsConfirmed(t *testing.T) {
	b := uitest.Working()
	b.Rows = manyRows(manyPosts + 1)
	d := newDesk(t, b)
	d.show()
	d.v.list.picks.all()
	d.Tap(d.v.list.picks.box, "Resend")
	d.WantText(d.v.list.picks.box, fmt.Sprintf("Resend posts %d messages, about one a second.", manyPosts+1))
	if b.Called("Resend") != 0 {
		t.Fatal("they are posted at once")
	}
	d.Tap(d.v.list.picks.box, "Resend")
	d.Until("the answer", func() bool { return !d.v.list.picks.running })
	if got := b.Called("Resend"); got != manyPosts+1 {
		t.Errorf("%d are posted, want all", got)
	}
}

func TestCopySeveral(t *testing.T) {
	b := uitest.Working()
	b.Details["ev-006"] = uitest.FailedDetail()
	d := newDesk(t, b)
	d.pickRows(0, 3, 5) // ev-004 is no longer kept
	d.v.list.rows.TypedShortcut(&fyne.ShortcutCopy{})
	d.Until("the answer", func() bool { return kittest.Sees(d.v.list.picks.box, "Copied 2 events as JSON ✓") })
	d.Pump()
	var copied []struct {
		ID string `json:"event_id"`
	}
	if err := json.Unmarshal([]byte(d.App.Clipboard().Content()), &copied); err != nil || len(copied) != 2 || copied[1].ID != "ev-006" {
		t.Errorf("got %+v, %v", copied, err)
	}
}

func TestExportSeveral(t *testing.T) {
	b := uitest.Working()
	b.OnExport = func(_ context.Context, _ string, progress func(done, total int)) error {
		progress(0, 2)
		progress(2, 2)
		return nil
	}
	d := newDesk(t, b)
	d.pickRows(0, 3)
	d.v.list.picks.askFile = func(name string, chosen func(string)) { chosen("/somewhere/" + name) }
	d.Tap(d.v.list.picks.box, "Export…")
	d.Until("the answer", func() bool { return kittest.Sees(d.v.list.picks.box, "Wrote 2 events into vast-events.csv ✓") })
	if b.Called(fmt.Sprintf("Export /somewhere/vast-events.csv %+v", relay.Query{IDs: []string{"ev-009", "ev-006"}})) != 1 {
		t.Errorf("got the calls %q", b.Calls)
	}
}

func TestMarkSeveralAsRead(t *testing.T) {
	b := withUnread(3)
	d := newDesk(t, b)
	d.pickRows(1, 2, 3)
	d.Tap(d.v.list.picks.box, "Mark read")
	d.noted()
	d.WantText(d.v.list.picks.box, "Marked 2 events as read ✓")
	if got, want := d.unreadRows(), []string{"ev-00030"}; !slices.Equal(got, want) {
		t.Errorf("unread are %q, want %q", got, want)
	}
}

func TestWhatIsDoneWithNoneOfTheSelectedIsSaidInWords(t *testing.T) {
	t.Run("all were read", func(t *testing.T) {
		d := newDesk(t, withUnread(1))
		d.pickRows(2, 3)
		d.Tap(d.v.list.picks.box, "Mark read")
		d.WantText(d.v.list.picks.box, "Nothing to mark: already read ✓")
	})
	t.Run("none is kept any more, and the clipboard stays", func(t *testing.T) {
		b := uitest.Working()
		clear(b.Details)
		d := newDesk(t, b)
		d.App.Clipboard().SetContent("before")
		d.pickRows(1, 2)
		d.v.list.rows.TypedShortcut(&fyne.ShortcutCopy{})
		d.Until("the answer", func() bool { return kittest.Sees(d.v.list.picks.box, "Nothing was copied: no longer kept") })
		d.Pump()
		if got := d.App.Clipboard().Content(); got != "before" {
			t.Errorf("the clipboard holds %q", got)
		}
	})
	t.Run("none is left to export", func(t *testing.T) {
		d := newDesk(t, uitest.Working())
		d.pickRows(1, 2)
		d.v.list.picks.askFile = func(name string, chosen func(string)) { chosen("/somewhere/" + name) }
		d.Tap(d.v.list.picks.box, "Export…")
		d.Until("the answer", func() bool {
			return kittest.Sees(d.v.list.picks.box, "vast-events.csv holds no events: they are no longer kept")
		})
	})
}

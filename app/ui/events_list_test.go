package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/relay"
)

// manyRows are n posted events, newest first, one a minute.
func manyRows(n int) []relay.Summary {
	rows := make([]relay.Summary, n)
	for i := range rows {
		rows[i] = relay.Summary{
			ID: fmt.Sprintf("ev-%05d", n-i), Title: fmt.Sprintf("event %d", n-i), Type: "running",
			ReceivedAt: noon.Add(-time.Duration(i) * time.Minute), Fate: relay.FatePosted,
		}
	}
	return rows
}

func (d *desk) settled() {
	d.t.Helper()
	d.until("the query", func() bool { return d.ui.main.list.stopLoad == nil })
}

func TestSelectionAndViewStayWhenEventsArrive(t *testing.T) {
	b := workingBackend()
	b.rows = manyRows(60)
	d := newDesk(t, b)
	d.showMain()
	l := d.ui.main.list
	l.rows.Select(20)
	d.pump()
	if l.selected != "ev-00040" {
		t.Fatalf("got %s selected, want ev-00040", l.selected)
	}
	l.rows.ScrollToOffset(15 * l.rows.rowHeight())
	before := l.rows.GetScrollOffset()
	b.mu.Lock()
	b.rows = append([]relay.Summary{{ID: "new-2", Title: "two", ReceivedAt: noon}, {ID: "new-1", Title: "one", ReceivedAt: noon}}, b.rows...)
	b.mu.Unlock()
	b.emit()
	d.pump()
	d.settled()
	if l.selected != "ev-00040" || l.rows.at != 22 {
		t.Errorf("the selection is %s at row %d, want ev-00040 at row 22", l.selected, l.rows.at)
	}
	if got, want := l.rows.GetScrollOffset()-before, 2*l.rows.rowHeight(); got != want {
		t.Errorf("the view moved by %v, want %v", got, want)
	}
	if d.ui.main.opened != "ev-00040" {
		t.Errorf("the detail pane turned to %s", d.ui.main.opened)
	}
}

func TestNewEventsShowAtTheTop(t *testing.T) {
	b := workingBackend()
	b.rows = manyRows(60)
	d := newDesk(t, b)
	d.showMain()
	b.mu.Lock()
	b.rows = append([]relay.Summary{{ID: "new", Title: "brand new", ReceivedAt: noon}}, b.rows...)
	b.mu.Unlock()
	b.emit()
	d.pump()
	d.settled()
	d.wantText(d.ui.main.list.rows, "brand new")
	if got := d.ui.main.list.rows.GetScrollOffset(); got != 0 {
		t.Errorf("the view moved to %v", got)
	}
}

func TestOlderPages(t *testing.T) {
	b := workingBackend()
	b.rows = manyRows(720)
	d := newDesk(t, b)
	d.showMain()
	l := d.ui.main.list
	for _, want := range []int{200, 300, 400, 500, 500, 500} {
		d.tap(l.box, "Older")
		d.settled()
		if got := len(l.events); got != want {
			t.Fatalf("got %d rows, want %d", got, want)
		}
	}
	if got := l.events[0].ID; got != "ev-00520" {
		t.Errorf("the first row is %s, want ev-00520", got)
	}
	d.tap(l.box, "Older")
	d.settled()
	if button(l.box, "Older") != nil {
		t.Error("there is nothing older, yet it can be asked for")
	}
	if got := l.events[len(l.events)-1].ID; got != "ev-00001" {
		t.Errorf("the last row is %s, want ev-00001", got)
	}
	for i := 1; i < len(l.events); i++ {
		if l.events[i].ID >= l.events[i-1].ID {
			t.Fatalf("row %d is %s after %s", i, l.events[i].ID, l.events[i-1].ID)
		}
	}
	asked := b.called("Events")
	b.emit()
	d.pump()
	if got := b.called("Events"); got != asked {
		t.Error("a change pulled the person out of the past")
	}
	d.tap(l.box, "Back to the newest")
	d.settled()
	if got := l.events[0].ID; got != "ev-00720" || len(l.events) != 100 {
		t.Errorf("got %d rows from %s, want 100 from ev-00720", len(l.events), got)
	}
}

func TestSearchWaitsForTheTypingToRest(t *testing.T) {
	d := newDesk(t, workingBackend())
	d.showMain()
	l := d.ui.main.list
	asked := d.b.called("Events")
	test.Type(l.search, "outbid")
	if got := d.b.called("Events"); got != asked {
		t.Errorf("typing asked %d times", got-asked)
	}
	if got := d.pass(searchPause); got != 1 {
		t.Errorf("%d searches are due, want 1", got)
	}
	d.pump()
	d.settled()
	if got := d.b.called(`Events search="outbid"`); got != 1 {
		t.Errorf("got %d searches, want 1", got)
	}
	if len(l.events) != 1 {
		t.Errorf("got %d rows, want 1", len(l.events))
	}
	l.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	d.settled()
	if got := len(l.events); got != len(sampleRows()) {
		t.Errorf("Escape left %d rows, want all", got)
	}
}

func TestFilters(t *testing.T) {
	d := newDesk(t, workingBackend())
	d.showMain()
	l := d.ui.main.list
	l.fate.SetSelected("Not delivered")
	d.settled()
	if len(l.events) != 1 || l.events[0].ID != "ev-006" {
		t.Errorf("got %v", l.events)
	}
	l.kind.SetSelected("Outbid")
	d.settled()
	d.wantText(l.box, "No event matches.")
	d.tap(l.box, "Clear the filters")
	d.settled()
	if got := len(l.events); got != len(sampleRows()) {
		t.Errorf("got %d rows, want all", got)
	}
	if got := d.b.called(`Events search="" type="outbid" fate="failed"`); got != 1 {
		t.Errorf("the filters asked %d times, want once", got)
	}
}

func TestAnOutdatedQueryIsCancelled(t *testing.T) {
	b := workingBackend()
	cancelled := make(chan bool, 1)
	b.events = func(ctx context.Context, q relay.Query) ([]relay.Summary, error) {
		if q.Fate == relay.FatePosted {
			<-ctx.Done()
			cancelled <- true
			return sampleRows(), nil
		}
		return sampleRows()[:2], nil
	}
	d := newDesk(t, b)
	d.showMain()
	l := d.ui.main.list
	l.fate.SetSelected("Posted")
	l.fate.SetSelected("Waiting")
	<-cancelled
	d.settled()
	d.pump()
	if len(l.events) != 2 {
		t.Errorf("got %d rows, want the 2 of the last query", len(l.events))
	}
}

func TestAChangeDuringAQueryIsNotLost(t *testing.T) {
	b := workingBackend()
	d := newDesk(t, b)
	d.showMain()
	hold := make(chan bool)
	calls := 0
	b.events = func(context.Context, relay.Query) ([]relay.Summary, error) {
		calls++
		if calls == 1 {
			<-hold
			return sampleRows()[1:], nil
		}
		return sampleRows(), nil
	}
	b.emit()
	d.pump()
	b.emit()
	d.pump()
	close(hold)
	d.until("the second look", func() bool { return len(d.ui.main.list.events) == len(sampleRows()) && d.ui.main.list.stopLoad == nil })
}

func TestUnreadableHistoryIsTold(t *testing.T) {
	b := workingBackend()
	fail := true
	b.events = func(context.Context, relay.Query) ([]relay.Summary, error) {
		if fail {
			return nil, errors.New("disk I/O error")
		}
		return sampleRows(), nil
	}
	d := newDesk(t, b)
	d.showMain()
	d.wantText(d.ui.main.list.box, "Could not read the events")
	fail = false
	b.emit()
	d.pump()
	d.settled()
	d.wantNoText(d.ui.main.list.box, "Could not read the events")
}

func TestEmptyListOffersATest(t *testing.T) {
	d := newDesk(t, withoutRows())
	d.showMain()
	d.wantText(d.ui.main.list.box, "Vast.ai events appear here, newest first, as they arrive.")
	d.tap(d.ui.main.list.box, "Send test from Vast.ai")
	d.until("the test", func() bool { return d.b.called("TestFromVast") == 1 && !d.ui.main.testing })
}

func TestArrowKeysChooseEvents(t *testing.T) {
	d := newDesk(t, workingBackend())
	d.showMain()
	l := d.ui.main.list
	press := func(key fyne.KeyName) { l.rows.TypedKey(&fyne.KeyEvent{Name: key}) }
	l.search.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if d.ui.Main().Canvas().Focused() != fyne.Focusable(l.rows) {
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
		if d.ui.main.opened != c.want {
			t.Errorf("%s leads to %s, want %s", c.key, d.ui.main.opened, c.want)
		}
	}
	d.until("the detail", func() bool { return sees(d.ui.main.detail.box, "Raise the bid to resume it.") })
}

func TestDetailPane(t *testing.T) {
	d := newDesk(t, workingBackend())
	d.ui.ShowEvent("ev-009")
	p := d.ui.main.detail
	d.until("the detail", func() bool { return p.drawn })
	for _, want := range []string{
		"Instance outbid #48926820", "Posted", "Signature checked: this came from Vast.ai.",
		"type=outbid event_id=ev-009", "On disk", "Attempt 1: Google Chat had trouble",
		"HTTP 503 · 200 ms · Google Chat had an internal error. · server_trouble",
		"Attempt 2: posted", "HTTP 200 · 310 ms · spaces/AAAAspace/messages/client-4f1c09",
		"\"notif_type\": \"outbid\"", "for renting",
	} {
		d.wantText(p.box, want)
	}
	d.tap(p.box, "Copy as JSON")
	var copied struct {
		ID       string `json:"event_id"`
		Attempts []struct{ Outcome, Message string }
		Payload  map[string]any
	}
	if err := json.Unmarshal([]byte(d.app.Clipboard().Content()), &copied); err != nil {
		t.Fatal(err)
	}
	if copied.ID != "ev-009" || len(copied.Attempts) != 2 || copied.Payload["user_id"] != 77031.0 {
		t.Errorf("got %+v", copied)
	}
	d.pass(saidFor)
	d.pump()
	frame(t, "detail.xml", p.box, 520, 700)
}

func TestDetailOfAPayloadThatIsNotJSON(t *testing.T) {
	d := sampleDetail()
	d.Event.Payload = []byte("not \xff JSON")
	var copied map[string]any
	if err := json.Unmarshal([]byte(detailJSON(d)), &copied); err != nil {
		t.Fatal(err)
	}
	if got := copied["payload_text"]; got != "not \uFFFD JSON" {
		t.Errorf("got %q", got)
	}
}

func TestDetailWords(t *testing.T) {
	base := sampleDetail()
	for _, c := range []struct {
		name   string
		change func(*relay.Detail)
		want   string
	}{
		{"still waiting", func(d *relay.Detail) {
			d.Posts[0].Post.State, d.Posts[0].Post.NotBefore = relay.Waiting, noon.Add(time.Minute)
		}, "next attempt at 14:07:00.0"},
		{"given up", func(d *relay.Detail) { d.Posts[0].Post.State = relay.Dead }, "Given up"},
		{"kept", func(d *relay.Detail) { d.Posts[0].Post.State = relay.Kept }, "Kept without posting"},
		{"part of a digest", func(d *relay.Detail) { d.Posts[0].Members = 3 }, "Sent together with 2 other events"},
		{"under way", func(d *relay.Detail) { d.Posts[0].Attempts[1].EndedAt = time.Time{} }, "Attempt 2: under way"},
		{"may repeat", func(d *relay.Detail) { d.Posts[0].Post.MayRepeat = true }, "may stand in Chat more than once"},
		{"delivered again", func(d *relay.Detail) { d.Event.Attempt = 3 }, "Received from Vast.ai at delivery 3"},
		{"for hosting", func(d *relay.Detail) { d.Event.Context = relay.ContextHost }, "for hosting"},
		{"late", func(d *relay.Detail) { d.Verdict, d.Fate = relay.Late, relay.FateLate }, "Too late"},
		{"unreadable", func(d *relay.Detail) { d.Verdict = relay.Unreadable }, "not what Vast.ai documents"},
		{"own test", func(d *relay.Detail) { d.Verdict = relay.Recorded }, "A test that Vast Relay asked for itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			detail := sampleDetail()
			c.change(&detail)
			b := workingBackend()
			b.details["ev-009"] = detail
			d := newDesk(t, b)
			d.ui.ShowEvent("ev-009")
			d.until("the detail", func() bool { return d.ui.main.detail.drawn })
			d.wantText(d.ui.main.detail.box, c.want)
		})
	}
	if base.Fate != relay.FatePosted {
		t.Error("the sample was changed")
	}
}

func TestSlowDetailSaysSo(t *testing.T) {
	b := workingBackend()
	hold := make(chan bool)
	b.event = func(context.Context, string) (relay.Detail, error) {
		<-hold
		return relay.Detail{}, relay.ErrNotFound
	}
	d := newDesk(t, b)
	d.ui.ShowEvent("ev-009")
	d.pass(noticeable)
	d.pump()
	d.wantText(d.ui.main.detail.box, "Reading the event…")
	close(hold)
	d.until("the answer", func() bool { return sees(d.ui.main.detail.box, "This event is no longer kept.") })
}

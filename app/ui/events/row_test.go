package events

import (
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/timeline"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/relay"
)

func TestRowsShowMarkTitleOutcomeAndTime(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	for _, c := range []struct {
		name string
		wide float32
		want []string
	}{
		{
			"a wide row says what became of what was not posted", 440,
			[]string{"Outbid #48926820\n4 min ago", "Offline #48926820\nnot posted · 2 h ago", "Payment failed\nkept · yesterday"},
		},
		{
			"a narrow row leaves that to the mark", 300,
			[]string{"Outbid #48926820\n4 min ago", "Offline #48926820\n2 h ago", "Payment failed\nyesterday"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows := d.v.list.rows
			rows.Resize(fyne.NewSize(c.wide, rows.Size().Height))
			got := strings.Join(kittest.Texts(rows), "\n")
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q is missing in\n%s", want, got)
				}
			}
		})
	}
}

func TestRowsOfGapsAndOfWhatWasCaughtUp(t *testing.T) {
	b := uitest.Working()
	at := kittest.Noon.Add(-4 * time.Minute)
	b.Rows = []relay.Summary{
		{ID: "4", Type: relay.GapType, Title: "Not reachable 13:00–13:30: the computer slept.", ReceivedAt: at, Fate: relay.FateKept},
		{ID: "3", Type: relay.GapType, Title: "Not reachable 12:00–12:30: the computer slept.", ReceivedAt: at, Fate: relay.FateFailed},
		{ID: "2", Type: "outbid", Title: "Fetched", ReceivedAt: at, Fate: relay.FatePosted, CaughtUp: true},
		{ID: "1", Type: "outbid", Title: "Fetched and waiting", ReceivedAt: at, Fate: relay.FateWaiting, CaughtUp: true},
	}
	d := newDesk(t, b)
	d.show()
	rows := d.v.list.rows
	rows.Resize(fyne.NewSize(440, rows.Size().Height))
	got := strings.Join(kittest.Texts(rows), "\n")
	for _, want := range []string{
		"Not reachable 13:00–13:30: the computer slept.\n4 min ago", "the computer slept.\nnot posted · 4 min ago",
		"Fetched\ncaught up · 4 min ago", "Fetched and waiting\ncaught up · waiting · 4 min ago",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if rowMark(b.Rows[0], false) == fateMark(relay.FateKept, false) || rowMark(b.Rows[1], false).Name() != fateMark(relay.FateFailed, false).Name() {
		t.Error("a gap has no mark of its own, or hides that its message was not delivered")
	}
}

func TestFiltersStandBesideTheSearchWhereThereIsRoom(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	l := d.v.list
	for _, c := range []struct {
		name    string
		wide    float32
		oneLine bool
	}{
		{"in a wide list", 440, true},
		{"but not in a narrow one", 320, false},
		{"and again when it grows", 500, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l.box.Resize(fyne.NewSize(c.wide, 400))
			if got := l.filter.fate.Position().Y == l.filter.search.Position().Y; got != c.oneLine {
				t.Errorf("one line: got %v, want %v", got, c.oneLine)
			}
			end := l.filter.search.Position().X + l.filter.search.Size().Width
			if c.oneLine && (end > l.filter.fate.Position().X || l.filter.search.Size().Width < l.filter.search.MinSize().Width) {
				t.Errorf("the search ends at %v, the filter begins at %v", end, l.filter.fate.Position().X)
			}
			if end := l.filter.kind.Position().X + l.filter.kind.Size().Width; end != c.wide {
				t.Errorf("the filters end at %v, want %v", end, c.wide)
			}
		})
	}
}

func TestFirstReadIsNotTakenForAnEmptyHistory(t *testing.T) {
	b := uitest.WithoutRows()
	answer := make(chan bool)
	b.OnEvents = func(context.Context, relay.Query) ([]relay.Summary, error) {
		<-answer
		return nil, nil
	}
	d := newDesk(t, b)
	d.begin()
	d.Pump()
	c := d.win.Content()
	d.WantNoText(c, "Vast.ai events appear here")
	d.WantNoText(c, "Reading the events…")
	d.Pass(kit.Noticeable)
	d.Pump()
	d.WantText(c, "Reading the events…")
	close(answer)
	d.settled()
	d.WantText(c, "Vast.ai events appear here")
	if kittest.Button(c, testLabel) == nil {
		t.Error("nothing can be tried")
	}
}

func TestNoTestIsOfferedThatCannotArrive(t *testing.T) {
	d := newDesk(t, notYetRelaying())
	d.show()
	d.WantText(d.win.Content(), "Vast.ai events appear here")
	if kittest.Button(d.win.Content(), testLabel) != nil {
		t.Error("a test is offered while it connects")
	}
}

func TestRowsBeginWithTheNews(t *testing.T) {
	b := uitest.Working()
	b.Rows[0].Title = "Your Vast.ai Balance Is Low"
	d := newDesk(t, b)
	d.show()
	d.WantText(d.v.list.rows, "Balance Is Low")
	d.WantNoText(d.v.list.rows, "Your Vast.ai")
}

func TestTypingInTheEventsSearches(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	rows, search := d.v.list.rows, d.v.list.filter.search
	rows.TypedRune(' ')
	if search.Text != "" || d.win.Canvas().Focused() != fyne.Focusable(rows) {
		t.Error("Space, which belongs to the list, went into the search")
	}
	rows.TypedRune('o')
	if search.Text != "o" || d.win.Canvas().Focused() != fyne.Focusable(search) {
		t.Errorf("got %q in the search, want what was typed, and the focus", search.Text)
	}
}

func TestArrowKeysBeginWhereThePersonLooks(t *testing.T) {
	b := uitest.Working()
	b.Rows = manyRows(60)
	d := newDesk(t, b)
	d.show()
	l := d.v.list
	l.rows.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	if got, want := d.v.opened.id, l.events[len(l.events)-1].ID; got != want {
		t.Fatalf("End leads to %s, want %s", got, want)
	}
	d.win.Canvas().Focus(l.filter.search)
	l.rows.ScrollToTop()
	lit := -1
	l.rows.OnHighlighted = func(i widget.ListItemID) { lit = i }
	d.win.Canvas().Focus(l.rows)
	if lit != 0 || l.rows.GetScrollOffset() != 0 {
		t.Errorf("row %d is lit at offset %v, want the first in view and nothing moved", lit, l.rows.GetScrollOffset())
	}
	l.rows.TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	if got, want := d.v.opened.id, l.events[0].ID; got != want {
		t.Errorf("Down leads to %s, want %s, which is lit", got, want)
	}
}

func TestEveryOutcomeHasAShapeOfItsOwn(t *testing.T) {
	newDesk(t, uitest.Working())
	type outcome struct {
		fate   relay.Fate
		paused bool
	}
	all := []outcome{{relay.FateWaiting, true}}
	for _, f := range timeline.Fates() {
		all = append(all, outcome{f, false})
	}
	seen := make(map[string]outcome)
	for _, o := range all {
		shape := string(fateMark(o.fate, o.paused).(*theme.ThemedResource).Content())
		if other, taken := seen[shape]; taken {
			t.Errorf("%v and %v look the same", o, other)
		}
		seen[shape] = o
	}
}

func TestSeverityHasASignAndWords(t *testing.T) {
	newDesk(t, uitest.Working())
	for name, tt := range map[string]struct {
		slug, sign, words string
	}{
		"what is urgent":        {"outbid", "mark-critical.svg", "urgent"},
		"what should be seen":   {"idle_gpu", "mark-warning.svg", "needs a look soon"},
		"good news needs none":  {"instance_online", "", ""},
		"nor what is not known": {"brand_new", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			sign := ""
			if s := severitySign(relay.RoleClient, tt.slug); s != nil {
				sign = s.Name()
			}
			if !strings.HasSuffix(sign, tt.sign) || (tt.sign == "") != (sign == "") {
				t.Errorf("got the sign %q, want %q", sign, tt.sign)
			}
			if got := severityWords(relay.RoleClient, tt.slug); got != tt.words {
				t.Errorf("got %q, want %q", got, tt.words)
			}
		})
	}
}

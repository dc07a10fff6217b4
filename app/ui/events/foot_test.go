package events

import (
	"testing"
	"time"
	_ "time/tzdata" // Windows has no zones by these names

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// dayCases are dates as people write them on Saturday 21 November 2026.
var dayCases = []struct{ name, text, want string }{
	{"as computers do", "2026-11-03", "2026-11-03"},
	{"without zeros", "2026-1-3", "2026-01-03"},
	{"with dots", "3.11.2026", "2026-11-03"},
	{"with dots and a short year", "03.11.25", "2025-11-03"},
	{"in words", "3 Nov 2026", "2026-11-03"},
	{"in long words", "3 November 2026", "2026-11-03"},
	{"with the month first", "Nov 3, 2026", "2026-11-03"},
	{"with space around it", "  2026-11-03 ", "2026-11-03"},
	{"without a year, of this year", "3 Nov", "2026-11-03"},
	{"without a year, of the last", "24.12.", "2025-12-24"},
	{"today", "today", "2026-11-21"},
	{"yesterday", "yesterday", "2026-11-20"},
	{"today, as a sentence begins", "Today", "2026-11-21"},
	{"with a month of four letters", "3 Sept 2026", "2026-09-03"},
	{"nothing", "", ""},
	{"a day that is none", "2026-02-30", ""},
	{"a word", "tuesday", ""},
	{"before there were computers", "1815-12-10", ""},
}

// germanDayCases are dates as the lists show them in German, and as people write them.
var germanDayCases = []struct{ name, text, want string }{
	{"as a list shows one of this year", "3. Nov.", "2026-11-03"},
	{"as a list shows one of another year", "3. Sept. 2025", "2025-09-03"},
	{"in long words", "24. Dezember 2025", "2025-12-24"},
	{"with a month that is never cut", "3. März", "2026-03-03"},
	{"with a month cut otherwise than here", "3. Jun 2026", "2026-06-03"},
	{"without dots and in lower case", "3 mai", "2026-05-03"},
	{"in English all the same", "3 Oct 2026", "2026-10-03"},
	{"with dots", "3.11.", "2026-11-03"},
	{"today, as nouns are written", "Heute", "2026-11-21"},
	{"a word", "Dienstag", ""},
	{"a month that is none", "3. Foobar", ""},
}

func TestParseDay(t *testing.T) {
	newDesk(t, uitest.Working())
	testParseDay(t, dayCases)
}

func TestParseDayInGerman(t *testing.T) {
	newDesk(t, uitest.Working())
	words.Use(words.Languages()[1])
	t.Cleanup(func() { words.Use(words.English()) })
	testParseDay(t, germanDayCases)
}

func testParseDay(t *testing.T, cases []struct{ name, text, want string }) {
	t.Helper()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			day, ok := parseDay(tt.text, kittest.Noon)
			got := ""
			if ok {
				got = day.Format(time.DateOnly)
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzParseDay(f *testing.F) {
	for _, tt := range dayCases {
		f.Add(tt.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		day, ok := parseDay(text, kittest.Noon)
		if ok && (day.Year() < 1970 || day.Year() > 9999) {
			t.Errorf("%q is %v", text, day)
		}
	})
}

func TestTheEndOfADayIsThatOfItsZone(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[string]time.Duration{"2026-11-21": 24 * time.Hour, "2026-03-29": 23 * time.Hour, "2026-10-25": 25 * time.Hour} {
		begin, err := time.ParseInLocation(time.DateOnly, day, zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := status.StartOfDay(begin.Add(7*time.Hour), 1).Sub(begin); got != want {
			t.Errorf("%s lasts %v, want %v", day, got, want)
		}
	}
}

func TestGoToDate(t *testing.T) {
	b := uitest.Working()
	b.Rows = nil
	for i := range 600 { // a row every six hours
		b.Rows = append(b.Rows, relay.Summary{ID: manyRows(600)[i].ID, Title: "event", Type: "instance_started", ReceivedAt: kittest.Noon.Add(-time.Duration(i) * 6 * time.Hour), Fate: relay.FatePosted})
	}
	d := newDesk(t, b)
	d.show()
	l := d.v.list
	d.Tap(l.box, "Go to date…")
	entry := l.foot.date.entry
	if d.win.Canvas().Focused() != fyne.Focusable(entry) {
		t.Fatal("the date cannot be typed at once")
	}
	test.Type(entry, "someday")
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.WantText(l.box, "Write the date as 2026-11-21.")
	entry.SetText("")
	test.Type(entry, "2026-10-01")
	entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.settled()
	d.Pump()
	d.settled()
	top := l.events[l.index(d.topRow())]
	if got, want := top.ReceivedAt.Format(time.DateTime), "2026-10-01 20:06:00"; got != want {
		t.Errorf("the first row in view is of %s, want %s", got, want)
	}
	if d.win.Canvas().Focused() != fyne.Focusable(l.rows) {
		t.Error("the arrow keys do not go on from there")
	}
	d.scrollTo(0)
	if !l.events[0].ReceivedAt.After(top.ReceivedAt) {
		t.Error("no way leads to newer events")
	}
}

func TestGoToDateEndsWithoutADate(t *testing.T) {
	d := newDesk(t, uitest.Working())
	d.show()
	d.win.Resize(fyne.NewSize(640, 480))
	l := d.v.list
	d.Tap(l.box, "Go to date…")
	l.foot.date.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if kittest.Button(l.box, "Go to date…") == nil || d.win.Canvas().Focused() != fyne.Focusable(l.rows) {
		t.Error("Escape does not lead back")
	}
	d.Tap(l.box, "Go to date…")
	test.Type(l.foot.date.entry, "1999-01-01")
	before := len(l.events)
	l.foot.date.entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.settled()
	d.WantText(l.box, "There is no event before that day's end.")
	d.Pump()
	said := l.foot.date.said
	need := fyne.MeasureText(said.Text, fyne.CurrentApp().Settings().Theme().Size(said.SizeName), said.TextStyle).Width
	if said.Wrapping == fyne.TextWrapOff && need > said.Size().Width || said.Size().Height < said.MinSize().Height {
		t.Errorf("the answer is cut: it needs %v, and has %v", need, said.Size())
	}
	test.Type(l.foot.date.entry, "2")
	if said.Visible() {
		t.Error("the answer stays while another date is written")
	}
	if len(l.events) != before {
		t.Errorf("%d rows are left of %d", len(l.events), before)
	}
}

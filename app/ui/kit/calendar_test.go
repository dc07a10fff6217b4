package kit

import (
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/words"
)

// shownIn lists the labels of a calendar, and its buttons by text.
func shownIn(o fyne.CanvasObject) (labels []string, buttons map[string]*Button, later *Button) {
	buttons = map[string]*Button{}
	var visit func(o fyne.CanvasObject)
	visit = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *fyne.Container:
			for _, child := range o.Objects {
				visit(child)
			}
		case *widget.Label:
			labels = append(labels, o.Text)
		case *Button:
			if buttons[o.Text] = o; o.Icon == theme.NavigateNextIcon() {
				later = o
			}
		}
	}
	visit(o)
	return labels, buttons, later
}

func TestACalendarSpeaksTheLanguageInUse(t *testing.T) {
	test.NewTempApp(t)
	t.Cleanup(func() { words.Use(words.English()) })
	for i, want := range [][]string{{"Dec 2026", "Tue", "Jan 2027"}, {"Dez. 2026", "Di", "Jan. 2027"}} {
		words.Use(words.Languages()[i])
		var got time.Time
		c := NewCalendar(time.Date(2026, time.December, 31, 23, 0, 0, 0, time.UTC), func(day time.Time) { got = day })
		height := c.MinSize().Height
		labels, _, later := shownIn(c)
		if !slices.Contains(labels, want[0]) || !slices.Contains(labels, want[1]) {
			t.Errorf("got the labels %q, want %q and %q among them", labels, want[0], want[1])
		}
		test.Tap(later)
		labels, buttons, later := shownIn(c)
		if !slices.Contains(labels, want[2]) || buttons["31"] == nil || buttons["32"] != nil {
			t.Errorf("got the labels %q after a month, want %q and 31 days", labels, want[2])
		}
		test.Tap(later)
		_, buttons, _ = shownIn(c)
		if buttons["28"] == nil || buttons["29"] != nil {
			t.Fatalf("got %d days and buttons, want the 28 of February", len(buttons))
		}
		test.Tap(buttons["28"])
		if want := time.Date(2027, time.February, 28, 12, 0, 0, 0, time.UTC); !got.Equal(want) {
			t.Errorf("got %v picked, want %v", got, want)
		}
		if c.MinSize().Height != height {
			t.Errorf("the calendar is %v high, and was %v: what lies below would move", c.MinSize().Height, height)
		}
	}
}

func TestAWeekBeginsAsInItsRegion(t *testing.T) {
	for tag, want := range map[string]time.Weekday{"en-US": time.Sunday, "en-GB": time.Monday, "de-DE": time.Monday, "ar-EG": time.Saturday, "de": time.Monday, "": time.Monday, "zh-Hans-TW": time.Sunday} {
		if got := weekStart(tag); got != want {
			t.Errorf("%q: got %v, want %v", tag, got, want)
		}
	}
}

func TestEachDayStandsBelowItsWeekday(t *testing.T) {
	test.NewTempApp(t)
	for _, begins := range []time.Weekday{time.Sunday, time.Monday, time.Saturday} {
		c := &calendar{begins: begins, title: widget.NewLabel(""), days: &fyne.Container{}}
		for month := time.January; month <= time.December; month++ {
			c.show(2026, month, time.UTC)
			for i, o := range c.days.Objects[daysOfWeek:] {
				b, ok := o.(*Button)
				if !ok || b.Text != "17" {
					continue
				}
				above := c.days.Objects[i%daysOfWeek].(*widget.Label).Text
				if want := words.Weekday(time.Date(2026, month, 17, 0, 0, 0, 0, time.UTC)); above != want {
					t.Errorf("%v 17, weeks from %v: below %s, want %s", month, begins, above, want)
				}
			}
		}
	}
}

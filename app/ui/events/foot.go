package events

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// foot is the line below the rows: how many events are unread, and the ways to other
// parts of the history. What is done with several rows, and the entry of a date, take
// its place.
type foot struct {
	l       *list
	unread  *widget.Label
	markAll *kit.Button
	newest  *kit.Button
	goTo    *kit.Button
	line    *fyne.Container
	date    *dateEntry
	box     *fyne.Container
}

func newFoot(l *list) *foot {
	f := &foot{l: l, unread: kit.SmallLine("")}
	f.markAll = kit.PlainButton(words.Text("rows.mark_all"), nil, func() { l.v.unread.readAll() })
	f.newest = kit.PlainButton(words.Text("rows.newest"), nil, l.pages.restart)
	f.goTo = kit.PlainButton(words.Text("rows.go_to.open"), nil, f.askDate)
	f.date = newDateEntry(l.v.deps.Env, func(end time.Time) {
		f.closeDate()
		l.pages.goTo(end)
	}, f.closeDate)
	left := container.NewHBox(f.unread, f.markAll)
	right := container.NewHBox(f.newest, f.goTo)
	f.line = kit.Border(nil, nil, left, right, layout.NewSpacer())
	f.date.box.Hide()
	f.box = container.NewStack(f.line, f.date.box, l.picks.box)
	return f
}

// arrange shows what there is to say and where the buttons lead somewhere.
func (f *foot) arrange() {
	picking := f.l.picks.on()
	kit.ShowIf(f.l.picks.box, picking)
	if picking {
		f.date.box.Hide()
	}
	said := status.Unread(f.l.v.unread.count)
	f.unread.SetText(said)
	kit.ShowIf(f.unread, said != "")
	kit.ShowIf(f.markAll, said != "")
	kit.ShowIf(f.newest, f.l.pages.detached)
	kit.ShowIf(f.goTo, f.l.everHadRows)
	kit.ShowIf(f.line, !picking && !f.date.box.Visible())
	f.box.Refresh()
}

// askDate has a person write a date in place of the line.
func (f *foot) askDate() {
	f.date.open()
	f.arrange()
	f.l.v.deps.Win.Canvas().Focus(f.date.entry)
}

// askAgain asks for another date and says why.
func (f *foot) askAgain(why string) {
	f.askDate()
	f.date.say(why)
}

// closeDate ends that and leads back to the rows.
func (f *foot) closeDate() {
	f.date.box.Hide()
	f.arrange()
	f.l.v.deps.Win.Canvas().Focus(f.l.rows)
}

// dateEntry takes a date from the keyboard, or from a calendar.
type dateEntry struct {
	env    kit.Env
	entry  *kit.Entry
	said   *widget.Label
	box    *fyne.Container
	picked func(end time.Time) // is told the first moment after the day

	calendar *widget.PopUp // nil before the first
}

func newDateEntry(env kit.Env, picked func(end time.Time), cancelled func()) *dateEntry {
	d := &dateEntry{env: env, entry: kit.NewEntry(), said: kit.SmallLabel(""), picked: picked}
	d.entry.SetPlaceHolder(words.Text("rows.go_to.hint"))
	d.entry.OnSubmitted = func(string) { d.submit() }
	d.entry.OnChanged = func(string) { d.say("") }
	d.entry.Keys = map[fyne.KeyName]func(){fyne.KeyEscape: cancelled}
	calendar := kit.PlainButton("", theme.CalendarIcon(), nil)
	calendar.OnTapped = func() { d.showCalendar(calendar) }
	buttons := container.NewHBox(calendar, kit.TextButton(words.Text("rows.go_to.go"), d.submit), kit.PlainButton("", theme.CancelIcon(), cancelled))
	d.said.Hide()
	d.box = container.NewVBox(d.said, container.NewHBox(kit.MinSize(dateWidth, 0, d.entry), buttons))
	return d
}

// say puts text above the entry: beside it there is no room for a sentence.
func (d *dateEntry) say(text string) {
	d.said.SetText(text)
	kit.ShowIf(d.said, text != "")
}

// dateWidth is the width of the entry for a date.
const dateWidth = 130

// open shows the entry, empty.
func (d *dateEntry) open() {
	d.entry.SetText("")
	d.say("")
	d.box.Show()
}

// submit goes to the date that is written, or says what it should look like.
func (d *dateEntry) submit() {
	now := d.env.Now()
	day, ok := parseDay(d.entry.Text, now)
	if !ok {
		d.say(words.Text("rows.go_to.unreadable", words.Args{"Example": now.Format(time.DateOnly)}))
		return
	}
	d.picked(status.StartOfDay(day, 1))
}

// showCalendar shows a calendar above button.
func (d *dateEntry) showCalendar(button fyne.CanvasObject) {
	c := fyne.CurrentApp().Driver().CanvasForObject(button)
	if c == nil {
		return
	}
	days := kit.NewCalendar(d.env.Now(), func(day time.Time) {
		d.closeCalendar()
		d.picked(status.StartOfDay(day, 1))
	})
	d.calendar = widget.NewPopUp(container.NewPadded(days), c)
	at := fyne.CurrentApp().Driver().AbsolutePositionForObject(button)
	d.calendar.ShowAtPosition(fyne.NewPos(at.X, max(at.Y-d.calendar.MinSize().Height, 0)))
}

// closeCalendar takes the calendar away, leads back to the entry, where the next Escape
// is one of its own, and reports whether there was one.
func (d *dateEntry) closeCalendar() bool {
	if d.calendar == nil || !d.calendar.Visible() {
		return false
	}
	d.calendar.Hide()
	d.calendar.Canvas.Focus(d.entry)
	return true
}

// dayLayouts are the ways in which a date may be written.
var dayLayouts = [...]string{time.DateOnly, "2006-1-2", "2.1.2006", "2.1.06", "2006/1/2", "2 Jan 2006", "2 January 2006", "Jan 2 2006", "Jan 2, 2006"}

// shortLayouts are those without a year: the last such day is meant.
var shortLayouts = [...]string{"2.1.", "2.1", "2 Jan", "2 January", "Jan 2"}

// parseDay reads a date as a person writes it, in the zone of now.
func parseDay(text string, now time.Time) (time.Time, bool) {
	text = kit.OneLine(text, maxDate)
	switch strings.ToLower(text) {
	case words.Text("rows.go_to.today"):
		return now, true
	case words.Text("rows.go_to.yesterday"):
		return now.AddDate(0, 0, -1), true
	}
	text = withEnglishMonth(text)
	for _, layout := range dayLayouts {
		if t, err := time.ParseInLocation(layout, text, now.Location()); err == nil {
			return t, t.Year() >= 1970
		}
	}
	for _, layout := range shortLayouts {
		t, err := time.ParseInLocation(layout+" 2006", text+now.Format(" 2006"), now.Location())
		if err != nil {
			continue
		}
		if t.After(now) {
			t = t.AddDate(-1, 0, 0)
		}
		return t, true
	}
	return time.Time{}, false
}

// withEnglishMonth is text with the name of a month of the language in use, as the lists
// show it, in English, and its day without a dot: the layouts know no other language.
func withEnglishMonth(text string) string {
	fields, named := strings.Fields(text), false
	for i, field := range fields {
		if month, ok := words.MonthNamed(field); ok {
			fields[i], named = month.String()[:3], true
		}
	}
	if !named {
		return text
	}
	fields[0] = strings.TrimSuffix(fields[0], ".")
	return strings.Join(fields, " ")
}

// maxDate is how long a date may be.
const maxDate = 40

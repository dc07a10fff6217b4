package events

import (
	"slices"
	"time"

	"vastrelay/app/words"
	"vastrelay/relay"
)

// A list of more rows than maxRows scrolls unevenly, because its offsets are
// short floating point numbers. Pages come as a person scrolls near an end of the
// rows, and push out what is far from there.
const (
	pageRows = 100
	maxRows  = 500
	nearEnd  = 20 // rows from an end at which the next page is asked for
)

// pages is which part of the history the rows are.
type pages struct {
	older    bool // there are older events than the last row
	detached bool // there are newer events than the first row
	asked    bool // a page is to be asked for
}

// restart asks for the newest page again, whatever was shown or under way.
func (l *list) restart() {
	l.stopReading()
	l.pages.detached = false
	l.load(pageRows, func(page []relay.Summary) {
		l.events = page
		l.rows.ScrollToTop()
	})
}

// goTo shows the newest events before t, and from there the way in both directions.
func (l *list) goTo(t time.Time) {
	l.stopReading()
	q := l.filter.query()
	q.Limit, q.BeforeTime = pageRows, t
	l.run(q, func(page []relay.Summary) {
		if len(page) == 0 {
			l.foot.askAgain(words.Text("rows.go_to.none"))
			return
		}
		l.pages.older, l.pages.detached = len(page) == pageRows, true
		l.events = page
		l.rows.ScrollToTop()
	})
}

// stopReading gives up what is being read.
func (l *list) stopReading() {
	if l.read.stop != nil {
		l.read.stop()
		l.read.stop = nil
	}
	l.read.again, l.pages.asked = false, false
	l.retry.forget()
}

// reload brings the rows up to date without moving what the person looks at.
// Rows far down in the past are left alone.
func (l *list) reload() {
	if l.pages.detached {
		l.rows.Refresh()
		return
	}
	if l.read.stop != nil {
		l.read.again = true
		return
	}
	l.load(min(max(len(l.events), pageRows), maxRows), l.replace)
}

// load runs the query for the newest n rows.
func (l *list) load(n int, show func([]relay.Summary)) {
	q := l.filter.query()
	q.Limit = n
	l.run(q, func(page []relay.Summary) {
		l.pages.older = len(page) == n
		show(page)
	})
}

// replace puts page in place of the rows and keeps the view where it was.
func (l *list) replace(page []relay.Summary) {
	top := ""
	if len(l.events) > 0 {
		top = l.events[0].ID
	}
	l.events = page
	if above := l.index(top); above > 0 && l.rows.GetScrollOffset() > 0 {
		l.rows.ScrollRows(above)
	}
}

// drawn is called as row i is drawn. Near an end, the page beyond it is asked for:
// afterwards, since drawing may change nothing.
func (l *list) drawn(i int) {
	if l.pages.asked || l.read.stop != nil || !l.wantsOlder(i) && !l.wantsNewer(i) {
		return
	}
	l.pages.asked = true
	l.v.deps.Work.Post(func() {
		if !l.pages.asked || l.read.stop != nil || len(l.events) == 0 {
			return
		}
		l.pages.asked = false
		first, last := l.rows.InView() // Rows are also drawn on the way to others.
		switch {
		case l.wantsOlder(last):
			l.pages.asked = true
			l.loadOlder()
		case l.wantsNewer(first):
			l.pages.asked = true
			l.loadNewer()
		}
	})
}

// wantsOlder reports whether row i is near the last one, and more follow it.
func (l *list) wantsOlder(i int) bool { return l.pages.older && i >= len(l.events)-nearEnd }

// wantsNewer reports whether row i is near the first one, and more stand before it.
func (l *list) wantsNewer(i int) bool { return l.pages.detached && i < nearEnd }

// loadOlder appends the page after the last row.
func (l *list) loadOlder() {
	last := l.events[len(l.events)-1]
	q := l.filter.query()
	q.Limit, q.BeforeTime, q.BeforeID = pageRows, last.ReceivedAt, last.ID
	l.run(q, func(page []relay.Summary) {
		l.pages.older = len(page) == pageRows
		l.events = append(l.events, page...)
		if drop := len(l.events) - maxRows; drop > 0 {
			l.events = slices.Clone(l.events[drop:])
			l.pages.detached = true
			l.rows.ScrollRows(-drop)
		}
	})
}

// loadNewer puts the page before the first row in front of it.
func (l *list) loadNewer() {
	first := l.events[0]
	q := l.filter.query()
	q.Limit, q.AfterTime, q.AfterID = pageRows, first.ReceivedAt, first.ID
	l.run(q, func(page []relay.Summary) {
		l.pages.detached = len(page) == pageRows
		l.events = slices.Concat(page, l.events)
		if len(l.events) > maxRows {
			l.events, l.pages.older = l.events[:maxRows:maxRows], true
		}
		l.rows.ScrollRows(len(page))
	})
}

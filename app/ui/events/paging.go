package events

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"vastrelay/app/ui/kit"
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

// pages reads the rows of the list, and knows which part of the history they are.
type pages struct {
	l    *list
	read reading

	older    bool // there are older events than the last row
	detached bool // there are newer events than the first row
	asked    bool // a page is to be asked for
}

// reading is how far the list is with reading the history.
type reading struct {
	stop     func() // cancels the query under way; nil while there is none
	again    bool   // the events changed while a query was under way
	answered bool   // there was a first answer, so that no rows means no events
}

// restart asks for the newest page again, whatever was shown or under way.
func (p *pages) restart() {
	p.stopReading()
	p.detached = false
	p.load(pageRows, func(page []relay.Summary) {
		p.l.events = page
		p.l.rows.ScrollToTop()
	})
}

// goTo shows the newest events before t, and from there the way in both directions.
func (p *pages) goTo(t time.Time) {
	p.stopReading()
	p.l.filter.span.limit = span{} // The way on leads past its ends.
	q := p.l.filter.query()
	q.Limit, q.BeforeTime = pageRows, t
	p.run(q, func(page []relay.Summary) {
		if len(page) == 0 {
			p.l.foot.askAgain(words.Text("rows.go_to.none"))
			return
		}
		p.older, p.detached = len(page) == pageRows, true
		p.l.events = page
		p.l.rows.ScrollToTop()
	})
}

// stopReading gives up what is being read.
func (p *pages) stopReading() {
	if p.read.stop != nil {
		p.read.stop()
		p.read.stop = nil
	}
	p.read.again, p.asked = false, false
	p.l.retry.forget()
}

// reload brings the rows up to date without moving what the person looks at.
// Rows far down in the past are left alone.
func (p *pages) reload() {
	if p.detached {
		p.l.rows.Refresh()
		return
	}
	if p.read.stop != nil {
		p.read.again = true
		return
	}
	p.load(min(max(len(p.l.events), pageRows), maxRows), p.replace)
}

// load runs the query for the newest n rows.
func (p *pages) load(n int, show func([]relay.Summary)) {
	q := p.l.filter.query()
	q.Limit = n
	p.run(q, func(page []relay.Summary) {
		p.older = len(page) == n
		show(page)
	})
}

// replace puts page in place of the rows and keeps the view where it was.
func (p *pages) replace(page []relay.Summary) {
	top := ""
	if len(p.l.events) > 0 {
		top = p.l.events[0].ID
	}
	p.l.events = page
	if above := p.l.index(top); above > 0 && p.l.rows.GetScrollOffset() > 0 {
		p.l.rows.ScrollRows(above)
	}
}

// drawn is called as row i is drawn. Near an end, the page beyond it is asked for:
// afterwards, since drawing may change nothing.
func (p *pages) drawn(i int) {
	if p.asked || p.read.stop != nil || !p.wantsOlder(i) && !p.wantsNewer(i) {
		return
	}
	p.asked = true
	p.l.v.deps.Work.Post(func() {
		if !p.asked || p.read.stop != nil || len(p.l.events) == 0 {
			return
		}
		p.asked = false
		first, last := p.l.rows.InView() // Rows are also drawn on the way to others.
		switch {
		case p.wantsOlder(last):
			p.asked = true
			p.loadOlder()
		case p.wantsNewer(first):
			p.asked = true
			p.loadNewer()
		}
	})
}

// wantsOlder reports whether row i is near the last one, and more follow it.
func (p *pages) wantsOlder(i int) bool { return p.older && i >= len(p.l.events)-nearEnd }

// wantsNewer reports whether row i is near the first one, and more stand before it.
func (p *pages) wantsNewer(i int) bool { return p.detached && i < nearEnd }

// loadOlder appends the page after the last row.
func (p *pages) loadOlder() {
	last := p.l.events[len(p.l.events)-1]
	q := p.l.filter.query()
	q.Limit, q.BeforeTime, q.BeforeID = pageRows, last.ReceivedAt, last.ID
	p.run(q, func(page []relay.Summary) {
		p.older = len(page) == pageRows
		p.l.events = append(p.l.events, page...)
		if drop := len(p.l.events) - maxRows; drop > 0 {
			p.l.events = slices.Clone(p.l.events[drop:])
			p.detached = true
			p.l.rows.ScrollRows(-drop)
		}
	})
}

// loadNewer puts the page before the first row in front of it.
func (p *pages) loadNewer() {
	first := p.l.events[0]
	q := p.l.filter.query()
	q.Limit, q.AfterTime, q.AfterID = pageRows, first.ReceivedAt, first.ID
	p.run(q, func(page []relay.Summary) {
		p.detached = len(page) == pageRows
		p.l.events = slices.Concat(page, p.l.events)
		if len(p.l.events) > maxRows {
			p.l.events, p.older = p.l.events[:maxRows:maxRows], true
		}
		p.l.rows.ScrollRows(len(page))
	})
}

// run asks the backend and hands the answer over on the UI goroutine.
func (p *pages) run(q relay.Query, show func([]relay.Summary)) {
	p.awaitFirst()
	p.read.stop = kit.Start(p.l.v.deps.Work, func(ctx context.Context) ([]relay.Summary, error) {
		return p.l.v.deps.History.Events(ctx, q)
	}, func(page []relay.Summary, err error) {
		first := !p.read.answered
		p.read.stop, p.read.answered = nil, true
		p.l.broken.Objects = nil
		if err != nil {
			p.l.broken.Objects = []fyne.CanvasObject{
				p.l.v.deps.ProblemPanel(kit.ProblemOf(words.Text("failed.read_events"), err)),
				kit.ButtonRow(kit.TextButton(words.Text("events.again.retry"), func() { p.repeat(q, show) })),
			}
		} else {
			p.asked = false // A page that could not be read is not asked for by itself.
			p.l.v.unread.know(page)
			show(page)
		}
		p.l.arrange()
		if first {
			p.l.v.deps.On.FirstAnswer()
		}
		if p.read.again {
			p.read.again = false
			p.reload()
		}
	})
}

// repeat runs a query that failed once more, unless another is under way.
func (p *pages) repeat(q relay.Query, show func([]relay.Summary)) {
	if p.read.stop == nil {
		p.run(q, show)
	}
}

// awaitFirst says that the events are being read, once that takes long enough
// to be noticed.
func (p *pages) awaitFirst() {
	if p.read.answered {
		return
	}
	p.l.v.deps.Work.After(kit.Noticeable, func() {
		if !p.read.answered {
			p.l.empty.say(words.Text("events.reading"))
			p.l.empty.box.Show()
		}
	})
}

// Package activity draws when events came: a bar for each hour of the last 24, or for
// each of the last 7 or 30 days, and in words what all of them count, or the one that is
// pointed at.
//
// # Concurrency
//
// Everything belongs to the goroutine that runs the toolkit's event loop. Events are
// counted in goroutines of Deps.Work.
//
// # Ownership
//
// A Picture counts nothing until Refresh. The window lays it out, tells it what happens
// to the window, and ends its work with Deps.Work.
package activity

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Source counts events. It is called from goroutines of Deps.Work, one call at a time.
type Source interface {
	// Activity counts the events that arrived between each of bounds, which rise, and
	// the next one.
	Activity(ctx context.Context, bounds []time.Time) ([]relay.Activity, error)
}

// Periods keeps which period a person has chosen. Period is called on the UI goroutine,
// SetPeriod from another.
type Periods interface {
	Period() config.Period
	SetPeriod(ctx context.Context, p config.Period) error
}

// Deps is what the picture needs of the window around it. Every field is required.
type Deps struct {
	kit.Env
	Source  Source
	Periods Periods
	Status  func() status.Status // the snapshot that the window shows

	Open     func(from, to time.Time)         // shows the events of that stretch of time
	Failed   func(headline string, err error) // something did not work
	Relayout func()                           // the picture came or went
}

// wordsWidth is the room for the words beside the bars, which take two lines at most.
const wordsWidth = 170

// settleTime is how long a change rests before days are counted anew: with a million
// events that takes a tenth of a second, and a day changes little by one event.
const settleTime = 5 * time.Second

// Picture is the strip of bars with the words beside it and the choice of the period.
type Picture struct {
	Box *fyne.Container // takes no room while there is nothing to show

	deps   Deps
	strip  *strip
	words  *widget.Label
	choose *kit.Button

	period config.Period
	bounds []time.Time      // of the bars that are shown
	counts []relay.Activity // one for each bar; nil until they are counted

	counting counting
	wanted   bool // the program was last seen receiving: else the window says what keeps it
}

// counting is the count under way, or one that is to come.
type counting struct {
	stop   func() // cancels the count under way; nil while there is none
	again  bool   // something changed while it was under way
	settle func() // cancels the wait before the next one; nil while there is none
}

// New returns a picture that is not shown yet.
func New(d Deps) *Picture {
	p := &Picture{deps: d, period: d.Periods.Period()}
	p.strip = newStrip(p.said, p.say, func(bar int) {
		if bar+1 < len(p.bounds) {
			p.deps.Open(p.bounds[bar], p.bounds[bar+1])
		}
	})
	p.words = kit.SmallLabel("")
	p.choose = kit.PlainButton("", theme.MenuDropDownIcon(), func() { kit.DropMenu(p.choose, p.menu()) })
	tight := container.New(layout.NewCustomPaddedLayout(-theme.InnerPadding(), -theme.InnerPadding(), 0, -theme.InnerPadding()), kit.MinSize(wordsWidth, 0, p.words))
	p.Box = container.NewHBox(kit.CenterVertically(p.strip), kit.CenterVertically(tight), kit.CenterVertically(p.choose))
	p.Box.Hide()
	return p
}

// Refresh follows the snapshot of the window, and counts anew where news says that the
// events are others.
func (p *Picture) Refresh(news status.Change) {
	before := p.wanted
	p.wanted = p.deps.Status().Receives()
	p.arrange()
	switch began := p.wanted && !before; {
	case began || p.counts == nil && news.Has(status.EventsChanged):
		p.count()
	case !news.Has(status.EventsChanged):
	case p.period == config.PeriodDay:
		p.count()
	case p.counting.settle == nil:
		p.counting.settle = p.deps.Work.After(settleTime, func() {
			p.counting.settle = nil
			p.count()
		})
	}
}

// Tick counts anew where an hour or a day has begun since the last count, or that failed.
func (p *Picture) Tick() {
	if !slices.EqualFunc(p.bounds, boundsOf(p.period, p.deps.Now()), time.Time.Equal) {
		p.count()
	}
}

// Hide gives up what is under way only for a person who looks.
func (p *Picture) Hide() {
	if p.counting.stop != nil {
		p.counting.stop()
	}
	if p.counting.settle != nil {
		p.counting.settle()
	}
	p.counting = counting{}
}

// Counting reports whether a count is under way.
func (p *Picture) Counting() bool { return p.counting.stop != nil }

// count counts again. A change that comes while a count is under way leads to one more
// count after it, however many changes there are.
func (p *Picture) count() {
	if !p.wanted {
		return
	}
	if p.counting.stop != nil {
		p.counting.again = true
		return
	}
	bounds := boundsOf(p.period, p.deps.Now())
	p.counting.stop = kit.Start(p.deps.Work, func(ctx context.Context) ([]relay.Activity, error) {
		return p.deps.Source.Activity(ctx, bounds)
	}, func(counts []relay.Activity, err error) {
		p.counting.stop = nil
		if err != nil || len(counts) != len(bounds)-1 { // The list says why the history cannot be read.
			bounds, counts = nil, nil
		}
		p.show(bounds, counts)
		if p.counting.again {
			p.counting.again = false
			p.count()
		}
	})
}

// show draws what was counted.
func (p *Picture) show(bounds []time.Time, counts []relay.Activity) {
	p.bounds, p.counts = bounds, counts
	totals := make([]int, len(counts))
	for i, c := range counts {
		totals[i] = max(c.Total, 0)
	}
	p.strip.set(totals)
	p.say()
	p.arrange()
}

// arrange shows the picture where there is something to see in it, now or in another
// period.
func (p *Picture) arrange() {
	was := p.Box.Visible()
	seen := p.strip.total() > 0 || !p.deps.Status().LastEvent.IsZero()
	kit.ShowIf(p.Box, p.wanted && p.counts != nil && seen)
	if was != p.Box.Visible() {
		p.deps.Relayout()
	}
}

// say shows the words that fit.
func (p *Picture) say() {
	if said := p.said(); said != p.words.Text {
		p.words.SetText(said)
	}
}

// said is what the picture shows in words: the bar that is pointed at, or else all.
func (p *Picture) said() string {
	if at := p.strip.at; at >= 0 && at < len(p.counts) {
		return readout(p.period, p.bounds[at], p.bounds[at+1], p.counts[at])
	}
	return totalOf(p.period, p.strip.total())
}

// menu offers the periods.
func (p *Picture) menu() *fyne.Menu {
	menu := fyne.NewMenu("")
	for _, period := range config.Periods() {
		item := fyne.NewMenuItem(nameOf(period), func() { p.choosePeriod(period) })
		item.Checked = period == p.period
		menu.Items = append(menu.Items, item)
	}
	return menu
}

// choosePeriod shows another period and keeps that choice.
func (p *Picture) choosePeriod(period config.Period) {
	if period == p.period {
		return
	}
	p.period = period
	p.Hide() // A count under way is of another period.
	p.count()
	p.deps.Work.Do(func(ctx context.Context) error { return p.deps.Periods.SetPeriod(ctx, period) }, func(err error) {
		if err != nil {
			p.deps.Failed(words.Text("failed.save_choice"), err)
		}
	})
}

package events

import (
	"context"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// activityHours is how many hours the strip shows, one bar each.
const activityHours = 24

// The measures of the strip. An hour without events keeps a low bar, so that a
// quiet day still reads as a day; one with a single event stands out from it.
const (
	barWidth, barGap    = 6, 2
	stripHeight         = 18
	emptyBar, lowestBar = 2, 5

	// So many events make a full bar when no hour has more: on a quiet day a
	// single event must not look like a flood.
	fullBar = 4
)

// activityRow is the line of the header that shows when events came.
type activityRow struct {
	v     *View
	strip *activityStrip
	words *widget.Label
	box   *fyne.Container

	wanted   bool   // the program was last seen relaying or paused
	stopLoad func() // cancels the count under way; nil while there is none
	again    bool   // changed while a count was under way
}

func newActivityRow(v *View) *activityRow {
	r := &activityRow{v: v, strip: newActivityStrip(), words: kit.SmallLine("")}
	low := container.New(layout.NewCustomPaddedLayout(-theme.Padding(), -theme.Padding(), 0, 0), r.words)
	r.box = container.NewHBox(kit.CenterVertically(r.strip), low)
	r.box.Hide()
	return r
}

// counted reports whether the hours are worth showing in the phase of s.
func counted(s status.Status) bool {
	return s.Phase == status.Relaying || s.Phase == status.Paused
}

// follow shows or hides the row as the program comes to relay or ceases to. It
// reports whether it has come to relay, so that nothing was counted before.
func (r *activityRow) follow() (began bool) {
	before := r.wanted
	r.wanted = counted(r.v.deps.Status())
	r.arrange()
	return r.wanted && !before
}

// arrange shows the row while the program relays or is paused and there is at
// least one event to show.
func (r *activityRow) arrange() {
	was := r.box.Visible()
	kit.ShowIf(r.box, counted(r.v.deps.Status()) && r.strip.total() > 0)
	if was != r.box.Visible() {
		r.v.deps.On.Relayout()
	}
}

// reload counts again. A change that comes while a count is under way leads to
// one more count after it, however many changes there are.
func (r *activityRow) reload() {
	if !counted(r.v.deps.Status()) {
		return
	}
	if r.stopLoad != nil {
		r.again = true
		return
	}
	r.stopLoad = kit.Start(r.v.deps.Work, func(ctx context.Context) ([]int, error) {
		return r.v.deps.History.Activity(ctx)
	}, func(hours []int, err error) {
		r.stopLoad = nil
		if err != nil {
			hours = nil // The list says why the history cannot be read.
		}
		r.show(hours)
		if r.again {
			r.again = false
			r.reload()
		}
	})
}

// stop gives up the count under way.
func (r *activityRow) stop() {
	if r.stopLoad != nil {
		r.stopLoad()
		r.stopLoad = nil
	}
	r.again = false
}

// show draws the events of each hour, oldest first.
func (r *activityRow) show(hours []int) {
	if r.strip.set(hours) {
		r.words.SetText(words.Plural("events.in_a_day", r.strip.total()))
	}
	r.arrange()
}

// activityStrip draws the events of the last 24 hours as bars.
type activityStrip struct {
	widget.BaseWidget
	hours [activityHours]int // oldest first, none negative
}

var _ fyne.Accessible = (*activityStrip)(nil)

func newActivityStrip() *activityStrip {
	s := &activityStrip{}
	s.ExtendBaseWidget(s)
	return s
}

// set takes the events of each hour, oldest first; the last one is now. It
// reports whether that changed anything.
func (s *activityStrip) set(hours []int) (changed bool) {
	var next [activityHours]int
	hours = hours[max(len(hours)-activityHours, 0):]
	for i, n := range hours {
		next[activityHours-len(hours)+i] = max(n, 0)
	}
	if next == s.hours {
		return false
	}
	s.hours = next
	s.Refresh()
	return true
}

// total is the number of events that the strip shows.
func (s *activityStrip) total() int {
	sum := 0
	for _, n := range s.hours {
		sum += n
	}
	return sum
}

// AccessibilityLabel says in words what the bars show.
func (s *activityStrip) AccessibilityLabel() string {
	return words.Plural("events.in_a_day_spoken", s.total())
}

// AccessibilityRole is that of a text: there is nothing to do with the strip.
func (s *activityStrip) AccessibilityRole() fyne.AccessibleRole { return fyne.AccessibleRoleText }

// CreateRenderer draws one rectangle for each hour.
func (s *activityStrip) CreateRenderer() fyne.WidgetRenderer {
	r := &stripRenderer{s: s, bars: make([]*canvas.Rectangle, activityHours)}
	for i := range r.bars {
		r.bars[i] = canvas.NewRectangle(color.Transparent)
		r.bars[i].CornerRadius = 1
	}
	r.colour()
	return r
}

type stripRenderer struct {
	s    *activityStrip
	bars []*canvas.Rectangle
}

// colour sets the quiet colours of the theme: nobody has to act on a bar.
func (r *stripRenderer) colour() {
	th, v := r.s.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	some, none := th.Color(theme.ColorNamePlaceHolder, v), th.Color(theme.ColorNameSeparator, v)
	for i, n := range r.s.hours {
		r.bars[i].FillColor = some
		if n == 0 {
			r.bars[i].FillColor = none
		}
	}
}

// Layout stands the bars on a line.
func (r *stripRenderer) Layout(fyne.Size) {
	most := fullBar
	for _, n := range r.s.hours {
		most = max(most, n)
	}
	for i, n := range r.s.hours {
		height := emptyBar
		if n > 0 {
			height = max(stripHeight*n/most, lowestBar)
		}
		r.bars[i].Move(fyne.NewPos(float32(i*(barWidth+barGap)), float32(stripHeight-height)))
		r.bars[i].Resize(fyne.NewSize(barWidth, float32(height)))
	}
}

// MinSize is that of all bars.
func (r *stripRenderer) MinSize() fyne.Size {
	return fyne.NewSize(activityHours*(barWidth+barGap)-barGap, stripHeight)
}

// Refresh draws the hours that the strip now holds.
func (r *stripRenderer) Refresh() {
	r.colour()
	r.Layout(r.s.Size())
	for _, bar := range r.bars {
		bar.Refresh()
	}
}

// Destroy has nothing to give back.
func (r *stripRenderer) Destroy() {}

// Objects are the bars.
func (r *stripRenderer) Objects() []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, len(r.bars))
	for i, bar := range r.bars {
		out[i] = bar
	}
	return out
}

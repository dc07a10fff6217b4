package kit

import (
	"slices"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// StepList shows the steps of a test or a check ticking off in place.
type StepList struct {
	Box   *fyne.Container
	rows  []*stepRow
	first *stepRow // the row of begin; nil once a step was reported
	still bool     // nothing moves: the list is not, or no longer, seen
}

type stepRow struct {
	step    words.Sentence // its name
	state   health.StepState
	box     *fyne.Container
	running *BusyDots
	over    *widget.Icon
	name    *widget.Label
	text    *widget.Label
}

// NewStepList returns an empty list.
func NewStepList() *StepList {
	return &StepList{Box: Rows()}
}

// NewStepPairs returns a list of half the height: two steps to a line.
func NewStepPairs() *StepList {
	l := NewStepList()
	l.Box.Layout = pairLayout{}
	return l
}

// Reserve keeps the height of so many steps, so that nothing below moves as they come.
func (l *StepList) Reserve(steps int) {
	row := l.add(health.Step{Name: words.Verbatim("M"), State: health.StepDone})
	high := row.box.MinSize().Height
	l.Box.Remove(row.box)
	lines := steps
	if _, pairs := l.Box.Layout.(pairLayout); pairs {
		lines = (steps + 1) / 2
	}
	l.Box.Layout = leastHeight{l.Box.Layout, float32(lines)*(high-theme.InnerPadding()) + theme.InnerPadding()}
}

// leastHeight is a layout that takes no less than some height.
type leastHeight struct {
	once fyne.Layout
	high float32
}

// Layout places objects as the layout does.
func (l leastHeight) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.once.Layout(objects, size)
}

// MinSize is that of the layout, or the least height.
func (l leastHeight) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return l.once.MinSize(objects).Max(fyne.NewSize(0, l.high))
}

// EndedAs reports whether a step has ended in that state.
func (l *StepList) EndedAs(state health.StepState) bool {
	return slices.ContainsFunc(l.rows, func(r *stepRow) bool { return r.state == state })
}

// Empty reports whether no step was reported yet.
func (l *StepList) Empty() bool { return len(l.rows) == 0 }

// Begin says that something is under way before the first step is known; the
// first report takes its place.
func (l *StepList) Begin(text string) {
	l.first = l.add(health.Step{Name: words.Verbatim(text), State: health.StepRunning})
	l.Box.Refresh()
}

// Reporter returns a function that shows steps from any goroutine; laidOut runs
// after each.
func (l *StepList) Reporter(work *Tasks, laidOut func()) func(health.Step) {
	return func(s health.Step) {
		work.Post(func() {
			l.Report(s)
			laidOut()
		})
	}
}

// Report shows s: a new row, or the row of that name with what became of it. A
// step that is over and begins once more is a new row.
func (l *StepList) Report(s health.Step) {
	l.end()
	row := l.last(s.Name)
	if row == nil || s.State == health.StepRunning && !row.running.Visible() {
		l.rows = append(l.rows, l.add(s))
	} else {
		row.show(s, !l.still)
	}
	l.Box.Refresh()
}

// last returns the newest row of that name; nil for none.
func (l *StepList) last(name words.Sentence) *stepRow {
	for _, row := range slices.Backward(l.rows) {
		if row.step == name {
			return row
		}
	}
	return nil
}

// end takes the row of begin away.
func (l *StepList) end() {
	if l.first != nil {
		l.first.running.Stop()
		l.Box.Remove(l.first.box)
		l.first = nil
	}
}

// add appends a row that shows s.
func (l *StepList) add(s health.Step) *stepRow {
	row := &stepRow{
		step:    s.Name,
		running: NewBusyDots(),
		over:    widget.NewIcon(StepMark(health.StepDone)),
		name:    Label(OneLine(s.Name.Text(), MaxLine)),
		text:    Ellipsis(SmallLine("")),
	}
	icon := CenterOnLine(container.NewStack(row.over, row.running), theme.IconInlineSize(), theme.TextSize())
	row.box = Border(nil, nil, container.NewHBox(icon, row.name), nil, CenterVertically(row.text))
	row.show(s, !l.still)
	l.Box.Add(row.box)
	return row
}

// show draws s; what is running moves only if it may.
func (r *stepRow) show(s health.Step, moving bool) {
	r.state = s.State
	if s.State == health.StepRunning {
		r.over.Hide()
		r.running.Show()
		r.move(moving)
	} else {
		r.running.Stop()
		r.running.Hide()
		r.over.SetResource(StepMark(s.State))
		r.over.Show()
	}
	text := OneLine(s.Text.Text(), MaxLine)
	if s.State == health.StepFailed {
		text = "" // The problem that follows says it, with room for it.
	}
	if s.Took >= time.Millisecond {
		text = Joined(text, words.Delta(s.Took))
	}
	r.text.SetText(text)
}

// move starts or stops the row's indicator.
func (r *stepRow) move(yes bool) {
	if yes {
		r.running.Start()
	} else {
		r.running.Stop()
	}
}

// Rest stops or starts what moves, as the list goes out of sight or comes back.
func (l *StepList) Rest(yes bool) {
	l.still = yes
	for _, row := range l.rows {
		row.move(!yes && row.running.Visible())
	}
	if l.first != nil {
		l.first.move(!yes)
	}
}

// Stop ends every movement for good: the run is over, or was closed.
func (l *StepList) Stop() {
	l.end()
	l.Rest(true)
}

// Interrupt marks what was still running as not finished.
func (l *StepList) Interrupt() {
	l.end()
	for _, row := range l.rows {
		if row.running.Visible() {
			row.show(health.Step{Name: row.step, State: health.StepFailed, Text: words.Verbatim(row.text.Text)}, false)
		}
	}
}

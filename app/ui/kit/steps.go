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
	below   bool // text stands below name
}

// NewStepList returns an empty list.
func NewStepList() *StepList {
	return &StepList{Box: container.New(&stepsLayout{})}
}

// NewStepPairs returns a list of half the height: two steps to a line, where there is room.
func NewStepPairs() *StepList {
	return &StepList{Box: container.New(&stepsLayout{pairs: true})}
}

// Reserve keeps the height of so many steps, so that nothing below moves as they come.
func (l *StepList) Reserve(steps int) {
	if placed, ok := l.Box.Layout.(*stepsLayout); ok {
		placed.kept = steps
	}
}

// stepsLayout places steps under each other as closely as Rows does or, where that is
// wanted and there is room, in two columns.
type stepsLayout struct {
	pairs bool
	kept  int     // how many steps have room whether or not they are there
	width float32 // at which the steps were placed last
}

// pairsLeast is the least width for two columns of steps.
const pairsLeast = 840

func (l *stepsLayout) columns() int {
	if l.pairs && (l.width == 0 || l.width >= pairsLeast) {
		return 2
	}
	return 1
}

// Layout places the steps line by line.
func (l *stepsLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	n := l.columns()
	wide := (size.Width - float32(n-1)*theme.Padding()) / float32(n)
	y, high := float32(0), float32(0)
	for i, o := range objects {
		if i%n == 0 {
			y, high = y+high, 0
		}
		least := SetWidth(o, wide)
		o.Move(fyne.NewPos(float32(i%n)*(wide+theme.Padding()), y))
		high = max(high, least-theme.InnerPadding())
	}
}

// MinSize is that of the lines under each other, and of those that are kept.
func (l *stepsLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	n := l.columns()
	wide, high, line := float32(0), float32(0), float32(0)
	for i, o := range objects {
		least := o.MinSize()
		if i%n == 0 {
			high, line = high+line, 0
		}
		line = max(line, least.Height-theme.InnerPadding())
		wide = max(wide, least.Width)
	}
	high += line
	kept := (l.kept + n - 1) / n
	high = max(high, float32(kept)*(fyne.MeasureText("M", theme.TextSize(), fyne.TextStyle{}).Height+theme.InnerPadding()))
	if high > 0 {
		high += theme.InnerPadding()
	}
	return fyne.NewSize(float32(n)*wide+float32(n-1)*theme.Padding(), high)
}

// stepLayout places the name of a step, after its mark, and what is said of it: beside
// the name or, where it has no room there, below.
type stepLayout struct{ row *stepRow }

// belowStep is by how much the lines below a name are pulled up towards it.
const belowStep = -Tight

// Layout places the name and the text.
func (l stepLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	head, text := objects[0], objects[1]
	need := head.MinSize()
	head.Resize(need)
	head.Move(fyne.Position{})
	said := fyne.MeasureText(l.row.text.Text, theme.Size(SizeSmall), l.row.text.TextStyle).Width + 2*theme.InnerPadding()
	l.row.below = l.row.text.Text != "" && need.Width+said > size.Width
	at, wide := fyne.NewPos(need.Width, 0), max(0, size.Width-need.Width)
	if l.row.below {
		at = fyne.NewPos(l.row.name.Position().X, need.Height-belowStep)
		wide = size.Width - at.X
	}
	high := SetWidth(text, wide)
	if !l.row.below {
		at.Y = (need.Height - high) / 2
	}
	text.Move(at)
}

// MinSize is what the step takes where its parts were placed last.
func (l stepLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := objects[0].MinSize()
	if l.row.below {
		least.Height += objects[1].MinSize().Height - belowStep
	}
	return least
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
		text:    SmallLabel(""),
	}
	icon := CenterOnLine(container.NewStack(row.over, row.running), theme.IconInlineSize(), theme.TextSize())
	row.box = container.New(stepLayout{row}, container.NewHBox(icon, row.name), row.text)
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

package ui

import (
	"time"

	"vastrelay/app/health"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// stepList shows the steps of a test or a check ticking off in place.
type stepList struct {
	box   *fyne.Container
	names []string
	rows  map[string]*stepRow
	first *stepRow // the row of begin; nil once a step was reported
	still bool     // nothing moves: the list is not, or no longer, seen
}

type stepRow struct {
	box     *fyne.Container
	running *busyDots
	over    *widget.Icon
	name    *widget.Label
	text    *widget.Label
}

func newStepList() *stepList {
	return &stepList{box: rows(), rows: make(map[string]*stepRow)}
}

// newStepPairs returns a list of half the height: two steps to a line.
func newStepPairs() *stepList {
	l := newStepList()
	l.box.Layout = pairLayout{}
	return l
}

// empty reports whether no step was reported yet.
func (l *stepList) empty() bool { return len(l.names) == 0 }

// begin says that something is under way before the first step is known; the
// first report takes its place.
func (l *stepList) begin(words string) {
	l.first = l.add(health.Step{Name: words, State: health.StepRunning})
	l.box.Refresh()
}

// reporter returns a function that shows steps from any goroutine; laidOut runs
// after each.
func (l *stepList) reporter(work *tasks, laidOut func()) func(health.Step) {
	return func(s health.Step) {
		work.run(func() {
			l.report(s)
			laidOut()
		})
	}
}

// report shows s: a new row, or the row of that name with what became of it.
func (l *stepList) report(s health.Step) {
	l.end()
	if row, known := l.rows[s.Name]; known {
		row.show(s, !l.still)
	} else {
		l.rows[s.Name] = l.add(s)
		l.names = append(l.names, s.Name)
	}
	l.box.Refresh()
}

// end takes the row of begin away.
func (l *stepList) end() {
	if l.first != nil {
		l.first.running.Stop()
		l.box.Remove(l.first.box)
		l.first = nil
	}
}

// add appends a row that shows s.
func (l *stepList) add(s health.Step) *stepRow {
	row := &stepRow{
		running: newBusyDots(),
		over:    widget.NewIcon(stepMark(health.StepDone)),
		name:    body(oneLine(s.Name, maxLine)),
		text:    ellipsis(quiet("")),
	}
	icon := beside(container.NewStack(row.over, row.running), theme.IconInlineSize(), theme.TextSize())
	row.box = border(nil, nil, container.NewHBox(icon, row.name), nil, middle(row.text))
	row.show(s, !l.still)
	l.box.Add(row.box)
	return row
}

// show draws s; what is running moves only if it may.
func (r *stepRow) show(s health.Step, moving bool) {
	if s.State == health.StepRunning {
		r.over.Hide()
		r.running.Show()
		r.move(moving)
	} else {
		r.running.Stop()
		r.running.Hide()
		r.over.SetResource(stepMark(s.State))
		r.over.Show()
	}
	text := oneLine(s.Text, maxLine)
	if s.State == health.StepFailed {
		text = "" // The problem that follows says it, with room for it.
	}
	if s.Took >= time.Millisecond {
		text = joined(text, "+"+elapsed(s.Took))
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

// rest stops or starts what moves, as the list goes out of sight or comes back.
func (l *stepList) rest(yes bool) {
	l.still = yes
	for _, row := range l.rows {
		row.move(!yes && row.running.Visible())
	}
	if l.first != nil {
		l.first.move(!yes)
	}
}

// stop ends every movement for good: the run is over, or was closed.
func (l *stepList) stop() {
	l.end()
	l.rest(true)
}

// interrupt marks what was still running as not finished.
func (l *stepList) interrupt() {
	l.end()
	for _, name := range l.names {
		if row := l.rows[name]; row.running.Visible() {
			row.show(health.Step{Name: name, State: health.StepFailed, Text: row.text.Text}, false)
		}
	}
}

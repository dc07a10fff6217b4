package notes

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// LastRun knows how the run of the program before this one ended. Report, Told and
// Dismiss may block on the disk.
type LastRun interface {
	// LastRun returns how it ended; nil where there is nothing to be said.
	LastRun() *status.LastRun
	// Report is what the run left when it crashed, without secrets; empty where there
	// is none.
	Report(ctx context.Context) string
	// Told notes that a person was shown how it ended.
	Told(ctx context.Context) error
	// Dismiss forgets it.
	Dismiss(ctx context.Context) error
}

// lastRunKey is the key of the note about the last run.
const lastRunKey = "last run"

// reportHeight is the height of a report, which scrolls.
const reportHeight = 150

// lastRunNote says once that the last run ended by itself.
type lastRunNote struct {
	b    *Bar
	told bool
}

// update puts the note up, once.
func (l *lastRunNote) update() {
	if l.told {
		return
	}
	l.told = true
	if l.b.d.LastRun.LastRun() == nil {
		return
	}
	l.show("", false)
	l.do(l.b.d.LastRun.Told)
	kit.Start(l.b.d.Work, func(ctx context.Context) (string, error) {
		return l.b.d.LastRun.Report(ctx), nil
	}, func(report string, _ error) {
		if report != "" && l.b.at(lastRunKey) >= 0 {
			l.show(report, false)
		}
	})
}

// show draws the note, with the report unfolded or not.
func (l *lastRunNote) show(report string, unfolded bool) {
	last := l.b.d.LastRun.LastRun()
	if last == nil {
		return
	}
	n := &note{key: lastRunKey, text: last.Text(l.b.d.Now()), put: func() { l.do(l.b.d.LastRun.Dismiss) }}
	if report != "" {
		label := words.Text("lastrun.show")
		if unfolded {
			label = words.Text("lastrun.hide")
			n.below = reportView(report)
		}
		n.buttons = []fyne.CanvasObject{
			kit.PlainButton(label, nil, func() { l.show(report, !unfolded) }),
			l.b.d.CopyButton(words.Text("lastrun.copy"), func() string { return report }),
		}
	}
	l.b.put(n)
}

// reportView shows a report in lines that fit, and scrolls it.
func reportView(report string) fyne.CanvasObject {
	text, _ := kit.Fold(kit.Block(report, kit.MaxBlock), 90, 400)
	label := kit.NewSelectableLabel(text)
	label.TextStyle.Monospace = true
	label.SizeName = kit.SizeSmall
	return kit.MinSize(0, reportHeight, container.NewScroll(label))
}

// do runs what may block. That it could not be kept what a person was told is nothing
// to trouble them with: the log has it.
func (l *lastRunNote) do(work func(ctx context.Context) error) {
	l.b.d.Work.Do(work, func(error) {})
}

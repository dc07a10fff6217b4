package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/health"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// doctorKey marks the slot as showing the checks of all hops.
const doctorKey = "doctor"

// checkEverything makes the checks of all hops, which tick off in the slot, and says
// which one fails and what helps.
func (a *answers) checkEverything() {
	if a.testing {
		return
	}
	a.testing = true
	a.w.header.busy(true)
	steps := kit.NewStepList()
	content := kit.Rows(steps.Box)
	a.showSteps(doctorKey, words.Text("doctor.running"), steps, content)
	steps.Begin(words.Text("doctor.running"))
	report := steps.Reporter(a.w.ui.env.Work, a.w.relayout)
	kit.Start(a.w.ui.env.Work, func(ctx context.Context) (health.Report, error) {
		return a.w.ui.parts.Doctor.Examine(ctx, report)
	}, func(found health.Report, err error) {
		a.testing = false
		a.w.header.busy(false)
		steps.Stop()
		if err == nil {
			a.showVerdict(found, content)
		}
		if a.slot.Steps == steps {
			a.slot.Retitle(doctorKey, verdictTitle(found))
		}
		a.w.relayout()
		a.w.refreshShown()
	})
}

// verdictTitle heads the panel. What is wrong stands below the checks, with the button
// that helps: the title only names the check.
func verdictTitle(found health.Report) string {
	if f, failed := found.Failing(); failed {
		return words.Text("doctor.failed", words.Args{"Name": f.Name})
	}
	return found.Verdict().Text()
}

// showVerdict adds to the checks what is wrong, with the button that helps, and one
// that copies the report.
func (a *answers) showVerdict(found health.Report, content *fyne.Container) {
	if f, failed := found.Failing(); failed {
		content.Add(a.w.ui.env.ProblemLines(f.Problem))
	}
	text := a.w.ui.parts.Doctor.Text(found)
	copied := a.w.ui.env.CopyButton(words.Text("doctor.copy"), func() string { return text })
	apart := layout.NewCustomPaddedLayout(theme.InnerPadding()+theme.Padding(), 0, 0, 0) // from the button that helps
	content.Add(container.New(apart, container.NewHBox(copied)))
	content.Refresh()
}

package ui

import (
	"context"
	"slices"
	"time"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/notes"
	"vastrelay/app/words"

	"vastrelay/app/health"
	"vastrelay/app/status"

	"fyne.io/fyne/v2"
)

// answers shows in the slot below the header what came of what a person did: why
// a hop fails, how a test goes, what a button does.
type answers struct {
	w    *mainWindow
	slot *kit.CardSlot

	over    kit.Popover  // explains a word of the chain
	hops    []health.Hop // what it explains
	testing bool         // a test is under way
	notes   *notes.Bar   // what nobody has asked for, above the slot

	outcome    outcome // of the test whose answer stands in the slot
	resuming   resumeQuestion
	retry      retry
	performing bool // what the button in the header says is being carried out
}

// testKind is one of the two tests.
type testKind int

const (
	testFromVast testKind = iota
	testToChat
)

// title is the text on the button that starts it.
func (k testKind) title() string {
	if k == testToChat {
		return words.Text("window.test.to_chat")
	}
	return words.Text("window.test.from_vast")
}

// steps is how many steps it mostly has.
func (k testKind) steps() int {
	if k == testToChat {
		return 1
	}
	return 4
}

// sending heads the answer while the test is under way.
func (k testKind) sending() string {
	if k == testToChat {
		return words.Text("window.test.to_chat_sending")
	}
	return words.Text("window.test.from_vast_sending")
}

// ended heads the answer once the test is over. A test that has arrived and waits, as
// every event does by then, is no failure.
func (k testKind) ended(err error, held bool) string {
	switch {
	case waits(err):
		return kit.ProblemOf("", err).Headline.Text()
	case k == testToChat && err != nil:
		return words.Text("window.test.to_chat_failed")
	case k == testToChat:
		return words.Text("window.test.to_chat_passed")
	case err != nil:
		return words.Text("window.test.from_vast_failed")
	case held:
		return words.Text("window.test.from_vast_held")
	default:
		return words.Text("window.test.from_vast_passed")
	}
}

// openLink explains a word of the chain, or closes the explanation.
func (a *answers) openLink(l link) {
	if a.over.Shows(l.key) {
		a.over.Close()
		return
	}
	a.showLink(l)
}

// showLink explains a word of the chain below it.
func (a *answers) showLink(l link) {
	at := a.w.header.chain.button(l.key)
	a.hops = a.w.status.HopsOf(l.hops)
	a.over.Show(a.w.win.Canvas(), at, l.key, linkPanel(a.w.ui.env, a.w.status, l))
}

// drawLink brings the explanation up to date, unless it is what is shown already.
func (a *answers) drawLink() {
	if !a.over.Open() {
		return
	}
	for _, l := range links() {
		if hops := a.w.status.HopsOf(l.hops); a.over.Shows(l.key) && !slices.Equal(hops, a.hops) {
			a.hops = hops
			a.over.Update(linkPanel(a.w.ui.env, a.w.status, l))
		}
	}
}

// waits reports whether err says that a test has arrived and is posted later.
func waits(err error) bool {
	return health.Is(err, health.TestWaits) || health.Is(err, health.TestQueued)
}

// problemKey marks the slot as showing why something failed.
const problemKey = "problem"

// fail shows err in the slot, under that headline where nobody foresaw it.
func (a *answers) fail(headline string, err error) {
	a.outcome = outcomeFailed
	a.slot.Show(problemKey, "", a.w.ui.env.ProblemLines(kit.ProblemOf(headline, err)))
}

// underWay says what happens while a is carried out, and whose turn it is.
func underWay(a health.Action) string {
	switch a {
	case health.ActionStart:
		return words.Text("window.doing.start")
	case health.ActionUnlockKeyring:
		return words.Text("window.doing.unlock_keyring")
	case health.ActionCreateKeyring:
		return words.Text("window.doing.create_keyring")
	case health.ActionEnableChannels, health.ActionConfirmSettings:
		return words.Text("window.doing.tell_vast")
	default:
		return words.Text("button.under_way")
	}
}

// perform lets the backend do what a button says and shows that it is at it.
func (a *answers) perform(action health.Action) {
	if action == health.ActionRetry {
		a.tryNow()
		return
	}
	steps := kit.NewStepList()
	steps.Begin(underWay(action))
	a.performing = true
	a.showSteps("perform", action.Label(), steps, steps.Box)
	a.w.header.update(a.w.status)
	a.w.ui.env.Work.Do(func(ctx context.Context) error {
		return a.w.ui.parts.Controls.Perform(ctx, action)
	}, func(err error) {
		a.performing = false
		if a.slot.Key == "perform" {
			a.slot.Clear()
		}
		if err != nil {
			a.fail(words.Text("failed.do_that"), err)
		}
		a.w.refresh(status.Everything)
	})
}

// showSteps shows content, which holds steps, in the slot.
func (a *answers) showSteps(key, title string, steps *kit.StepList, content fyne.CanvasObject) {
	a.slot.Show(key, title, content)
	a.slot.Steps = steps
}

// pause holds posting until then; the zero time: until the person resumes.
func (a *answers) pause(until time.Time) {
	a.w.ui.env.Work.Do(func(ctx context.Context) error {
		return a.w.ui.parts.Controls.Pause(ctx, until)
	}, func(err error) {
		if err != nil {
			a.fail(words.Text("failed.pause"), err)
		}
		a.w.refresh(status.Everything)
	})
}

// runTest runs one of the tests; its steps tick off in the slot.
func (a *answers) runTest(k testKind) {
	if a.testing {
		return
	}
	steps := kit.NewStepPairs()
	steps.Reserve(k.steps())
	a.outcome = outcomeFine
	answer := kit.Rows(steps.Box)
	a.showSteps("test", k.sending(), steps, answer)
	a.follow(k, steps, answer, func(err error) {
		if a.slot.Steps == steps {
			held := steps.EndedAs(health.StepHeld)
			a.slot.Retitle("test", k.ended(err, held))
			a.outcome = outcomeOf(err, held)
		}
	})
}

// testFromSetup runs a test from Vast.ai as follow does, unless a test is under
// way.
func (a *answers) testFromSetup(steps *kit.StepList, answer *fyne.Container, over func(error)) (started bool) {
	if a.testing {
		return false
	}
	a.follow(testFromVast, steps, answer, over)
	return true
}

// follow runs a test whose steps tick off in steps. What went wrong is added to
// answer; over runs at the end.
func (a *answers) follow(k testKind, steps *kit.StepList, answer *fyne.Container, over func(error)) {
	a.testing = true
	a.w.header.busy(true)
	run := a.w.ui.parts.Tests.TestFromVast
	if k == testToChat {
		run = a.w.ui.parts.Tests.TestToChat
	}
	steps.Begin(words.Text("window.test.starting"))
	report := steps.Reporter(a.w.ui.env.Work, a.w.relayout)
	a.w.ui.env.Work.Do(func(ctx context.Context) error { return run(ctx, report) }, func(err error) {
		a.testing = false
		a.w.header.busy(false)
		switch {
		case waits(err):
			steps.Stop() // Its last step says what it waits for.
		case err != nil:
			steps.Interrupt()
			kit.ShowIf(steps.Box, !steps.Empty())
			answer.Add(a.w.ui.env.ProblemLines(kit.ProblemOf(words.Text("failed.finish_test"), err)))
		default:
			steps.Stop()
		}
		answer.Refresh()
		over(err)
		a.w.relayout()
		a.w.refreshShown()
	})
}

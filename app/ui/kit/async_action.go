package kit

import (
	"context"

	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// AsyncAction is a button that starts work in a goroutine and says in place what
// comes of it: first that it is under way, then the answer or the problem.
type AsyncAction struct {
	env      Env
	Headline string // of the problem, when what the button does fails
	Button   *Button
	Words    *widget.Label   // hidden while there is nothing to say
	Failed   *fyne.Container // the problem; hidden while there is none

	Running bool
	Done    bool // the words are the answer
}

// NewAsyncAction returns an action around b, whose tap is left to the caller.
// headline says what could not be done, when it fails.
func NewAsyncAction(e Env, b *Button, headline string) *AsyncAction {
	a := &AsyncAction{env: e, Headline: headline, Button: b, Words: SmallLabel(""), Failed: container.NewVBox()}
	a.Forget()
	return a
}

// Say puts text beside the button; an empty text takes no room.
func (a *AsyncAction) Say(text string) {
	a.Words.SetText(text)
	ShowIf(a.Words, text != "")
}

// Answer replaces the answer by one that is known only later.
func (a *AsyncAction) Answer(text string) {
	a.Done = true
	a.Say(text)
}

// Forget takes the answer away, unless the answer is yet to come.
func (a *AsyncAction) Forget() {
	if a.Running {
		return
	}
	a.Done = false
	a.Say("")
	a.Failed.RemoveAll()
	a.Failed.Hide()
}

// Run has work done, which answers in words. over runs at its end, after the
// answer was put in its place.
func (a *AsyncAction) Run(work func(ctx context.Context) (answer string, err error), over func(error)) {
	if a.Running {
		return
	}
	a.Forget()
	a.Running = true
	a.Button.Disable()
	a.Say(words.Text("button.under_way"))
	Start(a.env.Work, work, func(answer string, err error) {
		a.Running = false
		a.Button.Enable()
		a.Say("")
		if err != nil {
			a.Failed.Add(a.env.ProblemPanel(ProblemOf(a.Headline, err)))
			a.Failed.Show()
		} else {
			a.Done = true
			a.Say(answer)
		}
		over(err)
	})
}

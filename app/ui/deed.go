package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// deed is a button that has the backend do something. What comes of it is
// answered in place: first that it is under way, then in words or as a problem.
type deed struct {
	env    env
	doing  string // what the button attempts, for the words of a failure
	button *pushButton
	words  *widget.Label   // hidden while there is nothing to say
	failed *fyne.Container // the problem; hidden while there is none

	running bool
	done    bool // the words are the answer
}

// newDeed returns a deed around b, whose tap is left to the caller. doing words
// what it attempts: "post the event".
func newDeed(e env, b *pushButton, doing string) *deed {
	d := &deed{env: e, doing: doing, button: b, words: secondary(""), failed: container.NewVBox()}
	d.forget()
	return d
}

// say puts text beside the button; an empty text takes no room.
func (d *deed) say(text string) {
	d.words.SetText(text)
	showIf(d.words, text != "")
}

// forget takes the answer away, unless the answer is yet to come.
func (d *deed) forget() {
	if d.running {
		return
	}
	d.done = false
	d.say("")
	d.failed.RemoveAll()
	d.failed.Hide()
}

// run has work done, which answers in words. over runs at its end, after the
// answer was put in its place.
func (d *deed) run(work func(ctx context.Context) (answer string, err error), over func(error)) {
	if d.running {
		return
	}
	d.forget()
	d.running = true
	d.button.Disable()
	d.say("Under way" + cutMark)
	start(d.env.work, work, func(answer string, err error) {
		d.running = false
		d.button.Enable()
		d.say("")
		if err != nil {
			d.failed.Add(d.env.problemPanel(problemOf(err, d.doing)))
			d.failed.Show()
		} else {
			d.done = true
			d.say(answer)
		}
		over(err)
	})
}

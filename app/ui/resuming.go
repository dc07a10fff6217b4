package ui

import (
	"context"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// resumeKey marks the slot as asking what becomes of held events.
const resumeKey = "resume"

// resumeQuestion asks, in the slot, what becomes of the events that are held.
type resumeQuestion struct {
	text *widget.Label
	post *kit.Button
	held int // the events that it speaks of
}

// askResume ends the pause: at once when nothing is held, else the person says
// what becomes of the held events.
func (a *answers) askResume() {
	held := a.w.status.Waiting
	if held == 0 {
		a.resume(false)
		return
	}
	a.resuming = resumeQuestion{
		text: kit.WrappedLabel(words.Plural("window.resuming.held", held)),
		post: kit.PrimaryButton(words.Plural("window.resuming.post", held), func() { a.resume(false) }),
		held: held,
	}
	buttons := kit.ButtonRow(
		a.resuming.post,
		kit.TextButton(words.Text("window.resuming.keep"), func() { a.resume(true) }),
		kit.PlainButton(words.Text("window.resuming.stay"), nil, a.slot.Clear),
	)
	a.slot.Show(resumeKey, words.Text("window.resuming.title"), container.NewVBox(a.resuming.text, kit.Indent(buttons)))
	a.w.win.Canvas().Focus(a.resuming.post)
}

// followPause keeps the question true: the pause may end otherwise, and then none of its
// answers would do anything; and more events may be held by now.
func (a *answers) followPause(s status.Status) {
	if a.slot.Key != resumeKey {
		return
	}
	if !s.Holds() || s.Waiting == 0 {
		a.slot.Clear()
		return
	}
	if q := &a.resuming; s.Waiting != q.held {
		q.held = s.Waiting
		q.text.SetText(words.Plural("window.resuming.held", q.held))
		q.post.SetText(words.Plural("window.resuming.post", q.held))
	}
}

func (a *answers) resume(keep bool) {
	a.w.ui.env.Work.Do(func(ctx context.Context) error {
		return a.w.ui.parts.Controls.Resume(ctx, keep)
	}, func(err error) {
		if a.slot.Key == resumeKey {
			a.slot.Clear()
		}
		if err != nil {
			a.fail(words.Text("failed.resume"), err)
		}
		a.w.refresh(status.Everything)
	})
}

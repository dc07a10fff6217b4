package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// question lies over a window until it is answered.
type question struct {
	over  *widget.PopUp
	asked func(yes bool)
}

// questionWidth is the width of the text of a question.
const questionWidth = 420

// newQuestion shows a question with two answers in words. The second, which
// changes nothing, has the focus. asked runs once.
func newQuestion(on fyne.Canvas, title, text, yes, no string, asked func(yes bool)) *question {
	q := &question{asked: asked}
	head := wrapBold(title)
	head.SizeName = sizeState
	stay := labelled(no, func() { q.answer(false) })
	agree := primary(yes, func() { q.answer(true) })
	content := container.NewVBox(
		head,
		atLeast(questionWidth, 0, wrapped(text)),
		container.NewHBox(spacer(), stay, agree),
	)
	q.over = widget.NewModalPopUp(framed(content), on)
	q.over.Show()
	on.Focus(stay)
	return q
}

// answer takes the question away and hands the answer on.
func (q *question) answer(yes bool) {
	if q.over.Visible() {
		q.over.Hide()
		q.asked(yes)
	}
}

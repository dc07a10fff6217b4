package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"
)

// Question lies over a window until it is answered.
type Question struct {
	over  *widget.PopUp
	asked func(yes bool)
}

// questionWidth is the width of the text of a question.
const questionWidth = 420

// NewQuestion shows a question with two answers in words. The second, which
// changes nothing, has the focus. asked runs once.
func NewQuestion(on fyne.Canvas, title, text, yes, no string, asked func(yes bool)) *Question {
	q := &Question{asked: asked}
	head := WrappedBoldLabel(title)
	head.SizeName = SizeTitle
	stay := TextButton(no, func() { q.Answer(false) })
	agree := PrimaryButton(yes, func() { q.Answer(true) })
	content := container.NewVBox(
		head,
		MinSize(questionWidth, 0, WrappedLabel(text)),
		container.NewHBox(Spacer(), stay, agree),
	)
	q.over = widget.NewModalPopUp(PadWindow(content), on)
	q.over.Show()
	on.Focus(stay)
	return q
}

// Answer takes the question away and hands the answer on.
func (q *Question) Answer(yes bool) {
	if q.over.Visible() {
		q.over.Hide()
		q.asked(yes)
	}
}

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

// NewQuestion shows a question with two answers in words, of which the second, like
// Escape, changes nothing. One is bright and has the focus, so that Return does what the
// bright button says: the first, which the person has just asked for, unless it loses what
// they typed. asked runs once.
func NewQuestion(on fyne.Canvas, title, text, yes, no string, loses bool, asked func(yes bool)) *Question {
	q := &Question{asked: asked}
	head := WrappedBoldLabel(title)
	head.SizeName = SizeTitle
	stay := TextButton(no, func() { q.Answer(false) })
	agree := TextButton(yes, func() { q.Answer(true) })
	bright := agree
	if loses {
		bright = stay
	}
	bright.Importance = widget.HighImportance
	content := container.NewVBox(
		head,
		MinSize(questionWidth, 0, WrappedLabel(text)),
		container.NewHBox(Spacer(), stay, agree),
	)
	q.over = widget.NewModalPopUp(PadWindow(content), on)
	q.over.Show()
	on.Focus(bright)
	return q
}

// ShowNotice lays lines over a window for as long as that is there: nothing below can be
// used any more.
func ShowNotice(on fyne.Canvas, lines fyne.CanvasObject) {
	widget.NewModalPopUp(PadWindow(MinSize(questionWidth, 0, lines)), on).Show()
}

// Answer takes the question away and hands the answer on.
func (q *Question) Answer(yes bool) {
	if q.over.Visible() {
		q.over.Hide()
		q.asked(yes)
	}
}

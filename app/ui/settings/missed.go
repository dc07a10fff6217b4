package settings

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// Gaps tells when deliveries could not arrive, and fetches what was missed then.
type Gaps interface {
	// Gaps returns the gap that is open and the last ones that have ended.
	Gaps() status.Gaps
	// CatchUp fetches what was missed in the last days and has it posted.
	CatchUp(ctx context.Context) (status.CatchUp, error)
}

// gapsShown is how many gaps the page lists.
const gapsShown = 3

// missedForm is about stretches of time in which nothing could arrive: the last of
// them, whether they are said in Chat, and how what was missed is fetched.
type missedForm struct {
	w       *Window
	last    *fyne.Container
	tell    *kit.CheckBox
	fetch   *kit.CheckBox
	saver   *saver
	catchUp *kit.AsyncAction
	answer  *fyne.Container // to catching up, below the button
	box     *fyne.Container
}

func newMissedForm(w *Window) *missedForm {
	f := &missedForm{w: w, last: container.NewVBox()}
	f.tell = kit.NewCheckBox(words.Text("gap.settings.tell"), nil)
	f.fetch = kit.NewCheckBox(words.Text("gap.settings.fetch"), nil)
	f.saver = &saver{w: w, said: container.NewVBox(), busy: func(yes bool) { kit.EnableIf(f.tell, !yes); kit.EnableIf(f.fetch, !yes) }}
	f.catchUp = kit.NewAsyncAction(w.env, kit.TextButton(words.Text("gap.settings.catch_up"), f.tapped), words.Text("failed.catch_up"))
	button := kit.AlignWithText(container.NewHBox(f.catchUp.Button))
	f.answer = container.NewVBox(button, f.catchUp.Words, f.catchUp.Failed)
	f.box = container.NewVBox(
		kit.SectionHeading(words.Text("gap.settings.heading")),
		f.last,
		kit.Rows(f.tell, kit.SmallLabel(words.Text("gap.settings.told"))),
		kit.Rows(f.fetch, kit.SmallLabel(words.Text("gap.settings.inbox"))),
		f.saver.said,
		f.answer,
	)
	return f
}

// open shows what is in force; from then on a click saves.
func (f *missedForm) open() {
	inForce := f.w.deps.Parts.Store.Settings()
	f.tell.OnChanged, f.fetch.OnChanged = nil, nil
	f.tell.SetChecked(!inForce.QuietGaps)
	f.fetch.SetChecked(!inForce.NoCatchUp)
	f.tell.OnChanged = func(on bool) {
		f.saver.save(func(s *config.Settings) { s.QuietGaps = !on }, words.Text("settings.saved"))
	}
	f.fetch.OnChanged = func(on bool) {
		f.saver.save(func(s *config.Settings) { s.NoCatchUp = !on }, words.Text("settings.saved"))
	}
	f.refresh()
}

// refresh lists the last gaps.
func (f *missedForm) refresh() {
	g := f.w.deps.Parts.Gaps.Gaps()
	var texts []string
	if g.Open != nil {
		texts = append(texts, g.Open.Text.Text())
	}
	for _, ended := range g.Last[:min(len(g.Last), gapsShown)] {
		texts = append(texts, ended.Text.Text())
	}
	if len(texts) == 0 {
		texts = append(texts, words.Text("gap.settings.none"))
	}
	f.last.RemoveAll()
	for _, text := range texts {
		f.last.Add(kit.WrappedLabel(text))
	}
}

// tapped fetches what was missed.
func (f *missedForm) tapped() {
	f.catchUp.Run(func(ctx context.Context) (string, error) {
		result, err := f.w.deps.Parts.Gaps.CatchUp(ctx)
		return result.Text().Text(), err
	}, func(error) {
		f.refresh()
		f.w.reveal(f.answer)
	})
	f.w.reveal(f.answer)
}

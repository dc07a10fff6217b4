package settings

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/config"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// The rule for saving. A choice, such as a tick or one of a list, takes effect at
// once and says so in place: a saver does that. What is typed takes effect by a
// button below the page, or below a single entry among choices, which stands out only while something has changed: edits
// do that for a whole page. Nothing says "Saved" beside what is not.

// saver saves one change of the settings and says in place what became of it.
type saver struct {
	w    *Window
	said *fyne.Container
	busy func(bool) // greys the form out while it is being saved
}

// choiceWidth is the width of a list that drops down: of its longest choice.
const choiceWidth = 220

// picker is a list that drops down, and what a person picks from it is saved at once.
type picker struct {
	choice *kit.SelectBox
	saver  *saver
}

func newPicker(w *Window) *picker {
	p := &picker{choice: kit.NewSelectBox(nil)}
	p.saver = &saver{w: w, said: container.NewVBox(), busy: func(yes bool) { kit.EnableIf(p.choice, !yes) }}
	return p
}

// list is the list in the width of its longest choice.
func (p *picker) list() fyne.CanvasObject { return listOf(p.choice) }

// listOf is a box in the width of its longest choice.
func listOf(box *kit.SelectBox) fyne.CanvasObject {
	return container.NewHBox(kit.MinSize(choiceWidth, 0, box))
}

// offer has box offer choices, in words, with the one at the index at shown. From then on
// picked is told the index of each that a person picks.
func offer(box *kit.SelectBox, choices []string, at int, picked func(at int)) {
	box.OnChanged = nil
	box.Options = choices
	box.SetSelectedIndex(at)
	box.OnChanged = func(text string) {
		if i := slices.Index(choices, text); i >= 0 {
			picked(i)
		}
	}
}

// wordsOf lists choices in words.
func wordsOf[T any](choices []T, in func(T) string) []string {
	list := make([]string, len(choices))
	for i, c := range choices {
		list[i] = in(c)
	}
	return list
}

// save lets change alter the settings in force and stores them.
func (s *saver) save(change func(*config.Settings), success string) {
	s.run(words.Text("failed.save_settings"), change, func(err error) {
		if err == nil {
			s.say(kit.WrappedLabel(success))
		}
	})
}

// run lets change alter the settings in force and stores them. What went wrong is
// said in place, under headline where nobody foresaw it; done runs after that.
func (s *saver) run(headline string, change func(*config.Settings), done func(error)) {
	s.busy(true)
	s.say(kit.SmallLabel(words.Text("settings.saving")))
	s.w.env.Work.Do(func(ctx context.Context) error {
		return s.w.deps.Parts.Store.ChangeSettings(ctx, change)
	}, func(err error) {
		s.busy(false)
		if err != nil {
			s.say(s.w.env.ProblemPanel(kit.ProblemOf(headline, err)))
		}
		done(err)
	})
}

func (s *saver) say(o ...fyne.CanvasObject) {
	s.said.Objects = o
	s.w.relayout()
}

// edits are what was typed in a page and is not saved yet, with the bar below the
// page: a button that saves them, and one that takes them back. The page says what
// is wrong, what to store and how to show what is in force; the rest follows.
type edits struct {
	w     *Window
	form  editedForm
	typed []*typedEntry
	busy  bool
	saver *saver

	save    *kit.Button
	discard *kit.Button
	plan    *widget.Label
	actions fyne.CanvasObject // the buttons with the plan
	inPlace bool              // the bar stands among the choices, and takes room only when it is of use
	bar     *fyne.Container
}

// editedForm is the page of edits.
type editedForm interface {
	// show shows what s says.
	show(s config.Settings)
	// changed reports whether something beside what is typed differs from what is in
	// force.
	changed() bool
	// wrong says what keeps the form from being saved; empty for nothing.
	wrong() string
	// change returns what puts that into the settings which is entered now. It may be
	// called on any goroutine.
	change() func(s *config.Settings)
	// edited runs after each edit.
	edited()
}

// typedEntry is an entry with the value that is in force.
type typedEntry struct {
	entry   *kit.Entry
	inForce string
}

// newEdits returns the edits of form. plan says what saving does, beside the
// button, and saved what came of it.
func newEdits(w *Window, form editedForm, plan, saved string) *edits {
	e := &edits{w: w, form: form, plan: kit.SmallLabel(plan)}
	e.save = kit.TextButton(words.Text("settings.save"), func() { e.apply(saved) })
	e.discard = kit.PlainButton(words.Text("settings.discard"), nil, func() { e.takeBack() })
	said := container.NewVBox()
	e.saver = &saver{w: w, said: said, busy: func(yes bool) { e.busy = yes; e.update() }}
	e.actions = kit.BesideOrBelow(kit.AlignWithText(container.NewHBox(e.save, e.discard)), e.plan)
	e.bar = container.NewVBox(e.actions, said)
	return e
}

// entry adds an entry to the page. Return saves, and Escape takes back what was
// typed in it, before it takes back the rest.
func (e *edits) entry() *kit.Entry {
	t := &typedEntry{entry: e.w.entry()}
	t.entry.OnChanged = func(string) { e.update() }
	t.entry.OnSubmitted = func(string) {
		if !e.save.Disabled() {
			e.save.OnTapped()
		}
	}
	t.entry.Keys = map[fyne.KeyName]func(){fyne.KeyEscape: func() {
		if t.entry.Text == t.inForce {
			e.w.escape()
			return
		}
		t.entry.SetText(t.inForce)
	}}
	e.typed = append(e.typed, t)
	return t.entry
}

// fill shows the value that is in force in an entry of the page.
func (e *edits) fill(entry *kit.Entry, value string) {
	for _, t := range e.typed {
		if t.entry == entry {
			t.inForce = value
			entry.SetText(value)
		}
	}
}

// open shows what is in force, unless something is being edited: that stays until
// it is saved or taken back.
func (e *edits) open() {
	if !e.pending() {
		e.reload()
	}
}

func (e *edits) reload() {
	e.form.show(e.w.deps.Parts.Store.Settings())
	e.update()
}

// pending reports whether something was edited and not saved.
func (e *edits) pending() bool {
	for _, t := range e.typed {
		if strings.TrimSpace(t.entry.Text) != t.inForce {
			return true
		}
	}
	return e.form.changed()
}

// takeBack shows what is in force in place of what was edited, and reports whether
// anything was.
func (e *edits) takeBack() bool {
	if e.busy || !e.pending() {
		return false
	}
	e.reload()
	return true
}

// update runs after each edit: only what can be saved has a bright button, and
// nothing is said to be saved beside what is not.
func (e *edits) update() {
	e.form.edited()
	pending := e.pending()
	can := pending && !e.busy && e.form.wrong() == ""
	e.save.Importance = widget.MediumImportance
	if can {
		e.save.Importance = widget.HighImportance
	}
	kit.EnableIf(e.save, can)
	e.save.Refresh()
	kit.ShowIf(e.discard, pending && !e.busy)
	kit.ShowIf(e.actions, pending || !e.inPlace)
	for _, t := range e.typed {
		kit.EnableIf(t.entry, !e.busy)
	}
	if pending && !e.busy {
		e.saver.said.Objects = nil
	}
	e.w.edited()
}

// apply saves what is entered.
func (e *edits) apply(saved string) {
	e.saver.run(words.Text("failed.save_settings"), e.form.change(), func(err error) {
		if err != nil {
			return
		}
		e.reload()
		e.saver.say(kit.WrappedLabel(saved))
	})
}

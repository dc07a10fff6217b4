package settings

import (
	"context"
	"net/url"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// Updates knows whether there is a newer version of the program.
type Updates interface {
	// Updates returns what is known.
	Updates() status.Updates
	// Check asks for the newest version now. What comes of it is what Updates returns
	// then.
	Check(ctx context.Context) error
}

// UpdatesChoice is what is kept when a person is asked whether to look for newer
// versions.
func UpdatesChoice(yes bool) config.UpdateChoice {
	if yes {
		return config.UpdatesOn
	}
	return config.UpdatesOff
}

// updatesForm chooses whether to look for newer versions, and says what is known of
// them. In a build that asks nobody it is one sentence.
type updatesForm struct {
	w     *Window
	check *kit.CheckBox
	saver *saver
	now   *kit.Button
	known *fyne.Container
	box   *fyne.Container

	asking bool // the host is being asked
}

func newUpdatesForm(w *Window) *updatesForm {
	f := &updatesForm{w: w, known: container.NewVBox()}
	f.box = container.NewVBox(kit.SectionHeading(words.Text("updates.heading")))
	host := w.deps.Parts.Updates.Updates().Host
	if host == "" {
		f.box.Add(kit.SmallLabel(words.Text("updates.from_source")))
		return f
	}
	f.check = kit.NewCheckBox(words.Text("updates.check"), nil)
	f.saver = &saver{w: w, said: container.NewVBox(), busy: func(yes bool) { kit.EnableIf(f.check, !yes) }}
	f.now = kit.TextButton(words.Text("updates.now"), f.ask)
	f.box.Add(kit.Rows(f.check, kit.SmallLabel(words.Text("updates.how", words.Args{"Host": host}))))
	f.box.Add(f.saver.said)
	f.box.Add(f.known)
	f.box.Add(kit.Indent(container.NewHBox(f.now)))
	return f
}

// open shows what is in force; from then on a click saves.
func (f *updatesForm) open() {
	if f.check == nil {
		return
	}
	f.check.OnChanged = nil
	f.check.SetChecked(f.w.deps.Parts.Updates.Updates().Wanted)
	f.check.OnChanged = func(on bool) {
		f.saver.save(func(s *config.Settings) { s.General.Updates = UpdatesChoice(on) }, words.Text("settings.saved"))
	}
	f.refresh()
}

// refresh shows what is known.
func (f *updatesForm) refresh() {
	if f.check == nil || f.asking {
		return
	}
	f.known.Objects = f.describe(f.w.deps.Parts.Updates.Updates())
	f.w.relayout()
}

// ask asks for the newest version now.
func (f *updatesForm) ask() {
	f.asking = true
	f.now.Disable()
	f.known.Objects = []fyne.CanvasObject{kit.SmallLabel(words.Text("updates.asking"))}
	f.w.relayout()
	f.w.env.Work.Do(f.w.deps.Parts.Updates.Check, func(error) {
		f.asking = false
		f.now.Enable()
		f.refresh()
		f.w.reveal(f.known)
	})
}

// describe says what is known of newer versions, and when that was learnt.
func (f *updatesForm) describe(u status.Updates) []fyne.CanvasObject {
	var lines []fyne.CanvasObject
	switch {
	case u.Failed != "":
		lines = append(lines, kit.WrappedLabel(updateFailure(u)))
	case u.Newer == nil && !u.Checked.IsZero():
		lines = append(lines, kit.WrappedLabel(words.Text("updates.newest", words.Args{"At": words.Moment(u.Checked, f.w.env.Now())})))
	}
	if u.Newer == nil {
		return lines
	}
	lines = append(lines, kit.WrappedBoldLabel(words.Text("updates.newer", words.Args{"Version": u.Newer.Version})))
	news := kit.Rows()
	for _, line := range u.Newer.News {
		news.Add(kit.WrappedLabel(words.Text("updates.news_line", words.Args{"Line": kit.OneLine(line, kit.MaxLine)})))
	}
	lines = append(lines, news)
	if page, err := url.Parse(u.Newer.Page); err == nil && u.Newer.Page != "" {
		link := kit.NewLink(words.Text("updates.page"), kit.SizeBody)
		link.URL = page
		lines = append(lines, container.NewHBox(link))
	}
	return lines
}

// updateFailure says why nobody could tell the newest version.
func updateFailure(u status.Updates) string {
	switch u.Failed {
	case status.UpdateLate:
		return words.Text("updates.failed.late", words.Args{"Host": u.Host})
	case status.UpdateRefused:
		return words.Text("updates.failed.refused", words.Args{"Host": u.Host})
	case status.UpdateUnreadable:
		return words.Text("updates.failed.unreadable", words.Args{"Host": u.Host})
	default:
		return words.Text("updates.failed.unreachable", words.Args{"Host": u.Host})
	}
}

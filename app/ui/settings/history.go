package settings

import (
	"context"
	"path/filepath"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/relay"
)

// historyPage is the section about the events that are kept: for how long, how to
// take them elsewhere, and when none could arrive.
type historyPage struct {
	export *exportForm
	missed *missedForm
	box    *fyne.Container
}

func newHistoryPage(w *Window) *historyPage {
	p := &historyPage{export: newExportForm(w), missed: newMissedForm(w)}
	p.box = container.NewVBox()
	if about := w.deps.About; about.KeptDays > 0 {
		p.box.Add(kit.WrappedLabel(words.Text("settings.history.kept", words.Args{"Days": about.KeptDays, "Megabytes": about.KeptMegabytes})))
	}
	p.box.Add(kit.SectionHeading(words.Text("settings.history.export")))
	p.box.Add(kit.WrappedLabel(words.Text("settings.history.what")))
	p.box.Add(p.export.box)
	p.box.Add(p.missed.box)
	return p
}

func (p *historyPage) content() fyne.CanvasObject { return p.box }

func (p *historyPage) foot() fyne.CanvasObject { return nil }

func (p *historyPage) open() { p.missed.open() }

func (p *historyPage) refresh() { p.missed.refresh() }

// cancel implements canceller: it ends an export.
func (p *historyPage) cancel() bool {
	if !p.export.running.Visible() {
		return false
	}
	p.export.stop()
	return true
}

// exportForm writes the events into a file that the person names, and shows
// how far that is.
type exportForm struct {
	w       *Window
	choose  func(name string, chosen func(path string)) // asks for a file; chosen is not called for a no
	buttons []*kit.Button
	bar     *widget.ProgressBar
	running *fyne.Container // the bar and the way to end it; hidden while there is nothing to end
	said    *fyne.Container
	box     *fyne.Container
	cancel  func()
}

func newExportForm(w *Window) *exportForm {
	f := &exportForm{w: w, bar: widget.NewProgressBar(), said: container.NewVBox()}
	f.choose = f.ask
	sheet := kit.TextButton(words.Text("settings.history.spreadsheet"), func() { f.start("vast-events.csv") })
	lines := kit.TextButton(words.Text("settings.history.payloads"), func() { f.start("vast-events.jsonl") })
	f.buttons = []*kit.Button{sheet, lines}
	f.running = kit.Border(nil, nil, nil, kit.PlainButton(words.Text("settings.history.stop"), nil, f.stop), f.bar)
	f.running.Hide()
	f.box = container.NewVBox(kit.AlignWithText(kit.ButtonRow(sheet, lines)), kit.AlignWithText(f.running), f.said)
	return f
}

// ask shows the way to name a file that is yet to be written.
func (f *exportForm) ask(name string, chosen func(path string)) {
	kit.AskFile(f.w.win, name, words.Text("settings.history.export"), chosen, func(err error) {
		f.say(f.w.env.ProblemPanel(kit.ProblemOf(words.Text("failed.use_that_file"), err)))
	})
}

// start asks for a file, which it proposes to call name, and fills it.
func (f *exportForm) start(name string) {
	f.said.RemoveAll()
	f.choose(name, func(path string) { f.write(kit.WithExtension(path, filepath.Ext(name))) })
}

// write fills the file at path.
func (f *exportForm) write(path string) {
	f.busy(true)
	f.bar.SetValue(0)
	f.bar.TextFormatter = func() string { return words.Text("settings.history.counting") }
	var total int
	f.cancel = kit.Start(f.w.env.Work, func(ctx context.Context) (int, error) {
		written := 0
		err := f.w.deps.Parts.Exporter.Export(ctx, path, relay.Query{}, func(done, of int) {
			written = done
			f.w.env.Work.Post(func() {
				total = of
				f.bar.TextFormatter = func() string {
					return words.Text("settings.history.progress", words.Args{"Done": done, "Total": total})
				}
				f.bar.SetValue(float64(done) / float64(max(of, 1)))
			})
		})
		return written, err
	}, func(written int, err error) {
		f.busy(false)
		if err != nil {
			f.say(f.w.env.ProblemPanel(kit.ProblemOf(words.Text("failed.export_events"), err)))
			return
		}
		f.say(kit.WrappedLabel(words.Plural("settings.history.written", written, words.Args{"File": filepath.Base(path)})))
	})
}

// stop ends the export; nothing is left of its file.
func (f *exportForm) stop() {
	f.cancel()
	f.busy(false)
	f.say(kit.WrappedLabel(words.Text("settings.history.stopped")))
}

// busy shows the bar instead of the buttons' use.
func (f *exportForm) busy(yes bool) {
	for _, b := range f.buttons {
		kit.EnableIf(b, !yes)
	}
	kit.ShowIf(f.running, yes)
	f.w.relayout()
}

func (f *exportForm) say(o fyne.CanvasObject) {
	f.said.Objects = []fyne.CanvasObject{o}
	f.w.relayout()
}

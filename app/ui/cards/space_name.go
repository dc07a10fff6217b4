package cards

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// spaceName is what the person calls the Chat space. A webhook URL does not say it,
// and Google Chat tells it to nobody who posts by one.
type spaceName struct {
	at      *Place
	entry   *kit.Entry
	save    *kit.Button
	said    *fyne.Container
	box     *fyne.Container
	inForce string
	busy    bool
}

// newSpaceName returns the field; submit runs on Return while there is no URL yet,
// with which the name is saved then.
func newSpaceName(at *Place, submit func()) *spaceName {
	n := &spaceName{at: at, entry: kit.NewEntry(), said: container.NewVBox()}
	n.entry.Shortcuts = at.Keys
	n.entry.SetPlaceHolder(words.Text("cards.space.example"))
	n.entry.OnChanged = func(string) {
		n.said.Objects = nil
		n.draw()
	}
	n.entry.Keys = map[fyne.KeyName]func(){fyne.KeyEscape: func() { n.entry.SetText(n.inForce) }}
	n.save = kit.TextButton(words.Text("cards.space.save"), n.store)
	n.entry.OnSubmitted = func(string) {
		if n.save.Visible() {
			n.store()
		} else {
			submit()
		}
	}
	row := kit.Border(nil, nil, nil, n.save, n.entry)
	n.box = container.NewVBox(kit.FormField(words.Text("cards.space.name"), row, kit.SmallLabel(words.Text("cards.space.hint"))), n.said)
	return n
}

// update shows the name that is in force, unless another is being typed. Without a
// URL there is no button: the name is saved with it.
func (n *spaceName) update(missing bool) {
	if label := n.at.Settings().Label; label != n.inForce {
		untouched := n.entry.Text == n.inForce
		n.inForce = label
		if untouched {
			n.entry.SetText(label)
		}
	}
	kit.ShowIf(n.save, !missing)
	kit.ShowIf(n.box, !n.at.Demo() && (n.at.Brief || !missing))
	n.draw()
}

// changed reports whether another name was typed than the one in force.
func (n *spaceName) changed() bool { return strings.TrimSpace(n.entry.Text) != n.inForce }

// draw makes the button stand out while there is something to save.
func (n *spaceName) draw() {
	n.save.Importance = widget.MediumImportance
	if n.changed() && !n.busy {
		n.save.Importance = widget.HighImportance
	}
	kit.EnableIf(n.save, n.changed() && !n.busy)
	n.save.Refresh()
	n.at.Relayout()
}

// cancel takes back what was typed, and reports whether anything was.
func (n *spaceName) cancel() bool {
	if !n.box.Visible() || !n.changed() {
		return false
	}
	n.entry.SetText(n.inForce)
	return true
}

// store saves the name that was typed, if it is another.
func (n *spaceName) store() {
	if n.busy || !n.changed() {
		return
	}
	n.busy = true
	name := strings.TrimSpace(n.entry.Text)
	n.said.Objects = []fyne.CanvasObject{kit.SmallLabel(words.Text("settings.saving"))}
	n.draw()
	n.at.Work.Do(func(ctx context.Context) error { return n.at.Rename(ctx, name) }, func(err error) {
		n.busy = false
		n.said.Objects = []fyne.CanvasObject{kit.SmallLabel(words.Text("settings.saved"))}
		if err != nil {
			n.said.Objects = []fyne.CanvasObject{n.at.ProblemPanel(kit.ProblemOf(words.Text("failed.save_settings"), err))}
		} else if strings.TrimSpace(n.entry.Text) != name {
			n.said.Objects = nil // Another one was typed meanwhile.
		}
		n.at.Refresh()
	})
}

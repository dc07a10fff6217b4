package notes

import (
	"context"
	"net/url"

	"fyne.io/fyne/v2"

	"vastrelay/app/status"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
)

// Updates knows whether there is a newer version of the program.
type Updates interface {
	// Updates returns what is known.
	Updates() status.Updates
	// PutAway notes that a person has put away the note about that version. It may
	// block on the disk.
	PutAway(version string)
}

// updatesKey is the key of the note about newer versions.
const updatesKey = "updates"

// updatesNote asks once whether to look for newer versions, and tells of one.
type updatesNote struct{ b *Bar }

// update shows what is to be asked or told, and nothing else.
func (n *updatesNote) update() {
	u := n.b.d.Updates.Updates()
	switch {
	case u.Host == "" || !n.b.d.SetUp():
		n.b.remove(updatesKey)
	case !u.Asked:
		n.ask(u.Host)
	case u.Newer != nil && !u.PutAway:
		n.tell(*u.Newer)
	default:
		n.b.remove(updatesKey)
	}
}

// ask asks whether to look for newer versions of the program on host.
func (n *updatesNote) ask(host string) {
	answer := func(yes bool) func() {
		return func() {
			n.b.remove(updatesKey)
			n.b.d.Work.Do(func(ctx context.Context) error { return n.b.d.LookForUpdates(ctx, yes) }, func(error) { n.update() })
		}
	}
	n.b.put(&note{
		key: updatesKey, text: words.Text("updates.ask", words.Args{"Host": host}),
		buttons: []fyne.CanvasObject{
			kit.TextButton(words.Text("updates.ask_yes"), answer(true)),
			kit.PlainButton(words.Text("updates.ask_no"), nil, answer(false)),
		},
	})
}

// tell says that there is a newer version.
func (n *updatesNote) tell(r status.Release) {
	buttons := []fyne.CanvasObject{kit.PlainButton(words.Text("updates.whats_new"), nil, n.b.d.ShowUpdates)}
	if page, err := url.Parse(r.Page); err == nil && r.Page != "" {
		link := kit.NewLink(words.Text("updates.page"), kit.SizeBody)
		link.URL = page
		buttons = append(buttons, link)
	}
	n.b.put(&note{
		key: updatesKey, text: words.Text("updates.newer", words.Args{"Version": r.Version}), buttons: buttons,
		put: func() {
			n.b.d.Work.Do(func(context.Context) error {
				n.b.d.Updates.PutAway(r.Version)
				return nil
			}, func(error) {})
		},
	})
}

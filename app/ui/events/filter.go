package events

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/ui/kit"
	"vastrelay/relay"
)

// filter is the search and the two filters over the list of events.
type filter struct {
	search *kit.Entry
	fate   *kit.SelectBox
	kind   *kit.SelectBox
	slugs  map[string]string // the types on offer: words to slug
}

func newFilter() *filter {
	f := &filter{search: kit.NewEntry(), slugs: make(map[string]string)}
	f.search.SetPlaceHolder("Search events")
	f.search.Icon = theme.SearchIcon()
	options := []string{allFates}
	for _, fate := range fates() {
		options = append(options, fateWord(fate))
	}
	f.fate = kit.NewSelectBox(options)
	f.fate.SetSelected(allFates)
	f.kind = kit.NewSelectBox([]string{allTypes})
	f.kind.SetSelected(allTypes)
	return f
}

// query is what the filters ask for.
func (f *filter) query() relay.Query {
	q := relay.Query{Search: f.search.Text, Type: f.slugs[f.kind.Selected]}
	for _, fate := range fates() {
		if fateWord(fate) == f.fate.Selected {
			q.Fate = fate
		}
	}
	return q
}

// on reports whether anything is filtered.
func (f *filter) on() bool {
	q := f.query()
	return q.Search != "" || q.Type != "" || q.Fate != ""
}

// clear filters nothing any more.
func (f *filter) clear() {
	f.search.SetText("")
	f.fate.SetSelected(allFates)
	f.kind.SetSelected(allTypes)
}

// learnTypes offers every type that was seen so far.
func (f *filter) learnTypes(events []relay.Summary) {
	known := len(f.slugs)
	for _, e := range events {
		if e.Type != "" {
			f.slugs[kit.OneLine(relay.TypeWords(e.Type), 60)] = e.Type
		}
	}
	if len(f.slugs) == known && len(f.kind.Options) > 1 {
		return
	}
	words := make([]string, 0, len(f.slugs)+1)
	for w := range f.slugs {
		words = append(words, w)
	}
	slices.Sort(words)
	f.kind.SetOptions(append([]string{allTypes}, words...))
}

// pager is the two buttons below the list that lead to older events and back.
type pager struct {
	older    *kit.Button
	newest   *kit.Button
	box      *fyne.Container
	more     bool // there are older events
	detached bool // the newest rows were dropped for older ones
}

func newPager(loadOlder, restart func()) *pager {
	p := &pager{older: kit.PlainButton("", nil, loadOlder), newest: kit.PlainButton("Back to the newest", nil, restart)}
	p.box = container.NewHBox(p.older, p.newest)
	return p
}

// loading says that older events are being read.
func (p *pager) loading() { p.older.SetText("Loading older events" + kit.Dots) }

// arrange shows the buttons that lead somewhere.
func (p *pager) arrange() {
	kit.ShowIf(p.older, p.more)
	p.older.SetText("Older")
	kit.ShowIf(p.newest, p.detached)
}

// emptyNote stands in place of the rows where there are none: why, and a button
// that helps.
type emptyNote struct {
	said  *widget.Label
	helps *kit.Button
	box   *fyne.Container
}

func newEmptyNote() *emptyNote {
	n := &emptyNote{said: kit.WrappedLabel(""), helps: kit.TextButton("", nil)}
	n.said.Alignment = fyne.TextAlignCenter
	n.helps.Hide()
	n.box = container.NewVBox(kit.Spacer(), n.said, container.NewCenter(n.helps), kit.Spacer())
	return n
}

func (n *emptyNote) say(text string) { n.said.SetText(text) }

// offer makes the button do that, and shows it if it is of use.
func (n *emptyNote) offer(text string, do func(), useful bool) {
	n.helps.SetText(text)
	n.helps.OnTapped = do
	kit.ShowIf(n.helps, useful)
}

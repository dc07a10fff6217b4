package events

import (
	"maps"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"vastrelay/app/kinds"
	"vastrelay/app/timeline"
	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// filter is the search and the two filters over the list of events.
type filter struct {
	search *kit.Entry
	fate   *kit.SelectBox
	kind   *kit.SelectBox
	slugs  map[string]string              // the types on offer: words to slug
	seen   map[string]map[relay.Role]bool // the types that rows had so far, by slug
	span   *spanNote                      // when they arrived

	stopTyping func() // drops the search that waits for the typing to rest; nil for none
}

func newFilter() *filter {
	f := &filter{span: newSpanNote(), search: kit.NewEntry(), slugs: make(map[string]string), seen: make(map[string]map[relay.Role]bool)}
	f.search.SetPlaceHolder(words.Text("events.search"))
	f.search.Icon = theme.SearchIcon()
	f.fate = kit.NewSelectBox(fateOptions(false))
	f.fate.SetSelectedIndex(0)
	f.kind = kit.NewSelectBox([]string{words.Text("events.all_types")})
	f.kind.SetSelectedIndex(0)
	return f
}

// fateOptions are the outcomes that can be asked for, in the order of timeline.Fates
// behind the one that asks for all.
func fateOptions(paused bool) []string {
	options := []string{words.Text("events.all_outcomes")}
	for _, fate := range timeline.Fates() {
		options = append(options, timeline.Fate(fate, paused))
	}
	return options
}

// follow offers what waits as held while posting is paused, as the rows have it. What
// is selected stays selected, under its new name.
func (f *filter) follow(paused bool) {
	options := fateOptions(paused)
	if slices.Equal(options, f.fate.Options) {
		return
	}
	at := max(f.fate.SelectedIndex(), 0)
	f.fate.Options, f.fate.Selected = options, options[at]
	f.fate.Refresh()
}

// query is what the filters ask for.
func (f *filter) query() relay.Query {
	q := relay.Query{Search: f.search.Text, Type: f.slugs[f.kind.Selected], Since: f.span.limit.from, Until: f.span.limit.to}
	if at := f.fate.SelectedIndex(); at > 0 {
		q.Fate = timeline.Fates()[at-1]
	}
	return q
}

// on reports whether anything is filtered.
func (f *filter) on() bool {
	q := f.query()
	return q.Search != "" || q.Type != "" || q.Fate != "" || f.span.limit != span{}
}

// clear shows all events again.
func (f *filter) clear() {
	f.search.SetText("")
	f.fate.SetSelectedIndex(0)
	f.kind.SetSelectedIndex(0)
	f.span.limit = span{}
}

// learnTypes offers every type that was seen so far.
func (f *filter) learnTypes(events []relay.Summary) {
	fresh := false
	for _, e := range events {
		if e.Type == "" || f.seen[e.Type][e.Role] {
			continue
		}
		if f.seen[e.Type] == nil {
			f.seen[e.Type] = make(map[relay.Role]bool)
		}
		f.seen[e.Type][e.Role], fresh = true, true
	}
	if !fresh && len(f.kind.Options) > 1 {
		return
	}
	picked := f.slugs[f.kind.Selected]
	clear(f.slugs)
	for slug, roles := range f.seen {
		name := typeOption(slug, roles)
		f.slugs[name] = slug
		if slug == picked {
			f.kind.Selected = name
		}
	}
	offered := slices.Sorted(maps.Keys(f.slugs))
	f.kind.SetOptions(append([]string{words.Text("events.all_types")}, offered...))
}

// typeOption is what the type slug is called in the filter, which asks for the events
// of both roles: by the names that it has for those whose events were seen.
func typeOption(slug string, roles map[relay.Role]bool) string {
	var names []string
	for _, role := range slices.Sorted(maps.Keys(roles)) {
		if name := kit.OneLine(kinds.Name(role, slug).Text(), 60); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " / ")
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

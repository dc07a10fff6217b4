package banners

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"vastrelay/app/banners/notify"
	"vastrelay/app/config"
	"vastrelay/app/kinds"
	"vastrelay/app/words"
	"vastrelay/relay"
)

const (
	// batchDelay is how long after an event more are waited for, so that those that
	// come together make one banner.
	batchDelay = 2 * time.Second
	// burstPause is the least time between two banners of one burst.
	burstPause = 15 * time.Second
	// burstGap is how long after its last banner a burst is over.
	burstGap = time.Minute
	// burstLongest is how long a burst lasts at most: then its count starts anew.
	burstLongest = 10 * time.Minute
	// kindsNamed is how many kinds of events the banner of a burst names.
	kindsNamed = 3
)

// burst collects the events of one banner, which tells of those that came shortly
// before as well.
type burst struct {
	number  int             // of the burst, for its slot
	slot    string          // of its banner; empty: there is no burst
	begun   time.Time       // when its first banner was shown
	shownAt time.Time       // when its last one was
	counted map[kindKey]int // what that says
	total   int

	paused  bool            // posting is, so that there is nothing to pause
	pending []relay.Summary // what it does not say yet
	since   time.Time       // when the first of these came
}

// kindKey names a type of events.
type kindKey struct {
	role relay.Role
	slug string
}

func (b *burst) add(row relay.Summary, now time.Time) {
	if len(b.pending) == 0 {
		b.since = now
	}
	b.pending = append(b.pending, row)
}

// over ends the burst: the next event begins another.
func (b *burst) over() {
	b.slot, b.counted, b.total = "", nil, 0
	b.begun, b.shownAt = time.Time{}, time.Time{}
}

// due adds the banner of what came to d once it is to be shown. What n does not
// choose is dropped, and everything while notifications are kept back.
func (b *burst) due(d *Due, now time.Time, n config.Notifications, silent, replaces bool) {
	b.pending = slices.DeleteFunc(b.pending, func(row relay.Summary) bool { return !chosen(n, row) })
	if silent {
		d.KeptBack, b.pending = len(b.pending), nil
	}
	if b.slot != "" && (now.Sub(b.shownAt) > burstGap || now.Sub(b.begun) > burstLongest) {
		b.over()
	}
	if len(b.pending) == 0 {
		return
	}
	ready := b.since.Add(batchDelay)
	if paused := b.shownAt.Add(burstPause); b.slot != "" && paused.After(ready) {
		ready = paused
	}
	if now.Before(ready) {
		d.again(ready)
		return
	}
	if b.slot == "" {
		b.number++
		b.slot, b.begun = "events-"+strconv.Itoa(b.number), now
	}
	if b.counted == nil || !replaces {
		b.counted, b.total = map[kindKey]int{}, 0
	}
	for _, row := range b.pending {
		b.counted[kindKey{row.Role, row.Type}]++
	}
	b.total += len(b.pending)
	b.shownAt = now
	d.Show = append(d.Show, b.banner())
	b.pending = nil
}

// chosen reports whether n wants a banner for the event of row.
func chosen(n config.Notifications, row relay.Summary) bool {
	if n.Off {
		return false
	}
	switch n.EventsOrDefault() {
	case config.NotifiedAll:
		return true
	case config.NotifiedUrgent:
		return relay.KindOf(row.Role, row.Type).Urgent
	case config.NotifiedTypes:
		return slices.Contains(n.Types, string(row.Role)+":"+row.Type)
	default:
		return false
	}
}

// banner tells of the events that are counted, the newest of which are pending.
func (b *burst) banner() Banner {
	if b.total == 1 {
		return eventBanner(b.slot, b.pending[0])
	}
	buttons := []Button{{words.Text("banners.button.mute"), Target{Command: CommandMute}}}
	if !b.paused {
		buttons = slices.Insert(buttons, 0, Button{words.Text("banners.button.pause"), Target{Command: CommandPause}})
	}
	return Banner{
		Slot: b.slot, Title: words.Plural("banners.events.title", b.total), Text: b.summary(),
		Urgency: b.urgency(), Open: Target{Command: CommandShow}, Buttons: buttons,
	}
}

// urgency is that of the most pressing event.
func (b *burst) urgency() notify.Urgency {
	for key := range b.counted {
		if relay.KindOf(key.role, key.slug).Urgent {
			return notify.Normal
		}
	}
	return notify.Low
}

// summary counts the events by type: "3 × Outbid, 2 × Stopped".
func (b *burst) summary() string {
	counts := map[string]int{}
	for key, n := range b.counted {
		counts[typeName(key.role, key.slug)] += n
	}
	names := make([]string, 0, len(counts))
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(cmp.Compare(counts[y], counts[x]), cmp.Compare(x, y))
	})
	var parts []string
	others := 0
	for i, name := range names {
		if i >= kindsNamed {
			others += counts[name]
			continue
		}
		parts = append(parts, words.Text("banners.events.counted", words.Args{"Number": counts[name], "What": name}))
	}
	if others > 0 {
		parts = append(parts, words.Plural("banners.events.others", others))
	}
	return words.List(parts)
}

// eventBanner tells of a single event.
func eventBanner(slot string, row relay.Summary) Banner {
	kind := relay.KindOf(row.Role, row.Type)
	b := Banner{
		Slot: slot, Title: eventTitle(row), Urgency: notify.Low,
		Open:    Target{Command: CommandEvent, EventID: row.ID},
		Buttons: []Button{{pageLabel(kind.Group), Target{Command: CommandPage, Page: kind.Group.Page()}}},
	}
	if kind.Urgent {
		b.Urgency = notify.Normal
	}
	// What concerns the account may hold a code or a link: it stays in the window.
	if kind.Group != relay.GroupAccount {
		b.Remote = Clean(row.Title)
	}
	return b
}

// eventTitle says what happened, and to which number.
func eventTitle(row relay.Summary) string {
	verb, number := kinds.Verb(row.Role, row.Type), relay.NumberInTitle(row.Title)
	if verb.IsZero() || number == "" || !known(row.Role, row.Type) {
		return typeName(row.Role, row.Type)
	}
	return words.Text("banners.events.numbered", words.Args{"What": verb, "Number": number})
}

// typeName is the name of a type, and general words for one that is not known: its
// slug came from elsewhere.
func typeName(role relay.Role, slug string) string {
	if !known(role, slug) {
		return words.Text("banners.events.unknown")
	}
	return kinds.Name(role, slug).Text()
}

// known reports whether the program has a name of its own for the type.
func known(role relay.Role, slug string) bool {
	if slug == relay.TestType {
		return true
	}
	return slices.ContainsFunc(relay.Kinds(), func(k relay.Kind) bool { return k.Slug == slug && k.Role == role })
}

// pageLabel is the text of the button that opens the page of a group.
func pageLabel(g relay.Group) string {
	switch g {
	case relay.GroupInstance:
		return words.Text("banners.button.instances")
	case relay.GroupBilling:
		return words.Text("banners.button.billing")
	case relay.GroupMachine:
		return words.Text("banners.button.machines")
	default:
		return words.Text("banners.button.vast")
	}
}

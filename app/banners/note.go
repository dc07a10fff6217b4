package banners

import (
	"time"

	"vastrelay/app/banners/notify"
	"vastrelay/app/config"
	"vastrelay/app/kinds"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// noteDelay is how long to wait for more of the same, so that they make one banner.
const noteDelay = 2 * time.Second

// noteSubject is what a note is about.
type noteSubject string

// The subjects of notes; each is also the slot of its banners.
const (
	noteGap     noteSubject = "gap"      // events could not arrive for a while
	noteLate    noteSubject = "late"     // events arrived too late and wait for a person
	noteGivenUp noteSubject = "given-up" // posting was given up
)

func noteSubjects() []noteSubject { return []noteSubject{noteGap, noteLate, noteGivenUp} }

// kind is the kind of notification by which a person switches notes off.
func (s noteSubject) kind() config.NotificationKind {
	switch s {
	case noteGap:
		return config.NotifyGap
	case noteLate:
		return config.NotifyNeeds
	default:
		return config.NotifyFailure
	}
}

// note collects what happened of one subject until it is shown: also through quiet
// hours, since it asks for a look whenever that is.
type note struct {
	about noteSubject
	count int
	last  relay.Summary // the newest; zero where it is not known
	since time.Time     // when the first came

	shown     int       // the count of the last banner
	notBefore time.Time // when a banner that the desktop refused is tried again
}

func (n *note) add(count int, row relay.Summary, now time.Time) {
	if n.count == 0 {
		n.since = now
	}
	n.count += count
	n.last = row
}

// due adds the banner of the note to d once it is to be shown.
func (n *note) due(d *Due, now time.Time, chosen config.Notifications, silent time.Time) {
	if n.count == 0 {
		return
	}
	if !chosen.Shows(n.about.kind()) {
		n.count = 0
		return
	}
	ready := latest(n.since.Add(noteDelay), silent, n.notBefore)
	if now.Before(ready) {
		d.again(ready)
		return
	}
	d.Show = append(d.Show, n.banner())
	n.count, n.shown, n.notBefore = 0, n.count, time.Time{}
}

// refused takes that the desktop did not show the banner, which is due once more at
// again.
func (n *note) refused(again time.Time) {
	n.count, n.shown, n.notBefore = n.count+n.shown, 0, again
}

func (n *note) banner() Banner {
	b := Banner{Slot: string(n.about), Urgency: notify.Normal, Open: Target{Command: CommandShow}}
	if n.count == 1 && n.last.ID != "" {
		b.Open = Target{Command: CommandEvent, EventID: n.last.ID}
		b.Remote = Clean(kinds.RowTitle(n.last).Text())
	}
	switch n.about {
	case noteGap:
		b.Title = words.Plural("banners.gap.title", n.count)
		b.Text = words.Text("banners.gap.text")
	case noteLate:
		b.Title = words.Plural("banners.late.title", n.count)
		b.Text = words.Text("banners.late.text")
	default:
		b.Title = words.Plural("banners.given_up.title", n.count)
		b.Text = words.Text("banners.given_up.text")
	}
	return b
}

package googlechat

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"vastrelay/relay"
)

const (
	// maxDigestGroups leaves room in a card for the line about what is missing
	// and the button.
	maxDigestGroups = maxCardWidgets - 3
	// digestCardBytes is what the paragraphs of a digest take together.
	digestCardBytes = 24_000
	// maxDigestSubject bounds a subject within a digest, in runes.
	maxDigestSubject = 250
)

// digest renders a message of several events, in each form that there is.
type digest struct {
	r *renderer
	m relay.Message // its own events are in the words of r
}

// atRung renders the digest in the form that its rung asks for.
func (d digest) atRung() body {
	switch d.m.Rung {
	case relay.RungCard:
		return d.card()
	case relay.RungText:
		return body{Text: d.text()}
	default:
		return body{Text: d.summary(d.r.links.plain)}
	}
}

// group is the events of one type within a digest.
type group struct {
	name   string // encoded for the text fields
	raw    string // cleaned, not encoded
	kind   relay.Kind
	events []relay.Event
}

// groups sorts the members by type: the most severe first, then in the order
// in which their first members came.
func (d digest) groups() []group {
	type key struct {
		role relay.Role
		slug string
	}
	index := map[key]int{}
	var list []group
	for _, ev := range d.m.Events {
		k := key{ev.Role, ev.Type}
		at, known := index[k]
		switch {
		case known:
		case len(list) < maxDigestGroups:
			info := relay.KindOf(ev.Role, ev.Type)
			at = len(list)
			list = append(list, group{raw: oneLine(d.r.words.Kind(info)), kind: info})
		default:
			at = maxDigestGroups
			if len(list) == at {
				list = append(list, group{raw: d.r.words.Phrase(PhraseOther)})
			}
		}
		index[k] = at
		list[at].events = append(list[at].events, ev)
	}
	for i := range list {
		list[i].name = d.r.links.plain(list[i].raw).fit(slugBudget, shortMark)
	}
	slices.SortStableFunc(list, func(a, b group) int { return cmp.Compare(b.kind.Severity, a.kind.Severity) })
	return list
}

// title says how many events there are.
func (d digest) title() string {
	return d.r.words.Counted(CountedEvents, len(d.m.Events)) + d.r.remark(d.m)
}

// heading is the title behind the mark of the most severe event.
func (d digest) heading() string { return mark(worst(d.m.Events)) + " " + d.title() }

// summary renders the title and the number of each type on one line;
// encode is plain or label.
func (d digest) summary(encode func(string) atoms) string {
	var parts atoms
	for i, g := range d.groups() {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		name := encode(g.raw).fit(slugBudget, shortMark)
		parts = append(parts, fmt.Sprintf("%s%d × %s", sep, len(g.events), name))
	}
	return d.heading() + parts.fit(budget{chars: 1_000, bytes: 3_000}, shortMark)
}

// worst returns the highest severity among events.
func worst(events []relay.Event) relay.Severity {
	highest := relay.SeverityNotice
	for _, ev := range events {
		highest = max(highest, relay.KindOf(ev.Role, ev.Type).Severity)
	}
	return highest
}

// timeWriter returns what writes the times of the events: with the day, unless all
// of them are on the same.
func (d digest) timeWriter() func(time.Time) string {
	first := ""
	for _, ev := range d.m.Events {
		_, at := when(ev)
		switch day := at.In(d.r.zone).Format(time.DateOnly); {
		case first == "":
			first = day
		case first != day:
			return func(t time.Time) string { return d.r.words.Time(t, TimeWithDay) }
		}
	}
	return func(t time.Time) string { return t.Format(time.TimeOnly) }
}

// digestLine is one event of a digest: its time and its subject, which may be cut.
type digestLine struct {
	time    string
	mark    string // what the event is marked with; empty mostly
	subject atoms
}

// line prepares ev's line; encode is plain or card. marked says that an event which
// was caught up is marked as such: in a digest of nothing else, the title is.
func (d digest) line(ev relay.Event, write func(time.Time) string, marked bool, encode func(string) atoms) digestLine {
	_, at := when(ev)
	stamp := d.r.words.Phrase(PhraseNoTime)
	if !at.IsZero() {
		stamp = write(at.In(d.r.zone))
	}
	subject := d.r.titleLine(ev)
	short := firstRunes(subject, maxDigestSubject)
	line := digestLine{time: stamp, subject: encode(short)}
	if marked && ev.CaughtUp {
		line.mark = " (" + d.r.words.Phrase(PhraseCaughtUp) + ")"
	}
	if short != subject {
		line.subject = append(line.subject, shortMark)
	}
	return line
}

// body renders each group with a line per event, within room. Subjects are
// cut to a common length. Lines are left out, and counted in missing, only where
// not even the times alone fit.
func (d digest) body(
	room budget, head func(group) string, lineBreak string, encode func(string) atoms,
) (blocks []string, missing int) {
	write := d.timeWriter()
	list := d.groups()
	marked := slices.ContainsFunc(d.m.Events, func(ev relay.Event) bool { return !ev.CaughtUp })
	lines := make([][]digestLine, len(list))
	var heads budget
	longest := budget{}
	for i, g := range list {
		heads = heads.plus(cost(head(g))).plus(cost(lineBreak + lineBreak))
		for _, ev := range g.events {
			l := d.line(ev, write, marked, encode)
			lines[i] = append(lines[i], l)
			c := cost(strings.Join(l.subject, ""))
			longest = budget{max(longest.chars, c.chars), max(longest.bytes, c.bytes)}
		}
	}
	fits := func(limit int) bool {
		total := heads
		for i := range lines {
			for _, l := range lines[i] {
				total = total.plus(cost(lineBreak + l.time + " ")).plus(cost(l.mark)).plus(cost(l.subject.fit(budget{limit, limit}, shortMark)))
			}
		}
		return room.holds(total)
	}
	// The largest limit at which all lines fit; 0 where none is.
	limit := sort.Search(max(longest.chars, longest.bytes), func(n int) bool { return !fits(n + 1) })
	return assemble(list, lines, room, limit, head, lineBreak)
}

// assemble writes the blocks with subjects of at most limit, and stops where
// room ends.
func assemble(
	list []group, lines [][]digestLine, room budget, limit int, head func(group) string, lineBreak string,
) (blocks []string, missing int) {
	for i, g := range list {
		block := head(g)
		room = room.less(cost(block + lineBreak + lineBreak))
		shown := 0
		for _, l := range lines[i] {
			text := lineBreak + strings.TrimRight(l.time+l.mark+" "+l.subject.fit(budget{limit, limit}, shortMark), " ")
			if !room.holds(cost(text)) {
				missing++
				continue
			}
			room = room.less(cost(text))
			block += text
			shown++
		}
		if shown > 0 {
			blocks = append(blocks, block)
		}
	}
	return blocks, missing
}

// text renders the plain form of a digest.
func (d digest) text() string {
	head := d.heading()
	room := budget{chars: maxTextChars, bytes: maxBodyBytes - 500}.less(cost(head)).less(cost("\n\n" + d.r.words.Counted(CountedMissing, len(d.m.Events))))
	blocks, missing := d.body(room, func(g group) string {
		return fmt.Sprintf("%s %s (%d)", mark(g.kind.Severity), g.name, len(g.events))
	}, "\n", d.r.links.plain)
	if missing > 0 {
		blocks = append(blocks, d.r.words.Counted(CountedMissing, missing))
	}
	return head + "\n\n" + strings.Join(blocks, "\n\n")
}

// card renders the card form of a digest: a paragraph per type, and a
// summary as text.
func (d digest) card() body {
	room := budget{chars: digestCardBytes, bytes: digestCardBytes - 40*len(d.groups())}
	blocks, missing := d.body(room, func(g group) string {
		name := d.r.links.card(g.raw).fit(slugBudget, shortMark)
		return fmt.Sprintf("<b>%s %s (%d)</b>", mark(g.kind.Severity), name, len(g.events))
	}, "<br>", d.r.links.card)

	var widgets []widget
	for _, block := range blocks {
		widgets = append(widgets, textWidget(block))
	}
	if missing > 0 || len(widgets) == 0 {
		widgets = append(widgets, textWidget(d.r.words.Counted(CountedMissing, missing)))
	}
	widgets = append(widgets, d.r.button(relay.GroupOther)...)
	sum := sha256.New()
	for _, ev := range d.m.Events {
		_, _ = sum.Write([]byte(ev.ID + "\x00"))
	}
	return body{
		Text:         d.summary(d.r.links.plain),
		FallbackText: d.summary(d.r.links.label),
		Cards: []cardItem{{
			ID: "digest-" + hex.EncodeToString(sum.Sum(nil)[:4]),
			Card: card{
				Header:   cardHeader{Title: d.heading(), Subtitle: d.span()},
				Sections: []section{{Widgets: widgets}},
			},
		}},
	}
}

// span says from when to when the events are.
func (d digest) span() string {
	var first, last time.Time
	for _, ev := range d.m.Events {
		_, at := when(ev)
		if at.IsZero() {
			continue
		}
		if first.IsZero() || at.Before(first) {
			first = at
		}
		if at.After(last) {
			last = at
		}
	}
	if first.IsZero() {
		return ""
	}
	first, last = first.In(d.r.zone), last.In(d.r.zone)
	switch {
	case first.Equal(last):
		return d.r.words.Time(first, TimeWithZone)
	case first.Format(time.DateOnly) == last.Format(time.DateOnly):
		return d.r.words.Time(first, TimeWithYear) + " – " + last.Format("15:04:05 MST")
	default:
		return d.r.words.Time(first, TimeWithYear) + " – " + d.r.words.Time(last, TimeWithZone)
	}
}

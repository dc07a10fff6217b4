package googlechat

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"vastrelay/relay"
)

// errNoEvent means that a message without events was to be rendered.
var errNoEvent = errors.New("the message holds no event")

// renderer turns messages into request bodies. It is immutable. The same
// message gives the same bytes.
type renderer struct {
	links allowList
	zone  *time.Location
	words Words
}

// in returns r as it renders with those words.
func (r *renderer) in(words Words) *renderer {
	return &renderer{links: r.links, zone: r.zone, words: words}
}

// Budgets of the parts of a message. Together with the frame of the JSON they
// stay under maxBodyBytes.
var (
	titleBudget    = budget{chars: 250, bytes: 800}
	slugBudget     = budget{chars: 100, bytes: 300}
	idBudget       = budget{chars: 150, bytes: 450}
	fallbackBudget = budget{chars: 600, bytes: 2_000}
	cardBudget     = budget{chars: 24_000, bytes: 24_000}
)

// shortMark ends a cut part where the long mark would take too much room.
const shortMark = "…"

// message renders m in the form that its rung asks for, into the thread th; nil
// for none.
func (r *renderer) message(m relay.Message, th *thread) ([]byte, error) {
	if len(m.Events) == 0 {
		return nil, errNoEvent
	}
	b := r.body(m)
	b.Thread = th
	return b.encode()
}

// body renders m, which holds an event, in the form that its rung asks for.
func (r *renderer) body(m relay.Message) body {
	m.Events = r.worded(m.Events)
	if m.Digest || len(m.Events) > 1 {
		return digest{r, m}.atRung()
	}
	switch m.Rung {
	case relay.RungCard:
		return r.eventCard(m)
	case relay.RungText:
		return body{Text: r.eventText(m)}
	default:
		return body{Text: r.eventShortest(m)}
	}
}

// worded returns events with those that the program made itself in the words of r.
func (r *renderer) worded(events []relay.Event) []relay.Event {
	if !slices.ContainsFunc(events, relay.Event.Own) {
		return events
	}
	events = slices.Clone(events)
	for i, ev := range events {
		if ev.Own() {
			events[i] = r.words.Own(ev)
		}
	}
	return events
}

// notice renders a message of the program itself: a label and a text.
func (r *renderer) notice(label, text string) ([]byte, error) {
	out := r.links.plain(oneLine(label)).fit(titleBudget, shortMark)
	if text = clean(text); text != "" {
		out += "\n" + r.links.plain(text).fit(budget{chars: maxTextChars - 300, bytes: maxBodyBytes / 2}, shortMark)
	}
	return body{Text: out}.encode()
}

// remark says what a person must know about the message as such: nothing, or
// " (resent)" and the like.
func (r *renderer) remark(m relay.Message) string {
	var remarks []string
	if len(m.Events) > 0 && !slices.ContainsFunc(m.Events, func(ev relay.Event) bool { return !ev.CaughtUp }) {
		remarks = append(remarks, r.words.Phrase(PhraseCaughtUp))
	}
	if m.Resent {
		remarks = append(remarks, r.words.Phrase(PhraseResent))
	}
	if m.MayRepeat {
		remarks = append(remarks, r.words.Phrase(PhraseMayRepeat))
	}
	if len(remarks) == 0 {
		return ""
	}
	return " (" + strings.Join(remarks, ", ") + ")"
}

// titleLine is ev's subject, else its type in words, on one line and never empty.
func (r *renderer) titleLine(ev relay.Event) string {
	lines := []string{ev.Subject}
	if ev.Type != "" {
		lines = append(lines, r.words.Kind(relay.KindOf(ev.Role, ev.Type)))
	}
	for _, line := range lines {
		if line = oneLine(line); line != "" {
			return line
		}
	}
	return r.words.Phrase(PhraseNoSubject)
}

// title returns ev's title for the text field.
func (r *renderer) title(ev relay.Event) string {
	return r.links.plain(r.titleLine(ev)).fit(titleBudget, shortMark)
}

// label returns ev's title for headers and notifications.
func (r *renderer) label(ev relay.Event) string {
	return r.links.label(r.titleLine(ev)).fit(titleBudget, shortMark)
}

// content returns ev's message, cleaned; without one the payload as JSON with
// sorted keys, or as it came when it is no JSON object.
func content(ev relay.Event) string {
	if text := clean(ev.Message); text != "" {
		return text
	}
	text := relay.WithoutMark(ev.Payload)
	sorted, err := sortedObject(text)
	if err != nil {
		if finite, changed := relay.FiniteNumbers(text); changed {
			sorted, err = sortedObject(finite)
		}
	}
	if err != nil {
		return clean(string(text))
	}
	return clean(sorted)
}

// sortedObject returns the JSON object in text with sorted keys, and its numbers
// as they were written.
func sortedObject(text []byte) (string, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		return "", err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(fields); err != nil {
		return "", err
	}
	return out.String(), nil
}

// reference returns the line that names ev's type and id, as far as they exist.
func (r *renderer) reference(ev relay.Event) string {
	var parts []string
	if slug := oneLine(ev.Type); slug != "" {
		parts = append(parts, "type="+r.links.plain(slug).fit(slugBudget, shortMark))
	}
	if id := oneLine(ev.ID); id != "" {
		parts = append(parts, "event_id="+r.links.plain(id).fit(idBudget, shortMark))
	}
	return strings.Join(parts, " ")
}

// eventText renders the plain form: subject, message, and a line that names
// type and id, with blank lines between.
func (r *renderer) eventText(m relay.Message) string {
	ev := m.Events[0]
	subject := oneLine(ev.Subject)
	if subject == "" {
		subject = r.words.Phrase(PhraseNoSubject)
	}
	head := r.links.plain(subject).fit(titleBudget, shortMark) + r.remark(m)
	tail := r.reference(ev)
	used := cost(head).plus(cost(tail)).plus(cost("\n\n\n\n"))
	room := budget{chars: maxTextChars, bytes: maxBodyBytes - 200}.less(used)

	parts := []string{head}
	if text := r.links.plain(content(ev)).fit(room, r.words.Phrase(PhraseCut)); text != "" {
		parts = append(parts, text)
	}
	if tail != "" {
		parts = append(parts, tail)
	}
	return strings.Join(parts, "\n\n")
}

// eventShortest renders title, type and id on one line.
func (r *renderer) eventShortest(m relay.Message) string {
	ev := m.Events[0]
	line := r.title(ev) + r.remark(m)
	if ref := r.reference(ev); ref != "" {
		line += " · " + ref
	}
	return line
}

// fallback renders what a notification shows of a card.
func (r *renderer) fallback(m relay.Message) string {
	ev := m.Events[0]
	line := mark(relay.KindOf(ev.Role, ev.Type).Severity) + " " + r.label(ev) + r.remark(m)
	if text := oneLine(ev.Message); text != "" {
		line += "\n" + r.links.label(text).fit(fallbackBudget, shortMark)
	}
	return line
}

// eventCard renders the card form. The title stands beside the card as text: the
// notifications of Chat on Android show nothing of a message without one,
// although it has a fallback text. So that nobody reads the title twice, the
// card's header says what kind of event it is.
// https://github.com/louislam/uptime-kuma/issues/5776
func (r *renderer) eventCard(m relay.Message) body {
	ev := m.Events[0]
	k := relay.KindOf(ev.Role, ev.Type)
	var widgets []widget
	if text := r.links.card(content(ev)).fit(cardBudget, r.words.Phrase(PhraseCut)); text != "" {
		widgets = append(widgets, textWidget(text))
	}
	if label, at := when(ev); !at.IsZero() {
		widgets = append(widgets, factWidget(r.words.Phrase(label), r.words.Time(at.In(r.zone), TimeWithZone)))
	}
	if id := oneLine(ev.ID); id != "" {
		widgets = append(widgets, factWidget(r.words.Phrase(PhraseEvent), r.links.card(id).fit(idBudget, shortMark)))
	}
	if len(widgets) == 0 {
		widgets = append(widgets, textWidget(r.words.Phrase(PhraseNoDetails)))
	}
	widgets = append(widgets, r.button(k.Group)...)
	sum := sha256.Sum256([]byte(ev.ID))
	return body{
		Text:         mark(k.Severity) + " " + r.title(ev) + r.remark(m),
		FallbackText: r.fallback(m),
		Cards: []cardItem{{
			ID: "event-" + hex.EncodeToString(sum[:4]),
			Card: card{
				Header:   cardHeader{Title: r.kindTitle(ev, k), Subtitle: r.subtitle(m)},
				Sections: []section{{Widgets: widgets}},
			},
		}},
	}
}

// kindTitle names the kind of event, and the instance or machine where the title
// names one.
func (r *renderer) kindTitle(ev relay.Event, k relay.Kind) string {
	kind := oneLine(r.words.Kind(k))
	name := r.links.label(kind).fit(slugBudget, shortMark)
	if name == "" {
		name = r.words.Phrase(PhraseNoSubject)
	}
	if _, number := subjectOf(relay.Event{Subject: ev.Subject}); number != "" {
		return name + " · #" + number
	}
	if strings.EqualFold(kind, r.titleLine(ev)) {
		return r.words.Phrase(PhraseNoSubject)
	}
	return name
}

// subtitle says on whose behalf the event came, and the remark.
func (r *renderer) subtitle(m relay.Message) string {
	side := ""
	if m.Events[0].Role == relay.RoleHost {
		side = r.words.Phrase(PhraseHosting)
	}
	return strings.TrimSpace(side + r.remark(m))
}

// when returns the time by which ev is known and its label.
func when(ev relay.Event) (label Phrase, at time.Time) {
	if !ev.OccurredAt.IsZero() {
		return PhraseWhen, ev.OccurredAt
	}
	return PhraseReceived, ev.ReceivedAt
}

// mark is the sign that precedes a title of that severity.
func mark(s relay.Severity) string {
	switch s {
	case relay.SeverityGood:
		return "🟢"
	case relay.SeverityAccount:
		return "🔒"
	case relay.SeverityWarning:
		return "🟠"
	case relay.SeverityCritical:
		return "🔴"
	default:
		return "🔵"
	}
}

// buttonWords are the words of the button that leads to the group's page.
func buttonWords(g relay.Group) Phrase {
	switch g {
	case relay.GroupInstance:
		return PhraseInstances
	case relay.GroupBilling:
		return PhraseBilling
	case relay.GroupMachine:
		return PhraseMachines
	default:
		return PhraseVast
	}
}

// button returns the button to g's page, or nothing when that is on no host of
// the list.
func (r *renderer) button(g relay.Group) []widget {
	target := g.Page()
	if !r.links.target(target) {
		return nil
	}
	return []widget{{Buttons: &buttons{Buttons: []button{{Text: r.words.Phrase(buttonWords(g)), OnClick: onClick{OpenLink: openLink{URL: target}}}}}}}
}

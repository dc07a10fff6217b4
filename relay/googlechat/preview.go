package googlechat

import (
	"html"
	"strings"

	"vastrelay/relay"
)

// Preview returns what a message of ev alone would show in a space, in the form
// that rung names. It is rendered as Send renders it, and goes nowhere.
func (s *Sender) Preview(ev relay.Event, rung relay.Rung) relay.Preview {
	return s.renderer().body(relay.Message{Events: []relay.Event{ev}, Rung: rung}).preview()
}

// preview returns what Chat shows of b: without the marks that only tell Chat how
// to show it.
func (b body) preview() relay.Preview {
	p := relay.Preview{Text: shownText(b.Text)}
	for _, item := range b.Cards {
		p.Title, p.Subtitle = shownText(item.Card.Header.Title), shownText(item.Card.Header.Subtitle)
		for _, part := range item.Card.Sections {
			for _, w := range part.Widgets {
				addWidget(&p, w)
			}
		}
	}
	return p
}

// addWidget adds what w shows to p.
func addWidget(p *relay.Preview, w widget) {
	switch {
	case w.Paragraph != nil:
		p.Lines = append(p.Lines, relay.PreviewLine{Text: shownCardText(w.Paragraph.Text)})
	case w.Fact != nil:
		p.Lines = append(p.Lines, relay.PreviewLine{Label: w.Fact.Label, Text: shownCardText(w.Fact.Text)})
	case w.Buttons != nil:
		for _, b := range w.Buttons.Buttons {
			p.Buttons = append(p.Buttons, b.Text)
		}
	}
}

// shownText returns what Chat shows of a text that plain or label has encoded: no
// joiners, and no marks of code, which are the only grave accents in it.
func shownText(encoded string) string {
	return strings.NewReplacer(joiner, "", "`", "").Replace(encoded)
}

// shownCardText returns what Chat shows of a text that card has encoded. Every
// angle bracket in it belongs to a tag of ours.
func shownCardText(encoded string) string {
	var out strings.Builder
	for encoded != "" {
		text, rest, _ := strings.Cut(encoded, "<")
		out.WriteString(html.UnescapeString(text))
		tag, after, _ := strings.Cut(rest, ">")
		if tag == "br" {
			out.WriteByte('\n')
		}
		encoded = after
	}
	return out.String()
}

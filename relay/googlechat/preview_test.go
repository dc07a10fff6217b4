package googlechat

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
)

// sentText returns every text of a message as it was sent, in the order in which
// Chat shows them. Cards are read by a parser of HTML.
func sentText(t *testing.T, raw []byte) []string {
	t.Helper()
	var sent struct {
		Text  string
		Cards []struct {
			Card struct {
				Header   struct{ Title, Subtitle string }
				Sections []struct {
					Widgets []struct {
						TextParagraph *struct{ Text string }
						DecoratedText *struct{ TopLabel, Text string }
						ButtonList    *struct{ Buttons []struct{ Text string } }
					}
				}
			}
		} `json:"cardsV2"`
	}
	if err := json.Unmarshal(raw, &sent); err != nil {
		t.Fatal(err)
	}
	out := []string{unmarked(sent.Text)}
	for _, c := range sent.Cards {
		out = append(out, unmarked(c.Card.Header.Title), unmarked(c.Card.Header.Subtitle))
		for _, s := range c.Card.Sections {
			for _, w := range s.Widgets {
				switch {
				case w.TextParagraph != nil:
					out = append(out, htmlText(t, w.TextParagraph.Text))
				case w.DecoratedText != nil:
					out = append(out, w.DecoratedText.TopLabel, htmlText(t, w.DecoratedText.Text))
				case w.ButtonList != nil:
					for _, b := range w.ButtonList.Buttons {
						out = append(out, b.Text)
					}
				}
			}
		}
	}
	return out
}

// unmarked drops what nobody sees of a text: word joiners, and the marks of code.
func unmarked(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\u2060' || r == '`' {
			return -1
		}
		return r
	}, text)
}

// htmlText is what a browser shows of the text of a widget.
func htmlText(t *testing.T, text string) string {
	t.Helper()
	document, err := html.Parse(strings.NewReader("<body>" + text))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for n := range document.Descendants() {
		switch {
		case n.Type == html.TextNode:
			out.WriteString(n.Data)
		case n.Data == "br":
			out.WriteString("\n")
		}
	}
	return out.String()
}

// previewText is every text of p, in the order in which Chat shows them.
func previewText(p relay.Preview) []string {
	out := []string{p.Text}
	if p.Title != "" {
		out = append(out, p.Title, p.Subtitle)
	}
	for _, l := range p.Lines {
		if l.Label != "" {
			out = append(out, l.Label)
		}
		out = append(out, l.Text)
	}
	return append(out, p.Buttons...)
}

// TestPreviewIsWhatIsSent compares the preview of events with the messages that
// stand in the space once the same Sender has sent them.
func TestPreviewIsWhatIsSent(t *testing.T) {
	caughtUp := event("outbid")
	caughtUp.CaughtUp = true
	events := slices.Concat(goldenEvents(), []relay.Event{{}, event("outbid"), caughtUp})
	for _, tc := range textCases {
		events = append(events, relay.Event{ID: tc.in, Type: "outbid", Subject: tc.in, Message: tc.in, ReceivedAt: testTime})
	}
	server, s, _, _ := standIn(t, chattest.Options{})
	for i, ev := range events {
		for _, rung := range []relay.Rung{relay.RungCard, relay.RungText, relay.RungShortest} {
			id := fmt.Sprintf("client-%d-%s", i, rung)
			if got := s.Send(t.Context(), relay.Message{Space: testSpace, Events: []relay.Event{ev}, Rung: rung, MessageID: id}); got.Outcome != relay.Posted {
				t.Fatalf("%s of %+v: %+v", rung, ev, got)
			}
			stored := server.Messages(testSpace)
			want := sentText(t, stored[len(stored)-1].Body)
			if got := previewText(s.Preview(ev, rung)); !slices.Equal(got, want) {
				t.Errorf("%s of %q:\n got %q\nwant %q", rung, ev.Subject, got, want)
			}
		}
	}
}

func TestPreviewOfACard(t *testing.T) {
	ev := relay.Event{
		ID: "e1", Role: relay.RoleHost, Type: "machine_offline", Subject: "Machine 815 <is> offline",
		Message: "Look at run.sh & https://cloud.vast.ai/machines/.\nNot at http://evil.com.", OccurredAt: testTime,
	}
	_, s, _, _ := standIn(t, chattest.Options{})
	want := relay.Preview{
		Text: "🔴 Machine 815 ‹is› offline", Title: "Machine offline · #815", Subtitle: "hosting",
		Lines: []relay.PreviewLine{
			{Text: "Look at run.sh & https://cloud.vast.ai/machines/.\nNot at http[:]//evil[.]com."},
			{Label: "When", Text: "21 Nov 2026, 19:17:03 UTC"},
			{Label: "Event", Text: "e1"},
		},
		Buttons: []string{"Open machines"},
	}
	if got := s.Preview(ev, relay.RungCard); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	want = relay.Preview{Text: "Machine 815 ‹is› offline\n\nLook at run.sh & https://cloud.vast.ai/machines/.\nNot at http[:]//evil[.]com.\n\ntype=machine_offline event_id=e1"}
	if got := s.Preview(ev, relay.RungText); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestPreviewSaysWhatWasCaughtUp(t *testing.T) {
	_, s, _, _ := standIn(t, chattest.Options{})
	ev := event("outbid")
	ev.CaughtUp = true
	if got := s.Preview(ev, relay.RungCard); !strings.Contains(got.Text, "(caught up)") || got.Subtitle != "(caught up)" {
		t.Errorf("as a card: got %+v", got)
	}
	if got := s.Preview(ev, relay.RungText); !strings.Contains(got.Text, "(caught up)") {
		t.Errorf("as text: got %+v", got)
	}
}

func FuzzPreview(f *testing.F) {
	for _, tc := range textCases {
		f.Add(tc.in)
	}
	r := testRenderer()
	f.Fuzz(func(t *testing.T, in string) {
		for _, rung := range []relay.Rung{relay.RungCard, relay.RungText} {
			b := r.body(relay.Message{Events: []relay.Event{{ID: in, Subject: in, Message: in, Type: in}}, Rung: rung})
			raw, err := b.encode()
			if err != nil {
				t.Fatal(err)
			}
			if got, want := previewText(b.preview()), sentText(t, raw); !slices.Equal(got, want) {
				t.Errorf("%s of %q:\n got %q\nwant %q", rung, in, got, want)
			}
		}
	})
}

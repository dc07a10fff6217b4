package kit_test

import (
	"slices"
	"strings"
	"testing"

	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/relay"
)

func TestChatMessage(t *testing.T) {
	for _, c := range []struct {
		name string
		p    relay.Preview
		want []string // all texts, from top to bottom
	}{
		{"plain text", relay.Preview{Text: "Outbid\n\nRaise the bid.\n\ntype=outbid"}, []string{"Outbid\n\nRaise the bid.\n\ntype=outbid"}},
		{"no text at all", relay.Preview{}, nil},
		{
			"a card",
			relay.Preview{
				Text: "Outbid #7", Title: "Instance outbid · #7", Subtitle: "hosting",
				Lines:   []relay.PreviewLine{{Text: "Raise the bid.\nOr wait."}, {Label: "When", Text: "21 Nov 2026"}, {Label: "Event", Text: "e1"}},
				Buttons: []string{"Open instances"},
			},
			[]string{"Outbid #7", "Instance outbid · #7 · hosting", "Raise the bid.\nOr wait.", "When · 21 Nov 2026", "Event · e1", "Open instances"},
		},
		{
			"a card without a subtitle, facts and buttons",
			relay.Preview{Text: "3 notifications", Title: "3 notifications", Lines: []relay.PreviewLine{{Text: "one"}, {Text: "two"}}},
			[]string{"3 notifications", "3 notifications", "one", "two"},
		},
		{
			"the sign before a title, and none of the event's own",
			relay.Preview{Text: "🔴 🔥 Outbid", Title: "🔴 3 notifications", Lines: []relay.PreviewLine{{Text: "🔥 at 40 °C ©"}, {Label: "Event", Text: "🔔 e1"}}},
			[]string{"🔥 Outbid", "3 notifications", "🔥 at 40 °C ©", "Event · 🔔 e1"},
		},
		{
			"more than a label can hold",
			relay.Preview{Text: strings.Repeat("a", kit.MaxBlock+1)},
			[]string{strings.Repeat("a", kit.MaxBlock-1) + kit.Dots},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			kittest.New(t)
			o := kit.ChatMessage(c.p)
			if got := kittest.Texts(o); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, words := range c.p.Buttons {
				if !kittest.Button(o, words).Disabled() {
					t.Errorf("%q can be pressed", words)
				}
			}
		})
	}
}

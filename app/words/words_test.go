package words

import (
	"sync"
	"testing"
)

func TestText(t *testing.T) {
	for name, tc := range map[string]struct{ got, want string }{
		"a sentence without arguments": {
			Text("status.stopped.headline"), "Stopped",
		},
		"arguments stand where the sentence wants them": {
			Text("status.attention.line", Args{"Reason": "why", "State": "It fails"}), "It fails: why",
		},
		"an argument is text, never a template or markup": {
			Text("tray.event.posted", Args{"Title": "{{.Time}} <b>&", "Time": "14:02"}), "{{.Time}} <b>& · 14:02",
		},
		"a key without a sentence is its own text": {
			Text("nowhere.at_all"), "nowhere.at_all",
		},
		"a sentence that lacks an argument is its key": {
			Text("tray.state.no_event"), "tray.state.no_event",
		},
		"a sentence that lacks one of two arguments is its key": {
			Text("tray.event.posted", Args{"Title": "x"}), "tray.event.posted",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.got != tc.want {
				t.Errorf("got %q, want %q", tc.got, tc.want)
			}
		})
	}
}

func TestPlural(t *testing.T) {
	de := Match("de")
	for name, tc := range map[string]struct{ got, want string }{
		"none, where the sentence says so":            {Plural("activity.day", 0), "No events in 24 h"},
		"none in another language":                    {de.Plural("activity.day", 0), "Keine Ereignisse in 24 Std."},
		"none in words that take arguments":           {Plural("rows.exported", 0, Args{"File": "a.csv"}), "a.csv holds no events: they are no longer kept"},
		"none, where the sentence has no form for it": {Plural("rows.unread", 0), "0 unread"},
		"one":                   {Plural("activity.day", 1), "1 event in 24 h"},
		"many":                  {Plural("activity.day", 1234), "1,234 events in 24 h"},
		"many in another":       {de.Plural("activity.day", 1234), "1.234 Ereignisse in 24 Std."},
		"a key without forms":   {Plural("nowhere.at_all", 0), "nowhere.at_all"},
		"none in each language": {NewPlural("webhooks.types", 0).In(de), "keine Arten"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.got != tc.want {
				t.Errorf("got %q, want %q", tc.got, tc.want)
			}
		})
	}
}

func TestList(t *testing.T) {
	for _, tc := range []struct {
		items []string
		want  string
	}{
		{nil, ""},
		{[]string{"a"}, "a"},
		{[]string{"a", "b"}, "a and b"},
		{[]string{"a", "b", "c", "d"}, "a, b, c and d"},
	} {
		if got := List(tc.items); got != tc.want {
			t.Errorf("List(%q) = %q, want %q", tc.items, got, tc.want)
		}
	}
}

func TestSentencesAreReadByManyAtOnce(t *testing.T) {
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for range 100 {
				if got := Text("tray.event.posted", Args{"Title": "a", "Time": "b"}); got != "a · b" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
	readers.Wait()
}

func BenchmarkText(b *testing.B) {
	args := Args{"Title": "Instance 1234 started", "Time": "14:02"}
	for b.Loop() {
		Text("tray.event.posted", args)
	}
}

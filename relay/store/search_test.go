package store

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/store/fulltext"
)

func TestSearch(t *testing.T) {
	s := openNew(t)
	texts := map[string][2]string{ // id: subject, message
		"plain":     {"Instance 12345678 outbid", "Your bid of $0.25/hr was beaten."},
		"percent":   {"Credit low", "Only 5% left_over \\ nearly gone"},
		"umlaut":    {"Gerät überhitzt", "STRASSE in Köln"},
		"greek":     {"ΟΔΥΣΣΕΥΣ", "οδός"},
		"nul":       {"before\x00after", "tail"},
		"not utf-8": {"bad \xff byte", "fine"},
		"empty":     {"", ""},
	}
	for id, text := range texts {
		ev := eventN(0)
		ev.ID, ev.Subject, ev.Message = id, text[0], text[1]
		mustAccept(t, s, ev, spaceA)
	}
	for _, tc := range []struct {
		name, search string
		want         []string
	}{
		{"words occur in subject and message", "beaten instance", []string{"plain"}},
		{"all words must occur", "instance absent", nil},
		{"case does not matter", "INSTANCE OutBid", []string{"plain"}},
		{"case does not matter beyond ASCII", "GERÄT köln", []string{"umlaut"}},
		{"a final sigma is a sigma", "οδυσσευς ΟΔΌΣ", []string{"greek"}},
		{"parts of words are found", "345", []string{"plain"}},
		{"a percent sign is itself", "5%", []string{"percent"}},
		{"a percent sign is no wildcard", "5%gone", nil},
		{"an underscore is itself", "left_over", []string{"percent"}},
		{"an underscore is no wildcard", "leftXover", nil},
		{"no wildcard in place of a letter", "o_tbid", nil},
		{"a backslash is itself", `\`, []string{"percent"}},
		{"text behind a NUL is found", "after", []string{"nul"}},
		{"text around bytes that are no text is found", "byte", []string{"not utf-8"}},
		{"a word does not span subject and message", "outbidYour", nil},
		{"a quote is harmless", `'";--`, nil},
		{"white space is all there is", " \t\n ", []string{"empty", "greek", "not utf-8", "nul", "percent", "plain", "umlaut"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := idsOf(mustEvents(t, s, relay.Query{Search: tc.search}))
			slices.Sort(got)
			slices.Sort(tc.want)
			if !slices.Equal(got, tc.want) {
				t.Errorf("search %q = %q, want %q", tc.search, got, tc.want)
			}
		})
	}
}

func TestSearchOfAnySizeIsAnswered(t *testing.T) {
	s := openNew(t)
	mustAccept(t, s, eventN(1), spaceA)
	for name, tc := range map[string]struct {
		search string
		want   int
	}{
		"ten thousand words, all of which occur": {strings.Repeat("instance ", 10_000), 1},
		"a word of a mebibyte":                   {strings.Repeat("x", 1<<20), 0},
		"a word of wildcards":                    {strings.Repeat("%", 1<<20), 0},
		"a word of long runes":                   {strings.Repeat("\U0001F600", 1<<18), 0},
	} {
		if got := len(mustEvents(t, s, relay.Query{Search: tc.search})); got != tc.want {
			t.Errorf("%s: %d rows, want %d", name, got, tc.want)
		}
	}
}

// FuzzSearch looks for an event by a word of its own text: it must be found,
// whatever the text is.
func FuzzSearch(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Add("ΟΔΥΣΣΕΥΣ ſtraße K ǅ")
	s := openNew(f)
	n := 0
	f.Fuzz(func(t *testing.T, text string) {
		n++
		ev := eventN(n)
		ev.Subject, ev.Type = text, fmt.Sprint("type-", n)
		mustAccept(t, s, ev, spaceA)
		words := strings.Fields(strings.ReplaceAll(text, "\x00", " "))
		for _, word := range words[:min(len(words), fulltext.MaxWords)] {
			for _, form := range []string{word, strings.ToUpper(word), strings.ToLower(word)} {
				if fulltext.Fold(form) != fulltext.Fold(word) {
					continue // Full case mapping changed more than case.
				}
				if got := mustEvents(t, s, relay.Query{Search: form, Type: ev.Type}); len(got) != 1 {
					t.Fatalf("search %q finds %d of %q", form, len(got), text)
				}
			}
		}
	})
}

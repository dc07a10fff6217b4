package words

import (
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func german(t *testing.T) *Language {
	t.Helper()
	l := Choose("de")
	if l.Tag() != "de" {
		t.Fatalf("got %q, want German", l.Tag())
	}
	return l
}

func TestSentenceReadsInEachLanguage(t *testing.T) {
	de := german(t)
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.Local)
	for _, tt := range []struct {
		name            string
		sentence        Sentence
		english, german string
	}{
		{"one of the catalogue", New("dates.yesterday"), "yesterday", "gestern"},
		{"a plural", NewPlural("dates.minutes_ago", 3), "3 min ago", "vor 3 Min."},
		{"a number in it", NewPlural("dates.minutes_ago", 12345), "12,345 min ago", "vor 12.345 Min."},
		{"a sentence within a sentence", New("list.last", Args{"Before": New("dates.yesterday"), "Item": Verbatim("x")}), "yesterday and x", "gestern und x"},
		{"a moment of another day", NewMoment(noon.AddDate(0, 0, -1), noon), "27 Nov 12:00", "27. Nov. 12:00"},
		{"a list", ListOf([]Sentence{Verbatim("a"), New("dates.yesterday"), Verbatim("c")}), "a, yesterday and c", "a, gestern und c"},
		{"a name", Verbatim("Ops alerts"), "Ops alerts", "Ops alerts"},
		{"a name with what separates texts", Verbatim("Ops\x00alerts"), "Opsalerts", "Opsalerts"},
		{"what separates texts in an argument", New("list.last", Args{"Before": "a\x00b", "Item": "c"}), "ab and c", "ab und c"},
		{"some that are joined", Join([]Sentence{New("dates.yesterday"), Verbatim("x")}, " · "), "yesterday · x", "gestern · x"},
		{"one without its stop", Verbatim("It works.").WithoutStop(), "It works", "It works"},
		{"one that is changed", New("dates.yesterday").Map(strings.ToUpper), "YESTERDAY", "GESTERN"},
		{"one that is kept in German alone", New("dates.yesterday").Only(de), "gestern", "gestern"},
		{"none", Sentence{}, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.sentence.In(English()); got != tt.english {
				t.Errorf("English: got %q, want %q", got, tt.english)
			}
			if got := tt.sentence.In(de); got != tt.german {
				t.Errorf("German: got %q, want %q", got, tt.german)
			}
			if got := tt.sentence.Text(); got != tt.english {
				t.Errorf("the language in use: got %q, want %q", got, tt.english)
			}
			if got := tt.sentence.IsZero(); got != (tt.english == "") {
				t.Errorf("says nothing: got %v", got)
			}
		})
	}
}

// TestProgramsReadEnglish holds what reaches logs, errors and JSON to English
// while a person reads German.
func TestProgramsReadEnglish(t *testing.T) {
	speak(t, german(t))
	s := New("dates.yesterday")
	if got := s.Text(); got != "gestern" {
		t.Fatalf("a person reads %q", got)
	}
	encoded, err := json.Marshal(struct {
		Said Sentence `json:"said"`
		None Sentence `json:"none,omitzero"`
	}{Said: s})
	if err != nil || string(encoded) != `{"said":"yesterday"}` {
		t.Errorf("JSON: got %s, %v", encoded, err)
	}
	var back struct{ Said Sentence }
	if err := json.Unmarshal(encoded, &back); err != nil || back.Said != Verbatim("yesterday") {
		t.Errorf("from JSON: got %+v, %v", back, err)
	}
	if got := s.String(); got != "yesterday" {
		t.Errorf("text: got %q", got)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("phase", "headline", s)
	if !strings.Contains(log.String(), "headline=yesterday") {
		t.Errorf("log: got %s", log.String())
	}
}

// speak makes l the language in use until the test ends.
func speak(t *testing.T, l *Language) {
	t.Helper()
	before := InUse()
	Use(l)
	t.Cleanup(func() { Use(before) })
}

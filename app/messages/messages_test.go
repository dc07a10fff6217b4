package messages

import (
	"strings"
	"testing"
	"time"

	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
)

// TestEnglishIsThatOfGoogleChat compares the two: the adapter works without this
// package, and then says the same.
func TestEnglishIsThatOfGoogleChat(t *testing.T) {
	got, want := In(words.English()), googlechat.English()
	if got.Tag() != want.Tag() {
		t.Errorf("got the tag %q, want %q", got.Tag(), want.Tag())
	}
	for p := range googlechat.Phrases() {
		if got, want := got.Phrase(p), want.Phrase(p); got != want {
			t.Errorf("%s: got %q, want %q", p, got, want)
		}
	}
	for _, p := range []googlechat.CountedPhrase{googlechat.CountedEvents, googlechat.CountedMissing} {
		for _, n := range []int{1, 2, 34} {
			if got, want := got.Counted(p, n), want.Counted(p, n); got != want {
				t.Errorf("%s of %d: got %q, want %q", p, n, got, want)
			}
		}
	}
	for _, k := range relay.Kinds() {
		if got, want := got.Kind(k), want.Kind(k); got != want {
			t.Errorf("%s: got %q, want %q", k.Key(), got, want)
		}
	}
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.FixedZone("CET", 3600))
	for _, form := range []googlechat.TimeForm{googlechat.TimeWithZone, googlechat.TimeWithYear, googlechat.TimeWithDay} {
		if got, want := got.Time(at, form), want.Time(at, form); got != want {
			t.Errorf("form %d: got %q, want %q", form, got, want)
		}
	}
}

// TestEveryLanguageHasEachText also holds that none has what Chat takes for markup,
// since only texts from elsewhere are encoded.
func TestEveryLanguageHasEachText(t *testing.T) {
	for _, l := range words.Languages() {
		w := In(l)
		var texts []string
		for p := range googlechat.Phrases() {
			texts = append(texts, w.Phrase(p))
		}
		texts = append(texts, w.Counted(googlechat.CountedEvents, 2), w.Counted(googlechat.CountedMissing, 2))
		for _, text := range texts {
			if text == "" || strings.ContainsAny(text, "<>&*_~`|\n") {
				t.Errorf("%s: got %q, want a text without markup", l.Name(), text)
			}
		}
	}
}

// TestGermanMessages renders an event, a digest and a gap.
func TestGermanMessages(t *testing.T) {
	german := In(words.Choose("de"))
	sender := googlechat.New(googlechat.Options{Location: time.UTC, Words: func() googlechat.Words { return german }})
	defer sender.Close()
	at := time.Date(2026, 11, 28, 14, 2, 11, 0, time.UTC)
	note := relay.NoteOf(relay.Gap{Start: at.Add(-time.Hour), End: at, Cause: relay.GapSleep, MayLose: true}, 0)
	for name, tc := range map[string]struct {
		ev   relay.Event
		rung relay.Rung
		want []string
	}{
		"a card": {
			relay.Event{ID: "e1", Role: relay.RoleHost, Type: "machine_offline", Subject: "Your Machine #7 Is Offline", Message: "It is.", OccurredAt: at},
			relay.RungCard,
			[]string{"Your Machine #7 Is Offline", "Maschine offline · #7", "Vermietung", "Zeit: 28. Nov. 2026, 14:02:11 UTC", "Ereignis: e1", "Maschinen öffnen"},
		},
		"a card without a subject": {
			relay.Event{Role: relay.RoleClient, Type: "outbid"},
			relay.RungCard,
			[]string{"Instanz überboten", "Benachrichtigung von Vast.ai", "Es wurden keine Einzelheiten gesendet.", "Instanzen öffnen"},
		},
		"a plain text that was caught up": {
			relay.Event{ID: "e1", Role: relay.RoleClient, Type: "outbid", Message: "It was.", CaughtUp: true},
			relay.RungText,
			[]string{"Benachrichtigung von Vast.ai (nachgeholt)", "It was."},
		},
		"a gap": {
			relay.Event{ID: "gap-1", Role: relay.RoleClient, Type: relay.GapType, Subject: "Not reachable", Message: "English", Payload: note.Payload(), OccurredAt: at},
			relay.RungCard,
			[]string{"Nicht erreichbar", "der Computer schlief", "Vast.ai hat in dieser Zeit vielleicht Benachrichtigungen gesendet", "Vast.ai öffnen"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := sender.Preview(tc.ev, tc.rung)
			texts := []string{p.Text, p.Title, p.Subtitle, strings.Join(p.Buttons, "\n")}
			for _, line := range p.Lines {
				texts = append(texts, line.Label+": "+line.Text)
			}
			all := strings.Join(texts, "\n")
			for _, want := range tc.want {
				if !strings.Contains(all, want) {
					t.Errorf("got %q, want it to hold %q", all, want)
				}
			}
			if strings.Contains(all, "Not reachable") || strings.Contains(all, "English") {
				t.Errorf("got %q, want the words of German", all)
			}
		})
	}
}

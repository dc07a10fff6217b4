package relay

import (
	"testing"
	"time"
)

func TestGapNotesAreReadAsTheyWereWritten(t *testing.T) {
	start := time.Date(2026, 11, 28, 9, 12, 0, 5000, time.FixedZone("CET", 3600))
	g := Gap{ID: 7, Start: start, End: start.Add(time.Hour), Cause: GapSleep, MayLose: true, CaughtUp: 2, ToldAt: start}
	note := ReadGapNote(NoteOf(g, 3).Payload())
	if note.Left != 3 || note != ReadGapNote(note.Payload()) {
		t.Errorf("got %+v, want the same note each time", note)
	}
	got := note.Gap()
	if !got.Start.Equal(g.Start) || !got.End.Equal(g.End) || got.Cause != g.Cause || !got.MayLose || got.CaughtUp != 2 {
		t.Errorf("got %+v, want %+v", got, g)
	}
}

// oddNotes are payloads that are no note.
var oddNotes = map[string]string{
	"nothing, as earlier versions had it": "",
	"no JSON":                             "{",
	"another object":                      `{"event_id":"x"}`,
	"an end before its start":             `{"start":"2026-11-28T09:00:00Z","end":"2026-11-28T08:00:00Z","cause":"sleep"}`,
	"no end":                              `{"start":"2026-11-28T09:00:00Z","cause":"sleep"}`,
	"a count below zero":                  `{"start":"2026-11-28T09:00:00Z","end":"2026-11-28T10:00:00Z","left":-1}`,
	"a time that is a number":             `{"start":1,"end":2}`,
}

func TestOtherPayloadsAreNoGapNotes(t *testing.T) {
	for name, payload := range oddNotes {
		t.Run(name, func(t *testing.T) {
			if got := ReadGapNote([]byte(payload)); got != (GapNote{}) {
				t.Errorf("got %+v, want none", got)
			}
		})
	}
	far := GapNote{Start: time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(20001, 1, 1, 0, 0, 0, 0, time.UTC)}
	if got := far.Payload(); got != nil {
		t.Errorf("a year that JSON has no form for: got %s, want none", got)
	}
}

func FuzzReadGapNote(f *testing.F) {
	for _, payload := range oddNotes {
		f.Add([]byte(payload))
	}
	f.Add(GapNote{Start: time.Unix(1, 0), End: time.Unix(2, 0), Cause: GapDisk}.Payload())
	f.Fuzz(func(t *testing.T, payload []byte) {
		note := ReadGapNote(payload)
		if note == (GapNote{}) {
			return
		}
		if again := ReadGapNote(note.Payload()); note.Payload() != nil && again != note {
			t.Errorf("read again: got %+v, want %+v", again, note)
		}
	})
}

package store

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vastrelay/relay"
)

// mustExport exports what q selects.
func mustExport(t *testing.T, s *Store, f Format, q relay.Query) string {
	t.Helper()
	var out strings.Builder
	if err := s.History.Export(t.Context(), &out, f, q, nil); err != nil {
		t.Fatalf("Export: %v", err)
	}
	return out.String()
}

func TestExportToCSV(t *testing.T) {
	s := openNew(t)
	ev := eventN(1)
	ev.CaughtUp = true
	ev.Subject, ev.Message, ev.UserID = "\x1b[31m=1+1\x1b[0m\u202e", "two\nlines, \"quoted\"\U000e0061", -1
	mustAccept(t, s, ev, spaceA)
	bare := relay.Event{ID: "bare", Role: relay.RoleHost, ReceivedAt: start.Truncate(time.Second)}
	_, err := s.Keep(t.Context(), bare, relay.Late)
	must(t, err)
	got := mustExport(t, s, FormatCSV, relay.Query{})
	want := "id,context,type,subject,message,user_id,occurred_at,received_at,stored_at,delivery_attempt,verdict,fate,may_repeat,caught_up\n" +
		ev.ID + ",client,outbid,'=1+1,\"two\nlines, \"\"quoted\"\"\",'-1," +
		"2026-11-21T12:00:00.123456Z,2026-11-21T12:00:01.123456Z,2026-11-21T12:00:00.123456Z,1,accepted,waiting,false,true\n" +
		"bare,host,,,,0,,2026-11-21T12:00:00Z,2026-11-21T12:00:00.123456Z,0,late,late,false,false\n"
	if got != want {
		t.Errorf("CSV =\n%s\nwant\n%s", got, want)
	}
}

func TestExportToJSONLines(t *testing.T) {
	for name, tc := range map[string]struct {
		payload []byte
		want    string // the fields behind may_repeat
	}{
		"an object stays what it is":      {[]byte("{\n \"n\": 12345678901234567890, \"h\": \"<&>\"}"), `,"payload":{"n":12345678901234567890,"h":"<&>"}`},
		"no JSON is base64":               {[]byte("{no"), `,"payload_base64":"` + base64.StdEncoding.EncodeToString([]byte("{no")) + `"`},
		"JSON that is no UTF-8 is base64": {[]byte("\"\xff\""), `,"payload_base64":"Iv8i"`},
		"none is left out":                {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := openNew(t)
			ev := eventN(1)
			ev.Payload, ev.OccurredAt, ev.Subject = tc.payload, time.Time{}, "<b> \u2028"
			mustAccept(t, s, ev, spaceA)
			want := `{"id":"` + ev.ID + `","context":"client","type":"outbid","subject":"<b> \u2028",` +
				`"message":"Your instance 1 was outbid and is paused.","user_id":4711,` +
				`"received_at":"2026-11-21T12:00:01.123456Z","stored_at":"2026-11-21T12:00:00.123456Z",` +
				`"delivery_attempt":1,"verdict":"accepted","fate":"waiting","may_repeat":false` + tc.want + "}\n"
			if got := mustExport(t, s, FormatJSONL, relay.Query{}); got != want {
				t.Errorf("line =\n%s\nwant\n%s", got, want)
			}
		})
	}
	s := openNew(t)
	ev := eventN(1)
	ev.CaughtUp = true
	mustAccept(t, s, ev, spaceA)
	if got := mustExport(t, s, FormatJSONL, relay.Query{}); !strings.Contains(got, `"may_repeat":false,"caught_up":true,`) {
		t.Errorf("line of an event out of the inbox = %s", got)
	}
}

func TestExportStreamsAllPagesOfWhatIsSelected(t *testing.T) {
	s := openNew(t)
	var events []relay.Event
	for n := range 2*exportPage + 7 {
		ev := eventN(n)
		ev.ReceivedAt = start.Add(time.Duration(n/100) * time.Second) // a hundred share a moment
		if n%2 == 0 {
			ev.Type = "low_credit"
		}
		events = append(events, ev)
	}
	acceptAll(t, s, events...)
	for name, tc := range map[string]struct {
		q    relay.Query
		want int
	}{
		"all":             {relay.Query{}, 1007},
		"the limit aside": {relay.Query{Limit: 3}, 1007},
		"a type":          {relay.Query{Type: "low_credit"}, 504},
		"a search":        {relay.Query{Search: "instance 777"}, 1},
		"from a row on":   {relay.Query{BeforeTime: events[500].ReceivedAt, BeforeID: events[500].ID}, 500},
		"since a time":    {relay.Query{Since: events[1000].ReceivedAt}, 7},
		"nothing":         {relay.Query{Fate: relay.FateLate}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var steps [][2]int
			var out bytes.Buffer
			must(t, s.History.Export(t.Context(), &out, FormatJSONL, tc.q, func(done, total int) { steps = append(steps, [2]int{done, total}) }))
			seen := make(map[string]bool)
			for lines := json.NewDecoder(&out); ; {
				var l line
				err := lines.Decode(&l)
				if errors.Is(err, io.EOF) {
					break
				}
				must(t, err)
				seen[l.ID] = true
			}
			if len(seen) != tc.want {
				t.Errorf("%d different events, want %d", len(seen), tc.want)
			}
			var want [][2]int
			for done := 0; done < tc.want; done += exportPage {
				want = append(want, [2]int{done, tc.want})
			}
			if want = append(want, [2]int{tc.want, tc.want}); !reflect.DeepEqual(steps, want) {
				t.Errorf("progress = %v, want %v", steps, want)
			}
		})
	}
}

// errWriter fails.
type errWriter struct{ err error }

func (w errWriter) Write([]byte) (int, error) { return 0, w.err }

func TestExportSaysWhyItStopped(t *testing.T) {
	s := openNew(t)
	ev := eventN(1)
	ev.Message = strings.Repeat("long", 10_000)
	mustAccept(t, s, ev, spaceA)
	full := errors.New("no room")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tc := range map[string]struct {
		err  error
		want error
	}{
		"CSV that cannot be written":   {s.History.Export(t.Context(), errWriter{full}, FormatCSV, relay.Query{}, nil), full},
		"lines that cannot be written": {s.History.Export(t.Context(), errWriter{full}, FormatJSONL, relay.Query{}, nil), full},
		"a header that is never flushed": {
			s.History.Export(t.Context(), errWriter{full}, FormatCSV, relay.Query{Type: "none"}, nil), full,
		},
		"given up": {s.History.Export(cancelled, io.Discard, FormatCSV, relay.Query{}, nil), context.Canceled},
	} {
		if !errors.Is(tc.err, tc.want) {
			t.Errorf("%s: %v, want %v", name, tc.err, tc.want)
		}
	}
	if err := s.History.Export(t.Context(), io.Discard, "xlsx", relay.Query{}, nil); err == nil {
		t.Error("an unknown format was written")
	}
}

// cells are texts of cells and what becomes of them.
var cells = []struct{ text, want string }{
	{"", ""},
	{"Instance 1 outbid", "Instance 1 outbid"},
	{"1-1", "1-1"},
	{"=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"},
	{"+1", "'+1"},
	{"-1", "'-1"},
	{"@SUM(A1)", "'@SUM(A1)"},
	{"\t=1", "'\t'=1"},
	{"\r=1", "'\r'=1"},
	{"\tx", "'\tx"},
	{"\uff1dSUM(A1)", "'\uff1dSUM(A1)"},
	{"Outbid;=1+1", "Outbid;'=1+1"},
	{"Outbid;\"=1+1\"", "Outbid;\"'=1+1\""},
	{"first\n=1\n+2", "first\n'=1\n'+2"},
	{"a;=;=1", "a;'=;'=1"},
	{"1; 2 = 3, -4", "1; 2 = 3, -4"},
	{"'=1", "'=1"},
	{"\xff", "\uFFFD"},
}

func TestCellsThatCouldBeFormulasAreDefused(t *testing.T) {
	for _, tc := range cells {
		if got := safeCell(tc.text); got != tc.want {
			t.Errorf("safeCell(%q) = %q, want %q", tc.text, got, tc.want)
		}
	}
}

func FuzzSafeCell(f *testing.F) {
	for _, tc := range cells {
		f.Add(tc.text)
	}
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		cell := safeCell(text)
		valid := strings.ToValidUTF8(text, "\uFFFD")
		if strings.ReplaceAll(cell, "'", "") != strings.ReplaceAll(valid, "'", "") {
			t.Fatalf("cell %q is not the text %q", cell, text)
		}
		if !strings.ContainsAny(valid, "=+-@\t\r\uff1d\uff0b\uff0d\uff20") && cell != valid {
			t.Fatalf("honest text %q became %q", text, cell)
		}
		var out strings.Builder
		w := csv.NewWriter(&out)
		if err := w.Write([]string{cell, "end"}); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		row, err := csv.NewReader(strings.NewReader(out.String())).Read()
		// Reading makes one character of the two that end a line on Windows.
		if want := strings.ReplaceAll(cell, "\r\n", "\n"); err != nil || len(row) != 2 || row[0] != want || !utf8.ValidString(row[0]) {
			t.Fatalf("cell %q reads back as %q, %v", cell, row, err)
		}
		// A spreadsheet of a country whose cells are not separated by commas.
		for part := range strings.FieldsFuncSeq("id,"+out.String(), func(r rune) bool { return strings.ContainsRune(";\t\r\n", r) }) {
			if part = strings.TrimLeft(part, `"`); part != "" && strings.ContainsRune("=+-@\uff1d\uff0b\uff0d\uff20", []rune(part)[0]) {
				t.Fatalf("cell %q has the formula %q", cell, part)
			}
		}
	})
}

package commands

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	rows := [][]string{{"a", "one two three four five six"}, {"longer", "日本語 text", "third"}}
	for name, tt := range map[string]struct {
		width int
		table table
		want  string
	}{
		"without a terminal nothing is cut":   {0, table{rows: rows[:1]}, "a  one two three four five six\n"},
		"columns are aligned by what is seen": {0, table{rows: [][]string{{"日本", "x"}, {"abc", "y"}}}, "日本  x\nabc   y\n"},
		"the last column is cut":              {22, table{rows: rows[:1]}, "a  one two three four…\n"},
		"the last column is wrapped":          {22, table{wrapLast: true, rows: rows[:1]}, "a  one two three four\n   five six\n"},
		"wide characters are cut whole":       {19, table{rows: [][]string{{"a", strings.Repeat("日", 9)}}}, "a  " + strings.Repeat("日", 7) + "…\n"},
		"rows may differ in length":           {0, table{rows: [][]string{{"a", "b", "c"}, {"longer", "x"}}}, "a       b  c\nlonger  x\n"},
		"an indent stands before each row":    {0, table{indent: "  ", rows: [][]string{{"a", "b"}}}, "  a  b\n"},
		"no line ends in spaces":              {0, table{rows: [][]string{{"a", ""}, {"b", "c"}}}, "a\nb  c\n"},
		"what a terminal obeys is left out":   {0, table{rows: [][]string{{"a\x1b[31m", "b\u009b2J\nc"}}}, "a  b c\n"},
		"a narrow terminal keeps some room":   {5, table{rows: [][]string{{"abcdefgh", "0123456789abcdefghi"}}}, "abcdefgh  0123456789abcde…\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			p := &page{to: &out, width: tt.width}
			p.table(tt.table)
			if out.String() != tt.want {
				t.Errorf("got\n%q, want\n%q", out.String(), tt.want)
			}
		})
	}
}

func TestWrap(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		room int
		want string
	}{
		"any room":                         {"one two three", 0, "one two three"},
		"lines are broken at spaces":       {"one two three", 8, "one two|three"},
		"a long word stands on its own":    {"see https://example.com/a/b now", 10, "see|https://example.com/a/b|now"},
		"no text is one empty line":        {"", 10, ""},
		"a room that is used up is enough": {"one two", 7, "one two"},
	} {
		if got := strings.Join(wrap(tt.text, tt.room), "|"); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestJSONHoldsNothingThatATerminalObeys(t *testing.T) {
	var out bytes.Buffer
	p := &page{to: &out}
	text := "\x1b[31m \u009b \u202e <&> \u2066 \x7f 日本 🏴"
	p.json(map[string]string{"text": text})
	if strings.ContainsAny(out.String(), "\x1b\u009b\u202e\u2066\x7f") || !strings.Contains(out.String(), "<&>") || !strings.Contains(out.String(), "日本 🏴") {
		t.Errorf("got %q, want what is visible as it is, and nothing else", out.String())
	}
	var back map[string]string
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back["text"] != text {
		t.Errorf("got %q, %v, want the text back", back["text"], err)
	}
}

func TestAPageEndsWithItsFirstError(t *testing.T) {
	full := errors.New("no room")
	w := &failing{err: full}
	p := &page{to: w}
	p.line("a")
	p.json(1)
	if w.writes != 1 || !errors.Is(p.err, full) {
		t.Errorf("got %d writes and %v, want one", w.writes, p.err)
	}
}

// failing is a stream that takes nothing.
type failing struct {
	writes int
	err    error
}

func (f *failing) Write([]byte) (int, error) {
	f.writes++
	return 0, f.err
}

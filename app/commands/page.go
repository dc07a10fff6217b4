package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"vastrelay/relay"
)

// page prints an answer. Everything that is printed as text is made plain first:
// much of it comes from elsewhere, and a terminal obeys control characters. After
// an error it prints nothing more.
type page struct {
	to    io.Writer
	width int  // of the terminal in columns; 0: it is none, and nothing is wrapped or cut
	dirty bool // busy has shown something
	err   error
}

func (p *page) write(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.to, text)
	}
}

// line prints text as a paragraph.
func (p *page) line(text string) { p.indented("", text) }

// indented prints text as a paragraph behind indent.
func (p *page) indented(indent, text string) {
	for _, line := range wrap(relay.CleanLine(text), p.width-columns(indent)) {
		p.write(strings.TrimRight(indent+line, " ") + "\n")
	}
}

// marked prints text as a paragraph with mark before its first line.
func (p *page) marked(mark, text string) {
	for i, line := range wrap(relay.CleanLine(text), p.width-columns(mark)) {
		if i > 0 {
			mark = strings.Repeat(" ", columns(mark))
		}
		p.write(strings.TrimRight(mark+line, " ") + "\n")
	}
}

// gap prints an empty line.
func (p *page) gap() { p.write("\n") }

// block prints text with its lines, each behind indent.
func (p *page) block(indent, text string) {
	for line := range strings.Lines(relay.CleanText(text)) {
		p.indented(indent, line)
	}
}

const (
	markBusy = "· "
	// clearLine goes to the start of the line and clears it,
	// https://ecma-international.org/publications-and-standards/standards/ecma-48/ .
	clearLine = "\r\x1b[K"
)

// busy shows on a terminal what is under way, until clear or the next busy.
func (p *page) busy(text string) {
	if p.width > 0 {
		p.clear()
		p.write(cut(markBusy+relay.CleanLine(text), p.width-1))
		p.dirty = true
	}
}

// clear takes away what busy has shown.
func (p *page) clear() {
	if p.dirty {
		p.write(clearLine)
		p.dirty = false
	}
}

// preformatted prints text line by line as it is.
func (p *page) preformatted(text string) {
	for line := range strings.Lines(relay.CleanText(text)) {
		p.write(strings.TrimRight(line, " \r\n") + "\n")
	}
}

// columnGap stands between two columns of a table.
const columnGap = "  "

// table is rows of cells, which are printed below each other.
type table struct {
	indent   string
	wrapLast bool // on a terminal the last column is wrapped; else it is cut
	rows     [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (p *page) table(t table) {
	var widths []int
	for _, row := range t.rows {
		for i, cell := range row {
			if row[i] = relay.CleanLine(cell); i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], columns(row[i]))
		}
	}
	for _, row := range t.rows {
		p.row(t, widths, row)
	}
}

// minLastColumn is how narrow the last column of a table may get; on a terminal
// that is narrower still, the terminal breaks the lines.
const minLastColumn = 16

func (p *page) row(t table, widths []int, cells []string) {
	var line strings.Builder
	line.WriteString(t.indent)
	last := len(cells) - 1
	for i, cell := range cells[:last] {
		line.WriteString(cell + strings.Repeat(" ", widths[i]-columns(cell)) + columnGap)
	}
	before := columns(line.String())
	room := 0
	if p.width > 0 {
		room = max(p.width-before, minLastColumn)
	}
	if !t.wrapLast {
		p.write(strings.TrimRight(line.String()+cut(cells[last], room), " ") + "\n")
		return
	}
	for i, part := range wrap(cells[last], room) {
		if i > 0 {
			line.Reset()
			line.WriteString(strings.Repeat(" ", before))
		}
		p.write(strings.TrimRight(line.String()+part, " ") + "\n")
	}
}

// json prints value for a program.
func (p *page) json(value any) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		p.err = err
		return
	}
	p.write(escapeInvisible(out.String()))
}

// escapeInvisible escapes in JSON what a terminal would obey or a person not see:
// such characters stand within strings alone.
func escapeInvisible(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r > 0xffff || !hidden(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// hidden reports whether r is a control character beyond those that JSON escapes,
// or changes the direction of the text around it.
func hidden(r rune) bool {
	return r != '\n' && unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Bidi_Control, r)
}

// columns is how many columns of a terminal text takes.
func columns(text string) int {
	n := 0
	for _, r := range text {
		n += columnsOf(r)
	}
	return n
}

func columnsOf(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r < 0x300:
		return 1
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}

// ellipsis ends a text that was cut.
const ellipsis = "…"

// cut returns text in at most room columns; room 0 is any.
func cut(text string, room int) string {
	if room <= 0 || columns(text) <= room {
		return text
	}
	n := 0
	for i, r := range text {
		if n += columnsOf(r); n > room-1 {
			return strings.TrimRight(text[:i], " ") + ellipsis
		}
	}
	return text
}

// wrap returns text in lines of at most room columns, broken at spaces; a word that
// is longer stands alone on a longer line, so that it can be copied. Room of 0 or
// less is any.
func wrap(text string, room int) []string {
	if room <= 0 {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= room:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}

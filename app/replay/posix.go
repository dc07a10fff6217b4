package replay

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"vastrelay/relay"
)

// posix returns lines for a POSIX shell that send body to url with curl. The notes are
// in no-op commands rather than comments, which not every shell takes when they are
// pasted. No proxy of the environment is used: it would look for the address at itself.
func posix(notes []string, url string, all []relay.Header, body []byte) string {
	var b strings.Builder
	for _, note := range notes {
		b.WriteString(": " + quoted(note) + "\n")
	}
	fmt.Fprintf(&b, "printf %s | \\\n  curl --show-error --silent --include --noproxy '*' --request POST %s \\\n", printed(body), quoted(url))
	for _, h := range all {
		fmt.Fprintf(&b, "  --header %s \\\n", quoted(h.Name+": "+h.Value))
	}
	b.WriteString("  --data-binary @-\n")
	return b.String()
}

// quoted is text as one word of a POSIX shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// printed are the arguments of printf that print body, whatever is in it.
func printed(body []byte) string {
	if utf8.Valid(body) && !bytes.ContainsFunc(body, unprintable) {
		return "'%s' " + quoted(string(body))
	}
	var format strings.Builder
	for i, c := range body {
		switch {
		case i == 0 && c == '-': // which printf would take for an option
			format.WriteString(`\055`)
		case c == '%':
			format.WriteString("%%")
		case c == '\\':
			format.WriteString(`\\`)
		case c == '\n', c >= ' ' && c <= '~':
			format.WriteByte(c)
		default:
			fmt.Fprintf(&format, `\%03o`, c)
		}
	}
	return quoted(format.String())
}

// unprintable reports whether r may not stand in a command that is pasted: a terminal
// takes it for a key, or nobody sees it.
func unprintable(r rune) bool {
	return r != '\n' && (r < ' ' || r == 0x7f || relay.CleanText(string(r)) != string(r))
}

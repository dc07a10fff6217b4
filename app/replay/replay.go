// Package replay writes a command that sends an event once more as Vast.ai sent it,
// for people who try what receives such events: to a copy of this program on the same
// computer, or to a program of their own.
//
// The command is signed with a secret that is made for it and is worth nothing
// anywhere else; the package never sees a real one. Its function is pure but for that
// secret, which the caller gives it.
package replay

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vastrelay/relay"

	"vastrelay/app/words"
)

// target is where a copy of this program listens in plain HTTP by default, with a
// tunnel of one's own.
const target = "http://127.0.0.1:8787"

// validFor is for how long Vast.ai's signatures count.
// Source: https://docs.vast.ai/guides/reference/notification-webhooks .
const validFor = 5 * time.Minute

// Secret returns a new secret for one command.
func Secret() string { return "replay-" + rand.Text() }

// Command returns lines for a POSIX shell that send ev with curl, signed with secret
// at the given time. It is safe to paste whatever ev holds: every text of others stands
// in single quotes, and bytes that a terminal could take for keys are written as
// numbers. What it says to people is in no-op commands rather than comments, which not
// every shell takes when they are pasted.
func Command(ev relay.Event, secret string, at time.Time) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	var b strings.Builder
	for _, line := range []string{
		words.Text("replay.what"),
		words.Text("replay.secret", words.Args{"Start": "VAST_WEBHOOK_SECRET=" + secret}),
		words.Text("replay.until", words.Args{"Time": words.Clock(at.Add(validFor))}),
	} {
		b.WriteString(": " + quoted(line) + "\n")
	}
	fmt.Fprintf(&b, "printf %s | \\\n  curl --show-error --silent --include --request POST %s \\\n", printed(ev.Payload), quoted(target+ev.Role.Path()))
	for _, h := range headers(ev, stamp) {
		fmt.Fprintf(&b, "  --header %s \\\n", quoted(h.Name+": "+h.Value))
	}
	fmt.Fprintf(&b, "  --header %s \\\n", quoted("X-Vast-Signature-256: sha256="+sign(secret, stamp, ev.Payload)))
	b.WriteString("  --data-binary @-\n")
	return b.String()
}

// headers are those of the delivery with the time of this one, without what curl
// counts by itself.
func headers(ev relay.Event, stamp string) []relay.Header {
	all := []relay.Header{{Name: "X-Vast-Timestamp", Value: stamp}, {Name: "X-Vast-Event-Id", Value: ev.ID}}
	kept := ev.Headers
	if len(kept) == 0 {
		kept = []relay.Header{{Name: "Content-Type", Value: "application/json"}}
	}
	for _, h := range kept {
		switch name := http.CanonicalHeaderKey(h.Name); {
		case name == "X-Vast-Timestamp", name == "X-Vast-Event-Id", name == "X-Vast-Signature-256":
		case name == "Content-Length", name == "Content-Encoding", name == "Date", !token(name):
		default:
			all = append(all, h)
		}
	}
	for i := range all {
		all[i].Value = relay.CleanLine(all[i].Value)
	}
	return all
}

// token reports whether name can be the name of a header: curl reads a file where one
// begins with an at sign.
func token(name string) bool {
	return name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == ""
}

// sign is the signature of Vast.ai: over the time, a full stop and the body.
func sign(secret, stamp string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(stamp + "."))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
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

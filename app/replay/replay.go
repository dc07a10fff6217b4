// Package replay writes a command that sends an event once more as Vast.ai sent it,
// for people who try what receives such events: to a copy of this program on the same
// computer, or to a program of their own.
//
// The command is signed with a secret that is made for it and is worth nothing
// anywhere else; the package never sees a real one. Its function is pure but for that
// secret, which the caller gives it.
package replay

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vastrelay/app/words"
	"vastrelay/relay"
)

// target is where a copy of this program listens in plain HTTP by default, with a
// tunnel of one's own.
const target = "http://127.0.0.1:8787"

// validFor is for how long Vast.ai's signatures count.
// Source: https://docs.vast.ai/guides/reference/notification-webhooks .
const validFor = 5 * time.Minute

// Secret returns a new secret for one command.
func Secret() string { return "replay-" + rand.Text() }

// Shell is what a person pastes a command into.
type Shell string

// The shells.
const (
	POSIX      Shell = "sh"
	PowerShell Shell = "powershell"
)

// ShellOf returns the shell that comes with an operating system, named as in
// runtime.GOOS.
func ShellOf(goos string) Shell {
	if goos == "windows" {
		return PowerShell
	}
	return POSIX
}

// Command returns lines for shell that send ev, signed with secret at the given time,
// and say what they do. They are safe to paste whatever ev holds: every text of others
// stands in single quotes, and bytes that a terminal could take for keys are written in
// another form.
func Command(shell Shell, ev relay.Event, secret string, at time.Time) string {
	stamp := strconv.FormatInt(at.Unix(), 10)
	setting := "VAST_WEBHOOK_SECRET=" + secret
	if shell == PowerShell {
		setting = "$env:VAST_WEBHOOK_SECRET='" + secret + "'"
	}
	notes := []string{
		words.Text("replay.what"),
		words.Text("replay.secret", words.Args{"Start": setting}),
		words.Text("replay.until", words.Args{"Time": words.Clock(at.Add(validFor))}),
	}
	url := target + ev.Role.Path()
	all := append(headers(ev, stamp), relay.Header{Name: "X-Vast-Signature-256", Value: "sha256=" + sign(secret, stamp, ev.Payload)})
	if shell == PowerShell {
		return powershell(notes, url, all, ev.Payload)
	}
	return posix(notes, url, all, ev.Payload)
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

package cloudflared

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"regexp"
	"strings"
	"sync"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

const (
	// longestLine bounds a line of cloudflared, in bytes; the rest of a longer one
	// is dropped.
	longestLine = 64 << 10

	// longestText bounds a text of cloudflared in an error, in bytes.
	longestText = 600
)

// redactor masks secrets in a text. *redact.Redactor is one.
type redactor interface{ Redact(text string) string }

// line is one line that cloudflared logged, redacted and made plain. Only text is
// set for a line that is not JSON, such as the last words before it gives up.
type line struct {
	level   string // as cloudflared says it: info, warn, error, fatal
	message string
	text    string // the message with what belongs to it
}

// parseLine reads a line as cloudflared writes it with --output json.
func parseLine(raw []byte, red redactor) line {
	plain := func(s string) string {
		return red.Redact(tunnel.Clip(relay.CleanLine(red.Redact(s)), longestText))
	}
	var fields struct {
		Level   string `json:"level"`
		Message string `json:"message"`
		Error   string `json:"error"`
		Status  string `json:"status_code"`
	}
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &fields) != nil {
		return line{text: plain(string(raw))}
	}
	var parts []string
	for _, part := range []string{fields.Message, fields.Error, fields.Status} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return line{level: plain(fields.Level), message: plain(fields.Message), text: plain(strings.Join(parts, ": "))}
}

// signs are what the lines of one run of cloudflared have shown so far.
type signs struct {
	trouble   string // the last line that speaks of trouble
	refusals  int    // how often in a row Cloudflare refused the tunnel
	limited   bool   // Cloudflare gives out no further quick tunnel now
	malformed bool   // cloudflared cannot read the token
	tooOld    bool   // cloudflared does not know an option that it was given
}

// rateLimit finds the answer to too many requests for a quick tunnel.
var rateLimit = regexp.MustCompile(`(?i)quick.*(\b429\b|too many requests|error code: 1015\b)`)

// note adds what l shows. The texts are those of cloudflared 2025.6 to 2026.9,
// https://github.com/cloudflare/cloudflared .
func (s *signs) note(l line) {
	switch {
	case strings.HasPrefix(l.message, "Registered tunnel connection"):
		s.trouble, s.refusals = "", 0
		return
	case strings.HasPrefix(l.message, "Register tunnel error from server side") && strings.Contains(l.text, "Unauthorized"):
		s.refusals++
	case rateLimit.MatchString(l.text):
		s.limited = true
	case strings.Contains(l.text, "Provided Tunnel token is not valid"):
		s.malformed = true
	case strings.Contains(l.text, "flag provided but not defined"):
		s.tooOld = true
	}
	switch l.level {
	case "", "warn", "error", "fatal":
		if l.text != "" {
			s.trouble = l.text
		}
	}
}

// output reads what cloudflared writes to its standard error. It is an io.Writer
// for one goroutine; its other methods may be called from any.
type output struct {
	red     redactor
	log     *slog.Logger
	changed chan struct{} // holds one token after a line was read

	buffer []byte // the line so far
	full   bool   // the rest of the line is dropped

	mu    sync.Mutex
	signs signs
}

func newOutput(red redactor, log *slog.Logger) *output {
	return &output{red: red, log: log, changed: make(chan struct{}, 1)}
}

// Write reads each line that p completes.
func (o *output) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		part, after, ended := bytes.Cut(rest, []byte("\n"))
		rest = after
		if room := longestLine - len(o.buffer); len(part) > room {
			part, o.full = part[:room], true
		}
		if !o.full || len(o.buffer) < longestLine {
			o.buffer = append(o.buffer, part...)
		}
		if ended {
			o.flush()
		}
	}
	return len(p), nil
}

// flush reads the line so far, which may be the last one, without its end.
func (o *output) flush() {
	raw := o.buffer
	o.buffer, o.full = o.buffer[:0], false
	l := parseLine(raw, o.red)
	if l.text == "" {
		return
	}
	// At debug: each passing failure is an error to cloudflared. What matters to a
	// person is reported as a Link.
	o.log.Log(context.Background(), slog.LevelDebug, "cloudflared says", "severity", l.level, "text", l.text)
	o.mu.Lock()
	o.signs.note(l)
	o.mu.Unlock()
	select {
	case o.changed <- struct{}{}:
	default:
	}
}

// shown returns what the lines so far have shown.
func (o *output) shown() signs {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.signs
}

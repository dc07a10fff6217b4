package ngrok

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

const (
	redacted = "[secret]"

	// longestText bounds a vendor's text in an error, in bytes.
	longestText = 600

	// shortestToken is the length from which a token is replaced inside a text.
	// Shorter ones occur by chance, so the whole text is replaced.
	shortestToken = 8
)

// quotedToken finds a token that the service quotes in its own words, whether
// or not it is the one that we sent.
var quotedToken = regexp.MustCompile(`(?i)(authtoken:?["']?[ \t]*[:=]?[ \t]*["']?)[0-9A-Za-z]{8,}_[0-9A-Za-z_]{8,}`)

// redactor removes one token from texts. The zero value only removes what
// looks like a quoted token.
type redactor struct {
	token string
	forms []string // the token as it looks verbatim, quoted, escaped or in JSON
}

// newRedactor makes a redactor for token.
func newRedactor(token string) redactor {
	if token == "" {
		return redactor{}
	}
	forms := []string{token}
	add := func(form string) {
		for _, have := range forms {
			if have == form {
				return
			}
		}
		forms = append(forms, form)
	}
	quoted := strconv.Quote(token)
	add(quoted[1 : len(quoted)-1])
	if encoded, err := json.Marshal(token); err == nil {
		add(string(encoded[1 : len(encoded)-1]))
	}
	add(url.QueryEscape(token))
	add(url.PathEscape(token))
	return redactor{token: token, forms: forms}
}

// text returns s without the token.
func (r redactor) text(s string) string {
	for _, form := range r.forms {
		if !strings.Contains(s, form) {
			continue
		}
		if len(form) < shortestToken {
			return redacted
		}
		s = strings.ReplaceAll(s, form, redacted)
	}
	s = quotedToken.ReplaceAllString(s, "${1}"+redacted)
	for _, form := range r.forms {
		// The mark and its neighbours can spell a strange token anew.
		if strings.Contains(s, form) {
			return redacted
		}
	}
	return s
}

// error returns an error with the redacted text of err on one line, cut to a
// sensible length. It does not wrap err: unwrapping would reach the token.
func (r redactor) error(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(r.text(tunnel.Clip(relay.CleanLine(r.text(err.Error())), longestText)))
}

// sdkLog is the slog handler given to the SDK and to the HTTP server. It
// removes the token, and lowers every record to debug: the SDK reports each
// passing failure as an error and warns about the Go version that the program
// was built with, while what matters to a person is reported as a Link.
type sdkLog struct {
	next slog.Handler
	red  redactor
}

// newSDKLog returns a logger that writes to logger, which may be nil.
func newSDKLog(logger *slog.Logger, red redactor) *slog.Logger {
	if logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(sdkLog{next: logger.Handler(), red: red})
}

// Enabled reports whether debug records are wanted.
func (h sdkLog) Enabled(ctx context.Context, _ slog.Level) bool {
	return h.next.Enabled(ctx, slog.LevelDebug)
}

// Handle passes the record on, redacted and at debug.
func (h sdkLog) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, slog.LevelDebug, h.red.text(r.Message), r.PC)
	clean.AddAttrs(slog.String("sdk_level", r.Level.String()))
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.next.Handle(ctx, clean)
}

// WithAttrs redacts the attributes and keeps them for later records.
func (h sdkLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = h.attr(a)
	}
	return sdkLog{next: h.next.WithAttrs(clean), red: h.red}
}

// WithGroup opens a group.
func (h sdkLog) WithGroup(name string) slog.Handler {
	return sdkLog{next: h.next.WithGroup(name), red: h.red}
}

// attr redacts one attribute. Values of unknown types are turned to text here,
// because a handler that prints them by reflection would not ask again.
func (h sdkLog) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		v = slog.StringValue(h.red.text(v.String()))
	case slog.KindAny:
		text := fmt.Sprintf("%+v", v.Any())
		if b, ok := v.Any().([]byte); ok {
			text = string(b) // as numbers, a token would pass unseen
		}
		v = slog.StringValue(h.red.text(text))
	case slog.KindGroup:
		group := v.Group()
		clean := make([]slog.Attr, len(group))
		for i, member := range group {
			clean[i] = h.attr(member)
		}
		v = slog.GroupValue(clean...)
	default: // numbers, booleans and times hold no token
	}
	return slog.Attr{Key: h.red.text(a.Key), Value: v}
}

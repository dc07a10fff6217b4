package ngrok

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"vastrelay/relay"
	"vastrelay/relay/redact"
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

// redactor removes one token, and what looks like another, from texts.
type redactor struct {
	short string // the token, where it is too short to be cut out
	known *redact.Redactor
}

// newRedactor makes a redactor for token.
func newRedactor(token string) redactor {
	red := redactor{known: redact.NewMarked(redacted)}
	red.known.Add(relay.NewSecret(token))
	if len(token) < shortestToken {
		red.short = token
	}
	return red
}

// Redact returns text without the token.
func (r redactor) Redact(text string) string {
	if r.short != "" && strings.Contains(text, r.short) {
		return redacted
	}
	return r.known.Redact(text)
}

// error returns an error with the redacted text of err on one line, cut to a
// sensible length. It does not wrap err: unwrapping would reach the token.
func (r redactor) error(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(r.Redact(tunnel.Clip(relay.CleanLine(r.Redact(err.Error())), longestText)))
}

// sdkLog is the slog handler given to the SDK and to the HTTP server. It lowers
// every record to debug: the SDK reports each passing failure as an error and
// warns about the Go version that the program was built with, while what matters
// to a person is reported as a Link.
type sdkLog struct{ next slog.Handler }

// newSDKLog returns a logger that writes to logger, which may be nil, without the
// token of red.
func newSDKLog(logger *slog.Logger, red redactor) *slog.Logger {
	if logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(sdkLog{redact.NewHandler(logger.Handler(), red)})
}

// Enabled reports whether debug records are wanted.
func (h sdkLog) Enabled(ctx context.Context, _ slog.Level) bool {
	return h.next.Enabled(ctx, slog.LevelDebug)
}

// Handle passes the record on at debug.
func (h sdkLog) Handle(ctx context.Context, r slog.Record) error {
	lowered := slog.NewRecord(r.Time, slog.LevelDebug, r.Message, r.PC)
	lowered.AddAttrs(slog.String("sdk_level", r.Level.String()))
	r.Attrs(func(a slog.Attr) bool {
		lowered.AddAttrs(a)
		return true
	})
	return h.next.Handle(ctx, lowered)
}

// WithAttrs keeps the attributes for later records.
func (h sdkLog) WithAttrs(attrs []slog.Attr) slog.Handler { return sdkLog{h.next.WithAttrs(attrs)} }

// WithGroup opens a group.
func (h sdkLog) WithGroup(name string) slog.Handler { return sdkLog{h.next.WithGroup(name)} }

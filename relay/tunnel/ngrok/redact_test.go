package ngrok

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"
)

var redactCases = map[string]struct{ token, text, want string }{
	"nothing to remove":              {testToken, "dial tcp: refused", "dial tcp: refused"},
	"the token verbatim, twice":      {testToken, testToken + " and " + testToken, "[secret] and [secret]"},
	"the token quoted by the server": {testToken, "Your authtoken: " + testToken + "\n\nERR_NGROK_107", "Your authtoken: [secret]\n\nERR_NGROK_107"},
	"another token, quoted":          {testToken, "Your authtoken: 2abcDEFghi0123456_7jkLMNopqr", "Your authtoken: [secret]"},
	"another token, quoted in JSON":  {testToken, `{"Authtoken":"2abcDEFghi0123456_7jkLMNopqr"}`, `{"Authtoken":"[secret]"}`},
	"the word, without a token":      {testToken, "Your authtoken is invalid", "Your authtoken is invalid"},
	"the token escaped in a URL":     {"tok+en/1234=", "GET /?t=tok%2Ben%2F1234%3D", "GET /?t=[secret]"},
	"the token escaped in JSON":      {`tok"en\12345`, `{"t":"tok\"en\\12345"}`, `{"t":"[secret]"}`},
	"a token too short to cut out":   {"abc", "the abc of it", "[secret]"},
	"a short token that is absent":   {"abc", "nothing", "nothing"},
	"no token":                       {"", "anything", "anything"},
	"a token that its mark spells":   {"]aaaaaaaaa", "]aaaaaaaaa]aaaaaaaaa aaaaaaaaa", "[secret][secret] aaaaaaaaa"},
}

func TestRedactText(t *testing.T) {
	t.Parallel()
	for name, c := range redactCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := newRedactor(c.token).Redact(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzRedact(f *testing.F) {
	for _, c := range redactCases {
		f.Add(c.token, c.text)
	}
	f.Fuzz(func(t *testing.T, token, text string) {
		if token == "" || strings.Contains(redacted, token) {
			t.Skip("every text may hold it")
		}
		red := newRedactor(token)
		encoded, err := json.Marshal(token)
		if err != nil {
			t.Skip("not text")
		}
		for _, form := range []string{
			token, fmt.Sprintf("%q", token), string(encoded), url.QueryEscape(token), url.PathEscape(token),
		} {
			if got := red.Redact(text + form + text); strings.Contains(got, token) {
				t.Errorf("text: %q holds %q", got, token)
			}
		}
		if got := red.error(errors.New(text + token + text)).Error(); strings.Contains(got, token) && token != "…" {
			t.Errorf("error: %q holds %q", got, token)
		}
	})
}

func TestRedactedErrorsAreShortAndDoNotUnwrap(t *testing.T) {
	t.Parallel()
	red := newRedactor(testToken)
	inner := fmt.Errorf("authtoken %s\n\trefused\x00", testToken)
	got := red.error(fmt.Errorf("log in: %w", inner))
	if want := "log in: authtoken [secret] refused"; got.Error() != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if errors.Is(got, inner) {
		t.Error("unwrapping reaches the error that holds the token")
	}
	long := red.error(errors.New(strings.Repeat("ü", longestText))).Error()
	if len(long) > longestText || !strings.HasSuffix(long, "ü…") {
		t.Errorf("a long text was cut to %d bytes ending in %q", len(long), long[len(long)-5:])
	}
	if red.error(nil) != nil {
		t.Error("an error was made of nil")
	}
}

// login stands for a message of the SDK, whose fields a handler would print.
type login struct{ Authtoken string }

// late is a value that is only known when it is logged.
type late struct{}

func (late) LogValue() slog.Value { return slog.StringValue("late " + testToken) }

func TestSDKLogHoldsNoTokenAtAnyLevel(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]func(*bytes.Buffer, slog.Level) slog.Handler{
		"as text": func(b *bytes.Buffer, l slog.Level) slog.Handler {
			return slog.NewTextHandler(b, &slog.HandlerOptions{Level: l})
		},
		"as JSON": func(b *bytes.Buffer, l slog.Level) slog.Handler {
			return slog.NewJSONHandler(b, &slog.HandlerOptions{Level: l})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			log := newSDKLog(slog.New(handler(&out, slog.LevelDebug)), newRedactor(testToken))
			log = log.With("with", testToken).WithGroup("group").With("in_group", login{testToken})
			for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
				log.Log(t.Context(), level, "message "+testToken,
					"string", testToken, "error", errors.New(testToken), "struct", login{testToken},
					"pointer", &login{testToken}, "bytes", []byte(testToken), "late", late{},
					slog.Group("nested", "string", testToken), testToken, 1,
					"number", 42, "took", time.Second)
			}
			got := out.String()
			if strings.Contains(got, testToken) || strings.Contains(got, "50 109 80 108 97 110 116") {
				t.Errorf("the log holds the token:\n%s", got)
			}
			if strings.Count(got, "\n") != 4 || !strings.Contains(got, "42") || !strings.Contains(got, redacted) {
				t.Errorf("records are missing:\n%s", got)
			}
			if strings.Contains(got, " level=ERROR") || strings.Contains(got, `"level":"ERROR"`) {
				t.Errorf("a record of the SDK is not at debug:\n%s", got)
			}
		})
	}
}

func TestSDKLogIsSilentAboveDebug(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := newSDKLog(slog.New(slog.NewTextHandler(&out, nil)), newRedactor(testToken))
	log.WarnContext(context.Background(), "this Go version trusts certificates from the compromised keys (CVE-2026-111943)")
	log.Error("failed to reconnect session")
	if out.Len() != 0 {
		t.Errorf("got %s, want nothing at the default level", &out)
	}
	newSDKLog(nil, redactor{}).Error("nobody listens")
}

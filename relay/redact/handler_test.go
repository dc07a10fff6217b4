package redact

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"vastrelay/relay"
)

type stringer struct{ text string }

func (s stringer) String() string { return s.text }

type nilSafe struct{ text string }

func (n *nilSafe) Error() string { return n.text } // Panics for a nil pointer.

type lazy struct{ value slog.Value }

func (l lazy) LogValue() slog.Value { return l.value }

type outer struct {
	Inner *inner
	Count int
}

type inner struct{ Key string }

func TestTheHandlerMasksEveryKindOfValue(t *testing.T) {
	const secret = vastKey
	for _, c := range []struct {
		name string
		log  func(*slog.Logger)
	}{
		{"the message", func(l *slog.Logger) { l.Info("sent " + secret) }},
		{"a string", func(l *slog.Logger) { l.Info("m", "a", secret) }},
		{"a key", func(l *slog.Logger) { l.Info("m", secret, 1) }},
		{"an error", func(l *slog.Logger) { l.Info("m", "err", errors.New("bad "+secret)) }},
		{"a wrapped error", func(l *slog.Logger) { l.Info("m", "err", fmt.Errorf("x: %w", errors.New(secret))) }},
		{"a Stringer", func(l *slog.Logger) { l.Info("m", "a", stringer{secret}) }},
		{"bytes", func(l *slog.Logger) { l.Info("m", "a", []byte(secret)) }},
		{"a struct", func(l *slog.Logger) { l.Info("m", "a", inner{secret}) }},
		{"a struct behind pointers", func(l *slog.Logger) { l.Info("m", "a", &outer{Inner: &inner{secret}}) }},
		{"a slice", func(l *slog.Logger) { l.Info("m", "a", []string{"x", secret}) }},
		{"a map", func(l *slog.Logger) { l.Info("m", "a", map[string]any{"x": []any{secret}}) }},
		{"a value that JSON cannot hold", func(l *slog.Logger) {
			l.Info("m", "a", struct {
				C chan int
				S string
			}{S: secret})
		}},
		{"a group", func(l *slog.Logger) { l.Info("m", slog.Group("g", slog.Group("h", "a", secret))) }},
		{"a LogValuer", func(l *slog.Logger) { l.Info("m", "a", lazy{slog.StringValue(secret)}) }},
		{"a LogValuer of a group", func(l *slog.Logger) {
			l.Info("m", "a", lazy{slog.GroupValue(slog.Any("b", lazy{slog.StringValue(secret)}))})
		}},
		{"an attribute of the logger", func(l *slog.Logger) { l.With("a", secret).Info("m") }},
		{"a group of the logger", func(l *slog.Logger) { l.WithGroup("g").With("a", secret).Info("m", "b", secret) }},
		{"the name of a group", func(l *slog.Logger) { l.WithGroup(secret).Info("m", "b", 1) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var text, object bytes.Buffer
			for _, next := range []slog.Handler{slog.NewTextHandler(&text, nil), slog.NewJSONHandler(&object, nil)} {
				c.log(slog.New(NewHandler(next, knowing(secret))))
			}
			for _, got := range []string{text.String(), object.String()} {
				if strings.Contains(got, secret) || !strings.Contains(got, Mask) {
					t.Errorf("got %s, want the secret masked", got)
				}
			}
		})
	}
}

func TestTheHandlerLeavesHonestValuesAsTheyAre(t *testing.T) {
	var missing *nilSafe
	log := func(h slog.Handler) {
		slog.New(h).With("with", 1).WithGroup("g").Info("accepted",
			"event_id", eventID, "status", 204, "took", time.Second, "list", []int{1, 2}, "nothing", nil, "struct", inner{"k"})
	}
	var plain, masked bytes.Buffer
	drop := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	log(slog.NewJSONHandler(&plain, drop))
	log(NewHandler(slog.NewJSONHandler(&masked, drop), knowing(vastKey)))
	if got, want := masked.String(), plain.String(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// A value that cannot be printed must not take the program down.
	slog.New(NewHandler(slog.NewTextHandler(&plain, nil), New())).Info("m", "err", missing)
}

func TestTheHandlerKeepsTheRulesOfHandlers(t *testing.T) {
	var out bytes.Buffer
	h := NewHandler(slog.NewJSONHandler(&out, nil), knowing(vastKey))
	err := slogtest.TestHandler(h, func() []map[string]any {
		var records []map[string]any
		for line := range bytes.Lines(out.Bytes()) {
			var record map[string]any
			if err := json.Unmarshal(line, &record); err != nil {
				t.Fatal(err)
			}
			records = append(records, record)
		}
		return records
	})
	if err != nil {
		t.Error(err)
	}
	if NewHandler(slog.NewTextHandler(&out, nil), New()).Enabled(context.Background(), slog.LevelDebug) {
		t.Error("enabled for debug although the next handler is not")
	}
}

func TestTheHandlerMakesWhatOthersSentPlain(t *testing.T) {
	const styled = "\x1b[31;1mERROR\x1b[0m\u202e\U000e0061\u009bm"
	var out bytes.Buffer
	r := New()
	r.Add(relay.NewSecret(vastKey))
	log := slog.New(NewHandler(slog.NewJSONHandler(&out, nil), r))
	log.With("a", styled).WithGroup(styled).Info(styled, "b", styled, styled, "c", "err", errors.New(styled), "bytes", []byte(styled), "list", []string{styled},
		"parted", vastKey[:10]+"\u200b"+vastKey[10:])
	for _, rest := range []string{"[31;1m", "[0m", "\\u001b", "\u202e", "\U000e0061", "\u009b", vastKey} {
		if strings.Contains(out.String(), rest) {
			t.Errorf("got %s, which holds %q", out.String(), rest)
		}
	}
	if strings.Count(out.String(), "ERROR") != 8 {
		t.Errorf("got %s, want the words", out.String())
	}
}

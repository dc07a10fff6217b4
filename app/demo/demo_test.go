package demo

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

func TestMessageReadsAsInTheSpace(t *testing.T) {
	at := time.Unix(1772490000, 0)
	tests := []struct {
		name        string
		stored      chattest.StoredMessage
		title, text string
	}{
		{"plain text", chattest.StoredMessage{At: at, Text: "🔔 hello"}, "", "hello"},
		{"a card", chattest.StoredMessage{At: at, CardTitle: "🔴 Outbid", FallbackText: "🔴 Outbid\nSomeone bid 0.42"}, "Outbid", "Someone bid 0.42"},
		{"a card with its text", chattest.StoredMessage{At: at, Text: "🔴 Run `a.py`", CardTitle: "Outbid · #7", FallbackText: "🔴 Run a.py\nSomeone bid 0.42"}, "Run a.py", "Someone bid 0.42"},
		{"a digest", chattest.StoredMessage{At: at, CardTitle: "🔴 3 Vast.ai notifications", FallbackText: "🔴 3 Vast.ai notifications: 2 × Outbid, 1 × Low credit"}, "3 Vast.ai notifications", "2 × Outbid, 1 × Low credit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := message(tt.stored)
			if got.Title != tt.title || got.Text != tt.text || !got.At.Equal(at) {
				t.Errorf("got %+v, want title %q, text %q", got, tt.title, tt.text)
			}
		})
	}
}

func TestScriptIsSubscribedAndMovesOn(t *testing.T) {
	seen := map[string]bool{}
	for n := range 20 {
		e := script(n)
		if strings.Contains(e.Subject+e.Message, "%!") {
			t.Errorf("event %d: got %q %q, a broken format", n, e.Subject, e.Message)
		}
		if !slices.Contains(vastapi.Preselection(), e.Type) {
			t.Errorf("event %d: %s is not in the preselection, so the demo would not get it", n, e.Type)
		}
		seen[e.Message] = true
	}
	if len(seen) != 20 {
		t.Errorf("got %d different events of 20", len(seen))
	}
}

func TestSendBeforeTheRelayIsUp(t *testing.T) {
	d, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if err := d.Send(t.Context()); !errors.Is(err, vasttest.ErrNoTaker) {
		t.Errorf("got %v, want ErrNoTaker while there is no webhook", err)
	}
	for _, name := range []string{"VAST_API_KEY", "VAST_URL", "GOOGLE_CHAT_URL", "VASTRELAY_PUBLIC_URL", "VASTRELAY_LISTEN"} {
		if d.Getenv(name) == "" {
			t.Errorf("%s: got nothing", name)
		}
	}
	if got := d.Getenv("HOME"); got != "" {
		t.Errorf("HOME: got %q, want the demo to know its own variables only", got)
	}
}

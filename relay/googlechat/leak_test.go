package googlechat

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
)

// assertNoLeak is the one assertion that nothing a person or a file can see
// holds the webhook URL or a part of it: values in every way of printing.
func assertNoLeak(t *testing.T, u URL, values ...any) {
	t.Helper()
	var texts []string
	for _, v := range values {
		encoded, err := json.Marshal(v)
		if err != nil {
			t.Fatalf("marshal %T: %v", v, err)
		}
		texts = append(texts, fmt.Sprintf("%v", v), fmt.Sprintf("%+v", v), fmt.Sprintf("%#v", v),
			fmt.Sprintf("%s", v), fmt.Sprintf("%q", v), fmt.Sprintf("%x", v), string(encoded))
		if err, ok := v.(error); ok {
			texts = append(texts, err.Error())
		}
	}
	for _, leak := range chattest.Leaks(u.Secret().Reveal(), texts...) {
		t.Errorf("secret in the open: %s", leak)
	}
}

// logBuffer collects log lines at every level.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func (b *logBuffer) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// mustParse parses a webhook URL of a stand-in, whose hosts are accepted.
func mustParse(tb testing.TB, raw string, hosts ...string) URL {
	tb.Helper()
	u, err := ParseURL(raw, ParseOptions{ExtraHosts: hosts})
	if err != nil {
		tb.Fatalf("ParseURL: %v", err)
	}
	return u
}

// event is an event with everything in place.
func event(slug string) relay.Event {
	return relay.Event{
		ID: "00112233445566778899aabbccddeeff", Role: relay.RoleClient, Type: slug,
		Subject: "Instance #4711 outbid", Message: "Bid 0.30, needs 0.42.",
		OccurredAt: testTime, ReceivedAt: testTime,
	}
}

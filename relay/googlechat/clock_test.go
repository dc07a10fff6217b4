package googlechat

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"vastrelay/relay/googlechat/chattest"
)

// requests is a transport that keeps what passes it.
type requests struct{ seen []*http.Request }

func (r *requests) RoundTrip(req *http.Request) (*http.Response, error) {
	r.seen = append(r.seen, req)
	return http.DefaultTransport.RoundTrip(req)
}

func TestClockOffsetOfChat(t *testing.T) {
	for _, ahead := range []time.Duration{0, 10 * time.Minute, -24 * time.Hour} {
		t.Run("ours ahead by "+ahead.String(), func(t *testing.T) {
			chat := chattest.New(chattest.Options{Now: func() time.Time { return time.Now().Add(-ahead) }})
			defer chat.Close()
			passed := &requests{}
			sender := New(Options{Transport: passed})
			defer sender.Close()
			if _, err := sender.ClockOffset(t.Context()); err == nil || len(passed.seen) > 0 {
				t.Errorf("without a URL: got error %v after %d requests, want nobody asked", err, len(passed.seen))
			}
			u, err := ParseURL(chat.SpaceURL("AAAA"), ParseOptions{ExtraHosts: []string{chat.Host()}})
			if err != nil {
				t.Fatal(err)
			}
			sender.SetURL(u)
			got, err := sender.ClockOffset(t.Context())
			if err != nil || (got-ahead).Abs() > 5*time.Second {
				t.Errorf("got %v, %v; want %v", got, err, ahead)
			}
			req := passed.seen[0]
			if req.Method != http.MethodHead || req.URL.String() != "http://"+chat.Host()+"/" || req.Header.Get("Authorization") != "" {
				t.Errorf("got %s %s, want a HEAD without credentials", req.Method, req.URL)
			}
		})
	}
}

func TestClockOffsetLeaksNothing(t *testing.T) {
	chat := chattest.New(chattest.Options{})
	u, err := ParseURL(chat.SpaceURL("AAAA"), ParseOptions{ExtraHosts: []string{chat.Host()}})
	chat.Close()
	if err != nil {
		t.Fatal(err)
	}
	sender := New(Options{})
	sender.SetURL(u)
	if _, err := sender.ClockOffset(t.Context()); err == nil || strings.Contains(err.Error(), "token") || strings.Contains(err.Error(), chat.Host()) {
		t.Errorf("got %v, want an error without the URL", err)
	}
}

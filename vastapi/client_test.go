package vastapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestBaseURL(t *testing.T) {
	tests := []struct {
		base string
		want string // "" means refused
	}{
		{"", DefaultBaseURL},
		{"https://console.vast.ai/", "https://console.vast.ai"},
		{"https://proxy.example/vast//", "https://proxy.example/vast"},
		{"https://proxy.example:8443", "https://proxy.example:8443"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"http://127.9.9.9", "http://127.9.9.9"},
		{"http://[::1]:8080", "http://[::1]:8080"},
		{"http://localhost:8080", "http://localhost:8080"},
		{"http://console.vast.ai", ""},
		{"http://10.0.0.1", ""},
		{"http://localhost.evil.example", ""},
		{"http://127.0.0.1.evil.example", ""},
		{"ftp://127.0.0.1", ""},
		{"console.vast.ai", ""},
		{"https://", ""},
		{"https://user:hunter2@console.vast.ai", ""},
		{"https://console.vast.ai?api_key=hunter2", ""},
		{"https://console.vast.ai#hunter2", ""},
		{"https://console.vast.ai:99999", ""},
		{"https://hunter2:hunter2\x7f@x", ""},
	}
	for _, tt := range tests {
		t.Run(tt.base, func(t *testing.T) {
			c, err := New(Options{BaseURL: tt.base, Key: NewKey("k")})
			switch {
			case tt.want == "" && err == nil:
				t.Errorf("accepted as %s", c.base)
			case tt.want == "" && strings.Contains(err.Error(), "hunter2"):
				t.Errorf("the error repeats the URL: %v", err)
			case tt.want != "" && (err != nil || c.base != tt.want):
				t.Errorf("got %v, %v; want %s", c, err, tt.want)
			}
			if err == nil {
				c.Close()
			}
		})
	}
}

func TestKeyThatCannotBeSent(t *testing.T) {
	for _, key := range []string{"", "a b", "a\nb", "k\u00e9y", "\tkey", "key\x00"} {
		_, err := New(Options{Key: NewKey(key)})
		if err == nil || (key != "" && strings.Contains(err.Error(), key)) {
			t.Errorf("%q: got %v", key, err)
		}
	}
}

func TestClientDoesNotPrintItsKey(t *testing.T) {
	c, _ := scriptedClient(t)
	if text := fmt.Sprintf("%v %+v %#v", c, *c, c.key); strings.Contains(text, testKey) {
		t.Errorf("the key is in %s", text)
	}
}

func TestClockOffset(t *testing.T) {
	dated := func(d time.Time, more ...string) http.Header {
		h := http.Header{"Date": {d.UTC().Format(http.TimeFormat)}}
		for i := 0; i+1 < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	tests := []struct {
		name     string
		header   func(time.Time) http.Header
		took     time.Duration
		want     time.Duration
		measured bool
	}{
		{"the same time", func(now time.Time) http.Header { return dated(now) }, 0, -500 * time.Millisecond, true},
		{"ours ten minutes ahead", func(now time.Time) http.Header { return dated(now.Add(-10 * time.Minute)) }, 0, 10*time.Minute - 500*time.Millisecond, true},
		{"ours behind", func(now time.Time) http.Header { return dated(now.Add(time.Hour)) }, 0, -time.Hour - 500*time.Millisecond, true},
		{"a slow call counts at its middle", func(now time.Time) http.Header { return dated(now) }, 4 * time.Second, 1500 * time.Millisecond, true},
		{"a very slow call does not count", func(now time.Time) http.Header { return dated(now) }, 11 * time.Second, 0, false},
		{"no date", func(time.Time) http.Header { return nil }, 0, 0, false},
		{"no valid date", func(time.Time) http.Header { return http.Header{"Date": {"yesterday"}} }, 0, 0, false},
		{"an answer out of a cache", func(now time.Time) http.Header { return dated(now.Add(-time.Hour), "Age", "3600") }, 0, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				// The bubble's clock starts at a whole second.
				c, _ := scriptedClient(t, scripted{status: 200, body: emptyList, header: tt.header(time.Now()), wait: tt.took})
				_, _ = c.Webhooks(t.Context())
				if got, at := c.ClockOffset(); got != tt.want || at.IsZero() == tt.measured {
					t.Errorf("got %v at %v; want %v, measured: %v", got, at, tt.want, tt.measured)
				}
			})
		})
	}
}

func TestClockIsMeasuredByRefusalsTooAndTheNewestCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		date := func(d time.Duration) http.Header {
			return http.Header{"Date": {time.Now().Add(d).UTC().Format(http.TimeFormat)}}
		}
		c, _ := scriptedClient(t,
			scripted{status: 401, header: date(-time.Minute)},
			scripted{status: 200, body: emptyList, header: date(-time.Hour)})
		_, _ = c.WhoAmI(t.Context())
		if got, at := c.ClockOffset(); at.IsZero() || got != time.Minute-500*time.Millisecond {
			t.Errorf("after a refusal: got %v at %v", got, at)
		}
		_, _ = c.Webhooks(t.Context())
		if got, _ := c.ClockOffset(); got != time.Hour-500*time.Millisecond {
			t.Errorf("newest: got %v", got)
		}
	})
}

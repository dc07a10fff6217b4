package app_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

// stopLimit is how long a stop may take, with room for a busy machine.
const stopLimit = 5 * time.Second

func TestHeadlessRelaysATestOfVast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, nil)
	s := c.reach(status.Relaying)
	if got, want := s.Address, "https://"+publicHost; got != want {
		t.Errorf("got address %q, want %q", got, want)
	}
	hooks := w.hooks()
	if len(hooks) != 1 || hooks[0].URL != "https://"+publicHost+"/vast/client" {
		t.Fatalf("got webhooks %+v, want one of the tunnel's address", hooks)
	}
	for _, h := range s.Hops {
		if h.State != health.HopOK && h.Name != health.HopChat {
			t.Errorf("got hop %s %s %q, want it proven", h.Name, h.State, h.Detail)
		}
	}
	if got := len(w.texts()); got != 0 {
		t.Errorf("got %d messages before any event, want none: nothing is posted to prove a hop", got)
	}
	w.emit(t, vasttest.Emission{Subject: "Outbid for the end-to-end test"})
	eventually(t, "the event stands in Chat", func() bool { return w.count("Outbid for the end-to-end test") == 1 })

	answer, err := w.client(t).Test(t.Context(), hooks[0].ID)
	if err != nil {
		t.Fatalf("test delivery: %v", err)
	}
	eventually(t, "a test asked for outside the program stands in Chat", func() bool { return w.count(answer.EventID) == 1 })
	if code, took := c.stop(); code != 0 || took > stopLimit {
		t.Errorf("got exit code %d after %v, want 0 within %v", code, took, stopLimit)
	}
	if got := w.edge.Online(); len(got) != 0 {
		t.Errorf("got %v online after the stop, want nothing", got)
	}
}

func TestStopWithAHangingChat(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.chat.SetFault(chattest.Hang)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	w.emit(t, vasttest.Emission{Subject: "never answered"})
	eventually(t, "the post is under way", func() bool { return w.chat.Requests() > 0 })
	if code, took := c.stop(); code != 0 || took > stopLimit {
		t.Errorf("got exit code %d after %v, want 0 within %v", code, took, stopLimit)
	}
	w.chat.SetFault(chattest.NoFault)
	w.start(t, nil)
	eventually(t, "the post is made after the next start", func() bool { return w.count("never answered") == 1 })
}

func TestTheLogSaysOnceHowAnEarlierRunEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const said = `msg="an earlier run ended without being stopped" reason=killed`
	first := w.start(t, nil)
	first.reach(status.Relaying)
	first.kill()
	for i, want := range []bool{true, false} {
		c := w.start(t, nil)
		c.reach(status.Relaying)
		c.stop()
		if got := strings.Contains(c.stderr.String(), said); got != want {
			t.Errorf("start %d after the kill: it is said: %v, want %v", i+1, got, want)
		}
	}
}

func TestHeadlessRefusesToStart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change map[string]string
		args   []string
		says   string
	}{
		{"without an API key", map[string]string{"VAST_API_KEY": ""}, nil, "Vast.ai API key"},
		{"with an API key that is refused", map[string]string{"VAST_API_KEY": "planted-wrong-key-000"}, nil, "API key was refused"},
		{"with an ngrok token that is refused", map[string]string{"NGROK_AUTHTOKEN": "planted-wrong-token-000"}, nil, "ngrok"},
		{"with a Chat URL of another host", map[string]string{"GOOGLE_CHAT_URL": "https://example.com/v1/spaces/A/messages?key=planted-k&token=planted-t"}, nil, "Google Chat"},
		{"with a Chat URL that is cut off", map[string]string{"GOOGLE_CHAT_URL": "https://chat.googleapis.com/v1/spaces/A/messages?key=planted-k"}, nil, "GOOGLE_CHAT_URL: The webhook URL is cut off"},
		{"with an API key of two words", map[string]string{"VAST_API_KEY": "planted-key of-two"}, nil, "VAST_API_KEY: It holds a space"},
		{"with an ngrok token in a sentence", map[string]string{"NGROK_AUTHTOKEN": "my token is planted-token"}, nil, "NGROK_AUTHTOKEN: It holds a space"},
		{"with a tunnel that does not exist", map[string]string{"VASTRELAY_TUNNEL": "carrier-pigeon"}, nil, "VASTRELAY_TUNNEL"},
		{"with an open status address and no token", nil, []string{"--status-addr", "0.0.0.0:0"}, "VASTRELAY_STATUS_TOKEN"},
		{"with an unknown flag", nil, []string{"--teleport"}, "teleport"},
		{"with an API that is neither TLS nor loopback", map[string]string{"VAST_URL": "http://192.0.2.1"}, nil, "VAST_URL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.start(t, tt.change, tt.args...)
			c.wait()
			said := c.stderr.String()
			if c.code != 2 || !strings.Contains(said, tt.says) {
				t.Errorf("got exit code %d and %q, want 2 and %q", c.code, said, tt.says)
			}
			for _, value := range tt.change {
				if strings.Contains(value, "planted-") && strings.Contains(said, value) {
					t.Errorf("got %q, which holds the credential", said)
				}
			}
			if got := len(w.hooks()); got != 0 {
				t.Errorf("got %d webhooks, want none", got)
			}
		})
	}
}

func TestSecondStartOnOneFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(t, nil).reach(status.Relaying)
	second := w.start(t, nil)
	second.wait()
	want := "vastrelay: Vast Relay cannot start: Vast Relay is already running with this data folder. Stop that copy, or name another folder with --data-dir.\n"
	if got := second.stderr.String(); second.code != 1 || got != want {
		t.Errorf("got exit code %d and %q, want 1 and %q", second.code, got, want)
	}
}

func TestRestart(t *testing.T) {
	t.Parallel()
	const list, one = "/webhooks/", "/webhooks/{id}/"
	tests := []struct {
		name    string
		between func(t *testing.T, w *world, id int64)
		creates int
		puts    int
		rotates int
		sameID  bool
		host    string
	}{
		{"keeps the webhook and sends nothing", nil, 0, 0, 0, true, publicHost},
		{"announces a changed address once", func(_ *testing.T, w *world, _ int64) { w.edge.Assign("moved.ngrok-free.app") }, 0, 1, 0, true, "moved.ngrok-free.app"},
		{"makes a webhook anew that was deleted at Vast.ai", func(_ *testing.T, w *world, id int64) { w.vast.RemoveWebhook(id) }, 1, 0, 0, false, publicHost},
		{"renews a secret that was lost", func(t *testing.T, w *world, _ int64) {
			if err := os.Remove(filepath.Join(w.dir, "secrets.sealed")); err != nil {
				t.Fatal(err)
			}
		}, 0, 0, 1, true, publicHost},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			first := w.start(t, nil)
			first.reach(status.Relaying)
			first.stop()
			id := w.hooks()[0].ID
			if tt.between != nil {
				tt.between(t, w, id)
			}
			w.vast.ForgetCalls()
			w.start(t, nil).reach(status.Relaying)
			hooks := w.hooks()
			if len(hooks) != 1 || (hooks[0].ID == id) != tt.sameID || hooks[0].URL != "https://"+tt.host+"/vast/client" {
				t.Errorf("got webhooks %+v after %d", hooks, id)
			}
			for _, call := range []struct {
				method, route string
				want          int
			}{{http.MethodPost, list, tt.creates}, {http.MethodPut, one, tt.puts}, {http.MethodPost, one + "rotate-secret/", tt.rotates}, {http.MethodDelete, one, 0}} {
				if got := w.vast.CountCalls(call.method, call.route); got != call.want {
					t.Errorf("got %d × %s %s, want %d", got, call.method, call.route, call.want)
				}
			}
			w.emit(t, vasttest.Emission{Subject: "after the restart"})
			eventually(t, "an event stands in Chat after the restart", func() bool { return w.count("after the restart") == 1 })
		})
	}
}

func TestFourForeignWebhooksAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 4 {
		w.vast.SeedWebhook(w.account, vastapi.NewWebhook{URL: fmt.Sprintf("https://other%d.example.net/hook", i), EventTypes: []string{"client:outbid"}, Name: "theirs"})
	}
	before := fmt.Sprint(w.hooks())
	c := w.start(t, nil)
	c.wait()
	if c.code != 2 || !strings.Contains(c.stderr.String(), "Choose one to replace") {
		t.Errorf("got exit code %d and %q, want a clear choice", c.code, c.stderr)
	}
	if after := fmt.Sprint(w.hooks()); after != before {
		t.Errorf("got webhooks %s, want them untouched: %s", after, before)
	}
}

func TestARenewedAPIKeyKeepsTheRelayGoing(t *testing.T) {
	t.Parallel()
	const renewed = "planted-renewed-key-4b1e"
	w := newWorld(t)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	c.stop()
	w.vast.AddKey(w.account, renewed)
	w.vast.RevokeKey(vastKey)
	w.start(t, map[string]string{"VAST_API_KEY": renewed}).reach(status.Relaying)
	if got := w.hooks(); len(got) != 1 {
		t.Errorf("got webhooks %+v, want the one", got)
	}
	w.emit(t, vasttest.Emission{Subject: "under the renewed key"})
	eventually(t, "an event stands in Chat", func() bool { return w.count("under the renewed key") == 1 })
}

// signed makes one delivery of body as Vast.ai would sign it.
func signed(ctx context.Context, url, secret, body string, at time.Time) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "." + body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Vast-Timestamp", stamp)
	r.Header.Set("X-Vast-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	return r, nil
}

func TestOneEventFiftyTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	hook := w.hooks()[0]
	body := `{"event_id":"fifty0123456789","user_id":1,"notif_type":"outbid","subject":"Fifty times","message":"m","timestamp":1772489999.5}`
	send := func() {
		t.Helper()
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				if status, err := w.delivery(t.Context(), hook, w.vast.Secret(hook.ID), body); err != nil || status != http.StatusNoContent {
					t.Errorf("got status %d, %v, want 204", status, err)
				}
			})
		}
		group.Wait()
	}
	send()
	eventually(t, "the event stands in Chat", func() bool { return w.count("Fifty times") > 0 })
	c.stop()
	c = w.start(t, nil)
	c.reach(status.Relaying)
	send()
	w.emit(t, vasttest.Emission{Subject: "the one after"})
	eventually(t, "a later event stands in Chat", func() bool { return w.count("the one after") == 1 })
	if got := w.count("Fifty times"); got != 1 {
		t.Errorf("got %d messages, want 1", got)
	}
	eventually(t, "50 duplicates are counted after the restart", func() bool {
		s, ok := c.snapshot()
		return ok && s.Counters.Duplicates == 50
	})
}

func TestKilledBetweenAcceptAndPost(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault chattest.Fault
		ready func(w *world) bool
	}{
		{"before Chat has it", chattest.Hang, func(w *world) bool { return w.chat.Requests() > 0 }},
		{"after Chat stored it and before we know", chattest.StoreThenHang, func(w *world) bool { return w.count("through the crash") == 1 }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.start(t, nil)
			c.reach(status.Relaying)
			w.chat.SetFault(tt.fault)
			w.emit(t, vasttest.Emission{Subject: "through the crash"})
			eventually(t, "the post is under way", func() bool { return tt.ready(w) })
			c.kill()
			w.chat.SetFault(chattest.NoFault)
			c = w.start(t, nil)
			c.reach(status.Relaying)
			w.emit(t, vasttest.Emission{Subject: "the one after"})
			eventually(t, "both stand in Chat", func() bool { return w.count("the one after") == 1 && w.count("through the crash") > 0 })
			if got := w.count("through the crash"); got != 1 {
				t.Errorf("got the event %d times, want once", got)
			}
			eventually(t, "nothing waits", func() bool { s, ok := c.snapshot(); return ok && s.Waiting == 0 })
		})
	}
}

func TestParkedEventsResumeUnderANewURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.start(t, nil)
	c.reach(status.Relaying)
	w.chat.SetFault(chattest.TokenMissing)
	w.emit(t, vasttest.Emission{Subject: "kept while parked"})
	s := c.reach(status.Attention)
	if chat := s.Hop(health.HopChat); chat.State != health.HopFailing || !strings.Contains(chat.Next.String(), "Everything is kept.") {
		t.Errorf("got hop %+v, want it to say what is wrong and that nothing is lost", chat)
	}
	c.stop()
	w.chat.SetFault(chattest.NoFault)
	w.start(t, map[string]string{"GOOGLE_CHAT_URL": w.chat.AddWebhook(space)})
	eventually(t, "the event is posted under the new URL", func() bool { return w.count("kept while parked") == 1 })
}

func TestHeadlessDemo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env = nil
	c := w.start(t, nil, "--demo")
	c.reach(status.Relaying)
	eventually(t, "an event is printed as accepted and as posted", func() bool {
		said := c.stderr.String()
		return strings.Contains(said, "accepted  Your Vast.ai Instance") && strings.Contains(said, "posted    Your Vast.ai Instance")
	})
	if code, took := c.stop(); code != 0 || took > stopLimit {
		t.Errorf("got exit code %d after %v, want 0 within %v", code, took, stopLimit)
	}
}

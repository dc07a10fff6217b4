package app_test

import (
	"strings"
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

const (
	wordsOfANetwork = "We do not allow agents to connect to ngrok from your IP address (192.0.2.7)."
	wordsOfABlock   = "Your agent has been blocked from connecting to ngrok because it has been suspected of violating our policy."
)

// TestNgrokRefusesAToken has ngrok refuse the login for a reason that lies with
// the account or the network, before and after the token has proved an address.
func TestNgrokRefusesAToken(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, words, code string }{
		{"from a network that it does not allow", wordsOfANetwork, "ERR_NGROK_9040"},
		{"of an agent that it has blocked", wordsOfABlock, "ERR_NGROK_8014"},
	} {
		answer := "authentication failed: " + tt.words + " Your authtoken: " + ngrokToken + "\n\n" + tt.code
		t.Run(tt.name+", at the first start", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.edge.RefuseLogin(answer)
			c := w.start(t, nil)
			c.wait()
			said := c.stderr.String()
			line := said[strings.LastIndex(strings.TrimSpace(said), "\n")+1:]
			if c.code != 2 || !strings.Contains(line, tt.words) {
				t.Errorf("got exit code %d and %q, want 2 and ngrok's own words in the last line", c.code, line)
			}
			if strings.Contains(said, ngrokToken) {
				t.Error("the token was written")
			}
			if got := len(w.edge.Auths()); got != 1 {
				t.Errorf("got %d logins, want one", got)
			}
		})
		t.Run(tt.name+", after it has worked", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.start(t, nil)
			c.reach(status.Relaying)
			c.stop()
			w.edge.RefuseLogin(answer)
			c = w.start(t, nil)
			s := c.reach(status.Attention)
			if got := s.Hop(health.HopAddress).Next; !strings.Contains(got.String(), tt.words) || !strings.Contains(got.String(), "tried again by itself") {
				t.Errorf("got %q, want ngrok's own words and when it is tried again", got)
			}
			time.Sleep(500 * time.Millisecond) // for what would end the program
			c.reach(status.Attention)
		})
	}
}

func TestNgrokRefusesForAReasonThatIsNotKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.edge.RefuseLogin("authentication failed: Agents rest on Mondays.\n\nERR_NGROK_4711")
	c := w.start(t, nil)
	s := c.reach(status.Attention)
	if h := s.Hop(health.HopAddress); h.Code != "ERR_NGROK_4711" || !strings.Contains(h.Next.String(), "Agents rest on Mondays.") {
		t.Errorf("got hop %+v, want ngrok's own words and the code", h)
	}
	if got := len(w.edge.Auths()); got != 2 {
		t.Errorf("got %d logins until it is shown, want two", got)
	}
}

// TestRestartsInALoop kills the program as soon as it relays, behind an address
// that cannot be probed, as a supervisor with a program that crashes would.
func TestRestartsInALoop(t *testing.T) {
	t.Parallel()
	w, _ := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
	for range 5 {
		c := w.start(t, nil)
		c.reach(status.Relaying)
		c.kill()
	}
	if got := w.vast.CountCalls("POST", "/webhooks/{id}/test/"); got != 1 {
		t.Errorf("got %d tests asked for in five starts, want one", got)
	}
}

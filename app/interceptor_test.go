package app_test

import (
	"net/http"
	"strings"
	"testing"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/vastapi/vasttest"
)

// TestSomethingElseAnswersInPlaceOfVast starts the program behind a proxy, a
// firewall or a login page that answers for a while. That says nothing about the
// key: the program waits, and relays once Vast.ai answers by itself.
func TestSomethingElseAnswersInPlaceOfVast(t *testing.T) {
	t.Parallel()
	const page = "<!DOCTYPE html><title>Log in</title>"
	for name, answer := range map[string]vasttest.Fault{
		"a proxy's 401":                     {Status: http.StatusUnauthorized, Body: page},
		"an empty 401":                      {Status: http.StatusUnauthorized},
		"a firewall's 403":                  {Status: http.StatusForbidden, Body: page},
		"a gateway's 401 in JSON":           {Status: http.StatusUnauthorized, Body: `{"message": "Unauthorized"}`},
		"a proxy that wants a password":     {Status: http.StatusProxyAuthRequired, Body: page},
		"the login page of a hotel":         {Status: http.StatusOK, Body: page},
		"the way to the login page":         {Status: http.StatusFound, Header: http.Header{"Location": {"http://login.example/"}}},
		"a page that says it is not found":  {Status: http.StatusNotFound, Body: page},
		"a page that refuses what was sent": {Status: http.StatusBadRequest, Body: page},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			answer.Times = -1
			lift := w.vast.Inject(answer)
			c := w.start(t, nil)
			s := c.reach(status.Attention)
			if hop := s.Hop(health.HopVast); s.Headline.String() != "Something else answers in place of Vast.ai" || strings.Contains(hop.Detail.String(), "key") {
				t.Errorf("got %q with hop %+v, want the network named, not the key", s.Headline, hop)
			}
			lift()
			c.reach(status.Relaying)
			if got := len(w.hooks()); got != 1 {
				t.Errorf("got %d webhooks, want 1", got)
			}
		})
	}
}

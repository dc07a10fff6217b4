package ngrok

import (
	"net/http"
	"strings"
	"testing"

	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/ngrok/ngroktest"
)

func TestACloudEndpointStandsInWhileWeAreAway(t *testing.T) {
	const cloud = "relay.ngrok.app"
	edge := newEdge(t, ngroktest.Options{Token: testToken, Domains: []string{}})
	edge.ForwardTo(cloud, internalName(cloud))
	wantStatus(t, edge, "https://"+cloud+"/", http.StatusServiceUnavailable)
	r := start(t, edge, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), func(o *Options) { o.CloudEndpoint, o.Domain = "https://"+cloud+"/", "ignored.ngrok.app" })
	if link := r.AwaitState(tunnel.Online); link.URL != "https://"+cloud {
		t.Errorf("got address %q, want that of the Cloud Endpoint", link.URL)
	}
	wantStatus(t, edge, "https://"+cloud+"/", http.StatusNoContent)
	wantStatus(t, edge, "https://"+internalName(cloud)+"/", http.StatusNotFound) // from outside
	r.StopInTime()
	wantStatus(t, edge, "https://"+cloud+"/", http.StatusServiceUnavailable)
}

func TestPolicy(t *testing.T) {
	policy := Policy("relay.ngrok.app")
	forward, away := strings.Index(policy, "forward-internal"), strings.Index(policy, "status_code: 503")
	if forward < 0 || away < forward || !strings.Contains(policy, "url: https://"+internalName("relay.ngrok.app")) || !strings.Contains(policy, "on_error: continue") {
		t.Errorf("got\n%s\nwant it to forward first, and to answer 503 where that fails", policy)
	}
	if name := internalName("relay.ngrok.app"); strings.Count(name, ".") != 1 || !strings.HasSuffix(name, ".internal") {
		t.Errorf("got the name %q", name)
	}
}

func TestWhatSleepCostsBehindACloudEndpoint(t *testing.T) {
	v := Vendor()
	with := tunnel.Values{cloudEndpointKey: "relay.ngrok.app"}
	if v.Away(nil) != tunnel.AwayFinal || v.Away(with) != tunnel.AwayRetried {
		t.Error("events are lost without a Cloud Endpoint only")
	}
	if v.Policy(nil) != "" || v.Policy(with) == "" || v.PublicURL(with) != "https://relay.ngrok.app" {
		t.Error("the policy is to be shown with a Cloud Endpoint, and its address promised")
	}
}

package metrics

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"vastrelay/app/bridge"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

func sample() status.Status {
	offset := 90 * time.Second
	return status.Status{
		ClockOffset: &offset, Disk: words.Verbatim("The disk is full."),
		Gaps:  status.Gaps{Open: &status.Gap{Cause: relay.GapDisk, Text: words.Verbatim("Not reachable since 09:12.")}, Ended: map[relay.GapCause]uint64{relay.GapSleep: 2}, Seconds: 90},
		Phase: status.Relaying, Address: "https://name.ngrok-free.app", Waiting: 3, LastEvent: time.Unix(1772490000, 0),
		Hops: []health.Hop{{Name: health.HopKeyring, State: health.HopOK}, {Name: health.HopChat, State: health.HopFailing, Next: words.Verbatim("Replace it.")}},
		Counters: relay.Counters{
			Accepted: 7, Commits: relay.Latency{Count: 7, Sum: time.Second, Buckets: []relay.Bucket{{UpTo: 5 * time.Millisecond, Count: 6}}}, Refused: map[string]uint64{"invalid_signature": 2}, Posts: map[relay.Outcome]uint64{relay.Posted: 5},
		},
	}
}

func lanes(context.Context) ([]relay.Lane, error) {
	d := relay.Destination{Space: "AAAA", ParkedSince: time.Unix(1772490000, 0)}
	return []relay.Lane{{Destination: d, Backlog: relay.Backlog{Count: 3, Oldest: time.Unix(1772490000, 0)}}}, nil
}

func refusals() []relay.Refusal {
	return []relay.Refusal{{At: time.Unix(1772490000, 0).UTC(), Role: relay.RoleHost, Status: 401, Code: "missing_signature"}}
}

func TestHandler(t *testing.T) {
	const token = "t0ken-for-status"
	tests := []struct {
		name, address, host, path, method, auth string
		token                                   string
		wantCode                                int
		want                                    string
	}{
		{name: "health is exact", address: "127.0.0.1:0", host: "127.0.0.1:9", path: "/health", wantCode: 200, want: `{"ok":true}`},
		{name: "health needs no token", address: "0.0.0.0:0", host: "192.0.2.1", path: "/health", token: token, wantCode: 200, want: `{"ok":true}`},
		{name: "status names the phase", address: "127.0.0.1:0", host: "localhost:9", path: "/status", wantCode: 200, want: `"phase":"relaying"`},
		{name: "status gives the next step of a hop", address: "127.0.0.1:0", host: "localhost", path: "/status", wantCode: 200, want: `"next_step":"Replace it."`},
		{name: "status lists the latest refusals", address: "127.0.0.1:0", host: "localhost", path: "/status", wantCode: 200, want: `"refusals":[{"at":"2026-03-02T22:20:00Z","context":"host","status":401,"code":"missing_signature"}]`},
		{name: "status without the token is refused", address: "0.0.0.0:0", host: "192.0.2.1", path: "/status", token: token, wantCode: 401},
		{name: "status with a wrong token is refused", address: "0.0.0.0:0", host: "192.0.2.1", path: "/status", token: token, auth: "Bearer no", wantCode: 401},
		{name: "status with the token is given", address: "0.0.0.0:0", host: "192.0.2.1", path: "/status", token: token, auth: "Bearer " + token, wantCode: 200, want: `"address"`},
		{name: "metrics without the token are refused", address: "0.0.0.0:0", host: "192.0.2.1", path: "/metrics", token: token, wantCode: 401},
		{name: "metrics count what was accepted", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: "vastrelay_events_accepted_total 7"},
		{name: "metrics count refusals by reason", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: `vastrelay_requests_refused_total{reason="invalid_signature"} 2`},
		{name: "metrics tell a failing hop", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: `vastrelay_hop_ok{hop="chat"} 0`},
		{name: "metrics tell the state of a hop", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: `vastrelay_hop_state{hop="chat",state="failing"} 1`},
		{name: "metrics count commits", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: "vastrelay_commit_duration_seconds_count 7"},
		{name: "metrics count commits by bucket", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: `vastrelay_commit_duration_seconds_bucket{le="0.005"} 6`},
		{name: "metrics tell the depth of a lane", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: `vastrelay_lane_depth{space="AAAA"} 3`},
		{name: "metrics tell a parked lane", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: `vastrelay_lane_parked{space="AAAA"} 1`},
		{name: "metrics tell the clock", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: "vastrelay_clock_offset_seconds 90"},
		{name: "metrics tell a disk that takes nothing", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: "vastrelay_disk_writable 0"},
		{name: "metrics tell a gap that is open", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: "vastrelay_gap_open 1"},
		{name: "metrics count gaps by cause", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: `vastrelay_gaps_total{cause="sleep"} 2`},
		{name: "metrics add up gaps", address: "127.0.0.1:0", host: "127.0.0.1", path: "/metrics", wantCode: 200, want: "vastrelay_gap_seconds_total 90"},
		{name: "status tells of gaps", address: "127.0.0.1:0", host: "localhost", path: "/status", wantCode: 200, want: `"cause":"disk","events_may_be_lost":false,"caught_up":0,"text":"Not reachable since 09:12."`},
		{name: "another name is refused", address: "127.0.0.1:0", host: "evil.example", path: "/status", wantCode: 421},
		{name: "another name is refused for metrics too", address: "127.0.0.1:0", host: "evil.example:80", path: "/metrics", wantCode: 421},
		{name: "another name is refused whatever the path", address: "127.0.0.1:0", host: "evil.example", path: "/", wantCode: 421},
		{name: "an empty name is refused", address: "127.0.0.1:0", host: "", path: "/status", wantCode: 421},
		{name: "a name that ends in a dot is the same name", address: "127.0.0.1:0", host: "localhost.:9", path: "/status", wantCode: 200},
		{name: "health asks for no name", address: "127.0.0.1:0", host: "evil.example:80", path: "/health", wantCode: 200, want: `{"ok":true}`},
		{name: "health asks for no name in a cluster", address: "0.0.0.0:0", host: "vastrelay:9701", path: "/health", token: token, wantCode: 200, want: `{"ok":true}`},
		{name: "health asks for a name as little as for a token", address: "0.0.0.0:0", host: "", path: "/health", token: token, auth: "Bearer no", wantCode: 200},
		{name: "the token outweighs the name", address: "0.0.0.0:0", host: "vastrelay:9701", path: "/status", token: token, auth: "Bearer " + token, wantCode: 200, want: `"address"`},
		{name: "the token outweighs the name for metrics", address: "0.0.0.0:0", host: "vastrelay:9701", path: "/metrics", token: token, auth: "Bearer " + token, wantCode: 200, want: "vastrelay_events_accepted_total 7"},
		{name: "the token outweighs an empty name", address: "0.0.0.0:0", host: "", path: "/status", token: token, auth: "Bearer " + token, wantCode: 200},
		{name: "the token outweighs the name on loopback too", address: "127.0.0.1:0", host: "vastrelay:9701", path: "/status", token: token, auth: "Bearer " + token, wantCode: 200},
		{name: "the scheme may be written in lower case", address: "0.0.0.0:0", host: "vastrelay", path: "/status", token: token, auth: "bearer " + token, wantCode: 200},
		{name: "a wrong token outweighs nothing", address: "0.0.0.0:0", host: "vastrelay:9701", path: "/status", token: token, auth: "Bearer no", wantCode: 421},
		{name: "no token outweighs nothing", address: "0.0.0.0:0", host: "vastrelay:9701", path: "/status", token: token, wantCode: 421},
		{name: "the token under another scheme is none", address: "0.0.0.0:0", host: "192.0.2.1", path: "/status", token: token, auth: "Basic " + token, wantCode: 401},
		{name: "an empty token is none", address: "127.0.0.1:0", host: "vastrelay:9701", path: "/status", auth: "Bearer ", wantCode: 421},
		{name: "a path that is not served tells nothing without the token", address: "0.0.0.0:0", host: "192.0.2.1", path: "/debug/pprof/", token: token, wantCode: 401},
		{name: "an IPv6 literal is served", address: "127.0.0.1:0", host: "[::1]:9", path: "/health", wantCode: 200},
		{name: "a post is not allowed", address: "127.0.0.1:0", host: "127.0.0.1", path: "/status", method: http.MethodPost, wantCode: 405},
		{name: "nor is one to health, by any name", address: "127.0.0.1:0", host: "vastrelay", path: "/health", method: http.MethodPost, wantCode: 405},
		{name: "nothing else is served", address: "127.0.0.1:0", host: "127.0.0.1", path: "/debug/pprof/", wantCode: 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Listen(t.Context(), Options{Address: tt.address, Token: relay.NewSecret(tt.token), Status: sample, Lanes: lanes, Refusals: refusals})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.listener.Close() }()
			method := tt.method
			if method == "" {
				method = http.MethodGet
			}
			r := httptest.NewRequestWithContext(t.Context(), method, "http://"+tt.host+tt.path, http.NoBody)
			r.Host = tt.host
			if tt.auth != "" {
				r.Header.Set("Authorization", tt.auth)
			}
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if got := w.Code; got != tt.wantCode {
				t.Fatalf("got status %d, want %d: %s", got, tt.wantCode, w.Body)
			}
			if got := w.Body.String(); !strings.Contains(got, tt.want) {
				t.Errorf("got body %s, want it to hold %s", got, tt.want)
			}
			if got := w.Header().Get("Access-Control-Allow-Origin"); got != "" {
				t.Errorf("got a CORS header %q, want none", got)
			}
		})
	}
}

// TestNamesFollowTheConventions lets Prometheus's own linter read all metrics.
func TestNamesFollowTheConventions(t *testing.T) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{status: sample, lanes: lanes})
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	if got, want := len(families), len(descriptions()); got != want {
		t.Errorf("got %d metrics, want each of the %d that are described", got, want)
	}
}

// TestStatusHoldsWhatOthersReadFromIt pins the names of the fields.
func TestStatusHoldsWhatOthersReadFromIt(t *testing.T) {
	b := bridge.New(bridge.Options{})
	s, err := Listen(t.Context(), Options{Address: "127.0.0.1:0", Status: b.Status})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.listener.Close() }()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost/status", http.NoBody))
	var page struct {
		Phase, Address *string
		Webhooks       []any
		Hops           []map[string]any
		Counters       map[string]any
	}
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
		t.Fatal(err)
	}
	if page.Phase == nil || page.Address == nil || page.Webhooks == nil || len(page.Counters) == 0 {
		t.Errorf("got %s, want phase, address, webhooks and counters, also before there is any", w.Body)
	}
	var names []string
	for _, hop := range page.Hops {
		for _, field := range []string{"state", "since", "detail", "next_step"} {
			if _, ok := hop[field].(string); !ok {
				t.Errorf("got hop %v without %s", hop, field)
			}
		}
		name, _ := hop["name"].(string)
		names = append(names, name)
	}
	if got, want := strings.Join(names, " "), "keyring vast address webhook chat"; got != want {
		t.Errorf("got hops %q, want %q", got, want)
	}
}

func TestListenRefusesOpenAddressWithoutToken(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "[::]:0", "not an address"} {
		if s, err := Listen(t.Context(), Options{Address: address, Status: sample}); err == nil {
			_ = s.listener.Close()
			t.Errorf("%s: got no error, want one", address)
		}
	}
}

func TestWhyTheAddressCannotBeListenedAt(t *testing.T) {
	taken, err := Listen(t.Context(), Options{Address: "127.0.0.1:0", Status: sample})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.listener.Close() }()
	for address, want := range map[string]string{
		taken.Addr():               "Another program listens at " + taken.Addr() + " already.",
		"127.0.0.1:seven hundreds": "The host name or the port in 127.0.0.1:seven hundreds is not known.",
		"nobody.invalid:0":         "The host name or the port in nobody.invalid:0 is not known.",
		"127.0.0.1":                "The status address must be host:port.",
	} {
		s, err := Listen(t.Context(), Options{Address: address, Status: sample, Token: relay.NewSecret("t0ken")})
		if err == nil {
			_ = s.listener.Close()
		}
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %q", address, err, want)
		}
	}
	for errno, want := range map[syscall.Errno]string{
		syscall.EADDRINUSE: "Another program listens", 10048: "Another program listens", syscall.EADDRNOTAVAIL: "does not have the address",
		syscall.EACCES: "This user may not", syscall.EMFILE: "The system refuses",
	} {
		got := (&ListenError{Address: "192.0.2.1:80", Err: os.NewSyscallError("bind", errno)}).Error()
		if !strings.Contains(got, want) || !strings.HasSuffix(got, ".") || strings.Contains(got, "bind") {
			t.Errorf("%v: got %q, want a sentence that says %q", errno, got, want)
		}
	}
}

func TestRunStops(t *testing.T) {
	s, err := Listen(t.Context(), Options{Address: "127.0.0.1:0", Status: sample})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	resp, err := http.Get("http://" + s.Addr() + "/status")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || !json.Valid(body) {
		t.Errorf("got %q, %v, want JSON", body, err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("got %v, want nil after a stop", err)
	}
}

package app_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"vastrelay/app"
	"vastrelay/app/config"
	"vastrelay/app/status"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/cloudflared/cloudflaredtest"
	"vastrelay/vastapi/vasttest"
)

// TestChangingTheTunnelLosesNothing changes the tunnel and its name again and
// again while events arrive. Each delivery is taken at its first attempt: the
// address before stays open until Vast.ai delivers to the next.
func TestChangingTheTunnelLosesNothing(t *testing.T) {
	t.Parallel()
	const events = 200
	w := newWorld(t)
	listen := freeAddress(t)
	w.vast.MapHost(ownHost, "http://"+listen)
	edge := freeAddress(t)
	w.vast.MapHost(flareHost, "http://"+edge)
	w.env["VASTRELAY_CLOUDFLARED_PATH"] = cloudflaredtest.Install(t, cloudflaredtest.Behaviour{Edge: edge}).Path
	w.env["CLOUDFLARED_TOKEN"] = cloudflaredtest.Token(planted)
	w.env["VASTRELAY_PUBLIC_CONNECT"] = "127.0.0.1:9" // the discard port: no address can be checked from here
	code, said := w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		emitted := make(chan struct{})
		changed := make(chan struct{})
		go func() {
			defer close(emitted)
			for i := range events {
				sent, err := w.vast.Emit(ctx, vasttest.Emission{Type: "client:outbid", Subject: fmt.Sprintf("Event %03d", i)})
				if err != nil || len(sent.Deliveries) != 1 || sent.Deliveries[0].Status != http.StatusNoContent {
					t.Errorf("event %d: got deliveries %+v and %v, want one that is taken", i, sent.Deliveries, err)
				}
				if i == events/2 {
					<-changed
				}
			}
		}()
		for _, c := range []struct {
			tunnel, host string
			values       tunnel.Values
		}{
			{"ngrok", "second.ngrok-free.app", tunnel.Values{"ngrok_domain": "second.ngrok-free.app"}},
			{"url", ownHost, tunnel.Values{"public_url": "https://" + ownHost, "listen": listen}},
			{"cloudflared", flareHost, tunnel.Values{"cloudflared_host": flareHost, "cloudflared_listen": freeAddress(t)}},
			{"ngrok", publicHost, tunnel.Values{"ngrok_domain": ""}},
		} {
			choose(ctx, t, d, c.tunnel, c.values)
			began := time.Now()
			await(t, d, "relaying at "+c.host, func(s status.Status) bool {
				return s.Phase == status.Relaying && strings.Contains(s.Address, c.host)
			})
			t.Logf("relaying at %s after %v", c.host, time.Since(began).Round(time.Millisecond))
		}
		close(changed)
		<-emitted
		await(t, d, "all posted", func(s status.Status) bool { return s.Today >= events && s.Waiting == 0 })
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
	for i := range events {
		if got := w.count(fmt.Sprintf("Event %03d", i)); got != 1 {
			t.Errorf("event %d stands in %d messages, want one", i, got)
		}
	}
}

// choose puts another tunnel in force, as saving in the settings window does.
func choose(ctx context.Context, t *testing.T, d app.Desktop, name string, values tunnel.Values) {
	t.Helper()
	if err := d.Settings.ChangeSettings(ctx, func(s *config.Settings) {
		all := maps.Clone(s.TunnelValues)
		maps.Copy(all, values)
		s.Tunnel, s.TunnelValues = name, all
	}); err != nil {
		t.Fatal(err)
	}
}

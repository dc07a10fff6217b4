package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/relay/tunnel/cloudflared/cloudflaredtest"
	"vastrelay/vastapi/vasttest"
)

// The names under which the tunnels of Cloudflare are reached.
const (
	flareHost  = "relay.cloudflare.example"
	flareQuick = "brave-otter-lamp.trycloudflare.com"
	flareNext  = "calm-heron-desk.trycloudflare.com"
)

// newFlareWorld is a world whose tunnel is cloudflared, under a name of its own or
// as a quick tunnel. Public names cannot be resolved here, so a test of Vast.ai
// proves the address.
func newFlareWorld(t *testing.T, named bool, b cloudflaredtest.Behaviour) (*world, *cloudflaredtest.Program) {
	t.Helper()
	w, listen := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
	b.Edge = freeAddress(t)
	for _, host := range []string{flareHost, flareQuick, flareNext} {
		w.vast.MapHost(host, "http://"+b.Edge)
	}
	p := cloudflaredtest.Install(t, b)
	delete(w.env, "VASTRELAY_PUBLIC_URL")
	delete(w.env, "VASTRELAY_LISTEN")
	w.env["VASTRELAY_TUNNEL"], w.env["VASTRELAY_CLOUDFLARED_PATH"] = "cloudflared", p.Path
	if named {
		w.env["VASTRELAY_CLOUDFLARED_HOST"], w.env["VASTRELAY_CLOUDFLARED_LISTEN"] = flareHost, listen
		w.env["CLOUDFLARED_TOKEN"] = cloudflaredtest.Token(planted)
	}
	return w, p
}

// planted is the secret in the token of the tunnel.
const planted = "planted-tunnel-secret-0c7d5e31ab94"

// TestRelaysThroughANamedCloudflareTunnel follows events through the stand-in, over
// a loss of the network and a crash.
func TestRelaysThroughANamedCloudflareTunnel(t *testing.T) {
	t.Parallel()
	w, p := newFlareWorld(t, true, cloudflaredtest.Behaviour{Token: cloudflaredtest.Token(planted)})
	c := w.start(t, nil)
	s := c.reach(status.Relaying)
	if got := s.Hop(health.HopAddress).Detail; s.Address != "https://"+flareHost || !strings.Contains(got.String(), "test delivery") {
		t.Errorf("got the address %s: %q, want it proven by a test", s.Address, got)
	}
	if len(s.Overrides) == 0 || !strings.Contains(strings.Join(s.Overrides, " "), "VASTRELAY_CLOUDFLARED_PATH") {
		t.Errorf("got the overrides %q, want the program among them", s.Overrides)
	}
	w.emit(t, vasttest.Emission{Subject: "first of all"})
	eventually(t, "the event stands in Chat", func() bool { return w.count("first of all") == 1 })

	child := p.AwaitStart(1)
	p.Lose(child, true)
	eventually(t, "the loss shows", func() bool { s, _ := c.snapshot(); return s.Phase != status.Relaying })
	p.Lose(child, false)
	c.reach(status.Relaying)

	awaitEnd := p.Hold(child)
	c.kill()
	awaitEnd()
	c = w.start(t, nil)
	c.reach(status.Relaying)
	w.emit(t, vasttest.Emission{Subject: "after a crash"})
	awaitEnd = p.Hold(p.AwaitStart(2))
	if code, took := c.stop(); code != 0 || took > patience/2 {
		t.Errorf("got exit code %d after %v", code, took)
	}
	awaitEnd()
	if said := c.stderr.String() + w.log(t); strings.Contains(said, cloudflaredtest.Token(planted)) || strings.Contains(said, planted) {
		t.Error("the token was written")
	}
}

// TestFollowsAQuickCloudflareTunnel has cloudflared end, after which it comes back
// under another name.
func TestFollowsAQuickCloudflareTunnel(t *testing.T) {
	t.Parallel()
	w, p := newFlareWorld(t, false, cloudflaredtest.Behaviour{Host: flareQuick})
	c := w.start(t, nil)
	if s := c.reach(status.Relaying); s.Address != "https://"+flareQuick {
		t.Errorf("got the address %s", s.Address)
	}
	hook := w.hooks()[0].ID
	b := cloudflaredtest.Behaviour{Host: flareNext, Edge: freeAddress(t)}
	w.vast.MapHost(flareNext, "http://"+b.Edge)
	p.Set(b)
	p.Exit(p.AwaitStart(1), 1, "something broke")
	eventually(t, "the webhook leads to the next name, which is proven", func() bool {
		s, _ := c.snapshot()
		return s.Phase == status.Relaying && s.Address == "https://"+flareNext && strings.HasPrefix(w.hooks()[0].URL, s.Address)
	})
	w.emit(t, vasttest.Emission{Subject: "at the next name"})
	if got := w.hooks()[0].ID; got != hook {
		t.Errorf("got webhook %d, want the first one moved: %d", got, hook)
	}
}

func TestCloudflaredRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change map[string]string
		says   string
	}{
		{"a token of another tunnel", map[string]string{"CLOUDFLARED_TOKEN": cloudflaredtest.Token("another")}, "Cloudflare refused the token"},
		{"half a token", map[string]string{"CLOUDFLARED_TOKEN": cloudflaredtest.Token(planted)[:40]}, "incomplete or mistyped"},
		{"a host name without a token", map[string]string{"CLOUDFLARED_TOKEN": ""}, "The token of the Cloudflare tunnel is missing"},
		{"a token without a host name", map[string]string{"VASTRELAY_CLOUDFLARED_HOST": ""}, "The host name of the Cloudflare tunnel is missing"},
		{"a program that is not there", map[string]string{"VASTRELAY_CLOUDFLARED_PATH": filepath.Join(t.TempDir(), "cloudflared.exe")}, "cloudflared was not found"},
		{"a program without its folder", map[string]string{"VASTRELAY_CLOUDFLARED_PATH": "cloudflared"}, "Enter the whole path of the program"},
		{"a local address for everybody", map[string]string{"VASTRELAY_CLOUDFLARED_LISTEN": "0.0.0.0:8787"}, "VASTRELAY_CLOUDFLARED_LISTEN"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w, _ := newFlareWorld(t, true, cloudflaredtest.Behaviour{Token: cloudflaredtest.Token(planted)})
			c := w.start(t, tt.change)
			c.wait()
			said := c.stderr.String()
			if c.code != 2 || !strings.Contains(said, tt.says) {
				t.Errorf("got exit code %d and %q, want 2 and %q", c.code, said, tt.says)
			}
			if strings.Contains(said, cloudflaredtest.Token(planted)) || strings.Contains(said, planted) {
				t.Error("the token was written")
			}
		})
	}
}

// TestAProgramOfTheEnvironmentNeverReceivesAStoredToken starts beside a stored
// token that works, with a program that the environment names.
func TestAProgramOfTheEnvironmentNeverReceivesAStoredToken(t *testing.T) {
	t.Parallel()
	w, p := newFlareWorld(t, true, cloudflaredtest.Behaviour{})
	orFail(t, os.Mkdir(w.dir, 0o700))
	sealed, err := secrets.OpenSealed(filepath.Join(w.dir, "secrets.sealed"), relay.NewSecret(vastKey))
	if err == nil {
		err = sealed.Set(t.Context(), secrets.NameCloudflaredToken, relay.NewSecret(w.env["CLOUDFLARED_TOKEN"]))
	}
	orFail(t, err)
	c := w.start(t, map[string]string{"CLOUDFLARED_TOKEN": ""})
	c.wait()
	if said := c.stderr.String(); c.code != 2 || !strings.Contains(said, "Still missing: the Cloudflare tunnel token") || !strings.Contains(said, "in the environment") {
		t.Errorf("got exit code %d and %q, want 2 and to be told to give it in the environment", c.code, said)
	}
	if n := len(p.Starts()); n != 0 {
		t.Errorf("got %d starts of the program, want none", n)
	}
}

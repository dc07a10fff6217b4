package app_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"vastrelay/app"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/winetest"
)

// hole is an address that takes connections and never answers. called yields
// once somebody has come.
func hole(t *testing.T, network, address string) (at string, called <-chan struct{}) {
	t.Helper()
	if network == "unix" {
		winetest.Needs(t, winetest.LocalSockets)
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	came := make(chan struct{}, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var open []net.Conn
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			open = append(open, conn)
			select {
			case came <- struct{}{}:
			default:
			}
		}
		for _, conn := range open {
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String(), came
}

// sealElsewhere leaves secrets in the data folder that another API key sealed.
func (w *world) sealElsewhere(t *testing.T) {
	t.Helper()
	sealed, err := secrets.OpenSealed(filepath.Join(w.dir, "secrets.sealed"), relay.NewSecret("planted-former-key-000"))
	if err == nil {
		err = sealed.Set(t.Context(), secrets.WebhookSecret(1), relay.NewSecret("of a former webhook"))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestStopDuringTheStart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		// hang changes the environment so that the start waits for ever, and
		// returns what yields once it does.
		hang func(t *testing.T, w *world, change map[string]string) <-chan struct{}
	}{
		{"while Vast.ai does not answer", func(t *testing.T, _ *world, change map[string]string) <-chan struct{} {
			at, called := hole(t, "tcp", "127.0.0.1:0")
			change["VAST_URL"] = "http://" + at
			return called
		}},
		{"while ngrok does not answer", func(t *testing.T, _ *world, change map[string]string) <-chan struct{} {
			at, called := hole(t, "tcp", "127.0.0.1:0")
			change["VASTRELAY_NGROK_CONNECT_URL"] = at
			return called
		}},
		{"while the public address does not answer", func(t *testing.T, _ *world, change map[string]string) <-chan struct{} {
			at, called := hole(t, "tcp", "127.0.0.1:0")
			change["VASTRELAY_PUBLIC_CONNECT"] = at
			return called
		}},
		{"while the keyring does not answer", func(t *testing.T, _ *world, change map[string]string) <-chan struct{} {
			if runtime.GOOS != "linux" {
				t.Skip("only the Linux keyring is reached over an address")
			}
			at, called := hole(t, "unix", filepath.Join(t.TempDir(), "bus"))
			change["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=" + at
			return called
		}},
		{"while a renewed key is being proven", func(t *testing.T, w *world, change map[string]string) <-chan struct{} {
			w.sealElsewhere(t)
			at, called := hole(t, "tcp", "127.0.0.1:0")
			change["VAST_URL"] = "http://" + at
			return called
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			change := map[string]string{}
			called := tt.hang(t, w, change)
			c := w.start(t, change)
			select {
			case <-called:
			case <-time.After(patience):
				t.Fatal("nobody called")
			}
			if code, took := c.stop(); code != 0 || took > stopLimit {
				t.Errorf("got exit code %d after %v, want 0 within %v", code, took, stopLimit)
			}
		})
	}
}

func TestTroubleThatMayPassIsNoRefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sealElsewhere(t)
	sealed := filepath.Join(w.dir, "secrets.sealed")
	before, err := os.ReadFile(sealed) //nolint:gosec // The test's own folder.
	if err != nil {
		t.Fatal(err)
	}
	c := w.start(t, map[string]string{"VAST_URL": "http://" + freeAddress(t)})
	c.reach(status.Attention)                                                         // Vast.ai is away, which no person can mend
	if after, err := os.ReadFile(sealed); err != nil || !bytes.Equal(after, before) { //nolint:gosec // The same.
		t.Errorf("got %v, want the sealed secrets left alone until the key is proven", err)
	}
}

func TestASecondStartBesideAHeadlessOneSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(t, nil).reach(status.Relaying)
	code, said := w.desktop(t, nil, func(context.Context, app.Desktop) { t.Error("got a window on a folder that is in use") })
	if code != 1 || !strings.Contains(said, "already running") {
		t.Errorf("got exit code %d and %q, want 1 and to be told: the first has no window to show", code, said)
	}
}

func TestABuildWithoutAWindowNeedsNoFlag(t *testing.T) {
	t.Parallel()
	var said lockedBuffer
	code := app.Run(t.Context(), app.Invocation{
		Args: []string{"--data-dir", dataFolder(t)}, Getenv: func(string) string { return "" }, Stdout: &said, Stderr: &said,
	})
	if code != 2 || !strings.Contains(said.String(), "Still missing: the Vast.ai API key") {
		t.Errorf("got exit code %d and %q, want it to run and to refuse what it refuses with --headless: a missing key", code, said.String())
	}
}

func TestASecondStartShowsTheFirstsWindow(t *testing.T) {
	t.Parallel()
	winetest.Needs(t, winetest.LocalSockets)
	w := newWorld(t)
	code, said := w.desktop(t, pasted, func(ctx context.Context, d app.Desktop) {
		await(t, d, "set-up", inPhase(status.Setup))
		second := func() int {
			code, _ := w.desktop(t, pasted, func(context.Context, app.Desktop) { t.Error("the second start opened a window of its own") })
			return code
		}
		eventually(t, "the first listens, and the second start ends well", func() bool { return second() == 0 })
		select {
		case <-d.Lifecycle.Show:
		case <-ctx.Done():
			t.Error("the first start ended")
		case <-time.After(patience):
			t.Error("the first start was not asked to show its window")
		}
		if got := d.Bridge.Status().Phase; got != status.Setup {
			t.Errorf("got phase %s after the second start, want the first undisturbed", got)
		}
	})
	if code != 0 {
		t.Errorf("got exit code %d: %s", code, said)
	}
}

// TestARefusedStartIsShown starts the program as a double-click does: nobody
// reads what it prints.
func TestARefusedStartIsShown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, says string
		prepare    func(t *testing.T, w *world)
		args       []string
		code       int
		shown      bool
	}{
		{"a setting that is wrong", "VASTRELAY_TUNNEL", func(_ *testing.T, w *world) { w.env["VASTRELAY_TUNNEL"] = "carrier-pigeon" }, nil, 2, true},
		{"a copy without a window holds the folder", "already running", func(t *testing.T, w *world) { w.start(t, nil).reach(status.Relaying) }, nil, 1, true},
		{"a terminal reads it", "VASTRELAY_TUNNEL", func(_ *testing.T, w *world) { w.env["VASTRELAY_TUNNEL"] = "carrier-pigeon" }, []string{"--headless"}, 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.prepare(t, w)
			var said lockedBuffer
			var told []health.Problem
			code := app.Run(t.Context(), app.Invocation{
				Args: append([]string{"--data-dir", w.dir}, tt.args...), Getenv: func(name string) string { return w.env[name] }, Stdout: &said, Stderr: &said,
				Window: func(context.Context, app.Desktop, bool) error { t.Error("got a window"); return nil },
				Tell:   func(_ context.Context, p health.Problem, _ func()) { told = append(told, p) },
			})
			if code != tt.code || !strings.Contains(said.String(), tt.says) || (len(told) == 1) != tt.shown {
				t.Fatalf("got exit code %d, %q and %+v shown, want %d, and it shown: %v", code, &said, told, tt.code, tt.shown)
			}
			if tt.shown && (!strings.Contains(told[0].Cause.String(), tt.says) || told[0].Headline.IsZero() || told[0].Next.IsZero()) {
				t.Errorf("got %+v, want what is wrong and what to do", told[0])
			}
		})
	}
}

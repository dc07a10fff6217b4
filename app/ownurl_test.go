package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// programVariable names a built program to measure and to kill in place of the
// test binary, which holds the same code beside that of the tests.
const programVariable = "VASTRELAY_TEST_PROGRAM"

// ownHost is the public name of a program that is reached without a tunnel.
const ownHost = "relay.vastrelay.example"

// newOwnURLWorld is a world without ngrok: the program serves listen, and
// Vast.ai finds it there under a public name. The public name cannot be
// checked from here, so a test of Vast.ai proves it.
func newOwnURLWorld(t testing.TB, vast vasttest.Options, chat chattest.Options) (w *world, listen string) {
	t.Helper()
	w = &world{vast: vasttest.New(vast), chat: chattest.New(chat), dir: filepath.Join(t.TempDir(), "data")}
	t.Cleanup(w.chat.Close)
	t.Cleanup(w.vast.Close)
	w.account = w.vast.AddAccount(vastKey)
	listen = freeAddress(t)
	w.vast.MapHost(ownHost, "http://"+listen)
	url := w.chat.SpaceURL(space)
	host, _, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	w.env = map[string]string{
		"VAST_API_KEY": vastKey, "GOOGLE_CHAT_URL": url, "VAST_URL": w.vast.URL(), "VASTRELAY_CHAT_HOSTS": host,
		"VASTRELAY_TUNNEL": "url", "VASTRELAY_PUBLIC_URL": "https://" + ownHost, "VASTRELAY_LISTEN": listen,
		"VASTRELAY_PUBLIC_CONNECT": "127.0.0.1:9", // the discard port: refused at once
	}
	return w, listen
}

// bare starts the program without anything around it that costs time, and
// returns a channel that is closed once it has ended. wrap, when given, is a
// command line that runs what follows it.
func (w *world) bare(t testing.TB, said *lockedBuffer, wrap []string, args ...string) (*exec.Cmd, <-chan struct{}) {
	t.Helper()
	program := os.Getenv(programVariable)
	if program == "" {
		program = os.Args[0]
	}
	line := append(append(wrap, program, "--headless", "--data-dir", w.dir), args...)
	cmd := exec.Command(line[0], line[1:]...) //nolint:gosec // The program under test.
	cmd.Env = []string{childMark + "=1", "HOME=" + filepath.Dir(w.dir), "PATH=" + os.Getenv("PATH")}
	for name, value := range w.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-done })
	return cmd, done
}

// listens waits until the program at address answers its health page, and
// reports false when ctx ends first.
func listens(ctx context.Context, address string) bool {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/health", http.NoBody)
		if err != nil {
			return false
		}
		resp, err := client.Do(r)
		if err == nil {
			_ = resp.Body.Close()
			return resp.StatusCode == http.StatusOK
		}
		if opErr := (*net.OpError)(nil); !errors.As(err, &opErr) {
			return false
		}
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Millisecond): // another process is being watched; there is nothing to wait on
		}
	}
	return false
}

// relaying waits until the program whose status page is at address relays.
func relaying(t testing.TB, address string, said *lockedBuffer) {
	t.Helper()
	var s status.Status
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if resp, err := http.Get("http://" + address + "/status"); err == nil {
			err = json.NewDecoder(resp.Body).Decode(&s)
			_ = resp.Body.Close()
			if err == nil && s.Phase == status.Relaying {
				return
			}
		}
	}
	t.Fatalf("not relaying within %v, but %s: %s\n%s", patience, s.Phase, s.Headline, said)
}

func TestRefusalsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	w, listen := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
	c := w.start(t, nil)
	c.reach(status.Relaying)
	for range 3 {
		resp, err := http.Post("http://"+listen+relay.RoleClient.Path(), "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Fatalf("got %s for a request without a signature, want 401", resp.Status)
		}
	}
	resp, err := http.Get(c.status)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var page struct {
		Counters relay.Counters
		Refusals []relay.Refusal
	}
	if err := json.NewDecoder(resp.Body).Decode(&page); err != nil {
		t.Fatal(err)
	}
	if n := page.Counters.Refused[relay.CodeMissingSignature]; n != 3 || len(page.Refusals) != 3 || page.Refusals[2].Code != relay.CodeMissingSignature {
		t.Errorf("got %d refused and %+v, want all three, with no event to bring them up", n, page.Refusals)
	}
}

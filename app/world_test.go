package app_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"vastrelay/app"
	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/relay/tunnel/cloudflared/cloudflaredtest"
	"vastrelay/relay/tunnel/ngrok/ngroktest"
	"vastrelay/relay/winetest"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

// childMark makes the test binary run the program itself, so that a test can
// kill it as a power cut would.
const childMark = "VASTRELAY_TEST_CHILD"

func TestMain(m *testing.M) {
	if runtime.GOOS != "linux" { // where keyrings are reached without a bus
		keyring.MockInitWithError(keyring.ErrUnsupportedPlatform)
	}
	if cloudflaredtest.Called() {
		os.Exit(cloudflaredtest.Main())
	}
	if os.Getenv(childMark) != "" {
		os.Exit(app.Main(os.Args[1:], nil, nil, nil))
	}
	// The person's own keyring and desktop are not to be touched: a program
	// that runs inside this process finds no bus.
	_ = os.Unsetenv("DBUS_SESSION_BUS_ADDRESS")
	_ = os.Setenv("XDG_RUNTIME_DIR", filepath.Join(os.TempDir(), "no-runtime-folder"))
	// Each test mostly waits, for processes and for the pace of Vast.ai's API;
	// -parallel on the command line still wins.
	_ = flag.Set("test.parallel", "24")
	code := m.Run()
	_ = os.RemoveAll(builtFolder())
	os.Exit(code)
}

// builtFolder is where tests build the programs that they start, once for all of them.
// TestMain removes it.
func builtFolder() string {
	return filepath.Join(os.TempDir(), fmt.Sprintf("vastrelay-built-%d", os.Getpid()))
}

// The credentials of the world. None may turn up where it does not belong.
const (
	vastKey    = "planted-vast-key-7f3a9c2e51d8"
	ngrokToken = "2PlantedNgrokToken_9Xk4Wq7Zr1Vb"
	space      = "AAAAplanted"
	publicHost = "relay-test.ngrok-free.app"
)

// slowSuite reports whether tests run in their long form: "make slow" does that.
// The quick suite runs a short form of the same.
func slowSuite() bool { return os.Getenv("VASTRELAY_SLOW") == "1" }

// patience bounds every wait of a test; nothing is expected to come near it.
const patience = 60 * time.Second

// world is everything outside the program: Vast.ai, ngrok and Google Chat.
type world struct {
	vast    *vasttest.Server
	chat    *chattest.Server
	edge    *ngroktest.Edge
	account int64
	dir     string // the program's data folder
	env     map[string]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	edge, err := ngroktest.New(ngroktest.Options{Token: ngrokToken, Host: publicHost})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = edge.Close() })
	w := newWorldBehind(t, edge.CAs(), edge.PublicAddr(), edge.CAPEM())
	w.edge = edge
	w.env["NGROK_AUTHTOKEN"], w.env["VASTRELAY_NGROK_CONNECT_URL"] = ngrokToken, edge.ConnectURL()
	return w
}

// newWorldBehind is a world without a tunnel yet. Vast.ai finds every address at
// public, whose certificate roots, and pem, cover.
func newWorldBehind(t *testing.T, roots *x509.CertPool, public string, pem []byte) *world {
	t.Helper()
	chat := chattest.New(chattest.Options{})
	t.Cleanup(chat.Close)
	dialer := &net.Dialer{}
	vast := vasttest.New(vasttest.Options{
		RootCAs: roots,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if at, err := netip.ParseAddrPort(addr); err == nil && at.Addr().IsLoopback() {
				return dialer.DialContext(ctx, network, addr) // a host that a test has mapped
			}
			return dialer.DialContext(ctx, network, public)
		},
	})
	t.Cleanup(vast.Close)
	w := &world{vast: vast, chat: chat, account: vast.AddAccount(vastKey), dir: dataFolder(t)}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	url := chat.SpaceURL(space)
	host, _, _ := strings.Cut(strings.TrimPrefix(url, "http://"), "/")
	w.env = map[string]string{
		"VAST_API_KEY": vastKey, "GOOGLE_CHAT_URL": url, "VAST_URL": vast.URL(),
		"VASTRELAY_NGROK_CA": ca, "VASTRELAY_CHAT_HOSTS": host, "VASTRELAY_PUBLIC_CONNECT": public,
	}
	return w
}

// dataFolder makes a data folder for a program in this process.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	closeCrashFile(t)
	return dir
}

// closeCrashFile has the crash file closed at the end of a test, before the folders are
// removed that the test has made by then. A program in this process keeps it open until
// the process ends, and Windows removes no folder with an open file.
func closeCrashFile(t *testing.T) {
	t.Helper()
	t.Cleanup(func() { _ = debug.SetCrashOutput(nil, debug.CrashOptions{}) })
}

// hooks lists the webhooks at Vast.ai.
func (w *world) hooks() []vastapi.Webhook { return w.vast.Webhooks(w.account) }

// client is somebody else who uses the same API key.
func (w *world) client(t *testing.T) *vastapi.Client {
	t.Helper()
	client, err := vastapi.New(vastapi.Options{BaseURL: w.vast.URL(), Key: vastapi.NewKey(vastKey), Gap: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// emit sends one event and fails the test unless the relay took it.
func (w *world) emit(t *testing.T, e vasttest.Emission) string {
	t.Helper()
	if e.Type == "" {
		e.Type = "client:outbid"
	}
	sent, err := w.vast.Emit(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(sent.Deliveries, func(d vasttest.Delivery) bool { return d.Status == http.StatusNoContent }) {
		t.Fatalf("got deliveries %+v, want one answered 204", sent.Deliveries)
	}
	return sent.EventID
}

// texts returns what stands in the space, as one string per message.
func (w *world) texts() []string {
	var texts []string
	for _, m := range w.chat.Messages(space) {
		texts = append(texts, string(m.Body))
	}
	return texts
}

// count says how many messages of the space hold part.
func (w *world) count(part string) int {
	n := 0
	for _, text := range w.texts() {
		if strings.Contains(text, part) {
			n++
		}
	}
	return n
}

// eventually waits until ok holds; what says what was hoped for.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for pause := firstPause; !ok(); pause = longer(pause) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", patience, what)
		}
		time.Sleep(pause) // another process is being watched; there is nothing to wait on
	}
}

// A test asks another process often at first and then less often: asking costs
// both of them processor time.
const (
	firstPause   = 5 * time.Millisecond
	longestPause = 200 * time.Millisecond
)

// longer is how long to wait before the next question after a wait of pause.
func longer(pause time.Duration) time.Duration { return min(pause*5/4, longestPause) }

// child is the program, running headless in a process of its own.
type child struct {
	t      *testing.T
	cmd    *exec.Cmd
	status string // URL of the status page
	stderr *lockedBuffer
	done   chan struct{}
	code   int
}

// start starts the program against the world. change alters its environment.
func (w *world) start(t *testing.T, change map[string]string, args ...string) *child {
	t.Helper()
	return w.startAs(t, change, nil, args...)
}

// startAs is start with the command changed by alter just before it runs.
func (w *world) startAs(t *testing.T, change map[string]string, alter func(*exec.Cmd), args ...string) *child {
	t.Helper()
	address := freeAddress(t)
	args = append([]string{"--headless", "--data-dir", w.dir, "--status-addr", address, "--log-level", "debug"}, args...)
	cmd := exec.Command(os.Args[0], args...) //nolint:gosec // The test binary itself.
	cmd.Env = []string{childMark + "=1", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH")}
	for name, value := range w.env {
		if v, ok := change[name]; ok {
			value = v
		}
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	for name, value := range change {
		if _, ok := w.env[name]; !ok {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	c := &child{t: t, cmd: cmd, status: "http://" + address + "/status", stderr: &lockedBuffer{}, done: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = c.stderr, c.stderr
	separate(cmd)
	if alter != nil {
		alter(cmd)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.done)
		var exit *exec.ExitError
		if err := cmd.Wait(); errors.As(err, &exit) {
			c.code = exit.ExitCode()
		}
	}()
	t.Cleanup(func() {
		c.kill()
		if t.Failed() {
			t.Logf("the program said:\n%s", c.stderr)
		}
	})
	return c
}

// kill ends the program as a power cut would.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	<-c.done
}

// stop asks the program to stop, and returns its exit code and how long it took.
func (c *child) stop() (code int, took time.Duration) {
	c.t.Helper()
	winetest.Needs(c.t, winetest.ConsoleEvents)
	began := time.Now()
	if err := askToStop(c.cmd.Process); err != nil {
		c.t.Fatal(err)
	}
	c.wait()
	return c.code, time.Since(began)
}

// wait waits until the program has ended.
func (c *child) wait() {
	c.t.Helper()
	select {
	case <-c.done:
	case <-time.After(patience):
		c.t.Fatal("the program did not end")
	}
}

// snapshot reads /status; ok is false while it is not served.
func (c *child) snapshot() (s status.Status, ok bool) {
	resp, err := http.Get(c.status)
	if err != nil {
		return s, false
	}
	defer func() { _ = resp.Body.Close() }()
	return s, json.NewDecoder(resp.Body).Decode(&s) == nil
}

// reach waits until the program is in phase.
func (c *child) reach(phase status.Phase) status.Status {
	c.t.Helper()
	var s status.Status
	deadline := time.Now().Add(patience)
	for pause := firstPause; ; pause = longer(pause) {
		var ok bool
		if s, ok = c.snapshot(); ok && s.Phase == phase {
			return s
		}
		select {
		case <-c.done:
			c.t.Fatalf("the program ended with code %d before it was %s:\n%s", c.code, phase, c.stderr)
		case <-time.After(pause):
		}
		if time.Now().After(deadline) {
			c.t.Fatalf("not %s within %v, but %s: %s %s", phase, patience, s.Phase, s.Headline, s.Cause)
		}
	}
}

// lastPort walks through the ports below those that systems give out by
// themselves. Each run begins elsewhere, since others may be under way.
var lastPort = func() *atomic.Uint64 {
	var p atomic.Uint64
	p.Store(rand.Uint64() >> 1)
	return &p
}()

// freeAddress returns a loopback host:port that nobody else comes by before the
// program listens there: a port that the system chose, it may choose again.
func freeAddress(t testing.TB) string {
	t.Helper()
	for range 1 << 14 {
		address := fmt.Sprintf("127.0.0.1:%d", 1<<14+lastPort.Add(1)%(1<<14))
		if l, err := net.Listen("tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no port is free")
	return ""
}

// lockedBuffer is a buffer that a process writes while a test reads.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// desktop runs the program in this process with drive as its window, as a
// person with a mouse would use it, and returns after both have ended.
func (w *world) desktop(t *testing.T, without []string, drive func(ctx context.Context, d app.Desktop)) (code int, stderr string) {
	t.Helper()
	var said lockedBuffer
	closeCrashFile(t) // in whatever folder the test has chosen meanwhile
	getenv := func(name string) string {
		if slices.Contains(without, name) {
			return ""
		}
		return w.env[name]
	}
	code = app.Run(t.Context(), app.Invocation{
		Args: []string{"--data-dir", w.dir, "--log-level", "debug"}, Getenv: getenv, Stdout: &said, Stderr: &said,
		Window: func(ctx context.Context, d app.Desktop, _ bool) error {
			drive(ctx, d)
			return nil
		},
	})
	return code, said.String()
}

// await waits until the program's status is as hoped.
func await(t *testing.T, d app.Desktop, what string, ok func(status.Status) bool) status.Status {
	t.Helper()
	changed := make(chan struct{}, 1)
	stop := d.Bridge.Watch(func(status.Change) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer stop()
	timeout := time.After(patience)
	for {
		s := d.Bridge.Status()
		if ok(s) {
			return s
		}
		select {
		case <-changed:
		case <-timeout:
			t.Errorf("not within %v: %s; it is %s: %s %s", patience, what, s.Phase, s.Headline, s.Cause)
			return s
		}
	}
}

func inPhase(phase status.Phase) func(status.Status) bool {
	return func(s status.Status) bool { return s.Phase == phase }
}

// delivery is one signed request, made by hand.
func (w *world) delivery(ctx context.Context, hook vastapi.Webhook, secret, body string) (status int, err error) {
	r, err := signed(ctx, hook.URL, secret, body, time.Now())
	if err != nil {
		return 0, err
	}
	client := w.edge.Client()
	resp, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	_ = resp.Body.Close()
	return resp.StatusCode, nil
}

func orFail(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// log is what the log file holds.
func (w *world) log(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(w.dir, "vastrelay.log"))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

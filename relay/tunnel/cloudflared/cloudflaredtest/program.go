package cloudflaredtest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Fault is something that goes wrong from the start of the program on.
type Fault string

// The faults.
const (
	RateLimited Fault = "rate_limited" // the service of quick tunnels answers 429; exit 1 at once
	Offline     Fault = "offline"      // there is no network; exit 1 at once for a quick tunnel
	Hanging     Fault = "hanging"      // lives, says nothing and answers nothing
	Stubborn    Fault = "stubborn"     // works, and does not end when it is asked to
	Garbage     Fault = "garbage"      // works, and writes what is no log
	Leaking     Fault = "leaking"      // works, and logs its token, which the real one never does
	Chatty      Fault = "chatty"       // works, and logs ManyLines lines once it does
	Old         Fault = "old"          // does not know --output
)

// What a Chatty program logs.
const (
	ManyLines  = 2000
	LastOfMany = "the last of many lines"
)

// Behaviour says how the program behaves at its next start.
type Behaviour struct {
	Host  string `json:"host"`            // the name of a quick tunnel
	Edge  string `json:"edge,omitempty"`  // host:port at which the public reaches the tunnel; empty: nowhere
	Token string `json:"token,omitempty"` // the only token that is accepted; empty: each that can be read
	Fault Fault  `json:"fault,omitempty"`
}

// Token returns a token of a named tunnel, with secret in it.
func Token(secret string) string {
	text, _ := json.Marshal(map[string]string{
		"a": "0123456789abcdef0123456789abcdef", "t": "5c1b2f9e-1111-4222-8333-444455556666",
		"s": base64.StdEncoding.EncodeToString([]byte(secret)),
	})
	return base64.StdEncoding.EncodeToString(text)
}

// Program is an installed stand-in.
type Program struct {
	testing.TB
	Path string // of the executable
}

// The files beside the executable.
const (
	behaviourFile = "behaviour.json"
	startsFile    = "starts.jsonl"
)

// FileName is what a file must be called that is to be started as cloudflared.
func FileName() string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// Install puts the program into a folder of its own.
func Install(t testing.TB, b Behaviour) *Program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &Program{TB: t, Path: filepath.Join(t.TempDir(), FileName())}
	put := os.Symlink
	if runtime.GOOS == "windows" { // where few may make links
		put = copyFile
	}
	if err := put(self, p.Path); err != nil {
		t.Fatal(err)
	}
	p.Set(b)
	return p
}

// copyFile copies a program.
func copyFile(from, to string) error {
	content, err := os.ReadFile(from) // #nosec G304 -- the test binary itself
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o700) // #nosec G306 -- a program
}

// Set changes how the program behaves from its next start on.
func (p *Program) Set(b Behaviour) {
	p.Helper()
	text, err := json.Marshal(b)
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(p.Path), behaviourFile), text, 0o600)
	}
	if err != nil {
		p.Fatal(err)
	}
}

// Start is one start of the program, as the program itself saw it.
type Start struct {
	PID     int
	Args    []string
	Env     []string
	Config  string // what the configuration file held
	Metrics string // host:port
}

// Starts lists the starts so far.
func (p *Program) Starts() []Start {
	p.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(p.Path), startsFile))
	if err != nil {
		return nil // it was not started yet
	}
	var starts []Start
	for line := range bytes.Lines(text) {
		var s Start
		if json.Unmarshal(line, &s) != nil {
			return starts // it is being written
		}
		starts = append(starts, s)
	}
	return starts
}

// patience bounds every wait; none takes that long unless a test fails.
const patience = 30 * time.Second

// AwaitStart waits for the n-th start, counted from 1.
func (p *Program) AwaitStart(n int) Start {
	p.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) { // a process announces itself in no other way
		if starts := p.Starts(); len(starts) >= n {
			return starts[n-1]
		}
		if time.Now().After(deadline) {
			p.Fatalf("the program was not started %d times", n)
		}
	}
}

// Lose cuts the connection of a running program to Cloudflare, or restores it.
func (p *Program) Lose(s Start, lost bool) {
	p.Helper()
	p.control(s, "lose", url.Values{"lost": {strconv.FormatBool(lost)}})
}

// Say makes a running program write a line.
func (p *Program) Say(s Start, line string) {
	p.Helper()
	p.control(s, "say", url.Values{"line": {line}})
}

// Exit makes a running program end with that code, after a last line.
func (p *Program) Exit(s Start, code int, line string) {
	p.Helper()
	p.control(s, "exit", url.Values{"code": {strconv.Itoa(code)}, "line": {line}})
}

func (p *Program) control(s Start, what string, values url.Values) {
	p.Helper()
	resp, err := http.Post("http://"+s.Metrics+controlPath+what, "application/x-www-form-urlencoded", strings.NewReader(values.Encode())) //nolint:noctx // loopback, in a test
	if err != nil {
		p.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusNoContent {
		p.Fatalf("%s: got %s", what, resp.Status)
	}
}

// Hold connects to a running program. The returned function waits until the
// program is gone, which ends the connection.
func (p *Program) Hold(s Start) (awaitEnd func()) {
	p.Helper()
	conn, err := net.Dial("tcp", s.Metrics) //nolint:noctx // loopback, in a test
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { _ = conn.Close() })
	return func() {
		p.Helper()
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if _, err := conn.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
			p.Fatalf("the program with the process id %d still runs: %v", s.PID, err)
		}
	}
}

package replay

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/intake"
)

// kept is a store that keeps what is accepted.
type kept struct{ events []relay.Event }

func (k *kept) Accept(_ context.Context, ev relay.Event) (bool, error) {
	k.events = append(k.events, ev)
	return true, nil
}

func (k *kept) Keep(_ context.Context, ev relay.Event, _ relay.Verdict) (bool, error) {
	k.events = append(k.events, ev)
	return true, nil
}

func (k *kept) Known(context.Context, relay.Event) (bool, error) { return false, nil }

// commandCases are events whose commands are run.
func commandCases() map[string]relay.Event {
	event := func(body string, headers ...relay.Header) relay.Event {
		return relay.Event{ID: "ev-1", Role: relay.RoleClient, Payload: []byte(body), Headers: headers}
	}
	host := event(`{"event_id":"ev-1"}`)
	host.Role = relay.RoleHost
	return map[string]relay.Event{
		"as Vast.ai sends it":           event(`{"event_id":"ev-1","subject":"It's out; bid $0.30 \"again\""}`, relay.Header{Name: "User-Agent", Value: "Vast.ai/1.0"}),
		"on several lines":              event("{\n  \"event_id\": \"ev-1\"\n}\n"),
		"for hosts":                     host,
		"with everything of a shell":    event("{\"event_id\":\"ev-1\",\"x\":\"$(touch /tmp/x) `id` '; exit 1; '\\''  !! ${HOME} %s %d \\\\n & | > < * ? ~ #\"}"),
		"with other alphabets":          event(`{"event_id":"ev-1","x":"Gerät 東京 🙂"}`),
		"with bytes that are no text":   event("\xff\xfe\x00\x01 %s \\ ' not JSON"),
		"with what a terminal acts on":  event("{\"event_id\":\"ev-1\",\"x\":\"\u200b\u202e\u009b31m\"}"),
		"with a carriage return":        event("{\"event_id\":\"ev-1\"}\r\n"),
		"beginning like a file of curl": event("@/etc/passwd"),
		"beginning like an option":      event("-n"),
		"like an option, unprintable":   event("-\x060"),
		"without a body":                event(""),
		"with headers that would hurt": event(
			`{"event_id":"ev-1"}`, relay.Header{Name: "@/etc/passwd", Value: "x"}, relay.Header{Name: "X-Vast-A", Value: "a'; exit 1; '"},
			relay.Header{Name: "Content-Length", Value: "7"}, relay.Header{Name: "X-Vast-Signature-256", Value: "sha256=0"},
			relay.Header{Name: "X-Vast-Timestamp", Value: "1"}, relay.Header{Name: "X-Vast-B", Value: "a\nInjected: yes"},
		),
		"with a large body": event(`{"event_id":"ev-1","x":"` + strings.Repeat("y", 300_000) + `"}`),
	}
}

// TestTheCommandIsTakenAsADeliveryOfVast pastes the command into a shell, with the
// real receiver at the other end.
func TestTheCommandIsTakenAsADeliveryOfVast(t *testing.T) {
	for _, need := range []string{"sh", "curl"} {
		if _, err := exec.LookPath(need); err != nil {
			t.Skipf("%s is not there", need)
		}
	}
	for name, ev := range commandCases() {
		t.Run(name, func(t *testing.T) {
			secret, store := Secret(), &kept{}
			verifier := intake.NewVerifier()
			for _, role := range relay.Roles() {
				verifier.AddSecret(role, relay.NewSecret(secret))
			}
			receiver := intake.NewReceiver(intake.Options{Store: store, Verifier: verifier})
			var injected bool
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				injected = injected || r.Header.Get("Injected") != ""
				receiver.ServeHTTP(w, r)
			}))
			defer server.Close()
			command := strings.Replace(Command(POSIX, ev, secret, time.Now()), target, server.URL, 1)
			shell := exec.CommandContext(t.Context(), "sh")
			shell.Stdin = strings.NewReader(command + "echo end of the script\n")
			shell.Env = append(os.Environ(), "http_proxy=http://127.0.0.1:9", "no_proxy=", "NO_PROXY=") // where nothing listens
			out, err := shell.CombinedOutput()
			if err != nil || !bytes.HasSuffix(out, []byte("end of the script\n")) {
				t.Fatalf("the shell says %q, %v\n%.2000s", out, err, command)
			}
			if len(store.events) != 1 || !bytes.Equal(store.events[0].Payload, ev.Payload) || store.events[0].Role != ev.Role || injected {
				t.Errorf("arrived %+v, another header: %v; the shell says %q", store.events, injected, out)
			}
		})
	}
}

func TestTheCommandSaysWhatItsSecretIs(t *testing.T) {
	at := time.Date(2026, 11, 21, 14, 2, 0, 0, time.Local)
	got := Command(POSIX, relay.Event{ID: "ev-1", Role: relay.RoleClient, Payload: []byte("{}")}, "replay-ABC", at)
	for _, want := range []string{"throw-away secret", "VAST_WEBHOOK_SECRET=replay-ABC", "until 14:07", "'http://127.0.0.1:8787/vast/client'", "'X-Vast-Event-Id: ev-1'", "'Content-Type: application/json'"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if a, b := Secret(), Secret(); a == b || len(a) < 20 {
		t.Errorf("got the secrets %q and %q, want two that nobody guesses", a, b)
	}
}

// FuzzPrinted prints bytes in a shell and looks whether they come back.
func FuzzPrinted(f *testing.F) {
	for _, ev := range commandCases() {
		if len(ev.Payload) < 1000 {
			f.Add(ev.Payload)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) > 2000 {
			t.Skip()
		}
		shell := exec.CommandContext(t.Context(), "sh")
		shell.Stdin = strings.NewReader("printf " + printed(body) + "\n")
		pipe, err := shell.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := shell.Start(); err != nil {
			t.Skip(err)
		}
		got, _ := io.ReadAll(pipe)
		if err := shell.Wait(); err != nil || !bytes.Equal(got, body) {
			t.Errorf("got %q, %v; want %q", got, err, body)
		}
	})
}

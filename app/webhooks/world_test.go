package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"

	"vastrelay/app/secrets"
	"vastrelay/relay"
	"vastrelay/relay/intake"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

const (
	testKey      = "key-of-the-tests"
	installation = "ab12cd34"
)

// world is everything that outlives a crash of the program, with the Vast.ai
// stand-in.
type world struct {
	t       *testing.T
	vast    *vasttest.Server
	account int64
	api     *vastapi.Client
	vault   *testVault
	file    *memoryFile
	gate    *testGate
}

func newWorld(t *testing.T) *world {
	t.Helper()
	vast := vasttest.New(vasttest.Options{InMemory: true})
	t.Cleanup(vast.Close)
	w := &world{t: t, vast: vast, vault: &testVault{Memory: secrets.NewMemory()}, file: &memoryFile{}}
	w.account = vast.AddAccount(testKey)
	api, err := vastapi.New(vastapi.Options{BaseURL: vast.URL(), Key: vastapi.NewKey(testKey), Transport: vast.Transport(), Gap: -1})
	if err != nil {
		t.Fatal(err)
	}
	w.api = api
	w.restart()
	return w
}

// restart forgets what only a running program knows.
func (w *world) restart() { w.gate = &testGate{secret: map[relay.Role]string{}} }

// executor is the executor of a fresh start.
func (w *world) executor() *Executor {
	return New(Options{API: w.api, Secrets: w.vault, Records: w.file, Gate: w.gate})
}

// want is a desired client webhook at the origin.
func want(origin string) Desired { return wantOf(relay.RoleClient, origin, "client:outbid") }

func wantOf(role relay.Role, origin string, types ...string) Desired {
	return Desired{
		Role: role, URL: origin + role.Path(), Types: types,
		Name: Name("desk", installation, role), InstallationID: installation,
	}
}

// ensure runs a fresh executor and fails on an error.
func (w *world) ensure(desired ...Desired) []Result {
	w.t.Helper()
	results, err := w.executor().Ensure(w.t.Context(), desired)
	if err != nil {
		w.t.Fatalf("Ensure: %v", err)
	}
	return results
}

// healthy fails unless each desired role has exactly one webhook of ours, as
// it should be, whose secret is stored and known to the gate, with no intent
// left.
func (w *world) healthy(desired ...Desired) {
	w.t.Helper()
	listed := w.vast.Webhooks(w.account)
	records, _ := w.file.Load()
	for _, d := range desired {
		var ours []vastapi.Webhook
		for _, h := range listed {
			if h.URL == d.URL || carries(h.Name, installation, d.Role) {
				ours = append(ours, h)
			}
		}
		if len(ours) != 1 {
			w.t.Fatalf("%s: got %d webhooks of ours, want 1: %+v", d.Role, len(ours), ours)
		}
		hook := ours[0]
		if hook.URL != d.URL || !slices.Equal(hook.EventTypes, d.Types) || hook.Name != d.Name {
			w.t.Errorf("%s: got webhook %+v, want %+v", d.Role, hook, d)
		}
		r := records[d.Role]
		if r.ID != hook.ID || r.Intent != nil || r.URL != d.URL {
			w.t.Errorf("%s: got record %+v with intent %+v for webhook %d", d.Role, r, r.Intent, hook.ID)
		}
		secret := w.vast.Secret(hook.ID)
		kept, err := w.vault.Get(context.Background(), secrets.WebhookSecret(hook.ID))
		if err != nil || kept.Reveal() != secret {
			w.t.Errorf("%s: the stored secret is not the server's (%v)", d.Role, err)
		}
		if w.gate.secret[d.Role] != secret {
			w.t.Errorf("%s: deaf: the receiver does not know the server's secret", d.Role)
		}
	}
}

// mutations counts the calls since the last ForgetCalls that may change
// something.
func (w *world) mutations() int {
	count := 0
	for _, c := range w.vast.Calls() {
		if c.Method != "GET" {
			count++
		}
	}
	return count
}

// memoryFile keeps records as their JSON, as a disk would.
type memoryFile struct {
	mu      sync.Mutex
	content []byte
	saveErr error
	loadErr error
	saves   int
}

func (f *memoryFile) Load() (Records, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.loadErr != nil {
		err := f.loadErr
		f.loadErr = nil
		return nil, err
	}
	var r Records
	if f.content == nil {
		return nil, nil
	}
	err := json.Unmarshal(f.content, &r)
	return r, err
}

func (f *memoryFile) Save(r Records) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.saveErr != nil {
		return f.saveErr
	}
	if r == nil {
		return errors.New("a nil map is no JSON object")
	}
	content, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f.content = content
	f.saves++
	return nil
}

// testVault is a vault with faults.
type testVault struct {
	*secrets.Memory
	getErr, setErr error
	altered        bool // keeps something else than it was given
}

func (v *testVault) Get(ctx context.Context, name string) (relay.Secret, error) {
	if v.getErr != nil {
		return relay.Secret{}, v.getErr
	}
	return v.Memory.Get(ctx, name)
}

func (v *testVault) Set(ctx context.Context, name string, s relay.Secret) error {
	if v.setErr != nil {
		return v.setErr
	}
	if v.altered {
		s = relay.NewSecret(s.Reveal()[1:])
	}
	return v.Memory.Set(ctx, name, s)
}

// testGate remembers what it was told.
type testGate struct {
	secret map[relay.Role]string
	told   []string
	hook   func(what string)
}

func (g *testGate) tell(what string, role relay.Role) {
	g.told = append(g.told, what+" "+string(role))
	if g.hook != nil {
		g.hook(what)
	}
}

func (g *testGate) Expect(role relay.Role)        { g.tell("expect", role) }
func (g *testGate) RotateStarted(role relay.Role) { g.tell("rotate started", role) }
func (g *testGate) RotateEnded(role relay.Role)   { g.tell("rotate ended", role) }

func (g *testGate) Forget(role relay.Role) {
	g.tell("forget", role)
	delete(g.secret, role)
}

func (g *testGate) SecretLoaded(role relay.Role, s relay.Secret) {
	g.secret[role] = s.Reveal()
	g.tell("secret loaded", role)
}

// The receiver's verifier is a Gate, and the client an API.
var (
	_ Gate = (*intake.Verifier)(nil)
	_ API  = (*vastapi.Client)(nil)
)

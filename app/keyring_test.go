package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"testing"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/relay"
)

// backend is a system keyring in memory, in a state that the test chooses.
type backend struct {
	mu      sync.Mutex
	state   secrets.State
	full    error // storing fails with it
	entries map[string]string
}

func (b *backend) set(change func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	change()
}

func (b *backend) kept() map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return maps.Clone(b.entries)
}

func (b *backend) Look(context.Context) (secrets.State, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state, nil
}

func (b *backend) Stored(context.Context, string) (bool, error) { return len(b.kept()) > 0, nil }

func (b *backend) Get(_, name string) (string, error) {
	value, ok := b.kept()[name]
	if !ok {
		return "", secrets.ErrNotFound
	}
	return value, nil
}

func (b *backend) Set(_, name, value string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.full == nil {
		b.entries[name] = value
	}
	return b.full
}

func (b *backend) Delete(_, name string) error {
	b.set(func() { delete(b.entries, name) })
	return nil
}

func (b *backend) Unlock(context.Context) error {
	b.set(func() { b.state = secrets.Ready })
	return nil
}

func TestEveryStateOfTheKeyringHasAButton(t *testing.T) {
	tests := map[secrets.State]health.Action{
		secrets.Ready: health.ActionNone, secrets.Locked: health.ActionUnlockKeyring,
		secrets.NoCollection: health.ActionCreateKeyring, secrets.Unavailable: health.ActionRetry,
	}
	for state, action := range tests {
		k := secrets.NewKeyring(secrets.KeyringOptions{Backend: &backend{state: state, entries: map[string]string{"stored": "x"}}})
		got := systemKeyring{secrets.NewFallback(k, false)}.Look(t.Context())
		if got.State != string(state) || got.Words.IsZero() || got.Action != action || (action.Label() == "") != state.Usable() {
			t.Errorf("%s: got %+v, want action %q", state, got, action)
		}
	}
}

func TestAKeyringThatComesLate(t *testing.T) {
	const pasted, stored = "pasted in this run", "stored in an earlier run"
	keyring := &backend{state: secrets.Unavailable, entries: map[string]string{secrets.NameNgrokToken: stored}}
	v, err := chooseVault(t.Context(), flags{}, t.TempDir(), config.Env{}, secrets.KeyringOptions{Backend: keyring, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	want := func(name, value string) {
		t.Helper()
		s, err := v.Get(t.Context(), name)
		if value == "" && !errors.Is(err, secrets.ErrNotFound) || value != "" && s.Reveal() != value {
			t.Errorf("%s: got %q, %v, want %q", name, s.Reveal(), err, value)
		}
	}
	if err := v.Set(t.Context(), secrets.NameVastKey, relay.NewSecret(pasted)); err != nil {
		t.Fatal(err)
	}
	want(secrets.NameVastKey, pasted)
	want(secrets.NameNgrokToken, "")
	if got := v.keyring.Look(t.Context()); got.State != string(secrets.Unavailable) || got.Action != health.ActionNone {
		t.Errorf("got %+v, want nothing to stand in the way of relaying", got)
	}
	var state *secrets.StateError
	if err := v.keyring.Unlock(t.Context()); !errors.As(err, &state) || state.State != secrets.Unavailable {
		t.Errorf("got %v, want to be told that there is none yet", err)
	}

	keyring.set(func() { keyring.state, keyring.full = secrets.Locked, errors.New("full") })
	if err := v.keyring.Unlock(t.Context()); err == nil || !v.ephemeral() {
		t.Errorf("got %v, ephemeral %v, want nothing lost to a keyring that takes nothing", err, v.ephemeral())
	}
	want(secrets.NameVastKey, pasted)

	keyring.set(func() { keyring.full = nil })
	if err := v.keyring.Unlock(t.Context()); err != nil || v.ephemeral() {
		t.Fatalf("got %v, ephemeral %v, want the keyring taken", err, v.ephemeral())
	}
	want(secrets.NameVastKey, pasted)
	want(secrets.NameNgrokToken, stored)
	if got := keyring.kept()[secrets.NameVastKey]; got != pasted {
		t.Errorf("got %q in the keyring, want what was pasted before it came", got)
	}
	if err := v.Delete(t.Context(), secrets.NameNgrokToken); err != nil {
		t.Error(err)
	}
	want(secrets.NameNgrokToken, "")
	keyring.set(func() { keyring.state = secrets.Locked })
	if got := v.keyring.Look(t.Context()); got.Action != health.ActionUnlockKeyring {
		t.Errorf("got %+v, want it unlocked like any other", got)
	}
}

// TestALateKeyringIsMovedIntoByItself looks as the bridge does after the bus
// told that something changed.
func TestALateKeyringIsMovedIntoByItself(t *testing.T) {
	const pasted, stored = "pasted in this run", "stored in an earlier run"
	for _, tt := range []struct {
		name      string
		pasted    bool
		found     secrets.State
		full      error
		ephemeral bool
		action    health.Action
	}{
		{"ready, with what is stored", false, secrets.Ready, nil, false, health.ActionNone},
		{"ready, and takes what was pasted", true, secrets.Ready, nil, false, health.ActionNone},
		{"ready, but takes nothing", true, secrets.Ready, errors.New("full"), true, health.ActionNone},
		{"locked, with nothing in memory to go on with", false, secrets.Locked, nil, true, health.ActionUnlockKeyring},
		{"locked, while memory has what is needed", true, secrets.Locked, nil, true, health.ActionNone},
		{"without a collection", false, secrets.NoCollection, nil, true, health.ActionCreateKeyring},
		{"still not there", false, secrets.Unavailable, nil, true, health.ActionNone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keyring := &backend{state: secrets.Unavailable, entries: map[string]string{secrets.NameNgrokToken: stored}}
			v, err := chooseVault(t.Context(), flags{}, t.TempDir(), config.Env{}, secrets.KeyringOptions{Backend: keyring, Logger: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			if tt.pasted {
				if err := v.Set(t.Context(), secrets.NameVastKey, relay.NewSecret(pasted)); err != nil {
					t.Fatal(err)
				}
			}
			keyring.set(func() { keyring.state, keyring.full = tt.found, tt.full })
			if got := v.keyring.Look(t.Context()); got.Action != tt.action || v.ephemeral() != tt.ephemeral {
				t.Errorf("got %+v, ephemeral %v, want action %q and ephemeral %v", got, v.ephemeral(), tt.action, tt.ephemeral)
			}
			if s, err := v.Get(t.Context(), secrets.NameVastKey); tt.pasted && (err != nil || s.Reveal() != pasted) {
				t.Errorf("got %q, %v, want what was pasted not lost", s.Reveal(), err)
			}
			if s, err := v.Get(t.Context(), secrets.NameNgrokToken); !tt.ephemeral && (err != nil || s.Reveal() != stored) {
				t.Errorf("got %q, %v, want what an earlier run stored", s.Reveal(), err)
			}
		})
	}
}

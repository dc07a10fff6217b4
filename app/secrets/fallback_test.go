package secrets

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"vastrelay/relay"
)

func TestAFallbackKeepsWhatEveryVaultPromises(t *testing.T) {
	for name, inMemory := range map[string]bool{"in the keyring": false, "in memory": true} {
		t.Run(name, func(t *testing.T) {
			exerciseVault(t, NewFallback(NewKeyring(KeyringOptions{Backend: newFake()}), inMemory))
		})
	}
}

// TestAKeyringIsSetAsideUntilItCanBeUsed goes on without a keyring that is there, as a
// person does who cannot or will not unlock it.
func TestAKeyringIsSetAsideUntilItCanBeUsed(t *testing.T) {
	for _, state := range []State{Locked, NoCollection, Unavailable} {
		t.Run(string(state), func(t *testing.T) {
			const stored, pasted = "stored in an earlier run", "pasted in this run"
			fake := newFake()
			fake.entries[Service+"/"+NameNgrokToken] = stored
			var now atomic.Value
			now.Store(state)
			fake.look = func(context.Context) (State, error) { return now.Load().(State), nil }
			f := NewFallback(NewKeyring(KeyringOptions{Backend: fake}), false)
			if got := f.State(t.Context()); got != state || f.InMemory() {
				t.Fatalf("got %s, in memory %v, want the keyring as it is", got, f.InMemory())
			}
			wantState(t, "set", f.Set(t.Context(), NameVastKey, relay.NewSecret(pasted)), state)

			f.KeepInMemory()
			if got := f.State(t.Context()); got != SetAside || !f.InMemory() {
				t.Errorf("got %s, in memory %v, want it set aside", got, f.InMemory())
			}
			if _, err := f.Get(t.Context(), NameNgrokToken); !errors.Is(err, ErrNotFound) {
				t.Errorf("got %v, want nothing of the keyring", err)
			}
			if err := f.Set(t.Context(), NameVastKey, relay.NewSecret(pasted)); err != nil {
				t.Fatal(err)
			}
			if got := fake.calls.Load(); got != 0 {
				t.Errorf("the keyring was called %d times", got)
			}

			now.Store(Ready)
			if got := f.State(t.Context()); got != Ready || f.InMemory() {
				t.Errorf("got %s, in memory %v, want it in use by itself once it is ready", got, f.InMemory())
			}
			for name, want := range map[string]string{NameVastKey: pasted, NameNgrokToken: stored} {
				if s, err := f.Get(t.Context(), name); err != nil || s.Reveal() != want {
					t.Errorf("%s: got %q, %v, want %q", name, s.Reveal(), err, want)
				}
			}
			now.Store(Locked)
			if got := f.State(t.Context()); got != Locked {
				t.Errorf("got %s, want what it is: the choice was for before", got)
			}
		})
	}
}

// TestGoingOnWithoutAKeyringWaitsForNoCall goes on while a call to the keyring hangs.
func TestGoingOnWithoutAKeyringWaitsForNoCall(t *testing.T) {
	fake, hangs, answer := newFake(), make(chan struct{}), make(chan struct{})
	fake.get = func(string) (string, error) {
		close(hangs)
		<-answer
		return "", ErrNotFound
	}
	f := NewFallback(NewKeyring(KeyringOptions{Backend: fake}), false)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := f.Get(Interactive(t.Context()), NameVastKey); !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}()
	<-hangs
	f.KeepInMemory()
	if err := f.Set(t.Context(), NameVastKey, relay.NewSecret("pasted")); err != nil {
		t.Error(err)
	}
	close(answer)
	<-done
}

package app

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/secrets"
	"vastrelay/relay"
)

// handOverLimit bounds the move of all secrets into a keyring.
const handOverLimit = 2 * time.Second

// lateKeyring is the vault of a desktop that had no keyring when the program
// started: a person may start some keyrings by hand, later. It keeps secrets for this run until a keyring is there that can be
// used; then it hands everything over. It is safe for concurrent use.
type lateKeyring struct {
	system systemKeyring
	memory *secrets.Memory

	mu    sync.RWMutex // held for writing while everything is handed over
	found bool
}

func newLateKeyring(k *secrets.Keyring) *lateKeyring {
	return &lateKeyring{system: systemKeyring{k}, memory: secrets.NewMemory()}
}

// vault is where secrets are kept now. l.mu is held.
func (l *lateKeyring) vault() credentials.Vault {
	if l.found {
		return l.system.Keyring
	}
	return l.memory
}

// Get implements credentials.Vault.
func (l *lateKeyring) Get(ctx context.Context, name string) (relay.Secret, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.vault().Get(ctx, name)
}

// Set implements credentials.Vault.
func (l *lateKeyring) Set(ctx context.Context, name string, s relay.Secret) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.vault().Set(ctx, name, s)
}

// Delete implements credentials.Vault.
func (l *lateKeyring) Delete(ctx context.Context, name string) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.vault().Delete(ctx, name)
}

// ephemeral reports whether what is kept is gone when the program ends.
func (l *lateKeyring) ephemeral() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return !l.found
}

// Look implements bridge.Keyring. Into a keyring that is ready, all secrets are
// moved at once, without a question. A locked keyring is reported as locked only
// while the memory is empty: a missing secret may be in it.
func (l *lateKeyring) Look(ctx context.Context) credentials.KeyringState {
	state := l.system.Look(ctx)
	if !l.ephemeral() {
		return state
	}
	switch found := secrets.State(state.State); {
	case found.Usable() && l.moveIn(ctx) == nil:
		return state
	case found != secrets.Unavailable && !found.Usable() && l.memory.Empty():
		return state
	}
	return credentials.KeyringState{State: string(secrets.Unavailable), Words: secrets.Unavailable.Words()}
}

// Unlock implements bridge.Keyring: it looks again, unlocks what it finds, and
// moves there.
func (l *lateKeyring) Unlock(ctx context.Context) error {
	if err := l.system.Unlock(ctx); err != nil {
		return err
	}
	return l.moveIn(ctx)
}

// Watch implements bridge.Keyring.
func (l *lateKeyring) Watch(ctx context.Context, changed func()) { l.system.Watch(ctx, changed) }

// moveIn moves all secrets into the keyring, which is ready.
func (l *lateKeyring) moveIn(ctx context.Context) error {
	if !l.ephemeral() {
		return nil // without the lock, which a slow call to the keyring may hold
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.found {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, handOverLimit) // all other calls wait for l.mu
	defer cancel()
	if err := l.memory.HandOver(ctx, l.system.Keyring); err != nil {
		return err
	}
	l.found = true
	return nil
}

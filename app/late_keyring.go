package app

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/secrets"
	"vastrelay/relay"
)

// handOverWithin bounds the move into a keyring that was found to be usable.
const handOverWithin = 2 * time.Second

// lateKeyring is the vault of a desktop that had no keyring when the program
// started: some keyrings are programs that a person starts by hand, perhaps
// later. It keeps secrets for this run until a keyring is there that can be
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

// Look implements bridge.Keyring. A keyring that is found ready is moved into at
// once; that asks nobody. One that is still to be unlocked stands in the way only
// as long as nothing is kept in memory: then what is missing may be in there.
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

// moveIn hands everything over to the keyring, which is ready.
func (l *lateKeyring) moveIn(ctx context.Context) error {
	if !l.ephemeral() {
		return nil // a call to the keyring may be under way, which nobody must wait for
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.found {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, handOverWithin) // everybody else waits
	defer cancel()
	if err := l.memory.HandOver(ctx, l.system.Keyring); err != nil {
		return err
	}
	l.found = true
	return nil
}

package secrets

import (
	"context"
	"sync"
	"time"

	"vastrelay/relay"
)

// handOverLimit bounds the move of all secrets into a keyring.
const handOverLimit = 2 * time.Second

// Fallback is a Vault in the system keyring that falls back to the memory of this run:
// where there is no keyring when the program starts, or where a person goes on without
// the one there is. As soon as a keyring can be used, everything is handed over to it.
// Create it with NewFallback.
type Fallback struct {
	keyring *Keyring
	memory  *Memory

	mu       sync.RWMutex // held while the memory is used, for writing while it is handed over
	inMemory bool
	chosen   bool // by a person: a keyring that is not ready is none of their concern
}

// NewFallback returns a Vault in k, or in memory until k can be used.
func NewFallback(k *Keyring, inMemory bool) *Fallback {
	return &Fallback{keyring: k, memory: NewMemory(), inMemory: inMemory}
}

// with calls use with where secrets are kept now.
func (f *Fallback) with(use func(Vault) error) error {
	f.mu.RLock()
	if f.inMemory {
		defer f.mu.RUnlock()
		return use(f.memory)
	}
	f.mu.RUnlock() // A keyring may take a minute to answer.
	return use(f.keyring)
}

// Get is that of Vault.
func (f *Fallback) Get(ctx context.Context, name string) (s relay.Secret, err error) {
	err = f.with(func(v Vault) error {
		s, err = v.Get(ctx, name)
		return err
	})
	return s, err
}

// Set is that of Vault.
func (f *Fallback) Set(ctx context.Context, name string, s relay.Secret) error {
	return f.with(func(v Vault) error { return v.Set(ctx, name, s) })
}

// Delete is that of Vault.
func (f *Fallback) Delete(ctx context.Context, name string) error {
	return f.with(func(v Vault) error { return v.Delete(ctx, name) })
}

// InMemory reports whether what is kept is gone when the program ends.
func (f *Fallback) InMemory() bool {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.inMemory
}

// KeepInMemory keeps secrets in memory from now on, because a person goes on without
// the keyring: what is in there is not read until it can be used again.
func (f *Fallback) KeepInMemory() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.inMemory, f.chosen = true, true
}

// State is that of Keyring while that is in use. Into a keyring that is ready, all
// secrets are moved at once, without a question. While they are in memory, a keyring that
// is locked is reported as such only if a missing secret may be in it and nobody chose to
// go on without: else it is SetAside after that choice, and Unavailable.
func (f *Fallback) State(ctx context.Context) State {
	state := f.keyring.State(ctx)
	f.mu.RLock()
	inMemory, chosen := f.inMemory, f.chosen
	f.mu.RUnlock()
	switch {
	case !inMemory, state.Usable() && f.moveIn(ctx) == nil:
		return state
	case chosen:
		return SetAside
	case state != Unavailable && !state.Usable() && f.memory.Empty():
		return state
	default:
		return Unavailable
	}
}

// Unlock is that of Keyring. What is in memory is moved there.
func (f *Fallback) Unlock(ctx context.Context) error {
	if err := f.keyring.Unlock(ctx); err != nil {
		return err
	}
	return f.moveIn(ctx)
}

// Watch is that of Keyring.
func (f *Fallback) Watch(ctx context.Context, changed func()) { f.keyring.Watch(ctx, changed) }

// moveIn moves all secrets into the keyring, which is ready.
func (f *Fallback) moveIn(ctx context.Context) error {
	if !f.InMemory() {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.inMemory {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, handOverLimit) // all other calls wait for f.mu
	defer cancel()
	if err := f.memory.HandOver(ctx, f.keyring); err != nil {
		return err
	}
	f.inMemory, f.chosen = false, false
	return nil
}

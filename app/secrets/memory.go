package secrets

import (
	"context"
	"sync"

	"vastrelay/relay"
)

// Memory is a Vault for this run only: what it holds is gone when the program
// ends.
type Memory struct {
	mu     sync.Mutex
	values map[string]relay.Secret
}

// NewMemory returns an empty Memory.
func NewMemory() *Memory { return &Memory{values: make(map[string]relay.Secret)} }

// Get returns the secret under name, or ErrNotFound.
func (m *Memory) Get(ctx context.Context, name string) (relay.Secret, error) {
	if err := ctx.Err(); err != nil {
		return relay.Secret{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.values[name]
	if !ok {
		return relay.Secret{}, ErrNotFound
	}
	return s, nil
}

// Set keeps s under name until the program ends.
func (m *Memory) Set(ctx context.Context, name string, s relay.Secret) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.Empty() {
		return ErrEmpty
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[name] = s
	return nil
}

// HandOver stores everything in v and forgets it here, one secret after the
// other. After an error the rest is still here.
func (m *Memory) HandOver(ctx context.Context, v Vault) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name, s := range m.values {
		if err := v.Set(ctx, name, s); err != nil {
			return err
		}
		delete(m.values, name)
	}
	return nil
}

// Empty reports whether nothing is kept.
func (m *Memory) Empty() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.values) == 0
}

// Delete forgets the secret under name.
func (m *Memory) Delete(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.values, name)
	return nil
}

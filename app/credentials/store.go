package credentials

import (
	"context"
	"errors"
	"sync"

	"vastrelay/app/secrets"
	"vastrelay/relay"
)

// Vault keeps secrets by name. Every call may block on a keyring and honours
// its context. *secrets.Keyring and *secrets.Memory are Vaults.
type Vault interface {
	Get(ctx context.Context, name string) (relay.Secret, error)
	Set(ctx context.Context, name string, s relay.Secret) error
	Delete(ctx context.Context, name string) error
}

// Store reads, keeps and removes the credentials. It is safe for concurrent use.
// Its fields are set before the first use and do not change.
type Store struct {
	Vault     Vault
	Ephemeral func() bool // whether Vault forgets everything with this run, as things are now; nil: no

	// Environment holds the credentials that were given in the environment;
	// they win over the vault and are never stored.
	Environment map[Kind]relay.Secret
	// AllowStored says why a stored credential may not be used in this run: an
	// override would send it elsewhere than to its vendor; nil means it may.
	AllowStored func(kind Kind, stored relay.Secret) error

	mu     sync.Mutex
	pasted map[Kind]relay.Secret // in this run, under an override
}

// Reading is what Read found.
type Reading struct {
	Secret relay.Secret // empty: there is none to use
	State  State
	Barred error // why the stored one may not be used in this run; nil mostly
}

// Read reads one credential: the environment wins, and an override bars what is
// stored. An error means that the vault cannot be read now.
func (s *Store) Read(ctx context.Context, kind Kind) (Reading, error) {
	if given := s.Environment[kind]; !given.Empty() {
		return Reading{Secret: given, State: FromEnvironment}, nil
	}
	s.mu.Lock()
	pasted := s.pasted[kind]
	s.mu.Unlock()
	if !pasted.Empty() {
		return Reading{Secret: pasted, State: s.KeptIn()}, nil
	}
	stored, err := s.Vault.Get(ctx, kind.secretName())
	stored = relay.NewSecret(relay.CleanPaste(stored.Reveal())) // An earlier version kept it as it was pasted.
	switch {
	case errors.Is(err, secrets.ErrNotFound):
		return Reading{State: Missing}, nil
	case err != nil:
		return Reading{State: Unreadable}, err
	}
	if barred := s.AllowStored(kind, stored); barred != nil {
		return Reading{State: Missing, Barred: barred}, nil
	}
	return Reading{Secret: stored, State: s.KeptIn()}, nil
}

// Given reports whether the environment gives the credential.
func (s *Store) Given(kind Kind) bool { return !s.Environment[kind].Empty() }

// IsEphemeral reports whether what is kept is forgotten at the end of this run.
func (s *Store) IsEphemeral() bool { return s.Ephemeral != nil && s.Ephemeral() }

// KeptIn says where the vault keeps what is pasted.
func (s *Store) KeptIn() State {
	if s.IsEphemeral() {
		return InMemory
	}
	return InKeyring
}

// Keep stores a credential; the keyring may ask the person for its password.
// Where an override is in force, which the person who pastes this can see, it
// holds for this run, and is barred again in the next.
func (s *Store) Keep(ctx context.Context, kind Kind, secret relay.Secret) error {
	if err := s.Vault.Set(secrets.Interactive(ctx), kind.secretName(), secret); err != nil {
		return err
	}
	if s.AllowStored(kind, secret) == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pasted == nil {
		s.pasted = make(map[Kind]relay.Secret)
	}
	s.pasted[kind] = secret
	return nil
}

// Remove deletes a credential; one that is not there is no error. The keyring
// may ask the person for its password.
func (s *Store) Remove(ctx context.Context, kind Kind) error {
	err := s.Vault.Delete(secrets.Interactive(ctx), kind.secretName())
	if err != nil && !errors.Is(err, secrets.ErrNotFound) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.pasted, kind)
	return nil
}

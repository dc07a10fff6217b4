//go:build !linux

package secrets

import (
	"context"
	"errors"
)

// prepareCall has nothing to prepare outside Linux.
func prepareCall() error { return nil }

// stateOf knows no errors that tell a state outside Linux.
func stateOf(error) (State, bool) { return "", false }

// Look says Ready: the keychain of macOS and the Credential Manager of Windows
// are unlocked together with the session and have no way to be asked without a
// call. Should a locked keychain ask for its password all the same, the call is
// caught by its deadline.
func (systemBackend) Look(context.Context) (State, error) { return Ready, nil }

// Stored asks for each credential in turn, since these keyrings cannot list.
func (b systemBackend) Stored(ctx context.Context, service string) (bool, error) {
	for _, name := range []string{NameVastKey, NameChatURL, NameNgrokToken, NameTunnelmoleKey, NameCloudflaredToken, NameHeartbeatURL} {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		_, err := b.Get(service, name)
		if !errors.Is(err, ErrNotFound) {
			return err == nil, err
		}
	}
	return false, nil
}

// Unlock reads an entry: the keychain asks for its password by itself when it
// is locked.
func (b systemBackend) Unlock(context.Context) error {
	_, err := b.Get(Service, NameVastKey)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// Watch returns at once: these keyrings come and are unlocked together with the
// session.
func (systemBackend) Watch(context.Context, func()) {}

//go:build !linux

package secrets

import (
	"context"
	"errors"
	"runtime"
)

// prepareCall has nothing to prepare outside Linux.
func prepareCall() error { return nil }

// stateOf knows no errors that tell a state outside Linux.
func stateOf(error) (State, bool) { return "", false }

// Look asks for an entry: the Credential Manager of Windows is unlocked together with
// the session, and answers at once. The keychain of macOS has no way to be asked
// without a prompt and counts as Ready; should it ask for its password all the same,
// the call is caught by its deadline.
func (b systemBackend) Look(context.Context) (State, error) {
	if runtime.GOOS == "darwin" {
		return Ready, nil
	}
	_, err := b.Get(Service, NameVastKey)
	if state, ok := errors.AsType[*StateError](err); ok {
		return state.State, state.Err
	}
	return Ready, nil
}

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

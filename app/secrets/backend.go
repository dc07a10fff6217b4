package secrets

import (
	"errors"
	"fmt"

	"github.com/zalando/go-keyring"
)

// systemBackend is the keyring of this system, by go-keyring: the Secret
// Service on Linux and BSD, the keychain on macOS, the Credential Manager on
// Windows. How to look before a call is in a file per system.
type systemBackend struct{}

func (systemBackend) Get(service, name string) (string, error) {
	if err := prepareCall(); err != nil {
		return "", err
	}
	value, err := keyring.Get(service, name)
	return value, classify(err)
}

func (systemBackend) Set(service, name, value string) error {
	if err := prepareCall(); err != nil {
		return err
	}
	return classify(keyring.Set(service, name, value))
}

func (systemBackend) Delete(service, name string) error {
	if err := prepareCall(); err != nil {
		return err
	}
	return classify(keyring.Delete(service, name))
}

// classify turns an error of go-keyring into one of ours where a caller
// branches on it.
func classify(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return ErrTooLarge
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return &StateError{State: Unavailable, Err: err}
	}
	if state, ok := stateOf(err); ok {
		return &StateError{State: state, Err: err}
	}
	return fmt.Errorf("the keyring refused: %w", err)
}

package app

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"

	"vastrelay/app/bridge"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// systemKeyring describes the state of the keyring in words, with the button that
// helps.
type systemKeyring struct{ *secrets.Fallback }

// Look implements bridge.Keyring.
func (k systemKeyring) Look(ctx context.Context) credentials.KeyringState {
	state := k.State(ctx)
	s := credentials.KeyringState{State: string(state), Words: state.Words()}
	switch state {
	case secrets.Locked:
		s.Action = health.ActionUnlockKeyring
	case secrets.NoCollection:
		s.Action = health.ActionCreateKeyring
	case secrets.Unavailable, secrets.Unresponsive:
		if state == secrets.Unresponsive || !k.InMemory() {
			s.Action = health.ActionRetry
		}
	case secrets.Ready, secrets.Empty, secrets.SetAside:
	}
	return s
}

// vault is where this run keeps secrets.
type vault struct {
	credentials.Vault
	keyring   bridge.Keyring // nil: it is not the system keyring
	ephemeral func() bool    // whether it forgets with this run; nil: no
}

// chooseVault decides once per run. A window can wait for a person to unlock
// the keyring; a server cannot, so it seals its webhook secrets in a file
// under the API key, which then comes from the environment.
func chooseVault(ctx context.Context, f flags, dir string, env config.Env, o secrets.KeyringOptions) (vault, error) {
	if f.demo {
		return vault{Vault: secrets.NewMemory(), ephemeral: func() bool { return true }}, nil
	}
	keyring := secrets.NewKeyring(o)
	state := keyring.State(ctx)
	if key := env.Credentials[config.VarVastKey]; !state.Usable() && f.headless && !key.Empty() {
		sealed, err := openSealed(filepath.Join(dir, "secrets.sealed"), key, o.Logger)
		return vault{Vault: sealed}, err
	}
	kept := secrets.NewFallback(keyring, state == secrets.Unavailable)
	return vault{Vault: kept, keyring: systemKeyring{kept}, ephemeral: kept.InMemory}, nil
}

// openSealed opens the sealed file at path. A file that cannot be used, because it
// is damaged or was sealed under an earlier API key, counts as empty: the webhook
// secrets are renewed, and only then is the file replaced. A file that this user
// may not read is an error.
func openSealed(path string, key relay.Secret, log *slog.Logger) (*secrets.Sealed, error) {
	sealed, err := secrets.OpenSealed(path, key)
	switch {
	case err == nil:
		return sealed, nil
	case errors.Is(err, secrets.ErrNewer):
		return nil, newerVersion(words.New("start.refused.newer_secrets"), "")
	case errors.Is(err, fs.ErrPermission):
		return nil, err
	}
	log.Warn("the sealed secrets cannot be used; they are renewed", "err", err)
	return secrets.RenewSealed(path, key)
}

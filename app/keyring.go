package app

import (
	"context"
	"path/filepath"

	"vastrelay/app/bridge"
	"vastrelay/app/config"
	"vastrelay/app/secrets"
)

// systemKeyring tells the bridge about the keyring in words.
type systemKeyring struct{ *secrets.Keyring }

// Look implements bridge.Keyring.
func (k systemKeyring) Look(ctx context.Context) bridge.KeyringState {
	state := k.State(ctx)
	s := bridge.KeyringState{State: string(state), Words: state.Words()}
	switch state {
	case secrets.Locked:
		s.Action = bridge.ActionUnlockKeyring
	case secrets.NoCollection:
		s.Action = bridge.ActionCreateKeyring
	case secrets.Unavailable:
		s.Action = bridge.ActionRetry
	case secrets.Ready, secrets.Empty:
	}
	return s
}

// vault is where this run keeps secrets.
type vault struct {
	bridge.Vault
	keyring   bridge.Keyring // nil: it is not the system keyring
	ephemeral bool           // it forgets with this run
}

// chooseVault decides once per run. A window can wait for a person to unlock
// the keyring; a server cannot, so it seals its webhook secrets in a file
// under the API key, which then comes from the environment.
//
// A sealed file that another key made, because the person renewed it, is set
// aside once prove has shown that the key at hand works.
func chooseVault(ctx context.Context, f flags, dir string, env config.Env, o secrets.KeyringOptions, prove func(context.Context) error) (vault, error) {
	if f.demo {
		return vault{Vault: secrets.NewMemory(), ephemeral: true}, nil
	}
	keyring := secrets.NewKeyring(o)
	state := keyring.State(ctx)
	switch {
	case state.Usable():
		return vault{Vault: keyring, keyring: systemKeyring{keyring}}, nil
	case f.headless && !env.VastKey.Empty():
		path := filepath.Join(dir, "secrets.sealed")
		sealed, err := secrets.OpenSealed(path, env.VastKey)
		if err != nil {
			if err := prove(ctx); err != nil {
				return vault{}, err
			}
			if _, err := secrets.SetAsideSealed(path); err != nil {
				return vault{}, err
			}
			o.Logger.Warn("the sealed secrets were set aside; they are renewed", "err", err)
			if sealed, err = secrets.OpenSealed(path, env.VastKey); err != nil {
				return vault{}, err
			}
		}
		return vault{Vault: sealed}, nil
	case state == secrets.Unavailable:
		return vault{Vault: secrets.NewMemory(), ephemeral: true}, nil
	default:
		return vault{Vault: keyring, keyring: systemKeyring{keyring}}, nil
	}
}

package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"regexp"
	"slices"
	"sync"

	"vastrelay/app/datadir"
	"vastrelay/relay/tunnel"
)

// Config keeps the settings in memory and on disk, in step.
type Config struct {
	file    *datadir.File[Settings]
	vendors []tunnel.Vendor
	damaged *datadir.DamagedError

	saving   sync.Mutex // held while the file is written, which can be slow
	mu       sync.Mutex // guards the fields below; held briefly, since windows wait for it
	settings Settings
	unsaved  bool // settings are not on disk, because Open could not write them
}

// Open reads the settings file at path, in a folder that exists. When there is
// no installation id yet, it makes one. vendors are the tunnels that can be
// chosen, with their settings; the first is the default.
//
// A damaged file is replaced by its last good copy, or else by the defaults with
// the installation id, if that can still be read. Damaged then tells of it, and
// the settings are Unconfirmed. traces are paths that exist only after the program
// has run once: if one exists and the settings do not, the settings were lost.
//
// If the settings cannot be written, such as on a full disk, they are in force
// all the same, and Settle writes them later. An error means that they can be
// neither read nor written.
func Open(path string, vendors []tunnel.Vendor, traces ...string) (*Config, error) {
	c := &Config{file: datadir.NewFile[Settings](path), vendors: vendors}
	c.file.Complete = func(s *Settings) error { return s.takeTunnelValues(vendors) }
	settings, err := c.file.Load()
	damaged, isDamaged := errors.AsType[*datadir.DamagedError](err)
	switch {
	case isDamaged:
		c.damaged = damaged
		if !damaged.Restored {
			settings.InstallationID = rescueID(damaged.Content)
		}
		damaged.Content = nil
	case err != nil:
		return nil, fmt.Errorf("open the settings: %w", err)
	case settings.InstallationID == "" && slices.ContainsFunc(traces, exists):
		c.damaged = &datadir.DamagedError{Path: path, Err: datadir.ErrGone}
	}
	if c.damaged != nil {
		settings.Unconfirmed = true
	}
	c.settings = settings
	if c.unsaved = c.damaged != nil || !validID(settings.InstallationID); !c.unsaved {
		return c, nil
	}
	if !validID(settings.InstallationID) {
		if c.settings.InstallationID, err = newID(); err != nil {
			return nil, fmt.Errorf("make an installation id: %w", err)
		}
	}
	if err := c.Settle(); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("open the settings: %w", err)
	}
	return c, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// Settle writes settings that Open could not write, and does nothing otherwise.
// Call it before a webhook is made: a webhook is named after the installation id,
// and a crash that lost the id would orphan it.
func (c *Config) Settle() error {
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	unsaved, s := c.unsaved, c.settings.Clone()
	c.mu.Unlock()
	if !unsaved {
		return nil
	}
	return c.write(s)
}

// write puts s on disk and in force; c.saving is held.
func (c *Config) write(s Settings) error {
	if err := c.file.Save(s); err != nil {
		return fmt.Errorf("save the settings: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settings, c.unsaved = s, false
	return nil
}

// Damaged returns the damage that Open found; nil when there was none.
func (c *Config) Damaged() *datadir.DamagedError { return c.damaged }

// InstallationID returns the 8 lower-case letters and digits that tell this
// installation from others. It never changes.
func (c *Config) InstallationID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings.InstallationID
}

// Settings returns a copy of the settings in force.
func (c *Config) Settings() Settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings.Clone()
}

// Canonical returns s as Change would keep it: without spaces around values, and
// with one spelling of each address. Values that cannot be parsed stay.
func (c *Config) Canonical(s Settings) Settings { return canonical(s, c.vendors) }

// UnknownValues lists the values and members of s that only a newer version of
// the program knows, each with the name of its setting. They are kept, and the
// default is in force in their place.
func (c *Config) UnknownValues(s Settings) []string { return unknownValues(s, c.vendors) }

// Change lets change alter the settings in force, brings them into their canonical
// form, validates them, writes them to disk and puts them in force. It is the only way
// to change settings: changes wait for each other, so that none undoes another, and
// change, which must not call c, may refuse by an error. The installation id and the
// members of a newer version stay, whatever change does. A ValidationError names every
// field with a wrong value, unless that value was in force before. After any error the
// old settings stay in force.
func (c *Config) Change(change func(*Settings) error) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	before := c.Settings()
	s := before.Clone()
	if err := change(&s); err != nil {
		return err
	}
	s = c.Canonical(s)
	if err := validateChange(s, before, c.vendors); err != nil {
		return err
	}
	s.InstallationID, s.unknown, s.General.unknown, s.Notifications.unknown = before.InstallationID, before.unknown, before.General.unknown, before.Notifications.unknown
	return c.write(s)
}

const (
	idLength   = 8
	idAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
)

func newID() (string, error) {
	id := make([]byte, idLength)
	for i := range id {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(idAlphabet))))
		if err != nil {
			return "", err
		}
		id[i] = idAlphabet[n.Int64()]
	}
	return string(id), nil
}

func validID(id string) bool {
	if len(id) != idLength {
		return false
	}
	for _, b := range []byte(id) {
		if (b < 'a' || b > 'z') && (b < '0' || b > '9') {
			return false
		}
	}
	return true
}

// rescueID finds the installation id in a damaged file, so that the webhooks
// named after it are still recognised; empty when there is none.
func rescueID(content []byte) string {
	match := regexp.MustCompile(`"installation_id"\s*:\s*"([a-z0-9]{8})"`).FindSubmatch(content)
	if match == nil {
		return ""
	}
	return string(match[1])
}

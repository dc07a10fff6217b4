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

	"vastrelay/relay/tunnel"
)

// Config keeps the settings in memory and on disk, in step.
type Config struct {
	file    *File[Settings]
	vendors []tunnel.Vendor
	damaged *DamagedError

	saving   sync.Mutex // held while the file is written, which can take a while
	mu       sync.Mutex // guards what follows, never for long: windows read it
	settings Settings
	unsaved  bool // settings are not on disk, because Open could not write them
}

// Open reads the settings file at path, in a folder that exists. When there is
// no installation id yet, it makes one. vendors are the tunnels that can be
// chosen, with their settings; the first is the default.
//
// What is damaged is replaced by its last good copy, or else by the defaults
// with the installation id if that can still be made out; Damaged then says so,
// and the settings are Unconfirmed. traces are paths of which none exists before
// the program has run for the first time: where one does and there are no
// settings, these are gone rather than not made yet.
//
// Where the settings cannot be written, for want of room for example, they are
// in force all the same; Settle writes them later. An error means that they
// can be neither read nor written.
func Open(path string, vendors []tunnel.Vendor, traces ...string) (*Config, error) {
	c := &Config{file: NewFile[Settings](path), vendors: vendors}
	c.file.complete = func(s *Settings) error { return s.takeTunnelValues(vendors) }
	settings, err := c.file.Load()
	damaged, isDamaged := errors.AsType[*DamagedError](err)
	switch {
	case isDamaged:
		c.damaged = damaged
		if !damaged.Restored {
			settings.InstallationID = rescueID(damaged.content)
		}
		damaged.content = nil
	case err != nil:
		return nil, fmt.Errorf("open the settings: %w", err)
	case settings.InstallationID == "" && slices.ContainsFunc(traces, exists):
		c.damaged = &DamagedError{Path: path, Err: errGone}
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
// It comes before a webhook is made: a webhook is named after the installation
// id, and would be orphaned if a crash could lose that.
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

// Damaged returns what Open found wrong with the file; nil when it was well.
func (c *Config) Damaged() *DamagedError { return c.damaged }

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

// Canonical returns s as Save would keep it: without spaces around what was
// pasted, and with the one spelling of addresses. What cannot be understood
// stays as it is.
func (c *Config) Canonical(s Settings) Settings { return canonical(s, c.vendors) }

// UnknownValues lists what a newer version of the program wrote into s and this
// one does not know, in words: each with the name of its setting. It is kept,
// and the default is in force in its place.
func (c *Config) UnknownValues(s Settings) []string { return unknownValues(s, c.vendors) }

// Save brings s into its canonical form, validates it, writes it to disk and
// puts it in force. The installation id stays what it is, whatever s says, and so
// does what only a newer version of the program knows. A ValidationError names
// every field that cannot stay so; a value that was in force before is no reason
// for one. After any error the settings in force are the old ones.
func (c *Config) Save(s Settings) error {
	c.saving.Lock()
	defer c.saving.Unlock()
	before := c.Settings()
	s = c.Canonical(s)
	if err := validateChange(s, before, c.vendors); err != nil {
		return err
	}
	s.InstallationID, s.unknown = before.InstallationID, before.unknown
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

// rescueID finds the installation id in the rest of a damaged file, so that
// the webhooks named after it are still known as ours; empty when there is
// none.
func rescueID(content []byte) string {
	match := regexp.MustCompile(`"installation_id"\s*:\s*"([a-z0-9]{8})"`).FindSubmatch(content)
	if match == nil {
		return ""
	}
	return string(match[1])
}

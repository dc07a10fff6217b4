package config

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"sync"
)

// Config keeps the settings in memory and on disk, in step.
type Config struct {
	file    *File[Settings]
	damaged *DamagedError

	saving   sync.Mutex // held while the file is written, which can take a while
	mu       sync.Mutex // guards settings, never for long: windows read them
	settings Settings
}

// Open reads the settings file at path, in a folder that exists. When there is
// no installation id yet, it makes one and has it on disk before it returns: a
// webhook is named after it, and would be orphaned if a crash could lose it.
//
// A damaged file is set aside and replaced by the defaults, keeping the
// installation id if it can still be made out; Damaged then says so. An error
// means that the settings can be neither read nor written.
func Open(path string) (*Config, error) {
	c := &Config{file: NewFile[Settings](path)}
	settings, err := c.file.Load()
	if err != nil {
		if !errors.As(err, &c.damaged) || c.damaged.Aside == "" {
			return nil, fmt.Errorf("open the settings: %w", err)
		}
		settings.InstallationID = rescueID(c.damaged.content)
		c.damaged.content = nil
	}
	if !validID(settings.InstallationID) {
		if settings.InstallationID, err = newID(); err != nil {
			return nil, fmt.Errorf("make an installation id: %w", err)
		}
		err = c.file.Save(settings)
	} else if c.damaged != nil {
		err = c.file.Save(settings)
	}
	if err != nil {
		return nil, fmt.Errorf("open the settings: %w", err)
	}
	c.settings = settings
	return c, nil
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

// Save brings s into its canonical form, validates it, writes it to disk and
// puts it in force. The installation id stays what it is, whatever s says. A
// ValidationError names every field that cannot stay so; after any error the
// settings in force are the old ones.
func (c *Config) Save(s Settings) error {
	s = Canonical(s)
	if err := Validate(s); err != nil {
		return err
	}
	c.saving.Lock()
	defer c.saving.Unlock()
	s.InstallationID = c.InstallationID()
	if err := c.file.Save(s); err != nil {
		return fmt.Errorf("save the settings: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settings = s
	return nil
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

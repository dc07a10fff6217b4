package secrets

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"sync"

	"vastrelay/app/datadir"
	"vastrelay/relay"
)

// ErrWrongKey means that a sealed file is sound and was sealed with another
// API key. The file is left as it is.
var ErrWrongKey = errors.New("the sealed secrets were sealed with another API key")

// DamagedError says that a sealed file, or one entry of it, cannot be
// understood. The file is left as it is.
type DamagedError struct {
	Path string
	Err  error
}

// Error names the file and what is wrong with it.
func (e *DamagedError) Error() string {
	return fmt.Sprintf("the sealed secrets in %s are damaged: %v", filepath.Base(e.Path), e.Err)
}

// Unwrap returns what is wrong.
func (e *DamagedError) Unwrap() error { return e.Err }

// Sealed is the Vault for headless machines without a keyring: one file, mode
// 0600, each entry encrypted and authenticated by AES-256-GCM under a key that
// HKDF-SHA256 derives from the Vast.ai API key and a random salt. The name of
// an entry is authenticated with it, so entries cannot be swapped. Whoever has
// the file and not the API key learns the names and lengths of the entries.
//
// The file is only ever replaced whole; Set returns after it is on disk. The
// caller holds the lock on its folder.
type Sealed struct {
	path string
	aead cipher.AEAD

	mu       sync.Mutex
	file     sealedFile
	replaces bool // another file is at path, to be set aside by the first change
}

// OpenSealed opens the sealed file at path with the API key, or prepares a new
// one, which the first Set writes. It returns ErrWrongKey, ErrNewer, a
// *DamagedError or what the system says when the file cannot be opened, and never
// changes such a file: RenewSealed takes its place.
func OpenSealed(path string, key relay.Secret) (*Sealed, error) {
	if key.Empty() {
		return nil, fmt.Errorf("open the sealed secrets: %w", ErrEmpty)
	}
	file, err := readSealed(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newSealed(path, key)
	}
	if err != nil {
		return nil, err
	}
	aead, err := deriveAEAD(key, file.Salt)
	if err != nil {
		return nil, err
	}
	// The check entry opens with the right key, unless a newer version made the file:
	// that derives another key. If it opens, a later version number is damage.
	if check, err := open(aead, checkName, file.Check); err != nil || check != checkText {
		if file.Version > sealedVersion {
			return nil, ErrNewer
		}
		return nil, ErrWrongKey
	}
	file.Version = sealedVersion
	return &Sealed{path: path, aead: aead, file: file}, nil
}

// RenewSealed is OpenSealed for a file that cannot be opened. It holds nothing, and
// its first Set renames that file and begins a new one. Until then the file is left
// as it is, so that nothing is lost to a mistyped key: there is no secret to set
// before the key has worked.
func RenewSealed(path string, key relay.Secret) (*Sealed, error) {
	if key.Empty() {
		return nil, fmt.Errorf("renew the sealed secrets: %w", ErrEmpty)
	}
	s, err := newSealed(path, key)
	if err != nil {
		return nil, err
	}
	s.replaces = true
	return s, nil
}

func newSealed(path string, key relay.Secret) (*Sealed, error) {
	file := sealedFile{Version: sealedVersion, Salt: make([]byte, saltSize), Entries: make(map[string]sealedEntry)}
	if _, err := rand.Read(file.Salt); err != nil {
		return nil, fmt.Errorf("begin a sealed file: %w", err)
	}
	aead, err := deriveAEAD(key, file.Salt)
	if err != nil {
		return nil, err
	}
	if file.Check, err = seal(aead, checkName, checkText); err != nil {
		return nil, err
	}
	return &Sealed{path: path, aead: aead, file: file}, nil
}

// Get returns the secret under name, or ErrNotFound. A damaged entry counts as
// missing: the error wraps ErrNotFound and a *DamagedError.
func (s *Sealed) Get(ctx context.Context, name string) (relay.Secret, error) {
	if err := ctx.Err(); err != nil {
		return relay.Secret{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	entry, ok := s.file.Entries[name]
	if !ok {
		return relay.Secret{}, ErrNotFound
	}
	value, err := open(s.aead, name, entry)
	if err != nil {
		damaged := &DamagedError{Path: s.path, Err: fmt.Errorf("entry %s: %w", name, err)}
		return relay.Secret{}, fmt.Errorf("%w: %w", ErrNotFound, damaged)
	}
	return relay.NewSecret(value), nil
}

// Set seals the secret under name. When it returns nil, the entry is on disk
// and was read back; after an error the old one is in force.
func (s *Sealed) Set(ctx context.Context, name string, secret relay.Secret) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if secret.Empty() {
		return ErrEmpty
	}
	if err := checkEntryName(name); err != nil {
		return err
	}
	if len(secret.Reveal()) > maxSealedValue {
		return ErrTooLarge
	}
	entry, err := seal(s.aead, name, secret.Reveal())
	if err != nil {
		return err
	}
	return s.change(func(entries map[string]sealedEntry) error {
		if _, ok := entries[name]; !ok && len(entries) >= maxEntries {
			return errors.New("the sealed file is full")
		}
		entries[name] = entry
		return nil
	})
}

// Delete forgets the secret under name; it is no error when there is none.
func (s *Sealed) Delete(ctx context.Context, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.change(func(entries map[string]sealedEntry) error {
		if _, ok := entries[name]; !ok {
			return ErrNotFound
		}
		delete(entries, name)
		return nil
	})
}

// change applies edit to a copy of the entries, writes the copy, reads it back
// and puts it in force. ErrNotFound from edit means that nothing changes.
func (s *Sealed) change(edit func(map[string]sealedEntry) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.file
	next.Entries = maps.Clone(s.file.Entries)
	if err := edit(next.Entries); errors.Is(err, ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	data, err := next.encode()
	if err != nil {
		return err
	}
	if s.replaces {
		if _, err := datadir.SetAside(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("store the sealed secrets: %w", err)
		}
		s.replaces = false
	}
	if err := datadir.ReplaceFile(s.path, data); err != nil {
		return fmt.Errorf("store the sealed secrets: %w", err)
	}
	kept, err := datadir.ReadFile(s.path, maxSealedFile+1)
	if err != nil {
		return fmt.Errorf("read the sealed secrets back: %w", err)
	}
	if string(kept) != string(data) {
		return ErrNotKept
	}
	s.file = next
	return nil
}

// The parts of the derivation that bind a key and its entries to this format. A
// later format must have another keyInfo: that is how its files are told from
// files of this format whose version was damaged.
const (
	keyInfo   = "vastrelay sealed secrets v1"
	nameInfo  = "vastrelay sealed entry v1\x00"
	checkName = ""
	checkText = "vastrelay"
)

// deriveAEAD makes the cipher for one salt,
// https://www.rfc-editor.org/rfc/rfc5869 . An API key is random and long, so no
// slow derivation is needed.
func deriveAEAD(key relay.Secret, salt []byte) (cipher.AEAD, error) {
	derived, err := hkdf.Key(sha256.New, []byte(key.Reveal()), salt, keyInfo, 32)
	if err != nil {
		return nil, fmt.Errorf("derive the sealing key: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return nil, fmt.Errorf("derive the sealing key: %w", err)
	}
	return cipher.NewGCM(block)
}

// seal encrypts value under a fresh random nonce, bound to name.
func seal(aead cipher.AEAD, name, value string) (sealedEntry, error) {
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return sealedEntry{}, fmt.Errorf("seal an entry: %w", err)
	}
	return sealedEntry{Nonce: nonce, Sealed: aead.Seal(nil, nonce, []byte(value), []byte(nameInfo+name))}, nil
}

// open decrypts an entry that was sealed under name.
func open(aead cipher.AEAD, name string, entry sealedEntry) (string, error) {
	if len(entry.Nonce) != aead.NonceSize() {
		return "", errors.New("the nonce has a wrong size")
	}
	value, err := aead.Open(nil, entry.Nonce, entry.Sealed, []byte(nameInfo+name))
	if err != nil {
		return "", err
	}
	return string(value), nil
}

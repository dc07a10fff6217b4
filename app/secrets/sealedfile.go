package secrets

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode"

	"vastrelay/app/datadir"
)

// Limits of a sealed file. A real one holds a handful of short entries.
const (
	sealedVersion  = 1
	saltSize       = 32
	nonceSize      = 12
	tagSize        = 16
	maxSealedFile  = 4 << 20
	maxSealedValue = 8 << 10
	maxEntries     = 200
	maxEntryName   = 200
)

// sealedFile is the content of a sealed file as JSON; bytes are in base64.
type sealedFile struct {
	Version int                    `json:"version"`
	Salt    []byte                 `json:"salt"`
	Check   sealedEntry            `json:"check"` // seals a known text, to tell a wrong key
	Entries map[string]sealedEntry `json:"entries"`
}

// sealedEntry is one encrypted value with the nonce it was sealed under.
type sealedEntry struct {
	Nonce  []byte `json:"nonce"`
	Sealed []byte `json:"sealed"`
}

// readSealed reads and decodes the file at path. The error wraps fs.ErrNotExist when
// there is none; it is ErrNewer for a file of a newer version in another form, and a
// *DamagedError for anything else that is not a sealed file.
func readSealed(path string) (sealedFile, error) {
	data, err := datadir.ReadFile(path, maxSealedFile+1)
	if err != nil {
		return sealedFile{}, fmt.Errorf("read the sealed secrets: %w", err)
	}
	file, err := decodeSealed(data)
	switch {
	case errors.Is(err, ErrNewer):
		return sealedFile{}, err
	case err != nil:
		return sealedFile{}, &DamagedError{Path: path, Err: err}
	}
	return file, nil
}

// ErrNewer means that a newer version of the program made a sealed file. The
// file is left as it is.
var ErrNewer = errors.New("the sealed secrets were made by a newer version of this program")

// decodeSealed decodes a sealed file and checks what can be checked without the
// key. The entries are not: a damaged one is found when it is opened, and the others
// stay readable. A file with unknown fields or another form is an error, which is
// ErrNewer where the file names a later version. A file that names a later version
// and has the form of this one is returned: its check entry shows whether its
// version is damaged.
func decodeSealed(data []byte) (sealedFile, error) {
	if len(data) > maxSealedFile {
		return sealedFile{}, errors.New("far too large")
	}
	file, err := decodeShape(data)
	var format struct {
		Version int `json:"version"`
	}
	if err != nil && json.Unmarshal(data, &format) == nil && format.Version > sealedVersion {
		return sealedFile{}, ErrNewer
	}
	return file, err
}

// decodeShape decodes a file in the form of this version, whatever version it names.
func decodeShape(data []byte) (sealedFile, error) {
	var file sealedFile
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return sealedFile{}, fmt.Errorf("not a sealed file: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return sealedFile{}, errors.New("something follows its end")
	}
	switch {
	case file.Version < sealedVersion:
		return sealedFile{}, fmt.Errorf("version %d, want at least %d", file.Version, sealedVersion)
	case len(file.Salt) != saltSize:
		return sealedFile{}, fmt.Errorf("a salt of %d bytes, want %d", len(file.Salt), saltSize)
	case len(file.Entries) > maxEntries:
		return sealedFile{}, errors.New("too many entries")
	}
	if err := file.Check.valid(); err != nil {
		return sealedFile{}, err
	}
	for name := range file.Entries {
		if err := checkEntryName(name); err != nil {
			return sealedFile{}, err
		}
	}
	if file.Entries == nil {
		file.Entries = make(map[string]sealedEntry)
	}
	return file, nil
}

func (f sealedFile) encode() ([]byte, error) {
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the sealed secrets: %w", err)
	}
	return append(data, '\n'), nil
}

// UnmarshalJSON implements json.Unmarshaler. An entry that cannot be decoded becomes
// one that cannot be opened, so that the others still can be.
func (e *sealedEntry) UnmarshalJSON(data []byte) error {
	type plain sealedEntry
	var p plain
	if err := json.Unmarshal(data, &p); err != nil {
		p = plain{}
	}
	*e = sealedEntry(p)
	return nil
}

// valid checks sizes: the cipher panics on a nonce of a wrong one.
func (e sealedEntry) valid() error {
	if len(e.Nonce) != nonceSize || len(e.Sealed) < tagSize {
		return errors.New("an entry has a wrong size")
	}
	return nil
}

func checkEntryName(name string) error {
	if name == checkName || len(name) > maxEntryName {
		return fmt.Errorf("the name of an entry must have 1 to %d bytes", maxEntryName)
	}
	for _, r := range name {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return errors.New("the name of an entry holds a control character")
		}
	}
	return nil
}

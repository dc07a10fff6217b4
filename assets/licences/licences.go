// Package licences holds the licences of everything that is part of the program on
// any system: the modules, the standard library and the fonts of the toolkit.
//
// The texts are collected by the program assets/licences/collect ("make licences"),
// which a test compares with the modules that are compiled in. They are unpacked at
// each call; all functions are safe for concurrent use.
package licences

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Licence is what one module may be used under.
type Licence struct {
	Module  string   `json:"module"`          // its path; "Go" for the standard library
	Version string   `json:"version"`         // "v1.2.3"; empty for Go
	Files   []string `json:"files"`           // names below the module's folder, such as "LICENSE"
	Texts   []string `json:"texts,omitempty"` // of Files, in the same order
}

//go:embed licences.json.flate
var packed []byte

// All returns the licences, ordered by module.
func All() ([]Licence, error) {
	return unpack(bytes.NewReader(packed))
}

// Text returns all licences as one plain text, for a package or a window.
func Text() (string, error) {
	all, err := All()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("Vast Relay contains the following software, under these licences.\n")
	for _, l := range all {
		for i, text := range l.Texts {
			fmt.Fprintf(&b, "\n%s\n%s, %s\n\n%s\n", strings.Repeat("-", 78), strings.TrimSpace(l.Module+" "+l.Version), l.Files[i], strings.TrimSpace(text))
		}
	}
	return b.String(), nil
}

// unpack reads what Pack wrote.
func unpack(r io.Reader) (all []Licence, err error) {
	if err := json.NewDecoder(flate.NewReader(r)).Decode(&all); err != nil {
		return nil, fmt.Errorf("unpack the licences: %w", err)
	}
	return all, nil
}

// Pack returns all in the form in which they are embedded.
func Pack(all []Licence) ([]byte, error) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return nil, err
	}
	if err := json.NewEncoder(w).Encode(all); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

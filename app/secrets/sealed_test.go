package secrets

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vastrelay/relay"
)

const plantedValue = "planted-SECRET-value-0001"

// sealedFixture is a sealed file with the entries a and b under the key "key".
func sealedFixture(t testing.TB) (path string, content []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "sealed.json")
	s, err := OpenSealed(path, relay.NewSecret("key"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		if err := s.Set(t.Context(), name, relay.NewSecret(plantedValue+name)); err != nil {
			t.Fatal(err)
		}
	}
	content, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, content
}

func TestSealedKeepsWhatEveryVaultPromises(t *testing.T) {
	s, err := OpenSealed(filepath.Join(t.TempDir(), "sealed.json"), relay.NewSecret("key"))
	if err != nil {
		t.Fatal(err)
	}
	exerciseVault(t, s)
}

func TestSealedSurvivesAndShowsNothing(t *testing.T) {
	path, content := sealedFixture(t)
	if bytes.Contains(content, []byte(plantedValue)) || bytes.Contains(content, []byte(`"key"`)) {
		t.Errorf("the file holds a secret in plain text: %s", content)
	}
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode: got %o, want 600", info.Mode().Perm())
	}
	again, err := OpenSealed(path, relay.NewSecret("key"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		if got, err := again.Get(t.Context(), name); err != nil || got.Reveal() != plantedValue+name {
			t.Errorf("%s: got %q, %v, want %q", name, got.Reveal(), err, plantedValue+name)
		}
	}
}

func TestSealedNeverSealsTwiceTheSameWay(t *testing.T) {
	path, _ := sealedFixture(t)
	s, err := OpenSealed(path, relay.NewSecret("key"))
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for range 20 {
		if err := s.Set(t.Context(), "a", relay.NewSecret("same")); err != nil {
			t.Fatal(err)
		}
		entry := s.file.Entries["a"]
		if seen[string(entry.Nonce)] || seen[string(entry.Sealed)] {
			t.Fatal("a nonce or a sealed text came twice")
		}
		seen[string(entry.Nonce)], seen[string(entry.Sealed)] = true, true
	}
	_, other := sealedFixture(t)
	file, err := decodeSealed(other)
	if err != nil || bytes.Equal(file.Salt, s.file.Salt) {
		t.Errorf("two files share their salt: %v", err)
	}
}

func TestSealedWithAWrongKeyIsLeftAsItIs(t *testing.T) {
	path, content := sealedFixture(t)
	if _, err := OpenSealed(path, relay.NewSecret("mistyped")); !errors.Is(err, ErrWrongKey) {
		t.Errorf("got %v, want ErrWrongKey", err)
	}
	if _, err := OpenSealed(path, relay.Secret{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty key: got %v, want ErrEmpty", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(after, content) {
		t.Error("the file was changed")
	}

	fresh, err := RenewSealed(path, relay.NewSecret("new"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fresh.Get(t.Context(), "a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("the new file: got %v, want ErrNotFound", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(after, content) {
		t.Error("the file was changed before there was anything to keep")
	}
	for _, value := range []string{"first", "second"} {
		if err := fresh.Set(t.Context(), "a", relay.NewSecret(value)); err != nil {
			t.Fatal(err)
		}
	}
	if kept, _ := os.ReadFile(path + ".damaged"); !bytes.Equal(kept, content) {
		t.Error("the old file was not kept")
	}
	again, err := OpenSealed(path, relay.NewSecret("new"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Get(t.Context(), "a"); err != nil || got.Reveal() != "second" {
		t.Errorf("got %q, %v, want what was set last", got.Reveal(), err)
	}
}

func TestSealedThatCannotBeReadIsRenewed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sealed.json")
	if err := os.Mkdir(path, 0o700); err != nil { // which nobody can read as a file
		t.Fatal(err)
	}
	if _, err := OpenSealed(path, relay.NewSecret("key")); err == nil {
		t.Fatal("a folder was opened")
	}
	s, err := RenewSealed(path, relay.NewSecret("key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Set(t.Context(), "a", relay.NewSecret("v")); err != nil {
		t.Fatal(err)
	}
	if again, err := OpenSealed(path, relay.NewSecret("key")); err != nil {
		t.Errorf("got %v, want a new file in its place", err)
	} else if got, err := again.Get(t.Context(), "a"); err != nil || got.Reveal() != "v" {
		t.Errorf("got %q, %v", got.Reveal(), err)
	}
}

func TestSealedOfANewerVersionIsLeftAsItIs(t *testing.T) {
	path, content := sealedFixture(t)
	other, _ := sealedFixture(t)
	_ = os.Remove(other)
	otherKey, err := OpenSealed(other, relay.NewSecret("derived in another way"))
	if err != nil {
		t.Fatal(err)
	}
	sameMembers := otherKey.file
	sameMembers.Version = 2
	encoded, err := sameMembers.encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, newer := range map[string]string{
		"with the same members": string(encoded),
		"with one more member":  strings.Replace(string(content), `"version": 1`, `"version": 2, "kdf": "argon2id"`, 1),
		"of another shape":      `{"version": 3, "vaults": [{"kdf": "argon2id"}]}`,
	} {
		if err := os.WriteFile(path, []byte(newer), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenSealed(path, relay.NewSecret("key")); !errors.Is(err, ErrNewer) {
			t.Errorf("%s: got %v, want %v", name, err, ErrNewer)
		}
		if after, _ := os.ReadFile(path); string(after) != newer {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func TestSealedWithADamagedVersionIsRead(t *testing.T) {
	path, content := sealedFixture(t)
	for _, digits := range []string{"2", "9", "11", "3000000"} {
		damaged := strings.Replace(string(content), `"version": 1`, `"version": `+digits, 1)
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := OpenSealed(path, relay.NewSecret("key"))
		if err != nil {
			t.Fatalf("version %s: got %v, want the file read", digits, err)
		}
		if got, err := s.Get(t.Context(), "a"); err != nil || got.Reveal() != plantedValue+"a" {
			t.Errorf("version %s: got %v, want the secret", digits, err)
		}
		if err := s.Set(t.Context(), "b", relay.NewSecret("new")); err != nil {
			t.Fatal(err)
		}
		if after, _ := os.ReadFile(path); !strings.Contains(string(after), `"version": 1`) {
			t.Errorf("version %s: a change did not mend the version", digits)
		}
	}
}

// damagedFiles seeds the test and the fuzz target: ways to spoil a sound file.
func damagedFiles(content []byte) map[string][]byte {
	edit := func(change func(*sealedFile)) []byte {
		var file sealedFile
		if err := json.Unmarshal(content, &file); err != nil {
			panic(err)
		}
		file.Entries = maps.Clone(file.Entries)
		change(&file)
		data, err := file.encode()
		if err != nil {
			panic(err)
		}
		return data
	}
	return map[string][]byte{
		"nothing in it":            {},
		"zeros":                    make([]byte, 100),
		"cut off":                  content[:len(content)/2],
		"something after its end":  append(slices.Clone(content), content...),
		"null":                     []byte("null"),
		"an unknown field":         bytes.Replace(content, []byte(`"version"`), []byte(`"more": 1, "version"`), 1),
		"an earlier version":       edit(func(f *sealedFile) { f.Version = 0 }),
		"no salt":                  edit(func(f *sealedFile) { f.Salt = nil }),
		"a check of a wrong size":  edit(func(f *sealedFile) { f.Check.Nonce = nil }),
		"an entry without a name":  edit(func(f *sealedFile) { f.Entries[""] = f.Entries["a"] }),
		"a name with a line break": edit(func(f *sealedFile) { f.Entries["a\nb"] = f.Entries["a"] }),
		"far too many entries": edit(func(f *sealedFile) {
			for i := range maxEntries + 1 {
				f.Entries[strconv.Itoa(i)] = f.Entries["a"]
			}
		}),
		"far too large": append(slices.Clone(content), bytes.Repeat([]byte(" "), maxSealedFile)...),
	}
}

func TestSealedDamagedIsLeftAsItIs(t *testing.T) {
	path, content := sealedFixture(t)
	for name, damaged := range damagedFiles(content) {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := OpenSealed(path, relay.NewSecret("key"))
			var damage *DamagedError
			if !errors.As(err, &damage) || damage.Path != path || errors.Is(err, ErrWrongKey) {
				t.Errorf("got %v, want a DamagedError", err)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(after, damaged) {
				t.Error("the file was changed")
			}
		})
	}
}

func TestSealedNoticesTampering(t *testing.T) {
	for _, c := range []struct {
		name   string
		tamper func(map[string]sealedEntry)
	}{
		{"a flipped bit", func(e map[string]sealedEntry) { e["a"].Sealed[0] ^= 1 }},
		{"a flipped bit of the nonce", func(e map[string]sealedEntry) { e["a"].Nonce[0] ^= 1 }},
		{"an entry of another name", func(e map[string]sealedEntry) { e["a"] = e["b"] }},
		{"a short nonce", func(e map[string]sealedEntry) { e["a"] = sealedEntry{Nonce: []byte{1}, Sealed: e["a"].Sealed} }},
		{"a short text", func(e map[string]sealedEntry) { e["a"] = sealedEntry{Nonce: e["a"].Nonce, Sealed: []byte{1}} }},
		{"nothing in it", func(e map[string]sealedEntry) { e["a"] = sealedEntry{} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, content := sealedFixture(t)
			file, err := decodeSealed(content)
			if err != nil {
				t.Fatal(err)
			}
			c.tamper(file.Entries)
			data, _ := file.encode()
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := OpenSealed(path, relay.NewSecret("key"))
			if err != nil {
				t.Fatal(err)
			}
			missing(t, s)
		})
	}
}

// missing fails unless entry a of s is as good as missing, b is whole, and a can
// be set anew.
func missing(t *testing.T, s *Sealed) {
	t.Helper()
	_, err := s.Get(t.Context(), "a")
	var damage *DamagedError
	if !errors.As(err, &damage) || !errors.Is(err, ErrNotFound) || strings.Contains(err.Error(), plantedValue) {
		t.Errorf("got %v, want it missing, with a DamagedError that does not hold the secret", err)
	}
	if got, err := s.Get(t.Context(), "b"); err != nil || got.Reveal() != plantedValue+"b" {
		t.Errorf("the other entry: got %q, %v, want it whole", got.Reveal(), err)
	}
	if err := s.Set(t.Context(), "a", relay.NewSecret("renewed")); err != nil {
		t.Fatal(err)
	}
	again, err := OpenSealed(s.path, relay.NewSecret("key"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := again.Get(t.Context(), "a"); err != nil || got.Reveal() != "renewed" {
		t.Errorf("set anew: got %q, %v", got.Reveal(), err)
	}
}

// TestSealedEntryWithAnyByteChanged changes each character of one entry, in the
// file, in two ways: what stays JSON costs that entry alone, and nothing is ever
// taken for the secret.
func TestSealedEntryWithAnyByteChanged(t *testing.T) {
	path, content := sealedFixture(t)
	entries := bytes.Index(content, []byte(`"entries"`))
	begin := entries + bytes.Index(content[entries:], []byte(`"sealed"`))
	end := begin + bytes.IndexByte(content[begin:], '}')
	for at := begin; at < end; at++ {
		for _, other := range []byte{content[at] ^ 1, 'A', '*'} {
			changed := slices.Clone(content)
			if changed[at] == other {
				continue
			}
			changed[at] = other
			if err := os.WriteFile(path, changed, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := OpenSealed(path, relay.NewSecret("key"))
			if err != nil {
				var damage *DamagedError
				if !errors.As(err, &damage) {
					t.Fatalf("byte %d as %q: got %v, want a DamagedError", at, other, err)
				}
				continue
			}
			if got, err := s.Get(t.Context(), "a"); err == nil && got.Reveal() != plantedValue+"a" || err != nil && !errors.Is(err, ErrNotFound) {
				t.Fatalf("byte %d as %q: got %q, %v, want it missing", at, other, got.Reveal(), err)
			}
		}
	}
}

func TestSealedThatCannotBeWrittenKeepsTheOld(t *testing.T) {
	path, content := sealedFixture(t)
	s, err := OpenSealed(path, relay.NewSecret("key"))
	if err != nil {
		t.Fatal(err)
	}
	// A folder that is not empty, in the place of the temporary file.
	if err := os.MkdirAll(filepath.Join(path+".tmp", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := s.Set(t.Context(), "a", relay.NewSecret("new")); err == nil || strings.Contains(err.Error(), "new") {
		t.Errorf("set: got %v, want an error without the secret", err)
	}
	if err := s.Delete(t.Context(), "a"); err == nil {
		t.Error("delete: got nil, want an error")
	}
	if got, err := s.Get(t.Context(), "a"); err != nil || got.Reveal() != plantedValue+"a" {
		t.Errorf("in force: got %q, %v, want the old value", got.Reveal(), err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(after, content) {
		t.Error("the file was changed")
	}
}

func TestSealedRefusesWhatItCouldNotReadAgain(t *testing.T) {
	s, err := OpenSealed(filepath.Join(t.TempDir(), "sealed.json"), relay.NewSecret("key"))
	if err != nil {
		t.Fatal(err)
	}
	value := relay.NewSecret("v")
	for _, name := range []string{"", "a\x00", "\xff", strings.Repeat("n", maxEntryName+1)} {
		if err := s.Set(t.Context(), name, value); err == nil {
			t.Errorf("name %q: got nil, want an error", name)
		}
	}
	if err := s.Set(t.Context(), "n", relay.NewSecret(strings.Repeat("v", maxSealedValue+1))); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a huge value: got %v, want ErrTooLarge", err)
	}
	for i := range maxEntries {
		s.file.Entries[strconv.Itoa(i)] = sealedEntry{}
	}
	if err := s.Set(t.Context(), "one too many", value); err == nil {
		t.Error("one entry too many: got nil, want an error")
	}
}

func FuzzDecodeSealed(f *testing.F) {
	_, content := sealedFixture(f)
	f.Add(content)
	for name, damaged := range damagedFiles(content) {
		if name != "far too large" { // It adds nothing but spaces.
			f.Add(damaged)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := decodeSealed(data)
		if err != nil {
			return
		}
		encoded, err := file.encode()
		if err != nil {
			t.Fatalf("encode: %v", err)
		}
		again, err := decodeSealed(encoded)
		if err != nil || len(again.Entries) != len(file.Entries) || !bytes.Equal(again.Salt, file.Salt) {
			t.Errorf("what was decoded does not decode again: %v", err)
		}
		aead, err := deriveAEAD(relay.NewSecret("key"), file.Salt)
		if err != nil {
			t.Fatal(err)
		}
		for name, entry := range file.Entries {
			_, _ = open(aead, name, entry) // It must not panic.
		}
	})
}

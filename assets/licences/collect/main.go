// Command collect collects the licences of everything that is part of the program
// into the file that package licences embeds. It reads the module cache, and the
// modules that the go command names for each system and build. With "print" it
// prints those that are embedded instead. It is not part of the program.
//
// usage: collect FILE | collect print
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"vastrelay/assets/licences"
)

func main() {
	if len(os.Args) != 2 {
		_, _ = fmt.Fprintln(os.Stderr, "usage: collect FILE | collect print")
		os.Exit(2)
	}
	if err := run(context.Background(), os.Args[1], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "collect: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, target string, out io.Writer) error {
	if target == "print" {
		text, err := licences.Text()
		if err != nil {
			return err
		}
		_, err = io.WriteString(out, text)
		return err
	}
	all, err := collect(ctx)
	if err != nil {
		return err
	}
	content, err := licences.Pack(all)
	if err != nil {
		return err
	}
	return os.WriteFile(target, content, 0o644) // #nosec G306 -- a source file
}

// builds are the systems, and the tags, for which the program is built.
func builds() (all []build) {
	for _, system := range []string{"linux", "windows", "darwin"} {
		all = append(all, build{system, "migrated_fynedo", "1"}, build{system, "headless", "0"})
	}
	return all
}

type build struct{ system, tags, cgo string }

// part is what the go command tells of a package that is part of a build.
type part struct {
	Dir    string
	Module *struct {
		Path, Version, Dir string
		Main               bool
		Replace            *struct{ Path, Version, Dir string }
	}
}

// parts lists the packages that are part of b.
func (b build) parts(ctx context.Context) (all []part, err error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-e", "-deps", "-tags", b.tags, "-json=Dir,Module", "vastrelay") // #nosec G204 -- constants
	cmd.Env = append(os.Environ(), "GOOS="+b.system, "GOARCH=amd64", "CGO_ENABLED="+b.cgo)
	out, err := cmd.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return nil, fmt.Errorf("go list for %s: %w: %s", b.system, err, exit.Stderr)
		}
		return nil, err
	}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p part
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
}

// module is a module with the folders of it that are part of a build.
type module struct {
	path, version, dir string
	folders            map[string]bool
}

// collect reads the licences of all modules that are part of a build.
func collect(ctx context.Context) ([]licences.Licence, error) {
	modules := map[string]*module{}
	for _, b := range builds() {
		parts, err := b.parts(ctx)
		if err != nil {
			return nil, err
		}
		for _, p := range parts {
			if p.Module == nil || p.Module.Main {
				continue
			}
			m := modules[p.Module.Path]
			if m == nil {
				m = &module{path: p.Module.Path, version: p.Module.Version, dir: p.Module.Dir, folders: map[string]bool{p.Module.Dir: true}}
				modules[p.Module.Path] = m
			}
			m.folders[p.Dir] = true
		}
	}
	root, err := goRoot(ctx)
	if err != nil {
		return nil, err
	}
	standard, err := licence(&module{path: "Go", dir: root, folders: map[string]bool{root: true}})
	if err != nil {
		return nil, err
	}
	all := []licences.Licence{standard}
	for _, m := range modules {
		l, err := licence(m)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b licences.Licence) int { return strings.Compare(a.Module, b.Module) })
	return all, nil
}

// goRoot is the folder of the Go tools.
func goRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	return strings.TrimSpace(string(out)), err
}

// licenceName is how files with licences are called.
var licenceName = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|ofl|patents)([._-].*)?$`)

// fonts are the folders with files that are embedded beside Go code and have
// licences of their own, below the folder of a package that is used.
var fonts = []string{"font"}

// licence reads the licences of m.
func licence(m *module) (licences.Licence, error) {
	l := licences.Licence{Module: m.path, Version: m.version}
	folders := map[string]bool{}
	for folder := range m.folders {
		folders[folder] = true
		for _, below := range fonts {
			folders[filepath.Join(folder, below)] = true
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		if err := readFolder(&l, m.dir, folder); err != nil {
			return l, err
		}
	}
	if len(l.Texts) == 0 {
		return l, fmt.Errorf("%s has no file with a licence", m.path)
	}
	return l, nil
}

// readFolder adds the licences in folder, which lies in the module at dir or does not
// exist, to l.
func readFolder(l *licences.Licence, dir, folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() || !licenceName.MatchString(entry.Name()) || strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		path := filepath.Join(folder, entry.Name())
		text, err := os.ReadFile(path) // #nosec G304 -- of the module cache
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		l.Files, l.Texts = append(l.Files, filepath.ToSlash(name)), append(l.Texts, string(text))
	}
	return nil
}

package words

import (
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"path"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

//go:embed en de
var catalogues embed.FS

// sentenceFiles are the sentences of a language. It reads a file when one of its sentences
// is asked for first: a window shows those of a few, of one language, and to read all
// of both takes 12 ms of a start and 2 MB.
type sentenceFiles struct {
	tag string // names the folder

	// mu guards what follows. The bundle must not change while the localizer reads it.
	mu        sync.RWMutex
	bundle    *i18n.Bundle    // nil: no file was read yet
	localizer *i18n.Localizer // of bundle
	read      map[string]bool // by the name of a file without its ending; also of one that does not exist
}

// localize returns a sentence. The arguments in config must not call this package.
func (f *sentenceFiles) localize(config *i18n.LocalizeConfig) (string, error) {
	file, _, _ := strings.Cut(config.MessageID, ".")
	f.mu.RLock()
	if !f.read[file] {
		f.mu.RUnlock()
		f.add(file)
		f.mu.RLock()
	}
	defer f.mu.RUnlock()
	return f.localizer.Localize(config)
}

// add reads a file. The files are part of the program, so that one which cannot be
// read is a fault of the build, and a panic. A key that begins with the name of no file
// has no sentence.
func (f *sentenceFiles) add(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.read[name] {
		return // Another goroutine was quicker.
	}
	if f.bundle == nil {
		f.bundle = i18n.NewBundle(language.Make(f.tag))
		f.bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
		f.localizer = i18n.NewLocalizer(f.bundle, f.tag)
		f.read = make(map[string]bool)
	}
	content, err := catalogues.ReadFile(path.Join(f.tag, name+".json"))
	switch {
	case err == nil:
		parsed, err := f.bundle.ParseMessageFileBytes(content, f.tag+".json")
		if err != nil {
			panic(err)
		}
		addNone(f.bundle, parsed)
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid):
		panic(err)
	}
	f.read[name] = true
}

// noneSuffix ends the id under which the form "zero" of a sentence stands.
const noneSuffix = " none"

// addNone makes the forms "zero" of a file messages of their own, which Plural takes for
// none. The library would use them only in a language whose grammar has such a form.
func addNone(bundle *i18n.Bundle, file *i18n.MessageFile) {
	for _, m := range file.Messages {
		if m.Zero == "" {
			continue
		}
		if err := bundle.AddMessages(file.Tag, &i18n.Message{ID: m.ID + noneSuffix, Other: m.Zero}); err != nil {
			panic(err) // the language was added with the file
		}
	}
}

package words

import (
	"cmp"
	"embed"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Translate returns, in every language, what a part of the program has said in
// English: a part that knows no language, such as the vendor of a tunnel. The
// sentences of such parts stand in part.json, and those about Google Chat's answers in
// chat.json; a test compares them with the parts. What comes from elsewhere within a
// sentence stays as it is, and so does a text that is not known.
func Translate(text string) Sentence {
	if text == "" {
		return Sentence{}
	}
	if s, ok := translateOne(text); ok {
		return s
	}
	// Two sentences: the first is known, the rest may be.
	for at, rest := 0, text; ; {
		i := strings.Index(rest, ". ")
		if i < 0 {
			return Verbatim(text)
		}
		at += i + 1
		if first, ok := translateOne(text[:at]); ok {
			return Join([]Sentence{first, Translate(text[at+1:])}, " ")
		}
		rest = text[at:]
	}
}

// translateOne translates a text that is one sentence of a part.
func translateOne(text string) (Sentence, bool) {
	known := partSentences()
	if key, ok := known.whole[text]; ok {
		return New(key), true
	}
	for _, p := range known.patterns {
		values := p.pattern.FindStringSubmatch(text)
		if values == nil {
			continue
		}
		args := make(Args, len(p.names))
		for i, name := range p.names {
			args[name] = Verbatim(values[i+1])
			if inner, ok := known.whole[values[i+1]]; ok {
				args[name] = New(inner)
			}
		}
		return New(p.key, args), true
	}
	return Sentence{}, false
}

// partCatalogue is what is recognised of parts.
type partCatalogue struct {
	// whole has the keys of the sentences that hold nothing from elsewhere, by their
	// text. Such a one can stand within another.
	whole map[string]string
	// patterns are the others, those with the most words of their own first, so that one
	// which continues another is found.
	patterns []partSentence
}

// partSentence recognises one sentence of a part.
type partSentence struct {
	key     string
	pattern *regexp.Regexp // captures what it holds from elsewhere
	names   []string       // of these captures
	fixed   int            // how many bytes are its own
}

// partFiles are the files of sentences that parts say in English.
var partFiles = []string{"part.json", "chat.json"}

// slots are the arguments in a sentence of the catalogue.
var slots = regexp.MustCompile(`\{\{\.([A-Za-z]+)\}\}`)

// partSentences reads what is recognised.
var partSentences = sync.OnceValue(func() partCatalogue {
	known := partCatalogue{whole: make(map[string]string)}
	for _, file := range partFiles {
		eachText(catalogues, path.Join(English().tag, file), func(key, text string) {
			places := slots.FindAllStringSubmatchIndex(text, -1)
			if len(places) == 0 {
				if other, ok := known.whole[text]; !ok || key < other {
					known.whole[text] = key
				}
				return
			}
			p := partSentence{key: key, fixed: len(slots.ReplaceAllString(text, ""))}
			pattern, last := "(?s)^", 0
			for _, at := range places {
				pattern += regexp.QuoteMeta(text[last:at[0]]) + "(.+?)"
				p.names, last = append(p.names, text[at[2]:at[3]]), at[1]
			}
			p.pattern = regexp.MustCompile(pattern + regexp.QuoteMeta(text[last:]) + "$")
			known.patterns = append(known.patterns, p)
		})
	}
	slices.SortFunc(known.patterns, func(x, y partSentence) int { return cmp.Or(cmp.Compare(y.fixed, x.fixed), cmp.Compare(x.key, y.key)) })
	return known
})

// eachText calls each with every sentence of a file. One that cannot be read is a
// fault of the build, and a panic.
func eachText(files embed.FS, file string, each func(key, text string)) {
	content, err := files.ReadFile(file)
	if err != nil {
		panic(err)
	}
	var root map[string]any
	if err := json.Unmarshal(content, &root); err != nil {
		panic(err)
	}
	var walk func(key string, node any)
	walk = func(key string, node any) {
		switch node := node.(type) {
		case string:
			each(key, node)
		case map[string]any:
			for name, below := range node {
				walk(strings.TrimPrefix(key+"."+name, "."), below)
			}
		}
	}
	walk("", root)
}

package words

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sentence is one entry of the catalogue: one text, or the forms of a plural.
type sentence struct {
	key    string
	plural bool
	names  []string          // of its arguments, sorted
	forms  map[string]string // its texts by the form of the plural; one that is no plural has one under ""
}

// pluralForms are the keys that make an object the forms of one sentence.
var pluralForms = []string{"zero", "one", "two", "few", "many", "other"}

// reservedKeys mean something to the library, so that no group or sentence may
// be called so.
var reservedKeys = []string{"id", "description", "hash", "leftdelim", "rightdelim", "translation"}

var (
	placeholder = regexp.MustCompile(`\{\{(.*?)\}\}`)
	argument    = regexp.MustCompile(`^\.([A-Z][A-Za-z]*)$`)
	keyPart     = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	wholeKey    = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$`)
)

// catalogue reads every sentence of l, by key, and reports what is malformed.
func catalogue(t *testing.T, l *Language) map[string]sentence {
	t.Helper()
	found := map[string]sentence{}
	files, err := catalogues.ReadDir(l.Tag())
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := catalogues.ReadFile(l.Tag() + "/" + file.Name())
		if err != nil {
			t.Fatal(err)
		}
		var groups map[string]any
		if err := json.Unmarshal(content, &groups); err != nil {
			t.Errorf("%s/%s: %v", l.Tag(), file.Name(), err)
			continue
		}
		if name := strings.TrimSuffix(file.Name(), ".json"); len(groups) != 1 || groups[name] == nil {
			t.Errorf("%s/%s holds the groups %v, want one called like the file", l.Tag(), file.Name(), slices.Sorted(maps.Keys(groups)))
		}
		for _, problem := range collect(found, "", groups) {
			t.Errorf("%s/%s: %s", l.Tag(), file.Name(), problem)
		}
	}
	return found
}

// collect adds the sentences below a group to found and returns what is wrong
// with them.
func collect(found map[string]sentence, prefix string, group map[string]any) (problems []string) {
	for name, value := range group {
		key := prefix + name
		switch {
		case !keyPart.MatchString(name):
			problems = append(problems, key+" is not in lower case with underscores")
		case slices.Contains(reservedKeys, name) || slices.Contains(pluralForms, name):
			problems = append(problems, key+" ends in a word that the library reserves")
		}
		switch value := value.(type) {
		case string:
			names, problem := argumentsOf(value)
			found[key] = sentence{key: key, names: names, forms: map[string]string{"": value}}
			problems = append(problems, prefixed(key, problem)...)
		case map[string]any:
			if _, plural := value["other"].(string); !plural {
				problems = append(problems, collect(found, key+".", value)...)
				continue
			}
			all, forms := map[string]bool{}, map[string]string{}
			for form, text := range value {
				text, _ := text.(string)
				forms[form] = text
				if !slices.Contains(pluralForms, form) || text == "" {
					problems = append(problems, fmt.Sprintf("%s has a form %q that is none of a plural", key, form))
				}
				names, problem := argumentsOf(text)
				problems = append(problems, prefixed(key, problem)...)
				for _, n := range names {
					all[n] = true
				}
			}
			delete(all, "Count")
			found[key] = sentence{key: key, plural: true, names: slices.Sorted(maps.Keys(all)), forms: forms}
		default:
			problems = append(problems, fmt.Sprintf("%s is a %T", key, value))
		}
	}
	return problems
}

func prefixed(key, problem string) []string {
	if problem == "" {
		return nil
	}
	return []string{key + ": " + problem}
}

// argumentsOf lists the names in braces. Nothing but a name may stand there: a
// sentence does no arithmetic.
func argumentsOf(text string) (names []string, problem string) {
	if strings.TrimSpace(text) != text || text == "" {
		problem = "is empty or has white space around it"
	}
	for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
		name := argument.FindStringSubmatch(match[1])
		if name == nil {
			problem = "holds " + match[0]
			continue
		}
		if !slices.Contains(names, name[1]) {
			names = append(names, name[1])
		}
	}
	slices.Sort(names)
	return names, problem
}

// use is one call of Text, Plural, New or NewPlural in the program.
type use struct {
	at     string
	key    string // empty: not written out
	plural bool
	names  []string
}

// eachSource calls each with every Go file below root that is no test.
func eachSource(t *testing.T, root string, each func(path string, files *token.FileSet, parsed *ast.File)) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		files := token.NewFileSet()
		parsed, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		each(path, files, parsed)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// parsedBody is a Go file with a function of that body.
func parsedBody(t *testing.T, body string) (*token.FileSet, *ast.File) {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, "x.go", "package x\nfunc f() {"+body+"}", 0)
	if err != nil {
		t.Fatal(err)
	}
	return files, parsed
}

// uses lists the calls in the Go files below root that are not tests.
func uses(t *testing.T, root string) []use {
	t.Helper()
	var found []use
	codes := conditionCodes(t)
	eachSource(t, root, func(_ string, files *token.FileSet, parsed *ast.File) {
		found = append(found, usesIn(files, parsed, codes)...)
	})
	return found
}

func usesIn(files *token.FileSet, parsed *ast.File, codes map[string]string) (found []use) {
	ast.Inspect(parsed, func(node ast.Node) bool {
		call, ok := node.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := functionOfWords(call, parsed.Name.Name == "words")
		if code := conditionCode(call); code != "" {
			found = append(found, use{at: files.Position(call.Pos()).String(), key: conditionGroup + codes[code], names: namesOf(call.Args[1:])})
			return true
		}
		u := use{at: files.Position(call.Pos()).String(), plural: name == "Plural" || name == "NewPlural"}
		if !u.plural && name != "Text" && name != "New" || len(call.Args) == 0 {
			return true
		}
		if literal, ok := call.Args[0].(*ast.BasicLit); ok {
			u.key, _ = strconv.Unquote(literal.Value)
		}
		u.names = namesOf(call.Args[1:])
		found = append(found, u)
		return true
	})
	return found
}

// functionOfWords returns the name of the function of this package that call
// calls, from another package or from within.
func functionOfWords(call *ast.CallExpr, within bool) string {
	switch function := call.Fun.(type) {
	case *ast.SelectorExpr:
		pkg, named := function.X.(*ast.Ident)
		if named && pkg.Name == "words" || ofLanguage(call, function.Sel.Name) {
			return function.Sel.Name
		}
	case *ast.Ident:
		if within && literalText(call.Args...) != "" {
			return function.Name
		}
	}
	return ""
}

// ofLanguage reports whether call is one of a method of Language with that name,
// which its first argument tells: the key of a sentence.
func ofLanguage(call *ast.CallExpr, name string) bool {
	return (name == "Text" || name == "Plural") && wholeKey.MatchString(literalText(call.Args...))
}

// conditionCode returns the constant in a call of health.New; empty for other
// calls.
func conditionCode(call *ast.CallExpr) string {
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || function.Sel.Name != "New" || len(call.Args) == 0 {
		return ""
	}
	code, ok := call.Args[0].(*ast.SelectorExpr)
	if pkg, named := function.X.(*ast.Ident); !ok || !named || pkg.Name != "health" {
		return ""
	}
	return code.Sel.Name
}

// namesOf lists the names of the arguments in args, sorted.
func namesOf(args []ast.Expr) (names []string) {
	for _, arg := range args {
		names = append(names, argumentNames(arg)...)
	}
	slices.Sort(names)
	return names
}

func argumentNames(arg ast.Expr) (names []string) {
	literal, ok := arg.(*ast.CompositeLit)
	if !ok {
		return nil
	}
	for _, element := range literal.Elts {
		if pair, ok := element.(*ast.KeyValueExpr); ok {
			if name, ok := pair.Key.(*ast.BasicLit); ok {
				text, _ := strconv.Unquote(name.Value)
				names = append(names, text)
			}
		}
	}
	return names
}

// disagreements compares what the program asks for with what the catalogue has.
func disagreements(have map[string]sentence, asked []use) (problems []string) {
	used := map[string]bool{}
	for _, u := range asked {
		s, ok := have[u.key]
		used[u.key] = true
		switch {
		case u.key == "":
			problems = append(problems, u.at+": the key is not a literal, so nobody can find its sentence")
		case !ok:
			problems = append(problems, fmt.Sprintf("%s: no sentence %q", u.at, u.key))
		case s.plural != u.plural:
			problems = append(problems, fmt.Sprintf("%s: %q has plural forms: %v, asked for by Plural: %v", u.at, u.key, s.plural, u.plural))
		case !slices.Equal(s.names, u.names):
			problems = append(problems, fmt.Sprintf("%s: %q wants the arguments %v, gets %v", u.at, u.key, s.names, u.names))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(have)) {
		if !used[key] && !slices.ContainsFunc(codedGroups, func(group string) bool { return strings.HasPrefix(key, group) }) {
			problems = append(problems, fmt.Sprintf("nothing shows the sentence %q", key))
		}
	}
	return problems
}

func TestTheProgramAndTheCatalogueAgree(t *testing.T) {
	asked := uses(t, "..")
	if len(asked) == 0 {
		t.Fatal("found no use of a sentence")
	}
	for _, problem := range disagreements(withConditions(catalogue(t, English())), asked) {
		t.Error(problem)
	}
}

// withConditions makes one sentence of the parts of each condition, under its
// code, as health.New asks for them.
func withConditions(have map[string]sentence) map[string]sentence {
	all := map[string]sentence{}
	for key, s := range have {
		code, condition := strings.CutPrefix(key, conditionGroup)
		if !condition {
			all[key] = s
			continue
		}
		code, _, _ = strings.Cut(code, ".")
		merged := all[conditionGroup+code]
		names := append(slices.Clone(s.names), merged.names...)
		if s.plural {
			names = append(names, "Count")
		}
		slices.Sort(names)
		all[conditionGroup+code] = sentence{key: conditionGroup + code, names: slices.Compact(names)}
	}
	return all
}

// codedGroups begin the keys of sentences that are asked for by a code or a name of
// another package. Tests of checks, app, kinds and messages compare them with those packages.
var codedGroups = []string{"chat.", "message.", "part.", "tunnels.", "event_types.client.", "event_types.host."}

// conditionGroup begins the keys of the sentences that Condition returns.
const conditionGroup = "conditions."

// conditionCodes reads the codes of package health, by the names of their
// constants.
func conditionCodes(t *testing.T) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "../health/conditions.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]string{}
	ast.Inspect(parsed, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); !ok || kind.Name != "Code" {
			return true
		}
		if value, ok := spec.Values[0].(*ast.BasicLit); ok {
			codes[spec.Names[0].Name], _ = strconv.Unquote(value.Value)
		}
		return true
	})
	return codes
}

func TestDisagreementsAreFound(t *testing.T) {
	for name, tc := range map[string]struct {
		program string // the body of a function
		english string
		want    string // part of the problem; empty: all is well
	}{
		"a sentence that is asked for with its arguments": {`words.Text("a.b", words.Args{"N": 1})`, `{"a":{"b":"{{.N}} x"}}`, ""},
		"a plural with its other argument":                {`words.Plural("a.b", 1, words.Args{"N": 1})`, `{"a":{"b":{"one":"{{.N}} x","other":"{{.Count}} {{.N}} xs"}}}`, ""},
		"a key that is nowhere":                           {`words.Text("a.c"); words.Text("a.b")`, `{"a":{"b":"x"}}`, `no sentence "a.c"`},
		"a sentence that nothing shows":                   {`words.Text("a.b")`, `{"a":{"b":"x","c":"y"}}`, `nothing shows the sentence "a.c"`},
		"a missing argument":                              {`words.Text("a.b")`, `{"a":{"b":"{{.N}}"}}`, "wants the arguments [N]"},
		"an argument too many":                            {`words.Text("a.b", words.Args{"N": 1})`, `{"a":{"b":"x"}}`, "gets [N]"},
		"a sentence in every language":                    {`words.New("a.b", words.Args{"N": 1})`, `{"a":{"b":"{{.N}} x"}}`, ""},
		"a sentence of one language":                      {`l.Plural("a.b", 1)`, `{"a":{"b":{"one":"x","other":"{{.Count}} x"}}}`, ""},
		"a key that is nowhere, of one language":          {`words.English().Text("a.c"); words.Text("a.b")`, `{"a":{"b":"x"}}`, `no sentence "a.c"`},
		"a plural asked for as one sentence":              {`words.Text("a.b")`, `{"a":{"b":{"one":"x","other":"xs"}}}`, "plural forms: true"},
		"a key that is put together":                      {`words.Text("a." + x); words.Text("a.b")`, `{"a":{"b":"x"}}`, "not a literal"},
		"a sentence that calculates":                      {`words.Text("a.b")`, `{"a":{"b":"{{if .N}}x{{end}}"}}`, "holds {{"},
		"a condition with its argument":                   {`health.New(health.Broken, words.Args{"N": 1})`, `{"conditions":{"broken":{"headline":"x","next":"{{.N}}"}}}`, ""},
		"a condition without its argument":                {`health.New(health.Broken)`, `{"conditions":{"broken":{"headline":"x","next":"{{.N}}"}}}`, "wants the arguments [N]"},
		"a condition without sentences":                   {`health.New(health.Broken)`, `{}`, `no sentence "conditions.broken"`},
		"a group with a reserved name":                    {`words.Text("a.description")`, `{"a":{"description":"x"}}`, "the library reserves"},
		"a sentence with a space behind it":               {`words.Text("a.b")`, `{"a":{"b":"x "}}`, "white space"},
	} {
		t.Run(name, func(t *testing.T) {
			files, parsed := parsedBody(t, tc.program)
			var groups map[string]any
			if err := json.Unmarshal([]byte(tc.english), &groups); err != nil {
				t.Fatal(err)
			}
			have := map[string]sentence{}
			got := strings.Join(append(collect(have, "", groups), disagreements(withConditions(have), usesIn(files, parsed, map[string]string{"Broken": "broken"}))...), "\n")
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want it to hold %q", got, tc.want)
			}
		})
	}
}

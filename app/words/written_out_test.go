package words

import (
	"go/ast"
	"go/token"
	pathpkg "path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// inEnglish are the folders and files of app that may write texts out, for the reason
// given; all others may not. A folder stands for those below it as well.
var inEnglish = map[string]string{
	"config":                 "knows no language: Translate has its sentences, which a test of its own compares",
	"datadir":                "as config",
	"proxy":                  "as config",
	"metrics":                "Prometheus and programs read English; the refusals of its address are as config",
	"diagnostics":            "a report for somebody who helps is in English",
	"demo":                   "plays Vast.ai, which writes English",
	"secrets":                "errors, of which KeyringProblem finds the words, and the form of a file",
	"control":                "errors, of which commands find the words, and the protocol",
	"logging":                "the log is in English",
	"webhooks":               "the journal of changes, the name of the webhook at Vast.ai, and errors",
	"desktop":                "errors, and forms of files",
	"banners/notify":         "errors, and a program for the system",
	"heartbeat/target.go":    "what other services are told",
	"heartbeat/heartbeat.go": "an answer of another service",
	"ui/kit/kittest":         "tests",
	"ui/uitest":              "tests",
	"sessionbus/bustest":     "tests",
	"ui/tray/traytest":       "tests",
	"ui/launch/display.go":   "what the windowing library says; Translate has what is made of it",
	"ui/launch/toolkit.go":   "what the toolkit writes, and what it calls its texts",
	"ui/notes/last_run.go":   "the name of a note, which nobody sees",
	"commands":               "names of commands and examples of them, which are the same in every language",
	"wire.go":                "names of services, for the log and /status",
	"stop.go":                "the name of a service",
	"factories.go":           "an error, and the name of a witness, for the log",
	"demo.go":                "what a demo without a window prints, as its log",
}

// twoWords finds what reads like a sentence or a part of one.
var twoWords = regexp.MustCompile(`\p{L}{2,} \p{Ll}{2,}`)

// showing are the functions whose texts a person sees, so that even one word
// belongs into the catalogue.
var showing = []string{
	"BoldLabel", "CopyButton", "FormField", "Label", "NewBoldLabel", "NewButton", "NewCheckBox", "NewLink", "NewMenuItem",
	"NewSelectableLabel", "NewTabItem", "PlainButton", "PrimaryButton", "Say", "SectionHeading", "SetPlaceHolder", "SetText", "SetTitle",
	"SmallLabel", "SmallLine", "TextButton", "WrappedBoldLabel", "WrappedLabel", "nothing", "offer", "say",
}

// forPrograms are the functions whose texts reach a log or a stack trace.
var forPrograms = []string{"Debug", "DebugContext", "Error", "ErrorContext", "Errorf", "Info", "InfoContext", "Warn", "WarnContext", "panic"}

// writtenOut lists the texts in a file that a person sees and that are not asked for
// from the catalogue.
func writtenOut(files *token.FileSet, parsed *ast.File) (found []string) {
	ast.Inspect(parsed, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Field:
			return node.Tag == nil
		case *ast.CallExpr:
			if pkg, _ := packageFunction(node); pkg == "errors" {
				return false // what it says reaches the log, or is found words for
			}
			name := calledName(node)
			if slices.Contains(forPrograms, name) {
				return false
			}
			if slices.Contains(showing, name) {
				for _, arg := range node.Args {
					if text := literalText(arg); strings.ContainsFunc(text, unicode.IsLetter) && !twoWords.MatchString(text) {
						found = append(found, files.Position(node.Pos()).String()+": "+text)
					}
				}
			}
		case *ast.BasicLit:
			if text := literalText(node); twoWords.MatchString(text) && !strings.HasPrefix(text, "<svg") {
				found = append(found, files.Position(node.Pos()).String()+": "+text)
			}
		}
		return true
	})
	return found
}

// calledName is the name of the function or method that call calls.
func calledName(call *ast.CallExpr) string {
	switch function := call.Fun.(type) {
	case *ast.SelectorExpr:
		return function.Sel.Name
	case *ast.Ident:
		return function.Name
	default:
		return ""
	}
}

// literalText is the text of the first of the expressions if it is a string
// literal; empty for anything else.
func literalText(all ...ast.Expr) string {
	if len(all) == 0 {
		return ""
	}
	literal, ok := all[0].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return ""
	}
	text, _ := strconv.Unquote(literal.Value)
	return text
}

// TestEverySentenceStandsInTheCatalogue holds all of app to it: a text that is written
// out would stay English for ever. An exception that is none any more is one too many.
func TestEverySentenceStandsInTheCatalogue(t *testing.T) {
	needed := map[string]bool{}
	eachSource(t, "..", func(path string, files *token.FileSet, parsed *ast.File) {
		exception := exceptionFor(strings.TrimPrefix(filepath.ToSlash(path), "../"))
		for _, text := range writtenOut(files, parsed) {
			if needed[exception] = true; exception == "" {
				t.Error(text)
			}
		}
	})
	for path := range inEnglish {
		if !needed[path] {
			t.Errorf("%s writes no text out: it needs no exception", path)
		}
	}
}

// exceptionFor is the entry of inEnglish that a file falls under; empty for none.
func exceptionFor(file string) string {
	for path := file; path != "."; path = pathpkg.Dir(path) {
		if _, ok := inEnglish[path]; ok {
			return path
		}
	}
	return ""
}

func TestTextsThatAreWrittenOutAreFound(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want bool
	}{
		"a sentence that is written out":       {`x := "The event is gone."`, true},
		"a part of one":                        {`x := y + " at delivery"`, true},
		"one word on a button":                 {`kit.PlainButton("Older", nil, f)`, true},
		"a sentence of the catalogue":          {`kit.PlainButton(words.Text("events.older"), nil, f)`, false},
		"a key":                                {`slot.Show("test", x, y)`, false},
		"the product's name":                   {`a.NewWindow("Vast Relay")`, false},
		"a message of the log":                 {`slog.Warn("tray is gone", "err", err)`, false},
		"what only a programmer gets to see":   {`panic("ui: an app is required")`, false},
		"a separator":                          {`x := a + " · " + b`, false},
		"an error that wraps another":          {`return fmt.Errorf("read the file: %w", err)`, false},
		"an error that is found words for":     {`errors.New("the keyring did not answer")`, false},
		"an error that is wrapped is searched": {`say(err, kit.Label("Reading it"))`, true},
	} {
		t.Run(name, func(t *testing.T) {
			files, parsed := parsedBody(t, tc.body)
			if got := writtenOut(files, parsed); (len(got) > 0) != tc.want {
				t.Errorf("found %q, want some: %v", got, tc.want)
			}
		})
	}
}

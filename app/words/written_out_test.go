package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// translated are the packages whose sentences all stand in the catalogue.
var translated = []string{"banners", "checks", "credentials", "health", "status", "ui", "ui/cards", "ui/events", "ui/kit", "ui/settings", "ui/setup", "ui/tray", "ui/webhooks"}

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

// TestEverySentenceStandsInTheCatalogue holds the packages that are done to it: a
// text that is written out in one of them would stay English for ever.
func TestEverySentenceStandsInTheCatalogue(t *testing.T) {
	for _, folder := range translated {
		paths, err := filepath.Glob(filepath.Join("..", folder, "*.go"))
		if err != nil || len(paths) == 0 {
			t.Fatalf("found no files in %s: %v", folder, err)
		}
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			files := token.NewFileSet()
			parsed, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range writtenOut(files, parsed) {
				t.Error(text)
			}
		}
	}
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
		"an error that is wrapped is searched": {`say(err, kit.Label("Reading it"))`, true},
	} {
		t.Run(name, func(t *testing.T) {
			files := token.NewFileSet()
			parsed, err := parser.ParseFile(files, "x.go", "package x\nfunc f() {"+tc.body+"}", 0)
			if err != nil {
				t.Fatal(err)
			}
			if got := writtenOut(files, parsed); (len(got) > 0) != tc.want {
				t.Errorf("found %q, want some: %v", got, tc.want)
			}
		})
	}
}

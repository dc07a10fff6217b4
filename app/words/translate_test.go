package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestWhatPartsSayIsTranslated(t *testing.T) {
	de := german(t)
	for name, tc := range map[string]struct{ said, german string }{
		"a sentence":                         {"ngrok refused the token.", "ngrok hat das Token abgelehnt."},
		"one with a name in it":              {"The local address 127.0.0.1:80 cannot be used.", "Die lokale Adresse 127.0.0.1:80 ist nicht nutzbar."},
		"one with words of a part in it":     {"Choose a port above 1023 in Settings and in your proxy.", "Wählen Sie einen Port über 1023, in den Einstellungen und in Ihrem Proxy."},
		"two sentences":                      {"It must be the bare name of a host. Name another with --data-dir.", "Es muss der bloße Name eines Hosts sein. Nennen Sie mit --data-dir einen anderen."},
		"and what the vendor says":           {"ngrok limits how many are online at once. ngrok says: Too many. Really.", "ngrok begrenzt, wie viele es gleichzeitig sein dürfen. ngrok meldet: Too many. Really."},
		"one that continues another":         {"The system refuses to listen at :80: denied.", "Das System erlaubt nicht, auf :80 zu hören: denied."},
		"a cause of Google Chat":             {"Google Chat answered with an error of its own.", "Google Chat antwortete mit einem eigenen Fehler."},
		"what is not known":                  {"Something else. Or other.", "Something else. Or other."},
		"what is not known before what is":   {"Something. ngrok refused the token.", "Something. ngrok refused the token."},
		"a part of a sentence":               {"ngrok refused", "ngrok refused"},
		"nothing":                            {"", ""},
		"what separates languages within it": {"It answers a\x00b.", "Die Antwort ist ab."},
	} {
		t.Run(name, func(t *testing.T) {
			got := Translate(tc.said)
			if got.In(de) != tc.german || got.String() != strings.ReplaceAll(tc.said, "\x00", "") {
				t.Errorf("got %q and %q, want %q in German and the same in English", got.In(de), got, tc.german)
			}
		})
	}
}

func FuzzTranslateKeepsEnglish(f *testing.F) {
	for _, s := range []string{"ngrok refused the token.", "It answers x. y.", "The proxy a b. c.", ". . ."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := Translate(text).String(); got != strings.ReplaceAll(text, betweenTexts, "") {
			t.Errorf("got %q in English, want %q", got, text)
		}
	})
}

// speaking are the packages that know no language and whose sentences a person sees.
var speaking = []string{
	"../../relay/googlechat/url.go", "../../relay/intake/decode.go", "../../relay/outbox/*.go", "../../relay/tunnel/*.go", "../../relay/tunnel/*/*.go",
	"../config/*.go", "../datadir/*.go", "../metrics/server.go", "../proxy/*.go",
}

// verbs are the verbs of package fmt.
var verbs = regexp.MustCompile(`%[a-z]`)

// wholeSentences lists the sentences in a file, with "x" in place of what is not known
// before the program runs. Vendors describe themselves in files of their own, of which
// a test of app holds the translations.
func wholeSentences(parsed *ast.File) (found []string) {
	ast.Inspect(parsed, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Field:
			return node.Tag == nil
		case *ast.CallExpr:
			if pkg, name := packageFunction(node); pkg == "errors" || pkg == "regexp" || name == "Errorf" {
				return false
			}
		case ast.Expr:
			text, ok := assembled(node)
			if !ok {
				return true
			}
			if text = verbs.ReplaceAllString(text, "x"); sentenceForm.MatchString(text) {
				found = append(found, text)
			}
			return false
		}
		return true
	})
	return found
}

// sentenceForm is what a whole sentence looks like.
var sentenceForm = regexp.MustCompile(`(?s)^\p{Lu}.* \p{Ll}{2,}.*\.$`)

// assembled is the text of a string, or of strings and other values that are joined by
// +.
func assembled(e ast.Expr) (text string, ok bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return literalText(e), e.Kind == token.STRING
	case *ast.BinaryExpr:
		left, isText := assembled(e.X)
		right, isToo := assembled(e.Y)
		if e.Op != token.ADD || !isText && !isToo {
			return "", false
		}
		if !isText {
			left = "x"
		}
		if !isToo {
			right = "x"
		}
		return left + right, true
	default:
		return "", false
	}
}

// TestEverySentenceOfAPartIsKnown finds the sentences that Translate would leave in
// English.
func TestEverySentenceOfAPartIsKnown(t *testing.T) {
	de, count := german(t), 0
	for _, pattern := range speaking {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			t.Fatalf("found no files at %s: %v", pattern, err)
		}
		for _, path := range paths {
			path = filepath.ToSlash(path)
			if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "/vendor.go") || strings.Contains(path, "test/") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, said := range wholeSentences(parsed) {
				count++
				if Translate(said).In(de) == said {
					t.Errorf("%s: %q has no translation", path, said)
				}
			}
		}
	}
	if count < 100 {
		t.Errorf("found %d sentences, want those of all parts", count)
	}
}

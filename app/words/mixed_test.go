package words

import (
	"go/ast"
	"go/token"
	"slices"
	"testing"
)

// ofOneLanguage are the functions of this package whose text is in the language in use.
var ofOneLanguage = []string{
	"Text", "Plural", "List", "Moment", "Ago", "WeekdayTime", "Day", "WeekdayDay", "Weekday", "MonthYear", "Date", "Exact", "Elapsed", "Delta",
}

// mixed lists where a file puts a text of the language in use into a Sentence, which
// has one for each language: /status, logs and --json would hold both.
func mixed(files *token.FileSet, parsed *ast.File) (found []string) {
	ast.Inspect(parsed, func(node ast.Node) bool {
		sentence, ok := node.(*ast.CallExpr)
		if !ok || !makesSentence(sentence) {
			return true
		}
		for _, argument := range sentence.Args {
			ast.Inspect(argument, func(node ast.Node) bool {
				call, ok := node.(*ast.CallExpr)
				if !ok {
					return true
				}
				if pkg, name := packageFunction(call); pkg == "words" && slices.Contains(ofOneLanguage, name) {
					found = append(found, files.Position(call.Pos()).String()+": words."+name+" in a sentence of every language")
				}
				return true
			})
		}
		return false
	})
	return found
}

// makesSentence reports whether call makes a Sentence, or a health.Problem of some.
func makesSentence(call *ast.CallExpr) bool {
	switch pkg, name := packageFunction(call); pkg {
	case "words":
		return slices.Contains([]string{"New", "NewPlural", "Condition"}, name)
	case "health":
		return name == "New"
	default:
		return false
	}
}

func TestNoSentenceMixesLanguages(t *testing.T) {
	eachSource(t, "..", func(_ string, files *token.FileSet, parsed *ast.File) {
		for _, problem := range mixed(files, parsed) {
			t.Error(problem)
		}
	})
}

func TestMixedLanguagesAreFound(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want bool
	}{
		"a moment in a sentence":            {`x := words.New("a.b", words.Args{"Time": words.Moment(at, now)})`, true},
		"a list in a problem":               {`x := health.New(code, words.Args{"Names": words.List(names)})`, true},
		"a text in a plural":                {`x := words.NewPlural("a.b", 2, words.Args{"What": words.Text("a.c")})`, true},
		"a moment of every language":        {`x := words.New("a.b", words.Args{"Time": words.NewMoment(at, now)})`, false},
		"a time of day, which all write so": {`x := words.New("a.b", words.Args{"Time": words.Clock(at)})`, false},
		"a moment in a text":                {`x := words.Text("a.b", words.Args{"Time": words.Moment(at, now)})`, false},
	} {
		t.Run(name, func(t *testing.T) {
			files, parsed := parsedBody(t, tc.body)
			if got := mixed(files, parsed); (len(got) > 0) != tc.want {
				t.Errorf("found %q, want some: %v", got, tc.want)
			}
		})
	}
}

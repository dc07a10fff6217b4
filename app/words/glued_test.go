package words

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// wording are the functions of this package that return a sentence or a part of
// one.
var wording = []string{"Text", "Plural", "New", "NewPlural", "List", "Moment", "Ago", "Elapsed"}

// glued lists where a file joins a sentence to other text, or cuts it: another
// language has the words in another order, and writes them otherwise. Whole
// sentences are joined by health.Paragraph, facts by Join.
func glued(files *token.FileSet, parsed *ast.File) (found []string) {
	within := parsed.Name.Name == "words"
	asks := func(e ast.Expr) bool {
		call, ok := e.(*ast.CallExpr)
		return ok && slices.Contains(wording, functionOfWords(call, within))
	}
	report := func(n ast.Node, what string) {
		found = append(found, files.Position(n.Pos()).String()+": "+what)
	}
	ast.Inspect(parsed, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.BinaryExpr:
			if node.Op == token.ADD && (asks(node.X) || asks(node.Y)) {
				report(node, "a sentence is joined to other text by +")
			}
		case *ast.AssignStmt:
			if node.Tok == token.ADD_ASSIGN && asks(node.Rhs[0]) {
				report(node, "a sentence is joined to other text by +=")
			}
		case *ast.CallExpr:
			if pkg, name := packageFunction(node); pkg == "fmt" && strings.HasPrefix(name, "Sprint") || pkg == "strings" {
				if slices.ContainsFunc(node.Args, asks) {
					report(node, "a sentence is given to "+pkg+"."+name)
				}
			}
		}
		return true
	})
	return found
}

// packageFunction returns what a call of the form pkg.name calls.
func packageFunction(call *ast.CallExpr) (pkg, name string) {
	if function, ok := call.Fun.(*ast.SelectorExpr); ok {
		if x, ok := function.X.(*ast.Ident); ok {
			return x.Name, function.Sel.Name
		}
	}
	return "", ""
}

func TestNoSentenceIsGluedFromFragments(t *testing.T) {
	eachSource(t, "..", func(_ string, files *token.FileSet, parsed *ast.File) {
		for _, problem := range glued(files, parsed) {
			t.Error(problem)
		}
	})
}

func TestGluedSentencesAreFound(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want bool
	}{
		"a sentence before a name":    {`x := words.Text("a.b") + name`, true},
		"one behind a name":           {`x := name + ": " + words.Text("a.b")`, true},
		"one that is appended":        {`x += words.Plural("a.b", 2)`, true},
		"one in a format":             {`x := fmt.Sprintf("%s: %s", words.Text("a.b"), name)`, true},
		"one that is made lower case": {`x := strings.ToLower(words.Text("a.b"))`, true},
		"one of one language":         {`x := l.Text("a.b") + name`, true},
		"a sentence with an argument": {`x := words.Text("a.b", words.Args{"Name": name + "."})`, false},
		"whole sentences":             {`x := health.Paragraph(words.New("a.b"), words.New("a.c"))`, false},
		"other text that is joined":   {`x := name + "."`, false},
		"a function of a like name":   {`x := node.Text() + name`, false},
	} {
		t.Run(name, func(t *testing.T) {
			files, parsed := parsedBody(t, tc.body)
			if got := glued(files, parsed); (len(got) > 0) != tc.want {
				t.Errorf("found %q, want some: %v", got, tc.want)
			}
		})
	}
}

package health

import (
	"os"
	"regexp"
	"testing"
)

func TestSentences(t *testing.T) {
	tests := []struct {
		name  string
		parts []string
		want  string
	}{
		{"nothing", nil, ""},
		{"one that is ended", []string{"It is full."}, "It is full."},
		{"one that is not ended", []string{"the answer is not a JSON object", "Try again."}, "the answer is not a JSON object. Try again."},
		{"an empty one", []string{"", "Try again."}, "Try again."},
		{"one with space around it", []string{" It is full. ", " Try again"}, "It is full. Try again."},
		{"a question", []string{"Is it there?", "Look."}, "Is it there? Look."},
		{"one that ends in a quotation", []string{"It said “no.”", "Ask."}, "It said “no.” Ask."},
		{"one that ends in a bracket", []string{"It said no (403)", "Ask."}, "It said no (403). Ask."},
		{"one that goes on", []string{"It said…", "Ask."}, "It said… Ask."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Sentences(tt.parts...); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEveryActionHasALabel(t *testing.T) {
	source, err := os.ReadFile("action.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`Action\w+ +Action = "(\w+)"`).FindAllSubmatch(source, -1)
	if len(declared) != len(labels()) {
		t.Errorf("got %d actions and %d labels", len(declared), len(labels()))
	}
	for _, d := range declared {
		if a := Action(d[1]); a.Label() == "" {
			t.Errorf("%s has no label", a)
		}
	}
}

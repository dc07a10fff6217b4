package words

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAFileIsReadWhenASentenceOfItIsAskedFor(t *testing.T) {
	l := newLanguage("en", "English", ",", ".")
	if got := l.Text("list.last", Args{"Before": "a", "Item": "b"}); got != "a and b" {
		t.Errorf("got %q, want the sentence", got)
	}
	if got := slices.Collect(maps.Keys(l.files.read)); !slices.Equal(got, []string{"list"}) {
		t.Errorf("got the files %q, want the one of the sentence alone", got)
	}
	for _, key := range []string{"", ".", "nothing", "nothing.here", "../en/list.last", "list", "list.nothing"} {
		if got := l.Text(key); got != key {
			t.Errorf("%q: got %q, want the key of a sentence that does not exist", key, got)
		}
	}
}

// TestFilesAreReadBesideEachOther is for the race detector.
func TestFilesAreReadBesideEachOther(t *testing.T) {
	l := newLanguage("de", "Deutsch", ".", ",")
	files, err := catalogues.ReadDir("de")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		for _, file := range files {
			group.Go(func() {
				l.Text(strings.TrimSuffix(file.Name(), ".json") + ".nothing")
				if got := l.Text("list.last", Args{"Before": "a", "Item": "b"}); got != "a und b" {
					t.Errorf("got %q, want the sentence", got)
				}
			})
		}
	}
	group.Wait()
	if got := len(l.files.read); got != len(files) {
		t.Errorf("got %d files, want all %d", got, len(files))
	}
}

// spoken is an argument that is worded by this package itself.
type spoken struct{ l *Language }

func (s spoken) String() string { return s.l.Text("nothing.at_all") }

// TestArgumentsAreWordedBeforeTheSentence holds that no argument asks for a sentence
// while another is made, for which a file may have to be read.
func TestArgumentsAreWordedBeforeTheSentence(t *testing.T) {
	l := newLanguage("en", "English", ",", ".")
	args := l.rendered(Args{"Before": spoken{l}, "Item": time.Minute, "Why": errTest{}, "Count": 1234, "Text": "text"})
	want := Args{"Before": "nothing.at_all", "Item": "1m0s", "Why": "test", "Count": "1,234", "Text": "text"}
	if !maps.Equal(args, want) {
		t.Errorf("got %v, want %v", args, want)
	}
}

type errTest struct{}

func (errTest) Error() string { return "test" }

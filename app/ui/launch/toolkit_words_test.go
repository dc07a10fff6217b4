package launch

import (
	"testing"

	"fyne.io/fyne/v2/lang"

	"vastrelay/app/words"
)

// TestTheToolkitSpeaksTheLanguageInUse takes a word of the menu of an entry,
// whatever the system speaks.
func TestTheToolkitSpeaksTheLanguageInUse(t *testing.T) {
	t.Cleanup(func() {
		words.Use(words.English())
		if err := translateToolkit(); err != nil {
			t.Error(err)
		}
	})
	for _, tt := range []struct{ tag, want string }{{"de", "Alles auswählen"}, {"en", "Select all"}, {"de", "Alles auswählen"}} {
		words.Use(words.Choose(tt.tag))
		if err := translateToolkit(); err != nil {
			t.Fatal(err)
		}
		if got := lang.L("Select all"); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.tag, got, tt.want)
		}
	}
}

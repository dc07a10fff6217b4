package words

import (
	"os"

	locale "github.com/jeandeaual/go-locale"
)

// System returns the languages that the person prefers, best first: those of the
// environment, which a terminal sets, else those of the system's settings, which
// is all that a program gets that the Finder starts. It returns none where macOS
// gives no answer.
func System() []string {
	if found := fromEnvironment(os.Getenv); len(found) > 0 {
		return found
	}
	preferred, err := locale.GetLocales()
	if err != nil {
		return nil
	}
	return preferred
}

package relay

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ShortTitle returns title without the words with which Vast.ai begins nearly
// every subject, for places where the room ends before the news does: "Your
// Vast.ai Instance #7 Is Offline" becomes "Instance #7 Is Offline".
func ShortTitle(title string) string {
	for _, opening := range []string{"Your Vast.ai ", "Your ", "Vast.ai: "} {
		rest, found := strings.CutPrefix(title, opening)
		if rest = strings.TrimSpace(rest); !found || rest == "" {
			continue
		}
		first, size := utf8.DecodeRuneInString(rest)
		return string(unicode.ToUpper(first)) + rest[size:]
	}
	return title
}

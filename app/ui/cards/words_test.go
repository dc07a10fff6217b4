package cards

import (
	"net/url"
	"strings"
	"testing"

	"vastrelay/app/credentials"
)

func TestEachCredentialHasItsSentences(t *testing.T) {
	seen := map[string]credentials.Kind{}
	for _, kind := range credentials.Kinds() {
		text, link, page := credentialSource(kind)
		for what, sentence := range map[string]string{"purpose": credentialPurpose(kind), "source": text, "page": link} {
			if sentence == "" || strings.HasPrefix(sentence, "cards.") {
				t.Errorf("%s: %s: got %q, want a sentence", kind, what, sentence)
			}
			if other, known := seen[sentence]; known {
				t.Errorf("%s and %s share %q", kind, other, sentence)
			}
			seen[sentence] = kind
		}
		if u, err := url.Parse(page); err != nil || u.Scheme != "https" || u.Host == "" {
			t.Errorf("%s: the page is %q, want an https URL", kind, page)
		}
	}
}

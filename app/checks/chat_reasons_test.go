package checks

import (
	"strings"
	"testing"

	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
)

// TestEveryReasonOfGoogleChatIsTranslated compares the catalogue with the causes that
// the adapter gives, in English, where it works without the catalogue.
func TestEveryReasonOfGoogleChatIsTranslated(t *testing.T) {
	de := words.Choose("de")
	for _, reason := range googlechat.Reasons() {
		headline, cause, next := words.ChatReason(reason)
		if cause.String() != googlechat.Cause(reason) {
			t.Errorf("%s reads %q; the adapter says %q", reason, cause, googlechat.Cause(reason))
		}
		if headline.IsZero() || strings.HasSuffix(headline.String(), ".") {
			t.Errorf("%s has the headline %q", reason, headline)
		}
		if sentence := next.String(); !strings.HasSuffix(sentence, ".") || strings.Contains(sentence, ". ") {
			t.Errorf("%s: the next step %q is not one sentence", reason, sentence)
		}
		for _, s := range []words.Sentence{headline, cause, next} {
			if s.In(de) == "" || s.In(de) == s.String() {
				t.Errorf("%s reads %q in German", reason, s.In(de))
			}
		}
	}
}

func TestExplainResultKeepsWhatSaysMoreThanTheReason(t *testing.T) {
	de := words.Choose("de")
	plain := ExplainResult(relay.Result{Reason: googlechat.ReasonServerError, Detail: googlechat.Cause(googlechat.ReasonServerError)})
	if got := plain.Cause.In(de); got != "Google Chat antwortete mit einem eigenen Fehler." {
		t.Errorf("got %q", got)
	}
	more := ExplainResult(relay.Result{Reason: googlechat.ReasonProxy, Detail: "The proxy p:1 answered 403."})
	if got := more.Cause.In(de); got != "Der Proxy p:1 antwortete 403." || more.Cause.String() != "The proxy p:1 answered 403." {
		t.Errorf("got %q", got)
	}
	later := ExplainResult(relay.Result{Reason: "of_a_later_version", Detail: "x"})
	if got := later.Headline.In(de); got != "Google Chat gab eine unbekannte Antwort" {
		t.Errorf("got %q", got)
	}
}

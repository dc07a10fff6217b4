package checks

import (
	"testing"

	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
)

// TestEveryReasonOfGoogleChatIsTranslated compares the catalogue with what the
// adapter says, in English, where it works without the catalogue.
func TestEveryReasonOfGoogleChatIsTranslated(t *testing.T) {
	de := words.Choose("de")
	for _, reason := range googlechat.Reasons() {
		headline, cause, next := words.ChatReason(reason)
		wantHeadline, wantNext := googlechat.Explain(reason)
		if headline.String() != wantHeadline || cause.String() != googlechat.Cause(reason) || next.String() != wantNext {
			t.Errorf("%s reads %q, %q, %q; the adapter says %q, %q, %q", reason, headline, cause, next, wantHeadline, googlechat.Cause(reason), wantNext)
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

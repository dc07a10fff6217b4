package checks

import (
	"strings"
	"testing"

	"vastrelay/app/health"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/vastapi"
)

func TestHelloSaysWhatStandsInTheSpace(t *testing.T) {
	posted := relay.Result{Outcome: relay.Posted}
	tests := []struct {
		name  string
		hello googlechat.Hello
		says  string
	}{
		{"ids are honoured", googlechat.Hello{IDs: relay.IDsHonoured, Result: posted}, "Posted; repeats are recognised."},
		{"ids are ignored", googlechat.Hello{IDs: relay.IDsIgnored, Result: posted}, "Posted twice"},
		{"ids are refused", googlechat.Hello{IDs: relay.IDsIgnored, RefusesIDs: true, Result: posted}, "Posted; repeats are not recognised"},
		{"it is not known", googlechat.Hello{IDs: relay.IDsUnknown, Result: posted}, "Posted."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := helloWords(tt.hello); !strings.HasPrefix(got, tt.says) {
				t.Errorf("got %q, want %q", got, tt.says)
			}
		})
	}
}

func TestAnAnswerThatIsNotOfTheAPIMayPass(t *testing.T) {
	page := &vastapi.Error{Class: vastapi.Intercepted, Status: 401, Message: "Unauthorized (a web page, not an answer of the API)"}
	if !MayPass(page) {
		t.Error("got a refusal, want it tried again by itself")
	}
	p := Explain(page)
	if p.Action != health.ActionRetry || strings.Contains(p.Headline, "key") || !strings.Contains(p.Cause, "proxy") {
		t.Errorf("got %+v, want the network named, not the key", p)
	}
}

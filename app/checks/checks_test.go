package checks

import (
	"context"
	"strings"
	"testing"

	"vastrelay/app/health"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/tunnel"
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
			if got := helloWords(tt.hello); !strings.HasPrefix(got.String(), tt.says) {
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
	if p.Action != health.ActionRetry || strings.Contains(p.Headline.String(), "key") || !strings.Contains(p.Cause.String(), "proxy") {
		t.Errorf("got %+v, want the network named, not the key", p)
	}
}

// TestTunnelToken tries a token with a vendor that answers in each way.
func TestTunnelToken(t *testing.T) {
	for _, tt := range []struct {
		name   string
		login  error
		proven bool
		says   string // empty: it is refused
	}{
		{"a token that is accepted", nil, true, "belongs to Ada"},
		{"one that shows only when the address is opened", tunnel.ErrUncheckable, false, "shows when the address is opened"},
		{"a vendor that cannot be reached", context.DeadlineExceeded, false, "kept and checked later"},
		{"a token that is refused", &tunnel.PermanentError{Headline: "No."}, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var last health.Step
			login := func(context.Context, relay.Secret) (tunnel.Account, error) {
				return tunnel.Account{Name: "Ada"}, tt.login
			}
			got, err := TunnelToken(t.Context(), "ngrok", login, relay.NewSecret("token"), health.NewSteps(func(s health.Step) { last = s }))
			if tt.says == "" {
				if err == nil || !got.Value.Empty() {
					t.Errorf("got %+v, %v, want it refused", got, err)
				}
				return
			}
			if err != nil || got.Proven != tt.proven || got.Value.Reveal() != "token" || !strings.Contains(last.Text.String(), tt.says) {
				t.Errorf("got %+v, %v, %+v; want proven: %v, and %q", got, err, last, tt.proven, tt.says)
			}
		})
	}
}

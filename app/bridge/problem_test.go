package bridge

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"vastrelay/app/secrets"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
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

// TestSentencesOfAHopDoNotRunTogether joins cause and next step of every kind of
// failure, as a hop and the line of a refusal do.
func TestSentencesOfAHopDoNotRunTogether(t *testing.T) {
	failures := []error{
		errors.New("something without a full stop"), context.DeadlineExceeded, relay.ErrStoreUnavailable,
		&fs.PathError{Op: "open", Path: "/somewhere/settings.json", Err: fs.ErrPermission},
		&tunnel.PermanentError{Headline: "ngrok refuses.", Cause: "no reason", Next: "Wait"},
		&googlechat.URLError{Text: "It is cut off", Reason: "cut"}, &secrets.StateError{},
	}
	for _, class := range []vastapi.Class{
		vastapi.BadKey, vastapi.MissingPermission, vastapi.WebhookGone, vastapi.LimitReached, vastapi.URLTaken, vastapi.Invalid, vastapi.RateLimited,
		vastapi.Unavailable, vastapi.Unreachable, vastapi.NotDeliverable, vastapi.DeliveryFailed, vastapi.GivenUp, vastapi.Intercepted, vastapi.Unexpected,
	} {
		failures = append(failures, &vastapi.Error{Class: class, Status: 200, Message: "the answer is not a JSON object"})
	}
	for _, err := range failures {
		p := Explain(err)
		h := Hop{Name: HopVast}.fail(p)
		for _, text := range []string{h.Next, p.Line()} {
			if !strings.HasSuffix(text, ".") || strings.Contains(text, "..") {
				t.Errorf("%v: got %q, want whole sentences", err, text)
			}
			if p.Cause != "" && !strings.Contains(text, strings.TrimSuffix(p.Cause, ".")+". "+strings.TrimSuffix(p.Next, ".")) {
				t.Errorf("%v: got %q, want a full stop between %q and %q", err, text, p.Cause, p.Next)
			}
		}
	}
}

func TestAnAnswerThatIsNotOfTheAPIMayPass(t *testing.T) {
	page := &vastapi.Error{Class: vastapi.Intercepted, Status: 401, Message: "Unauthorized (a web page, not an answer of the API)"}
	if !MayPass(page) {
		t.Error("got a refusal, want it tried again by itself")
	}
	p := Explain(page)
	if p.Action != ActionRetry || strings.Contains(p.Headline, "key") || !strings.Contains(p.Cause, "proxy") {
		t.Errorf("got %+v, want the network named, not the key", p)
	}
}

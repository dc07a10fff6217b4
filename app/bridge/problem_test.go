package bridge

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"vastrelay/app/checks"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

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
		p := checks.Explain(err)
		h := health.Hop{Name: health.HopVast}.Fail(p)
		for _, text := range []string{h.Next.String(), p.Line().String()} {
			if !strings.HasSuffix(text, ".") || strings.Contains(text, "..") {
				t.Errorf("%v: got %q, want whole sentences", err, text)
			}
			if !p.Cause.IsZero() && !strings.Contains(text, strings.TrimSuffix(p.Cause.String(), ".")+". "+strings.TrimSuffix(p.Next.String(), ".")) {
				t.Errorf("%v: got %q, want a full stop between %q and %q", err, text, p.Cause, p.Next)
			}
		}
	}
}

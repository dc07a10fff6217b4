// Package checks proves one hop at a time, and turns what went wrong into what a
// person should read.
//
// A check is a function of its inputs: it changes nothing, reports its steps,
// and returns a health.Problem. Start-up, saving a credential and the test
// buttons use the same ones. They honour their context and start no goroutine
// that outlives them. A TestWatch is safe for concurrent use: the receiver and
// the outbox tell it what arrived and what was posted.
package checks

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"

	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/webhooks"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// Explain turns any error of a part into what a person should read: headline,
// cause, next step. Errors that it does not know keep their own text as
// Details. The parts have removed their secrets already; what they quote of
// others is made plain here.
func Explain(err error) health.Problem {
	p := explain(err)
	for _, text := range []*words.Sentence{&p.Headline, &p.Cause, &p.Next} {
		*text = text.Map(relay.CleanText)
	}
	p.Details = relay.CleanText(p.Details)
	return p
}

func explain(err error) health.Problem {
	var (
		known  health.Problem
		api    *vastapi.Error
		perm   *tunnel.PermanentError
		url    *googlechat.URLError
		choose *webhooks.ErrChoose
		edited *webhooks.ErrEdited
		state  *secrets.StateError
	)
	switch {
	case err == nil:
		return health.Problem{}
	case errors.As(err, &known):
		return known
	case errors.As(err, &choose):
		return health.New(health.WebhookLimitForeign).With(WithoutPaths(err))
	case errors.As(err, &edited):
		return health.New(health.WebhookMoved, words.Args{"Host": relay.CleanLine(*edited.Edit.URL)})
	case errors.As(err, &state):
		return KeyringProblem(err)
	case errors.As(err, &perm):
		return explainTunnel(perm)
	case errors.As(err, &url):
		return health.New(health.ChatURLMalformed, words.Args{"Reason": words.Translate(url.Text)}).With(url.Reason)
	case errors.As(err, &api):
		return explainAPI(api)
	case errors.Is(err, relay.ErrStoreUnavailable):
		return health.New(health.DiskRefuses).With(WithoutPaths(err))
	case len(paths(err)) > 0 && errors.Is(err, fs.ErrPermission):
		return health.New(health.FileDenied, words.Args{"Reason": health.Sentence(WithoutPaths(err))}).With(WithoutPaths(err))
	case len(paths(err)) > 0:
		return health.New(health.FileUnusable, words.Args{"Reason": health.Sentence(WithoutPaths(err))}).With(WithoutPaths(err))
	case errors.Is(err, context.DeadlineExceeded):
		return health.New(health.NoAnswer).With(WithoutPaths(err))
	default:
		return health.New(health.Unknown, words.Args{"Reason": health.Sentence(WithoutPaths(err))}).With(WithoutPaths(err))
	}
}

func explainTunnel(e *tunnel.PermanentError) health.Problem {
	p := health.Problem{Headline: words.Translate(e.Headline).WithoutStop(), Cause: words.Translate(e.Cause), Next: words.Translate(e.Next), Details: e.Code, Action: health.ActionTunnelSettings, Severity: health.Person}
	switch e.Mend {
	case tunnel.MendToken:
		p.Action = health.ActionReplaceToken
	case tunnel.MendOutside:
		p.Action = health.ActionRetry
	}
	return p
}

// explainAPI gives the words for each class of Vast.ai's errors.
func explainAPI(e *vastapi.Error) health.Problem {
	return apiCondition(e).With(e.Error())
}

func apiCondition(e *vastapi.Error) health.Problem {
	switch e.Class {
	case vastapi.BadKey:
		return health.New(health.VastKeyRefused)
	case vastapi.MissingPermission:
		return health.New(health.VastPermissionMissing, words.Args{"Reason": health.Sentence(e.Message)})
	case vastapi.RateLimited:
		return health.New(health.VastRateLimited)
	case vastapi.Unavailable:
		return health.New(health.VastUnavailable)
	case vastapi.Unreachable:
		if proxy := ProxyWords(e); !proxy.IsZero() {
			return health.New(health.VastUnreachableByProxy, words.Args{"Proxy": proxy})
		}
		return health.New(health.VastUnreachable)
	case vastapi.Intercepted:
		return health.New(health.VastIntercepted)
	case vastapi.WebhookGone:
		return health.New(health.WebhookGone)
	case vastapi.URLTaken:
		return health.New(health.WebhookAddressTaken)
	case vastapi.LimitReached:
		return health.New(health.WebhookLimit)
	case vastapi.NotDeliverable:
		return health.New(health.TestNotDeliverable)
	case vastapi.DeliveryFailed:
		return health.New(health.TestDeliveryFailed)
	default:
		return health.New(health.VastUnexpected, words.Args{"Reason": health.Sentence(e.Message)})
	}
}

// ProxyWords is what a proxy did instead of connecting us, as a sentence; empty
// when err is not that of a proxy.
func ProxyWords(err error) words.Sentence {
	proxy, ok := errors.AsType[interface {
		error
		ProxyFailure() string
	}](err)
	if !ok {
		return words.Sentence{}
	}
	said := proxy.ProxyFailure()
	return words.Translate(health.Sentence(said))
}

// ExplainResult gives the words for an attempt that Google Chat did not take.
func ExplainResult(r relay.Result) health.Problem {
	headline, cause, next := words.ChatReason(r.Reason)
	if headline.IsZero() { // of another version
		headline, _, next = words.ChatReason(googlechat.ReasonUnexpected)
	}
	if cause.String() != r.Detail {
		cause = words.Translate(r.Detail) // It says more than the reason does.
	}
	p := health.Problem{Headline: headline, Cause: cause, Next: next, Details: r.Reason, Action: health.ActionRetry, Severity: health.Passing}
	switch r.Outcome {
	case relay.DestinationGone, relay.Unauthorized:
		return p.Needs(health.ActionReplaceChatURL)
	}
	return p
}

// MayPass reports whether err, which may be nil, is trouble of the moment rather
// than a refusal: the same thing may go well later without anyone's doing.
func MayPass(err error) bool {
	var perm *tunnel.PermanentError
	if errors.As(err, &perm) {
		return false
	}
	switch vastapi.ClassOf(err) {
	case vastapi.RateLimited, vastapi.Unavailable, vastapi.Unreachable, vastapi.Intercepted:
		return true
	case "":
		return errors.Is(err, context.DeadlineExceeded)
	default:
		return false
	}
}

// KeyringProblem gives the words for a vault that cannot be used.
func KeyringProblem(err error) health.Problem {
	var state *secrets.StateError
	if errors.As(err, &state) {
		p := health.New(health.KeyringUnreadable, words.Args{"State": state.State.Words()})
		switch state.State {
		case secrets.Locked:
			p = p.Needs(health.ActionUnlockKeyring)
		case secrets.NoCollection:
			p = p.Needs(health.ActionCreateKeyring)
		case secrets.Unavailable:
			p = health.New(health.KeyringAbsent, words.Args{"State": state.State.Words()})
		case secrets.Ready, secrets.Empty:
		}
		return p.With(string(state.State))
	}
	if errors.Is(err, secrets.ErrDismissed) {
		return health.New(health.KeyringStayedLocked)
	}
	if errors.Is(err, secrets.ErrNotCreated) {
		return health.New(health.KeyringNotCreated)
	}
	return health.New(health.KeyringError, words.Args{"Reason": WithoutPaths(err)}).With(WithoutPaths(err))
}

// WithoutPaths is the text of err without the folders that files lie in: it is
// shown on the status page, copied into reports, and names the person mostly.
func WithoutPaths(err error) string {
	text := err.Error()
	for _, path := range paths(err) {
		if dir, name := filepath.Split(path); dir != "" {
			text = strings.ReplaceAll(text, path, name)
		}
	}
	return text
}

// paths lists the paths of files and sockets that the errors inside err name.
func paths(err error) []string {
	var found []string
	switch e := err.(type) { //nolint:errorlint // Each error of the tree is looked at by itself.
	case *fs.PathError:
		found = append(found, e.Path)
	case *os.LinkError:
		found = append(found, e.Old, e.New)
	case *net.OpError:
		if socket, ok := e.Addr.(*net.UnixAddr); ok {
			found = append(found, socket.Name)
		}
	}
	switch e := err.(type) { //nolint:errorlint // As above.
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			found = append(found, paths(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			found = append(found, paths(inner)...)
		}
	}
	return found
}

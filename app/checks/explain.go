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
	"strings"

	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/webhooks"
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
	for _, text := range []*string{&p.Headline, &p.Cause, &p.Next, &p.Details} {
		*text = relay.CleanText(*text)
	}
	return p
}

func explain(err error) health.Problem {
	var (
		known  health.Problem
		api    *vastapi.Error
		perm   *tunnel.PermanentError
		url    *googlechat.URLError
		choose *webhooks.ErrChoose
		state  *secrets.StateError
	)
	switch {
	case err == nil:
		return health.Problem{}
	case errors.As(err, &known):
		return known
	case errors.As(err, &choose):
		return health.Problem{
			Headline: "Vast.ai holds no more webhooks",
			Cause:    "Four webhooks exist already, which is the limit, and none of them is this program's.",
			Next:     "Choose one to replace, or delete one in the Vast.ai console.",
			Action:   health.ActionChooseWebhook, Details: WithoutPaths(err),
		}
	case errors.As(err, &state):
		return KeyringProblem(err)
	case errors.As(err, &perm):
		return explainTunnel(perm)
	case errors.As(err, &url):
		return health.Problem{Headline: "This is not a Google Chat webhook URL", Cause: url.Text, Next: "Copy the URL again: in the space, Apps & integrations, Webhooks.", Details: url.Reason, Action: health.ActionReplaceChatURL}
	case errors.As(err, &api):
		return explainAPI(api)
	case errors.Is(err, relay.ErrStoreUnavailable):
		return health.Problem{Headline: "Events cannot be written to disk", Cause: "The disk may be full or read-only.", Next: "Make room or mend the permissions; Vast Relay goes on by itself.", Details: WithoutPaths(err), Action: health.ActionRetry}
	case len(paths(err)) > 0:
		return health.Problem{Headline: "A file of this program cannot be used", Cause: health.Sentence(WithoutPaths(err)), Next: "Make room on the disk or mend the permissions, then try again.", Details: WithoutPaths(err), Action: health.ActionRetry}
	case errors.Is(err, context.DeadlineExceeded):
		return health.Problem{Headline: "No answer in time", Next: "Check the network and try again.", Details: WithoutPaths(err), Action: health.ActionRetry}
	default:
		return health.Problem{Headline: "Something went wrong", Cause: health.Sentence(WithoutPaths(err)), Next: "Try again; if it stays, copy the details into a bug report.", Details: WithoutPaths(err), Action: health.ActionRetry}
	}
}

func explainTunnel(e *tunnel.PermanentError) health.Problem {
	p := health.Problem{Headline: strings.TrimSuffix(e.Headline, "."), Cause: e.Cause, Next: e.Next, Details: e.Code, Action: health.ActionTunnelSettings, Final: true}
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
	p := health.Problem{Details: e.Error(), Action: health.ActionRetry}
	switch e.Class {
	case vastapi.BadKey:
		p.Headline, p.Cause = "The Vast.ai API key was refused", "Vast.ai does not know this key, or it was deleted."
		p.Next, p.Action = "Make a new key in the Vast.ai console and paste it.", health.ActionReplaceKey
	case vastapi.MissingPermission:
		p.Headline, p.Cause = "The Vast.ai API key may not do this", health.Sentence(e.Message)
		p.Next, p.Action = "Make a key with the permissions user_read and user_write and paste it.", health.ActionReplaceKey
	case vastapi.RateLimited:
		p.Headline, p.Cause = "Vast.ai asks for fewer calls", "Another program may be using the same API key."
		p.Next = "Nothing to do: it is tried again shortly."
	case vastapi.Unavailable:
		p.Headline, p.Cause = "Vast.ai has trouble just now", "Its API answered with an error of its own."
		p.Next = "Nothing to do: it is tried again shortly."
	case vastapi.Unreachable:
		p.Headline, p.Cause = "Vast.ai cannot be reached", "The call did not get through."
		p.Next = "Check the network; it is tried again by itself."
		if words := ProxyWords(e); words != "" {
			p.Cause, p.Next = words, "Check the proxy settings of this computer, HTTPS_PROXY and NO_PROXY; it is tried again by itself."
		}
	case vastapi.Intercepted:
		p.Headline, p.Cause = "Something else answers in place of Vast.ai", "The answer came from a proxy, a firewall or a login page, not from Vast.ai's API."
		p.Next = "Check this computer's network; it is tried again by itself."
	case vastapi.WebhookGone:
		p.Headline, p.Cause = "The webhook is gone at Vast.ai", "Somebody deleted it."
		p.Next = "Nothing to do: a new one is made."
	case vastapi.URLTaken:
		p.Headline, p.Cause = "Vast.ai knows this address already", "Another webhook, perhaps of another account, delivers to it."
		p.Next, p.Action = "Use another address, or delete that webhook in the Vast.ai console.", health.ActionTunnelSettings
	case vastapi.LimitReached:
		p.Headline, p.Cause = "Vast.ai holds no more webhooks", "Four webhooks exist already, which is the limit."
		p.Next, p.Action = "Choose one to replace, or delete one in the Vast.ai console.", health.ActionChooseWebhook
	case vastapi.NotDeliverable:
		p.Headline, p.Cause = "Vast.ai could not deliver", "The delivery was refused on the way or on arrival."
		p.Next = "Try again."
	case vastapi.DeliveryFailed:
		p.Headline, p.Cause = "Vast.ai could not deliver just now", "The delivery got no answer in time."
		p.Next = "Try again in a moment."
	default:
		p.Headline, p.Cause = "Vast.ai gave an unexpected answer", health.Sentence(e.Message)
		p.Next = "Try again; if it stays, copy the details into a bug report."
	}
	return p
}

// ProxyWords is what a proxy did instead of connecting us, as a sentence; empty
// when err is not that of a proxy.
func ProxyWords(err error) string {
	proxy, ok := errors.AsType[interface {
		error
		ProxyFailure() string
	}](err)
	if !ok {
		return ""
	}
	words := proxy.ProxyFailure()
	return strings.ToUpper(words[:1]) + words[1:] + "."
}

// ExplainResult gives the words for an attempt that Google Chat did not take.
func ExplainResult(r relay.Result) health.Problem {
	headline, next := googlechat.Explain(r.Reason)
	p := health.Problem{Headline: headline, Cause: r.Detail, Next: next, Details: r.Reason, Action: health.ActionRetry}
	switch r.Outcome {
	case relay.DestinationGone, relay.Unauthorized:
		p.Action = health.ActionReplaceChatURL
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
		p := health.Problem{Headline: state.State.Words(), Next: "Vast Relay goes on as soon as it can read its credentials.", Details: string(state.State), Action: health.ActionRetry}
		switch state.State {
		case secrets.Locked:
			p.Action = health.ActionUnlockKeyring
		case secrets.NoCollection:
			p.Action = health.ActionCreateKeyring
		case secrets.Unavailable:
			p.Next = "Start a keyring, such as GNOME Keyring, KWallet or KeePassXC, and try again."
		case secrets.Ready, secrets.Empty:
		}
		return p
	}
	if errors.Is(err, secrets.ErrDismissed) {
		return health.Problem{Headline: "The keyring stayed locked", Cause: "Its question was closed without a password.", Next: "Unlock it once you are ready to type the password.", Action: health.ActionUnlockKeyring}
	}
	return health.Problem{Headline: "The keyring gives an error", Cause: WithoutPaths(err), Next: "Try again; if it stays, look at the keyring's own program.", Details: WithoutPaths(err), Action: health.ActionRetry}
}

package bridge

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
			Action:   health.ActionChooseWebhook, Details: pathless(err),
		}
	case errors.As(err, &state):
		return keyringProblem(err)
	case errors.As(err, &perm):
		return explainTunnel(perm)
	case errors.As(err, &url):
		return health.Problem{Headline: "This is not a Google Chat webhook URL", Cause: url.Text, Next: "Copy the URL again: in the space, Apps & integrations, Webhooks.", Details: url.Reason, Action: health.ActionReplaceChatURL}
	case errors.As(err, &api):
		return explainAPI(api)
	case errors.Is(err, relay.ErrStoreUnavailable):
		return health.Problem{Headline: "Events cannot be written to disk", Cause: "The disk may be full or read-only.", Next: "Make room or mend the permissions; Vast Relay goes on by itself.", Details: pathless(err), Action: health.ActionRetry}
	case len(paths(err)) > 0:
		return health.Problem{Headline: "A file of this program cannot be used", Cause: health.Sentence(pathless(err)), Next: "Make room on the disk or mend the permissions, then try again.", Details: pathless(err), Action: health.ActionRetry}
	case errors.Is(err, context.DeadlineExceeded):
		return health.Problem{Headline: "No answer in time", Next: "Check the network and try again.", Details: pathless(err), Action: health.ActionRetry}
	default:
		return health.Problem{Headline: "Something went wrong", Cause: health.Sentence(pathless(err)), Next: "Try again; if it stays, copy the details into a bug report.", Details: pathless(err), Action: health.ActionRetry}
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
		if words := proxyWords(e); words != "" {
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

// proxyWords is what a proxy did instead of connecting us, as a sentence; empty
// when err is not that of a proxy.
func proxyWords(err error) string {
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

// explainResult gives the words for an attempt that Google Chat did not take.
func explainResult(r relay.Result) health.Problem {
	headline, next := googlechat.Explain(r.Reason)
	p := health.Problem{Headline: headline, Cause: r.Detail, Next: next, Details: r.Reason, Action: health.ActionRetry}
	switch r.Outcome {
	case relay.DestinationGone, relay.Unauthorized:
		p.Action = health.ActionReplaceChatURL
	}
	return p
}

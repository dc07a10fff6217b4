package checks

import (
	"cmp"
	"context"
	"errors"

	"vastrelay/app/health"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// Pasted is a credential that was pasted, and what its check has shown.
type Pasted struct {
	Value  relay.Secret // cleaned
	Detail string       // whose it is; empty when that is not known
	Proven bool         // false: it could not be asked about just now

	URL googlechat.URL  // of a Chat URL
	IDs relay.IDSupport // of its space
}

// NotAKey says that an API key cannot be one.
func NotAKey(err error) health.Problem {
	return health.New(health.VastKeyMalformed).With(err.Error())
}

// VastKey asks who the key belongs to and whether it may read what is
// needed. Whether it may write shows only when a webhook is made.
func VastKey(ctx context.Context, newAPI func(relay.Secret) (API, error), key relay.Secret, st *health.Steps) (Pasted, error) {
	api, err := newAPI(key)
	if err != nil { // It was not even sent, so it is what was pasted.
		st.Start("Reading the key")
		return Pasted{}, st.Fail(NotAKey(err))
	}
	st.Start("Asking Vast.ai who the key belongs to")
	account, err := api.WhoAmI(ctx)
	if err != nil {
		if MayPass(err) {
			st.Done("Vast.ai cannot be asked just now; the key is kept and checked later." + spaced(ProxyWords(err)))
			return Pasted{Value: key}, nil
		}
		return Pasted{}, st.Fail(Explain(err))
	}
	st.Done("It belongs to " + AccountName(account) + ".")
	st.Start("Reading notifications and webhooks")
	if _, err = api.NotificationTypes(ctx); err == nil {
		_, err = api.Webhooks(ctx)
	}
	switch {
	case err == nil:
		st.Done("The key may read them.")
	case MayPass(err):
		st.Done("Not known yet: Vast.ai cannot be asked just now; the key is kept and checked later.")
	default:
		return Pasted{}, st.Fail(Explain(err))
	}
	return Pasted{Value: key, Detail: AccountName(account), Proven: err == nil}, nil
}

// ChatURL reads a pasted Chat URL, asks mayUse whether it may be taken into
// use, and posts the double hello, which proves the URL and learns whether the
// space honours ids.
func ChatURL(ctx context.Context, chat Chat, parse func(string) (googlechat.URL, error), mayUse func(googlechat.URL) error, pasted string, st *health.Steps) (Pasted, error) {
	st.Start("Reading the URL")
	u, err := parse(pasted)
	if err != nil {
		return Pasted{}, st.Fail(Explain(err))
	}
	if err := mayUse(u); err != nil {
		return Pasted{}, st.Fail(Explain(err))
	}
	st.Done("It leads to a Google Chat space.")
	st.Start("Posting a hello to the space")
	hello, err := chat.Hello(ctx, u, "Vast.ai notifications appear here from now on.")
	if err != nil {
		return Pasted{}, st.Fail(Explain(err))
	}
	switch hello.Result.Outcome {
	case relay.Posted, relay.AlreadyPosted:
	case relay.Unreachable, relay.ServerTrouble, relay.Ambiguous, relay.RateLimited, relay.Unverified:
		st.Done(laterWords(hello.Result))
		return Pasted{Value: u.Secret(), URL: u, IDs: relay.IDsUnknown}, nil
	default:
		return Pasted{}, st.Fail(ExplainResult(hello.Result))
	}
	st.Done(helloWords(hello))
	return Pasted{Value: u.Secret(), Proven: true, URL: u, IDs: hello.IDs}, nil
}

// laterWords says why a URL could not be checked just now.
func laterWords(r relay.Result) string {
	headline := "Google Chat cannot be asked just now"
	if r.Outcome == relay.Unverified || r.Outcome == relay.Unreachable && r.Status != 0 {
		headline, _ = googlechat.Explain(r.Reason)
	}
	said := headline + "; the URL is kept and checked later."
	if r.Reason == googlechat.ReasonProxy {
		said += spaced(r.Detail)
	}
	return said
}

// spaced is a further sentence, if there is one.
func spaced(sentence string) string {
	if sentence == "" {
		return ""
	}
	return " " + sentence
}

// helloWords says what the double hello has shown.
func helloWords(h googlechat.Hello) string {
	switch {
	case h.IDs == relay.IDsHonoured:
		return "Posted; repeats are recognised."
	case h.RefusesIDs:
		return "Posted; repeats are not recognised, so a rare repeat is marked."
	case h.IDs == relay.IDsIgnored:
		return "Posted twice: repeats are not recognised, so a rare repeat is marked."
	default:
		return "Posted."
	}
}

// NgrokToken logs in with the token.
func NgrokToken(ctx context.Context, login func(context.Context, relay.Secret) (tunnel.Account, error), token relay.Secret, st *health.Steps) (Pasted, error) {
	st.Start("Logging in to ngrok")
	account, err := login(ctx, token)
	if err != nil {
		// Every other failure is passing trouble, the end of the check's time included.
		if _, refused := errors.AsType[*tunnel.PermanentError](err); !refused {
			words := "ngrok cannot be reached just now; the token is kept and checked later." + spaced(ProxyWords(err))
			if said, ok := errors.AsType[interface {
				error
				VendorWords() string
			}](err); ok {
				words = "ngrok refuses the token just now; it is kept and checked later. " + said.VendorWords()
			}
			st.Done(words)
			return Pasted{Value: token}, nil
		}
		return Pasted{}, st.Fail(Explain(err))
	}
	who := relay.CleanLine(account.Name)
	if plan := relay.CleanLine(account.Plan); plan != "" {
		who += " (" + plan + ")"
	}
	if who == "" { // Another agent is logged in, and the plan allows no second.
		st.Done("ngrok knows the token.")
	} else {
		st.Done("It belongs to " + who + ".")
	}
	return Pasted{Value: token, Detail: who, Proven: true}, nil
}

// AccountName names the account as its owner knows it.
func AccountName(a vastapi.Account) string {
	return cmp.Or(relay.CleanLine(a.Email), relay.CleanLine(a.Username), "this account")
}

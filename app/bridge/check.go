package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/tunnel"
)

// checkDeadline bounds the live check of one credential.
const checkDeadline = 30 * time.Second

// checked is a credential that was pasted, and what its check has shown.
type checked struct {
	value  relay.Secret // cleaned
	detail string       // whose it is; empty when that is not known
	proven bool         // false: it could not be asked about just now

	url googlechat.URL  // of a Chat URL
	ids relay.IDSupport // of its space
}

// check proves a pasted credential. It changes nothing.
func (b *Bridge) check(ctx context.Context, kind credentials.Kind, pasted string, st *health.Steps) (checked, error) {
	if pasted == "" {
		return checked{}, health.Problem{Headline: "Nothing was pasted", Next: "Paste the " + kind.Words() + " and try again."}
	}
	switch kind {
	case credentials.VastKey:
		return b.checkVastKey(ctx, relay.NewSecret(pasted), st)
	case credentials.ChatURL:
		return b.checkChatURL(ctx, pasted, st)
	default:
		return b.checkNgrokToken(ctx, relay.NewSecret(pasted), st)
	}
}

// notAKey says that an API key cannot be one.
func notAKey(err error) health.Problem {
	return health.Problem{
		Headline: "This is not a Vast.ai API key", Cause: "It holds a space or a character that no key has.",
		Next: "Copy the key again from the Vast.ai console, and nothing beside it.", Details: err.Error(), Action: health.ActionReplaceKey,
	}
}

// checkVastKey asks who the key belongs to and whether it may read what is
// needed. Whether it may write shows only when a webhook is made.
func (b *Bridge) checkVastKey(ctx context.Context, key relay.Secret, st *health.Steps) (checked, error) {
	api, err := b.o.Makers.API(key)
	if err != nil { // It was not even sent, so it is what was pasted.
		st.Start("Reading the key")
		return checked{}, st.Fail(notAKey(err))
	}
	st.Start("Asking Vast.ai who the key belongs to")
	account, err := api.WhoAmI(ctx)
	if err != nil {
		if MayPass(err) {
			st.Done("Vast.ai cannot be asked just now; the key is kept and checked later." + spaced(proxyWords(err)))
			return checked{value: key}, nil
		}
		return checked{}, st.Fail(Explain(err))
	}
	st.Done("It belongs to " + accountName(account) + ".")
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
		return checked{}, st.Fail(Explain(err))
	}
	return checked{value: key, detail: accountName(account), proven: err == nil}, nil
}

// checkChatURL posts the double hello, which proves the URL and learns
// whether the space honours ids.
func (b *Bridge) checkChatURL(ctx context.Context, pasted string, st *health.Steps) (checked, error) {
	st.Start("Reading the URL")
	u, err := b.o.Makers.ParseChatURL(pasted)
	if err != nil {
		return checked{}, st.Fail(Explain(err))
	}
	if err := b.askAboutWaiting(ctx, u); err != nil {
		return checked{}, st.Fail(Explain(err))
	}
	st.Done("It leads to a Google Chat space.")
	st.Start("Posting a hello to the space")
	hello, err := b.o.Chat.Hello(ctx, u, "Vast.ai notifications appear here from now on.")
	if err != nil {
		return checked{}, st.Fail(Explain(err))
	}
	switch hello.Result.Outcome {
	case relay.Posted, relay.AlreadyPosted:
	case relay.Unreachable, relay.ServerTrouble, relay.Ambiguous, relay.RateLimited, relay.Unverified:
		st.Done(laterWords(hello.Result))
		return checked{value: u.Secret(), url: u, ids: relay.IDsUnknown}, nil
	default:
		return checked{}, st.Fail(explainResult(hello.Result))
	}
	st.Done(helloWords(hello))
	return checked{value: u.Secret(), proven: true, url: u, ids: hello.IDs}, nil
}

// laterWords says why a URL could not be checked just now.
func laterWords(r relay.Result) string {
	headline := "Google Chat cannot be asked just now"
	if r.Outcome == relay.Unverified || r.Outcome == relay.Unreachable && r.Status != 0 {
		headline, _ = googlechat.Explain(r.Reason)
	}
	words := headline + "; the URL is kept and checked later."
	if r.Reason == googlechat.ReasonProxy {
		words += spaced(r.Detail)
	}
	return words
}

// spaced is a further sentence, if there is one.
func spaced(sentence string) string {
	if sentence == "" {
		return ""
	}
	return " " + sentence
}

// askAboutWaiting refuses a URL into another space once while messages wait
// for the space before: what becomes of them is for the person to say.
func (b *Bridge) askAboutWaiting(ctx context.Context, u googlechat.URL) error {
	before := b.o.Settings.Settings().Space
	if before == "" || before == u.Space() || b.askedURL == u.Secret() {
		return nil
	}
	backlog, err := b.o.Outbox.Backlog(ctx)
	if err != nil || backlog.Count == 0 {
		return err
	}
	b.askedURL = u.Secret()
	p := health.Problem{
		Headline: fmt.Sprintf("%d messages still wait for the space before", backlog.Count),
		Cause:    "This URL leads into another space. They would stay behind: kept, and posted only when a URL into their own space is given again.",
		Next:     "To leave them behind, paste and save this URL once more. To post them first, wait, or give a new URL into the space before.",
	}
	if backlog.Count == 1 {
		p.Headline = "1 message still waits for the space before"
		p.Cause = "This URL leads into another space. It would stay behind: kept, and posted only when a URL into its own space is given again."
		p.Next = "To leave it behind, paste and save this URL once more. To post it first, wait, or give a new URL into the space before."
	}
	return p
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

// checkNgrokToken logs in with the token.
func (b *Bridge) checkNgrokToken(ctx context.Context, token relay.Secret, st *health.Steps) (checked, error) {
	st.Start("Logging in to ngrok")
	account, err := b.o.Makers.CheckToken(ctx, token)
	if err != nil {
		// Every other failure is passing trouble, the end of the check's time included.
		if _, refused := errors.AsType[*tunnel.PermanentError](err); !refused {
			words := "ngrok cannot be reached just now; the token is kept and checked later." + spaced(proxyWords(err))
			if said, ok := errors.AsType[interface {
				error
				VendorWords() string
			}](err); ok {
				words = "ngrok refuses the token just now; it is kept and checked later. " + said.VendorWords()
			}
			st.Done(words)
			return checked{value: token}, nil
		}
		return checked{}, st.Fail(Explain(err))
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
	return checked{value: token, detail: who, proven: true}, nil
}

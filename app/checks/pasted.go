package checks

import (
	"cmp"
	"context"
	"errors"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/webhooks"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// API is what the checks ask of Vast.ai. *vastapi.Client is one.
type API interface {
	webhooks.API
	WhoAmI(ctx context.Context) (vastapi.Account, error)
	NotificationTypes(ctx context.Context) ([]vastapi.NotificationType, error)
	Test(ctx context.Context, id int64) (vastapi.TestAnswer, error)
	Preferences(ctx context.Context, userID int64) (vastapi.Preferences, error)
	ClockOffset() (offset time.Duration, at time.Time)
}

// Chat is Google Chat as the checks speak to it. *googlechat.Sender is one.
type Chat interface {
	SetURL(u googlechat.URL)
	RemoveURL(space string)
	Hello(ctx context.Context, u googlechat.URL) (googlechat.Hello, error)
	Test(ctx context.Context, space string) relay.Result
}

// Pasted is a credential that was pasted, and what its check has shown.
type Pasted struct {
	Value  relay.Secret   // cleaned
	Detail words.Sentence // whose it is; empty when that is not known
	Proven bool           // false: it could not be asked about just now

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
		st.Start(words.New("check.key_reading"))
		return Pasted{}, st.Fail(NotAKey(err))
	}
	st.Start(words.New("check.key_asking"))
	account, err := api.WhoAmI(ctx)
	if err != nil {
		if MayPass(err) {
			st.Done(health.Paragraph(words.New("check.key_later"), ProxyWords(err)))
			return Pasted{Value: key}, nil
		}
		return Pasted{}, st.Fail(Explain(err))
	}
	st.Done(words.New("check.belongs_to", words.Args{"Owner": AccountName(account)}))
	st.Start(words.New("check.key_permissions"))
	if _, err = api.NotificationTypes(ctx); err == nil {
		_, err = api.Webhooks(ctx)
	}
	switch {
	case err == nil:
		st.Done(words.New("check.key_permitted"))
	case MayPass(err):
		st.Done(words.New("check.key_permissions_later"))
	default:
		return Pasted{}, st.Fail(Explain(err))
	}
	return Pasted{Value: key, Detail: AccountName(account), Proven: err == nil}, nil
}

// ChatURL reads a pasted Chat URL, asks mayUse whether it may be taken into
// use, and posts the double hello, which proves the URL and learns whether the
// space honours ids.
func ChatURL(ctx context.Context, chat Chat, parse func(string) (googlechat.URL, error), mayUse func(googlechat.URL) error, pasted string, st *health.Steps) (Pasted, error) {
	st.Start(words.New("check.url_reading"))
	u, err := parse(pasted)
	if err != nil {
		return Pasted{}, st.Fail(Explain(err))
	}
	if err := mayUse(u); err != nil {
		return Pasted{}, st.Fail(Explain(err))
	}
	st.Done(words.New("check.url_read"))
	st.Start(words.New("check.url_hello"))
	hello, err := chat.Hello(ctx, u)
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
func laterWords(r relay.Result) words.Sentence {
	headline := words.New("check.chat_later_cause")
	if r.Outcome == relay.Unverified || r.Outcome == relay.Unreachable && r.Status != 0 {
		headline = ExplainResult(r).Headline
	}
	later := words.New("check.url_later", words.Args{"Cause": headline})
	if r.Reason == googlechat.ReasonProxy {
		return health.Paragraph(later, words.Translate(r.Detail))
	}
	return later
}

// helloWords says what the double hello has shown.
func helloWords(h googlechat.Hello) words.Sentence {
	switch {
	case h.IDs == relay.IDsHonoured:
		return words.New("check.hello_honoured")
	case h.RefusesIDs:
		return words.New("check.hello_refused")
	case h.IDs == relay.IDsIgnored:
		return words.New("check.hello_ignored")
	default:
		return words.New("check.posted")
	}
}

// TunnelToken logs in with the token of a tunnel, at the vendor of that name.
func TunnelToken(ctx context.Context, vendor string, login func(context.Context, relay.Secret) (tunnel.Account, error), token relay.Secret, st *health.Steps) (Pasted, error) {
	st.Start(words.New("check.token_login", words.Args{"Vendor": vendor}))
	account, err := login(ctx, token)
	if errors.Is(err, tunnel.ErrUncheckable) {
		st.Done(words.New("check.token_shows_later"))
		return Pasted{Value: token}, nil
	}
	if err != nil {
		// Every other failure is passing trouble, the end of the check's time included.
		if _, refused := errors.AsType[*tunnel.PermanentError](err); !refused {
			later := health.Paragraph(words.New("check.token_later", words.Args{"Vendor": vendor}), ProxyWords(err))
			if said, ok := errors.AsType[interface {
				error
				VendorWords() string
			}](err); ok {
				later = health.Paragraph(words.New("check.token_refused_now", words.Args{"Vendor": vendor}), words.Translate(said.VendorWords()))
			}
			st.Done(later)
			return Pasted{Value: token}, nil
		}
		return Pasted{}, st.Fail(Explain(err))
	}
	who := relay.CleanLine(account.Name)
	if plan := relay.CleanLine(account.Plan); plan != "" {
		who += " (" + plan + ")"
	}
	if who == "" { // Another agent is logged in, and the plan allows no second.
		st.Done(words.New("check.token_known", words.Args{"Vendor": vendor}))
	} else {
		st.Done(words.New("check.belongs_to", words.Args{"Owner": who}))
	}
	return Pasted{Value: token, Detail: words.Verbatim(who), Proven: true}, nil
}

// HeartbeatURL calls a heartbeat URL once.
func HeartbeatURL(ctx context.Context, call func(context.Context, relay.Secret) error, url relay.Secret, st *health.Steps) (Pasted, error) {
	st.Start(words.New("check.heartbeat_calling"))
	switch err := call(ctx, url); {
	case err == nil:
		st.Done(words.New("check.heartbeat_called"))
		return Pasted{Value: url, Proven: true}, nil
	case health.Is(err, health.HeartbeatUnreachable):
		st.Done(words.New("check.heartbeat_later"))
		return Pasted{Value: url}, nil
	default:
		return Pasted{}, st.Fail(Explain(err))
	}
}

// AccountName names the account as its owner knows it.
func AccountName(a vastapi.Account) words.Sentence {
	if name := cmp.Or(relay.CleanLine(a.Email), relay.CleanLine(a.Username)); name != "" {
		return words.Verbatim(name)
	}
	return words.New("check.this_account")
}

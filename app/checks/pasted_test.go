package checks

import (
	"context"
	"errors"
	"strings"
	"testing"

	"vastrelay/app/health"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/vastapi"
)

// account is an API that answers what is asked of a pasted key.
type account struct {
	API // nothing else is asked

	whoAmI, types, webhooks error
}

func (a account) WhoAmI(context.Context) (vastapi.Account, error) {
	return vastapi.Account{Email: "ada@example.test"}, a.whoAmI
}

func (a account) NotificationTypes(context.Context) ([]vastapi.NotificationType, error) {
	return nil, a.types
}

func (a account) Webhooks(context.Context) ([]vastapi.Webhook, error) { return nil, a.webhooks }

// told are the steps of a check, one a line, as a person sees them in the end.
func told(steps *[]string) *health.Steps {
	return health.NewSteps(func(s health.Step) { *steps = append(*steps, string(s.State)+" "+s.Text.String()) })
}

func TestVastKey(t *testing.T) {
	refused := &vastapi.Error{Class: vastapi.BadKey}
	away := &vastapi.Error{Class: vastapi.Unreachable}
	forbidden := &vastapi.Error{Class: vastapi.MissingPermission, Message: "user_read is missing"}
	for _, tt := range []struct {
		name      string
		malformed bool
		api       account
		fails     health.Code // empty: it is taken
		proven    bool
		says      string // the last step
	}{
		{name: "a key that works", proven: true, says: "done The key may read them."},
		{name: "what cannot be a key", malformed: true, fails: health.VastKeyMalformed, says: "failed "},
		{name: "a key that is refused", api: account{whoAmI: refused}, fails: health.VastKeyRefused, says: "failed "},
		{name: "Vast.ai cannot be reached", api: account{whoAmI: away}, says: "done "},
		{name: "a key that may not list the types", api: account{types: forbidden}, fails: health.VastPermissionMissing, says: "failed "},
		{name: "a key that may not list webhooks", api: account{webhooks: forbidden}, fails: health.VastPermissionMissing, says: "failed "},
		{name: "Vast.ai goes away in the middle", api: account{webhooks: away}, says: "done "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var steps []string
			newAPI := func(relay.Secret) (API, error) {
				if tt.malformed {
					return nil, errors.New("it is too short")
				}
				return tt.api, nil
			}
			got, err := VastKey(t.Context(), newAPI, relay.NewSecret("key"), told(&steps))
			if tt.fails != "" {
				if !health.Is(err, tt.fails) || !got.Value.Empty() {
					t.Errorf("got %+v, %v, want %s", got, err, tt.fails)
				}
			} else if err != nil || got.Value.Reveal() != "key" || got.Proven != tt.proven {
				t.Errorf("got %+v, %v, want it taken, proven: %v", got, err, tt.proven)
			}
			if last := steps[len(steps)-1]; !strings.HasPrefix(last, tt.says) {
				t.Errorf("the steps are %q, want the last to be %q", steps, tt.says)
			}
			if tt.proven && got.Detail.String() != "ada@example.test" {
				t.Errorf("it belongs to %q", got.Detail)
			}
		})
	}
}

// space is a Chat that answers a hello.
type space struct {
	Chat // nothing else is asked

	hello googlechat.Hello
	err   error
}

func (s space) Hello(context.Context, googlechat.URL) (googlechat.Hello, error) {
	return s.hello, s.err
}

func TestChatURL(t *testing.T) {
	const pasted = "https://chat.googleapis.com/v1/spaces/AAAAaaaa111/messages?key=k&token=t"
	answered := func(o relay.Outcome) space {
		return space{hello: googlechat.Hello{IDs: relay.IDsHonoured, Result: relay.Result{Outcome: o}}}
	}
	for _, tt := range []struct {
		name   string
		pasted string
		inUse  error
		chat   space
		taken  bool
		proven bool
	}{
		{"a URL that works", pasted, nil, answered(relay.Posted), true, true},
		{"one whose hello stands there already", pasted, nil, answered(relay.AlreadyPosted), true, true},
		{"what is no URL", "hello", nil, answered(relay.Posted), false, false},
		{"one that may not be used", pasted, health.New(health.VastKeyRefused), answered(relay.Posted), false, false},
		{"a hello that cannot be built", pasted, nil, space{err: errors.New("no")}, false, false},
		{"one that is refused", pasted, nil, answered(relay.DestinationGone), false, false},
		{"Google Chat cannot be reached", pasted, nil, answered(relay.Unreachable), true, false},
		{"Google Chat has trouble", pasted, nil, answered(relay.ServerTrouble), true, false},
		{"an answer that is not clear", pasted, nil, answered(relay.Ambiguous), true, false},
		{"a limit", pasted, nil, answered(relay.RateLimited), true, false},
		{"a certificate that is not known", pasted, nil, answered(relay.Unverified), true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var steps []string
			parse := func(s string) (googlechat.URL, error) { return googlechat.ParseURL(s, googlechat.ParseOptions{}) }
			got, err := ChatURL(t.Context(), tt.chat, parse, func(googlechat.URL) error { return tt.inUse }, tt.pasted, told(&steps))
			if taken := err == nil; taken != tt.taken || got.Proven != tt.proven || got.Value.Empty() == tt.taken {
				t.Errorf("got %+v, %v, want taken: %v, proven: %v", got, err, tt.taken, tt.proven)
			}
			if tt.proven && got.IDs != relay.IDsHonoured {
				t.Errorf("ids are %q, want them honoured", got.IDs)
			}
			if last := steps[len(steps)-1]; strings.HasPrefix(last, "done ") != tt.taken {
				t.Errorf("the steps are %q", steps)
			}
		})
	}
}

func TestHeartbeatURL(t *testing.T) {
	for _, tt := range []struct {
		name          string
		answer        error
		taken, proven bool
	}{
		{"it answers", nil, true, true},
		{"it cannot be reached", health.New(health.HeartbeatUnreachable), true, false},
		{"it refuses", errors.New("no"), false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var steps []string
			call := func(context.Context, relay.Secret) error { return tt.answer }
			got, err := HeartbeatURL(t.Context(), call, relay.NewSecret("https://example.test/x"), told(&steps))
			if taken := err == nil; taken != tt.taken || got.Proven != tt.proven || got.Value.Empty() == tt.taken || len(steps) != 2 || !strings.HasPrefix(steps[0], "running ") {
				t.Errorf("got %+v, %v and the steps %q, want taken: %v, proven: %v", got, err, steps, tt.taken, tt.proven)
			}
		})
	}
}

// preferences is an API that knows what an account has switched off.
type preferences struct {
	API

	err error
}

func (p preferences) Preferences(context.Context, int64) (vastapi.Preferences, error) {
	return vastapi.Preferences{}, p.err
}

func TestChannelsSayWhyTheyCannotBeLookedAt(t *testing.T) {
	away := errors.New("away")
	if err := Channels(t.Context(), preferences{err: away}, 7, nil); !errors.Is(err, away) {
		t.Errorf("got %v, want %v", err, away)
	}
	if err := Channels(t.Context(), preferences{}, 7, nil); err != nil {
		t.Errorf("got %v with nothing switched off", err)
	}
}

package ngrok

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/multierr"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// publicError is what the SDK returns: Code, and no Unwrap.
type publicError struct{ code, text string }

func (e publicError) Error() string { return e.text }
func (e publicError) Code() string  { return e.code }

// internalError is what the SDK puts in events.
type internalError struct{ code, text string }

func (e internalError) Error() string     { return e.text }
func (e internalError) ErrorCode() string { return e.code }

var failureCases = map[string]struct {
	err    error
	kind   tunnel.FailureKind
	reason string
	code   string
}{
	"an error without a code is passing trouble": {
		err: errors.New("dial tcp: connection refused"), kind: tunnel.Transient,
	},
	"a code is read from Code": {
		err: publicError{"ERR_NGROK_107", "authentication failed"}, kind: tunnel.Permanent, reason: ReasonTokenRefused, code: "ERR_NGROK_107",
	},
	"a code is read from ErrorCode": {
		err: internalError{"ERR_NGROK_123", "authentication failed"}, kind: tunnel.Permanent, reason: ReasonAccountUnverified, code: "ERR_NGROK_123",
	},
	"an empty code falls back to the text": {
		err: internalError{"", "already online.\n\nERR_NGROK_334"}, kind: tunnel.Busy, code: "ERR_NGROK_334",
	},
	"a code is read from plain text": {
		err: errors.New("the endpoint is already online.\n\nERR_NGROK_334"), kind: tunnel.Busy, code: "ERR_NGROK_334",
	},
	"a code is read from a link to its page": {
		err: errors.New("Closed.\n\nhttps://ngrok.com/docs/errors/err_ngrok_338"), kind: tunnel.Permanent, reason: ReasonAccountSuspended, code: "ERR_NGROK_338",
	},
	"a wrapped error is found": {
		err: fmt.Errorf("failed to connect: %w", internalError{"ERR_NGROK_105", "malformed"}), kind: tunnel.Permanent, reason: ReasonTokenRefused, code: "ERR_NGROK_105",
	},
	"of several attempts the permanent one decides": {
		err:  multierr.Append(errors.New("dial: refused"), multierr.Append(errors.New("ERR_NGROK_334"), publicError{"ERR_NGROK_300", "revoked"})),
		kind: tunnel.Permanent, reason: ReasonTokenRefused, code: "ERR_NGROK_300",
	},
	"without a permanent one the first decides": {
		err: errors.New("ERR_NGROK_108; ERR_NGROK_334"), kind: tunnel.Slow, code: "ERR_NGROK_108",
	},
	"a network that is not allowed": {
		err:  errors.New("authentication failed: We do not allow agents to connect to ngrok from your IP address (192.0.2.7).\n\nERR_NGROK_9040"),
		kind: tunnel.Permanent, reason: ReasonNetworkNotAllowed, code: "ERR_NGROK_9040",
	},
	"an agent that is blocked": {
		err:  internalError{"ERR_NGROK_8014", "authentication failed: Your agent has been blocked from connecting to ngrok."},
		kind: tunnel.Permanent, reason: ReasonAgentBlocked, code: "ERR_NGROK_8014",
	},
	"an account that is suspended, in the older code": {
		err: errors.New("the account has been suspended.\n\nERR_NGROK_103"), kind: tunnel.Permanent, reason: ReasonAccountSuspended, code: "ERR_NGROK_103",
	},
	"an unknown code is passing trouble": {
		err: errors.New("Trouble.\n\nERR_NGROK_99999"), kind: tunnel.Transient, code: "ERR_NGROK_99999",
	},
	"a longer number is another code": {
		err: errors.New("ERR_NGROK_3341"), kind: tunnel.Transient, code: "ERR_NGROK_3341",
	},
	"a nonsense code is ignored": {
		err: publicError{"334", "no code"}, kind: tunnel.Transient,
	},
}

func TestUnderstand(t *testing.T) {
	t.Parallel()
	for name, c := range failureCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := classify(c.err, newRedactor(testToken))
			if got.kind != c.kind || got.reason != c.reason || got.code != c.code {
				t.Errorf("got kind %d, reason %q, code %q; want %d, %q, %q", got.kind, got.reason, got.code, c.kind, c.reason, c.code)
			}
			if got.err == nil {
				t.Error("the text of the error is lost")
			}
		})
	}
}

func FuzzUnderstand(f *testing.F) {
	for _, c := range failureCases {
		f.Add(c.err.Error())
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := classify(errors.New(text), newRedactor(testToken))
		if got.code != "" && !strings.Contains(strings.ToUpper(text), got.code) {
			t.Errorf("code %q is not in %q", got.code, text)
		}
		if (got.kind == tunnel.Permanent) != (got.reason != "") {
			t.Errorf("kind %d with reason %q", got.kind, got.reason)
		}
		if s := got.err.Error(); strings.ContainsAny(s, "\r\n") || len(s) > longestText {
			t.Errorf("the error %q is not one short line", s)
		}
	})
}

func TestMeaningOfEveryCode(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]struct {
		kind   tunnel.FailureKind
		reason string
	}{
		"105": {tunnel.Permanent, ReasonTokenRefused}, "107": {tunnel.Permanent, ReasonTokenRefused}, "300": {tunnel.Permanent, ReasonTokenRefused},
		"4018": {tunnel.Permanent, ReasonTokenMissing}, "123": {tunnel.Permanent, ReasonAccountUnverified}, "338": {tunnel.Permanent, ReasonAccountSuspended},
		"120": {tunnel.Permanent, ReasonClientTooOld}, "121": {tunnel.Permanent, ReasonClientTooOld}, "122": {tunnel.Permanent, ReasonServerNotAllowed},
		"111": {tunnel.Permanent, ReasonHeartbeatRefused}, "112": {tunnel.Permanent, ReasonHeartbeatRefused},
		"313": {tunnel.Permanent, ReasonDomainNotAllowed}, "314": {tunnel.Permanent, ReasonDomainNotAllowed},
		"320": {tunnel.Permanent, ReasonDomainNotAllowed}, "15002": {tunnel.Permanent, ReasonDomainNotAllowed},
		"9037": {tunnel.Permanent, ReasonURLInvalid}, "9038": {tunnel.Permanent, ReasonURLInvalid}, "324": {tunnel.Permanent, ReasonEndpointLimit},
		"334": {tunnel.Busy, ""}, "108": {tunnel.Slow, ""}, "335": {tunnel.Transient, ""}, "8012": {tunnel.Transient, ""},
	} {
		if k, reason := meaningOf("ERR_NGROK_" + code); k != want.kind || reason != want.reason {
			t.Errorf("meaning of %s: got %d %q, want %d %q", code, k, reason, want.kind, want.reason)
		}
	}
}

func TestEveryPermanentReasonHasItsOwnWords(t *testing.T) {
	t.Parallel()
	seen := make(map[string]string)
	for reason, mend := range map[string]tunnel.Mend{
		ReasonTokenMissing: tunnel.MendToken, ReasonTokenRefused: tunnel.MendToken, ReasonAccountSuspended: tunnel.MendToken,
		ReasonAccountUnverified: tunnel.MendOutside, ReasonClientTooOld: tunnel.MendOutside, ReasonEndpointLimit: tunnel.MendOutside,
		ReasonHeartbeatRefused: tunnel.MendOutside, ReasonStoppedRemotely: tunnel.MendOutside, ReasonNetworkNotAllowed: tunnel.MendOutside, ReasonAgentBlocked: tunnel.MendOutside,
		ReasonServerNotAllowed: tunnel.MendSettings, ReasonDomainNotAllowed: tunnel.MendSettings, ReasonURLInvalid: tunnel.MendSettings,
	} {
		e := permanentWords(reason)
		if e.Mend != mend {
			t.Errorf("%s: is mended in %q, want %q", reason, e.Mend, mend)
		}
		for _, sentence := range []string{e.Headline, e.Cause, e.Next} {
			if !strings.HasSuffix(sentence, ".") {
				t.Errorf("%s: %q is not a sentence", reason, sentence)
			}
		}
		if other, twice := seen[e.Headline]; twice {
			t.Errorf("%s and %s have the same headline", reason, other)
		}
		seen[e.Headline] = reason
	}
}

func TestVendorWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{
			"the code and the page about it say nothing",
			"authentication failed: We do not allow agents to connect to ngrok from your IP address (192.0.2.7).\n\nERR_NGROK_9040\nhttps://ngrok.com/docs/errors/err_ngrok_9040",
			"ngrok says: We do not allow agents to connect to ngrok from your IP address (192.0.2.7).",
		},
		{"other links stay", "See https://ngrok.com/tos for more. ERR_NGROK_8014", "ngrok says: See https://ngrok.com/tos for more."},
		{"the token is cut out", "Your authtoken: " + testToken + "\nERR_NGROK_4711", "ngrok says: Your authtoken: [secret]."},
		{"what turns text around does not pass", "no\u202eway\x1b[31m ERR_NGROK_4711", "ngrok says: noway."},
		{"a code alone is no word", "ERR_NGROK_4711", ""},
		{"a long text is cut", strings.Repeat("word ", 200) + "ERR_NGROK_4711", "ngrok says: " + strings.Repeat("word ", 59) + "wo…."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := classify(errors.New(tt.text), newRedactor(testToken)).vendorWords(); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPermanentErrorsTellNgroksWords(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, cause string }{
		{"alone where they say all", "We do not allow this. ERR_NGROK_9040", "ngrok says: We do not allow this."},
		{"after ours where they say more", "You need a paid plan. ERR_NGROK_313", "It needs a paid plan, is not registered yet, or belongs to another account. ngrok says: You need a paid plan."},
		{"not where they quote the token", "The authtoken abc is not valid. ERR_NGROK_107", "It is mistyped, was reset, or belongs to a deleted account."},
		{"not where there are none", "ERR_NGROK_338", "ngrok has closed the account that this token belongs to."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := classify(errors.New(tt.text), newRedactor(testToken)).permanentError().Cause; got != tt.cause {
				t.Errorf("got %q, want %q", got, tt.cause)
			}
		})
	}
}

func TestARefusalIsToldAtItsSecondTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		errs []string
		told bool
		rare bool // the wait is that of a refusal
	}{
		{"not at its first", []string{"no. ERR_NGROK_4711"}, false, false},
		{"at its second", []string{"no. ERR_NGROK_4711", "no. ERR_NGROK_4711"}, true, true},
		{"also after trouble of the network in between", []string{"no. ERR_NGROK_4711", "dial: timeout", "no. ERR_NGROK_4711"}, true, true},
		{"not for trouble of the network", []string{"no. ERR_NGROK_4711", "no. ERR_NGROK_4711", "dial: timeout"}, false, false},
		{"not for another code", []string{"no. ERR_NGROK_4711", "no. ERR_NGROK_4712"}, false, false},
		{"not for a name that may still be our own", []string{"ERR_NGROK_334", "ERR_NGROK_334"}, false, false},
		{"for too many sessions", []string{"too many. ERR_NGROK_108", "too many. ERR_NGROK_108"}, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			n, err := New(Options{Token: relay.NewSecret(testToken)})
			if err != nil {
				t.Fatal(err)
			}
			var last tunnel.Link
			var past tunnel.History
			now := time.Now()
			for _, text := range tt.errs {
				past, last = n.runner.Pauses.After(past, classify(errors.New(text), n.cfg.red).forRetry(), now, 0)
			}
			if told := last.Headline != "" && last.Cause != "" && last.Next != ""; told != tt.told {
				t.Errorf("got %+v, want its words to be told: %v", last, tt.told)
			}
			if wait := last.RetryAt.Sub(now); (wait >= n.runner.Pauses.Slow) != tt.rare {
				t.Errorf("got a pause of %v", wait)
			}
		})
	}
}

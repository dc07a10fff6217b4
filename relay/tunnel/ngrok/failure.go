package ngrok

import (
	"errors"
	"regexp"
	"strings"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// The stable values of tunnel.PermanentError.Reason.
const (
	ReasonTokenMissing      = "token_missing"       // no token was given
	ReasonTokenRefused      = "token_refused"       // ngrok refused the token
	ReasonAccountUnverified = "account_unverified"  // the e-mail address of the account is not confirmed
	ReasonAccountSuspended  = "account_suspended"   // ngrok closed the account
	ReasonClientTooOld      = "client_too_old"      // ngrok wants a newer program
	ReasonServerNotAllowed  = "server_not_allowed"  // the account may not use this ngrok server
	ReasonNetworkNotAllowed = "network_not_allowed" // ngrok takes no connection from this network
	ReasonAgentBlocked      = "agent_blocked"       // ngrok has blocked this program's account or computer
	ReasonDomainNotAllowed  = "domain_not_allowed"  // the account may not use this domain
	ReasonURLInvalid        = "url_invalid"         // the address in the settings is not usable
	ReasonEndpointLimit     = "endpoint_limit"      // the account has too many addresses online
	ReasonHeartbeatRefused  = "heartbeat_refused"   // ngrok refuses the pace of heartbeats; a defect of ours
	ReasonStoppedRemotely   = "stopped_remotely"    // somebody stopped the agent in the ngrok dashboard
	ReasonServerInvalid     = "server_invalid"      // the ngrok server in the settings is not host:port
)

// failure is an error of the ngrok SDK, classified and redacted.
type failure struct {
	kind   tunnel.FailureKind
	reason string // for permanent
	code   string // ERR_NGROK_…, if there is one
	proxy  string // what the proxy did instead of connecting us; empty mostly
	err    error  // redacted
}

// codePattern finds a code in a text. Errors from binding again after a
// reconnect are plain strings, and errors pushed by the service hold the code
// only as the lower-case end of a link to its documentation.
var codePattern = regexp.MustCompile(`(?i)ERR_NGROK_[0-9]{1,9}`)

// codes returns every code that err carries, in the order: Code() as the SDK's
// public errors have it, ErrorCode() as its internal ones have it, text.
// See https://ngrok.com/docs/errors.
func codes(err error) []string {
	if err == nil {
		return nil
	}
	var found []string
	add := func(code string) {
		if code = strings.ToUpper(code); codePattern.MatchString(code) {
			found = append(found, codePattern.FindString(code))
		}
	}
	var public interface{ Code() string }
	if errors.As(err, &public) {
		add(public.Code())
	}
	var internal interface{ ErrorCode() string }
	if errors.As(err, &internal) {
		add(internal.ErrorCode())
	}
	for _, code := range codePattern.FindAllString(err.Error(), 16) {
		add(code)
	}
	return found
}

// classify says how to go on after err. When several attempts are collected in one error,
// a permanent code decides, because the attempts after it cannot succeed;
// otherwise the first code does.
func classify(err error, red redactor) failure {
	f := failure{kind: tunnel.Transient, err: red.error(err)}
	for _, code := range codes(err) {
		k, reason := meaningOf(code)
		if f.code == "" || k == tunnel.Permanent {
			f.kind, f.reason, f.code = k, reason, code
		}
		if k == tunnel.Permanent {
			break
		}
	}
	return f
}

// codeTable says how to go on after each code of ngrok, and the reason of a
// permanent one. It is never written to.
// Source: https://ngrok.com/docs/errors.
var codeTable = map[string]struct {
	kind   tunnel.FailureKind
	reason string
}{
	"ERR_NGROK_103":   {tunnel.Permanent, ReasonAccountSuspended},
	"ERR_NGROK_105":   {tunnel.Permanent, ReasonTokenRefused},
	"ERR_NGROK_107":   {tunnel.Permanent, ReasonTokenRefused},
	"ERR_NGROK_108":   {tunnel.Slow, ""},
	"ERR_NGROK_111":   {tunnel.Permanent, ReasonHeartbeatRefused},
	"ERR_NGROK_112":   {tunnel.Permanent, ReasonHeartbeatRefused},
	"ERR_NGROK_120":   {tunnel.Permanent, ReasonClientTooOld},
	"ERR_NGROK_121":   {tunnel.Permanent, ReasonClientTooOld},
	"ERR_NGROK_122":   {tunnel.Permanent, ReasonServerNotAllowed},
	"ERR_NGROK_123":   {tunnel.Permanent, ReasonAccountUnverified},
	"ERR_NGROK_300":   {tunnel.Permanent, ReasonTokenRefused},
	"ERR_NGROK_313":   {tunnel.Permanent, ReasonDomainNotAllowed},
	"ERR_NGROK_314":   {tunnel.Permanent, ReasonDomainNotAllowed},
	"ERR_NGROK_320":   {tunnel.Permanent, ReasonDomainNotAllowed},
	"ERR_NGROK_324":   {tunnel.Permanent, ReasonEndpointLimit},
	"ERR_NGROK_334":   {tunnel.Busy, ""},
	"ERR_NGROK_338":   {tunnel.Permanent, ReasonAccountSuspended},
	"ERR_NGROK_4018":  {tunnel.Permanent, ReasonTokenMissing},
	"ERR_NGROK_8014":  {tunnel.Permanent, ReasonAgentBlocked},
	"ERR_NGROK_9037":  {tunnel.Permanent, ReasonURLInvalid},
	"ERR_NGROK_9038":  {tunnel.Permanent, ReasonURLInvalid},
	"ERR_NGROK_9040":  {tunnel.Permanent, ReasonNetworkNotAllowed},
	"ERR_NGROK_15002": {tunnel.Permanent, ReasonDomainNotAllowed},
}

// meaningOf says how to go on after a code of ngrok. A code that is not listed is
// transient; the person is told of it once it is repeated.
func meaningOf(code string) (tunnel.FailureKind, string) {
	m := codeTable[code] // the zero value is passing trouble
	return m.kind, m.reason
}

// permanentError turns a permanent failure into the error that Run returns.
func (f failure) permanentError() *tunnel.PermanentError {
	e := permanentWords(f.reason)
	e.Reason, e.Code, e.Err = f.reason, f.code, f.err
	said := f.vendorWords()
	switch {
	case f.code == "" || said == "": // not an answer of ngrok's
	case f.reason == ReasonTokenRefused, f.reason == ReasonTokenMissing: // its texts about these quote the token
	case f.reason == ReasonNetworkNotAllowed, f.reason == ReasonAgentBlocked:
		e.Cause = said // which tells all that we could
	default:
		e.Cause += " " + said
	}
	return &e
}

// longestWords bounds the vendor's own words in a sentence, in bytes.
const longestWords = 300

// codeMentions finds where a text only repeats its code, or names the page
// about it.
var codeMentions = regexp.MustCompile(`(?i)(https?://\S*/errors/)?ERR_NGROK_[0-9]{1,9}/?|\bERROR:`)

// vendorWords is what ngrok itself says of the failure, as a sentence; empty
// where it says nothing beside a code.
func (f failure) vendorWords() string {
	if f.err == nil {
		return ""
	}
	said := strings.Trim(relay.CleanLine(codeMentions.ReplaceAllString(f.err.Error(), " ")), " ;")
	said = strings.TrimPrefix(said, "authentication failed: ") // the SDK's own words before ngrok's
	if said == "" {
		return ""
	}
	return "ngrok says: " + strings.TrimSuffix(tunnel.Clip(said, longestWords), ".") + "."
}

// forRetry is the failure as it decides about the next attempt.
func (f failure) forRetry() tunnel.Failure {
	t := tunnel.Failure{Kind: f.kind, Err: f.err, Code: f.code, Refusal: f.refusal()}
	if f.kind == tunnel.Permanent {
		t.Permanent = f.permanentError()
	}
	return t
}

// error is the failure as an error; one of a proxy, or an answer of ngrok, says
// so by its method.
func (f failure) error() error {
	switch said := f.vendorWords(); {
	case f.proxy != "":
		return proxyError{f.err, f.proxy}
	case f.code != "" && said != "":
		return vendorError{f.err, said}
	default:
		return f.err
	}
}

// vendorError is an answer of ngrok that may be another one later.
type vendorError struct {
	error
	words string
}

// VendorWords is what ngrok says, as a sentence.
func (e vendorError) VendorWords() string { return e.words }

// proxyError is a failure of the proxy on the way.
type proxyError struct {
	error
	words string
}

// ProxyFailure is what the proxy did, in words that may be shown.
func (e proxyError) ProxyFailure() string { return e.words }

// refusal is the answer of ngrok or of a proxy; without words for one that passes by
// itself.
func (f failure) refusal() tunnel.Refusal {
	r := tunnel.Refusal{Answer: f.code}
	switch {
	case f.code == "" && f.proxy != "":
		return tunnel.RefusedByProxy("ngrok", f.proxy)
	case f.code == "" || f.kind == tunnel.Busy:
		return r
	case f.code == codeTooManySessions:
		r.Headline, r.Next = "Your ngrok account allows no further connection.", "Stop another ngrok agent, here or on another computer; it is tried again each minute."
	default:
		r.Headline, r.Next = "ngrok refuses the connection.", "It is tried again each minute; what ngrok says may tell what helps."
	}
	if r.Cause = f.vendorWords(); r.Cause == "" {
		r.Cause = "It gives no reason but the code " + f.code + "."
	}
	r.Seldom = f.proxy == ""
	return r
}

// permanentWords are the sentences for a permanent reason. They are our own, because
// the service's texts for a refused token quote the token.
func permanentWords(reason string) tunnel.PermanentError {
	const settings = "Open Settings and enter another address, or leave the field empty to use the one that ngrok assigned."
	switch reason {
	case ReasonTokenMissing:
		return tunnel.PermanentError{
			Mend:     tunnel.MendToken,
			Headline: "The ngrok token is missing.",
			Cause:    "Without a token, ngrok gives out no address.",
			Next:     "Copy your authtoken from dashboard.ngrok.com and paste it.",
		}
	case ReasonTokenRefused:
		return tunnel.PermanentError{
			Mend:     tunnel.MendToken,
			Headline: "ngrok refused the token.",
			Cause:    "It is mistyped, was reset, or belongs to a deleted account.",
			Next:     "Copy your authtoken from dashboard.ngrok.com and paste it.",
		}
	case ReasonAccountUnverified:
		return tunnel.PermanentError{
			Mend:     tunnel.MendOutside,
			Headline: "Your ngrok account is not confirmed yet.",
			Cause:    "ngrok gives out no address before the e-mail address of the account is confirmed.",
			Next:     "Open the e-mail from ngrok, follow its link, then try again.",
		}
	case ReasonAccountSuspended:
		return tunnel.PermanentError{
			Mend:     tunnel.MendToken,
			Headline: "Your ngrok account is suspended.",
			Cause:    "ngrok has closed the account that this token belongs to.",
			Next:     "Ask ngrok's support, or paste the token of another account in Settings.",
		}
	case ReasonClientTooOld:
		return tunnel.PermanentError{
			Mend:     tunnel.MendOutside,
			Headline: "This version of Vast Relay is too old for ngrok.",
			Cause:    "ngrok no longer accepts connections from it.",
			Next:     "Install the newest version of Vast Relay.",
		}
	case ReasonServerNotAllowed:
		return tunnel.PermanentError{
			Mend:     tunnel.MendSettings,
			Headline: "Your ngrok account may not use this ngrok server.",
			Cause:    "The server in the settings is reserved for other accounts.",
			Next:     "Remove the server setting, or use the token of the account that it belongs to.",
		}
	case ReasonNetworkNotAllowed:
		return tunnel.PermanentError{
			Mend:     tunnel.MendOutside,
			Headline: "ngrok takes no connection from this network.",
			Cause:    "It does not allow the address that this network has in the internet.",
			Next:     "Use another network, allow this one in the ngrok dashboard, or use an address of your own.",
		}
	case ReasonAgentBlocked:
		return tunnel.PermanentError{
			Mend:     tunnel.MendOutside,
			Headline: "ngrok has blocked this connection.",
			Cause:    "It does not let this account or this computer connect.",
			Next:     "Write to ngrok's support, or use an address of your own.",
		}
	case ReasonDomainNotAllowed:
		return tunnel.PermanentError{
			Mend:     tunnel.MendSettings,
			Headline: "Your ngrok account may not use this domain.",
			Cause:    "It needs a paid plan, is not registered yet, or belongs to another account.",
			Next:     settings,
		}
	case ReasonURLInvalid:
		return tunnel.PermanentError{
			Mend:     tunnel.MendSettings,
			Headline: "The public address in the settings is not usable.",
			Cause:    "It must be the bare name of a host.",
			Next:     settings,
		}
	case ReasonEndpointLimit:
		return tunnel.PermanentError{
			Mend:     tunnel.MendOutside,
			Headline: "Your ngrok account has too many addresses online.",
			Cause:    "ngrok limits how many are online at once.",
			Next:     "Stop another address in the ngrok dashboard, then try again.",
		}
	case ReasonHeartbeatRefused:
		return tunnel.PermanentError{
			Mend:     tunnel.MendOutside,
			Headline: "ngrok refuses this version of Vast Relay.",
			Cause:    "It checks its connection more often than ngrok allows.",
			Next:     "Install the newest version of Vast Relay.",
		}
	default:
		return tunnel.PermanentError{
			Mend:     tunnel.MendOutside,
			Headline: "The tunnel was stopped from the ngrok dashboard.",
			Cause:    "Somebody with access to your ngrok account stopped this agent.",
			Next:     "“Try now” connects again.",
		}
	}
}

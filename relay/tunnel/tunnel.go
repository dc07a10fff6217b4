package tunnel

import (
	"context"
	"net/http"
	"time"
)

// Provider serves a handler on a public HTTPS address.
type Provider interface {
	// Run serves h publicly until ctx ends, then returns nil, or returns a
	// *PermanentError once only the person can help. It owns its retries, and
	// stops within five seconds. It calls report at every change, never
	// concurrently; report must return fast. The last Link is Stopped.
	// A second Run while one is under way returns an error at once.
	Run(ctx context.Context, h http.Handler, report func(Link)) error

	// Restart makes a Run under way tear its link down and connect anew at
	// once, as after sleep or a change of network. Without a Run it does
	// nothing. It never blocks; several calls may count as one.
	Restart()
}

// LinkState is the state of the link between this program and the address.
type LinkState string

// The states of a link.
const (
	Connecting   LinkState = "connecting"   // no link yet in this run
	Online       LinkState = "online"       // the link is up; whether the address reaches us is for a probe to say
	Reconnecting LinkState = "reconnecting" // the link was up in this run and is being restored
	InUse        LinkState = "in_use"       // another computer holds the name; asked for again every minute
	Stopped      LinkState = "stopped"      // Run is about to return
)

// Link is the state of a link at one moment. It is a value: a later change is
// a new Link.
type Link struct {
	State   LinkState
	URL     string    // the origin, without a path; set when Online, and may differ from the last one
	Since   time.Time // when State began
	Err     error     // the last cause, redacted; nil when Online
	RetryAt time.Time // when the next attempt is due; zero when one is under way or it is unknown
	Detail  string    // what the vendor told about the account, such as "Ada · Free · eu"
	Code    string    // the vendor's code of the last cause, such as ERR_NGROK_334

	// Headline, Cause and Next say for a person why the vendor refuses the link,
	// once it has done so twice in a row for a reason that it gives; empty
	// otherwise.
	Headline, Cause, Next string
}

// The stable values of PermanentError.Reason.
const (
	ReasonTokenMissing      = "token_missing"       // no token was given
	ReasonTokenRefused      = "token_refused"       // ngrok does not accept the token
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
	ReasonAddressInUse      = "address_in_use"      // another program uses the local port
	ReasonAddressNotAllowed = "address_not_allowed" // the system does not let us use the local port
	ReasonListenFailed      = "listen_failed"       // the local address cannot be used for another reason
)

// PermanentError says that a provider gave up because trying again cannot
// help: a person has to change something. It holds no token.
type PermanentError struct {
	Reason string // one of the Reason constants
	Code   string // the vendor's code, such as ERR_NGROK_107; empty if there is none

	Headline string // one short sentence in plain words
	Cause    string // one sentence
	Next     string // one sentence: who must do what

	Err error // the technical cause, redacted; may be nil
}

// Error joins the headline and the technical cause.
func (e *PermanentError) Error() string {
	if e.Err == nil {
		return e.Headline
	}
	return e.Headline + ": " + e.Err.Error()
}

// Unwrap returns the technical cause.
func (e *PermanentError) Unwrap() error { return e.Err }

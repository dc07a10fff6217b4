package ngrok

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"strings"
	"time"
	"unicode"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"

	"golang.ngrok.com/ngrok/v2"
)

// limits bound the steps of a session, so that none waits for ever when the SDK
// or the service hangs.
type limits struct {
	login      time.Duration // dial, TLS and login; the SDK has no deadline for the answer
	bind       time.Duration // Listen ignores its context once the agent is connected
	reconnect  time.Duration // the SDK's own reconnect, after which a new agent is made
	failures   int           // of the SDK's own reconnect
	remoteEnd  time.Duration // for the SDK to confirm a stop or restart from the dashboard
	unbind     time.Duration
	drain      time.Duration
	disconnect time.Duration
	end        time.Duration // for the SDK's calls to return once their connection is gone
}

// defaultLimits keep a stop below five seconds, even if every step hangs.
func defaultLimits() limits {
	return limits{
		login:      20 * time.Second,
		bind:       15 * time.Second,
		reconnect:  15 * time.Second,
		failures:   3,
		remoteEnd:  500 * time.Millisecond,
		unbind:     time.Second,
		drain:      tunnel.DrainWithin,
		disconnect: 500 * time.Millisecond,
		end:        time.Second,
	}
}

// config is what the sessions of one Tunnel share.
type config struct {
	options Options // checked, in the one spelling of each
	red     redactor
	log     *slog.Logger // for our own records
	sdkLog  *slog.Logger // for the SDK and the HTTP server
	limits  limits
}

// newConfig checks o. Its error is a *tunnel.PermanentError.
func newConfig(o Options) (*config, error) {
	token := strings.TrimSpace(o.Token.Reveal())
	if token == "" {
		return nil, permanentFor(ReasonTokenMissing, nil)
	}
	if strings.ContainsFunc(token, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		return nil, permanentFor(ReasonTokenRefused, errors.New("the token holds white space or control characters"))
	}
	o.Token, o.Domain = relay.NewSecret(token), strings.TrimSpace(o.Domain)
	if o.Domain != "" {
		var err error
		if o.Domain, err = relay.ParseDomain(o.Domain); err != nil {
			return nil, permanentFor(ReasonURLInvalid, err)
		}
	}
	if o.CloudEndpoint = strings.TrimSpace(o.CloudEndpoint); o.CloudEndpoint != "" {
		var err error
		if o.CloudEndpoint, err = relay.ParseDomain(o.CloudEndpoint); err != nil {
			return nil, permanentFor(ReasonURLInvalid, err)
		}
	}
	if err := checkServer(o.ConnectURL); err != nil {
		return nil, &tunnel.PermanentError{
			Reason:   ReasonServerInvalid,
			Mend:     tunnel.MendSettings,
			Headline: "The ngrok server in the settings is not usable.",
			Cause:    "It must be a host and a port, such as connect.example.com:443.",
			Next:     "Correct or remove the ngrok server setting.",
			Err:      err,
		}
	}
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	red := newRedactor(token)
	return &config{
		options: o,
		red:     red,
		log:     log,
		sdkLog:  newSDKLog(o.Logger, red),
		limits:  defaultLimits(),
	}, nil
}

// permanentFor returns the error for reason, with err as the technical cause.
func permanentFor(reason string, err error) *tunnel.PermanentError {
	return failure{kind: tunnel.Permanent, reason: reason, err: err}.permanentError()
}

// checkServer checks that s is empty or host:port.
func checkServer(s string) error {
	if s == "" {
		return nil
	}
	_, err := relay.ParseHostPort(s)
	return err
}

// agentOptions are the options of one agent of the SDK.
func (c *config) agentOptions(s *session) []ngrok.AgentOption {
	version := c.options.Version
	if version == "" {
		version = "0"
	}
	options := []ngrok.AgentOption{
		ngrok.WithAuthtoken(c.options.Token.Reveal()),
		ngrok.WithAutoConnect(false),
		ngrok.WithClientInfo("vast-relay", version),
		ngrok.WithDialer(s.dialer),
		ngrok.WithEventHandler(s.onEvent),
		ngrok.WithRPCHandler(s.onRequest),
		ngrok.WithLogger(c.sdkLog),
	}
	if c.options.ConnectURL != "" {
		host, _, _ := net.SplitHostPort(c.options.ConnectURL)
		options = append(
			options,
			ngrok.WithAgentConnectURL(c.options.ConnectURL),
			// The SDK cuts the name at the first colon, which breaks an IPv6 literal.
			ngrok.WithTLSConfig(func(t *tls.Config) { t.ServerName = host }),
		)
	}
	if c.options.CAs != nil {
		options = append(options, ngrok.WithAgentConnectCAs(c.options.CAs))
	}
	if c.options.HeartbeatInterval > 0 {
		options = append(options, ngrok.WithHeartbeatInterval(c.options.HeartbeatInterval))
	}
	if c.options.HeartbeatTolerance > 0 {
		options = append(options, ngrok.WithHeartbeatTolerance(c.options.HeartbeatTolerance))
	}
	return options
}

// endpointOptions are the options of the endpoint. The description is shown in
// the account's ngrok dashboard, beside the host name, the path of the
// executable and the process id, which the SDK adds and no option prevents.
func (c *config) endpointOptions() []ngrok.EndpointOption {
	options := []ngrok.EndpointOption{ngrok.WithDescription("Vast Relay")}
	if name := c.asksFor(); name != "" {
		options = append(options, ngrok.WithURL("https://"+name))
	}
	return options
}

// asksFor is the name that the endpoint is to have; empty for the one that comes with
// the account.
func (c *config) asksFor() string {
	if c.options.CloudEndpoint != "" {
		return internalName(c.options.CloudEndpoint)
	}
	return c.options.Domain
}

// publicURL is the address at which the endpoint called name is reached.
func (c *config) publicURL(name string) string {
	if c.options.CloudEndpoint != "" {
		name = c.options.CloudEndpoint
	}
	return "https://" + name
}

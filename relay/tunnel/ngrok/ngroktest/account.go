package ngroktest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Auth is a login that an agent tried.
type Auth struct {
	ClientID   string // empty in the first login of an agent
	Token      string
	Cookie     string // empty in the first login of an agent
	UserAgent  string
	ClientType string
	Version    string
	Metadata   string

	HeartbeatInterval, HeartbeatTolerance time.Duration

	// Whether the agent answers these requests of the dashboard.
	CanStop, CanRestart, CanUpdate bool
}

// Bind is a request of an agent for a name.
type Bind struct {
	ID          string // empty in the first bind of an endpoint
	Proto       string
	URL         string // what was asked for; empty asks for the assigned name
	Token       string // what the reply to an earlier bind held
	Name        string
	Description string
	Metadata    string
	Pooling     bool
}

// Auths lists the logins tried so far, refused and unanswered ones included.
func (e *Edge) Auths() []Auth {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.auths)
}

// Binds lists the binds tried so far, refused and unanswered ones included.
func (e *Edge) Binds() []Bind {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.binds)
}

// Unbinds lists the ids of the endpoints that agents gave back in order.
func (e *Edge) Unbinds() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.unbinds)
}

// login answers a login; answered is false when the edge keeps silent.
func (e *Edge) login(r authRequest) (reply authReply, answered bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.changes.Note()
	e.auths = append(e.auths, Auth{
		ClientID:           r.ClientID,
		Token:              r.Extra.Authtoken,
		Cookie:             r.Extra.Cookie,
		UserAgent:          r.Extra.UserAgent,
		ClientType:         r.Extra.ClientType,
		Version:            r.Extra.Version,
		Metadata:           r.Extra.Metadata,
		HeartbeatInterval:  time.Duration(r.Extra.HeartbeatInterval),
		HeartbeatTolerance: time.Duration(r.Extra.HeartbeatTolerance),
		CanStop:            isEmpty(r.Extra.StopUnsupportedError),
		CanRestart:         isEmpty(r.Extra.RestartUnsupportedError),
		CanUpdate:          isEmpty(r.Extra.UpdateUnsupportedError),
	})
	if e.faults.muteLogin {
		return authReply{}, false
	}
	if refusal := e.refuseLogin(r); refusal != "" {
		return authReply{Error: refusal}, true
	}
	id := r.ClientID
	if id == "" {
		id = e.next("client")
	}
	return authReply{
		Version:  "3",
		ClientID: id,
		Extra: authReplyExtra{
			Version:        "prod",
			Region:         e.options.Region,
			Cookie:         e.next("cookie"),
			AccountName:    e.options.Account,
			PlanName:       e.options.Plan,
			AgentSessionID: e.next("ts"),
		},
	}, true
}

// isEmpty reports whether s is the empty string, which is how an agent says
// that it supports an operation.
func isEmpty(s *string) bool { return s != nil && *s == "" }

// refuseLogin returns why a login fails, or "". Like the real service it
// quotes the token. The caller holds mu.
func (e *Edge) refuseLogin(r authRequest) string {
	token := r.Extra.Authtoken
	switch {
	case e.faults.refuseLogin != "":
		return e.faults.refuseLogin
	case !slices.Contains(r.Version, "3"):
		return "Your agent speaks no protocol of ours.\n\nERR_NGROK_120"
	case token == "":
		return "Usage of ngrok requires a verified account and authtoken.\n\nERR_NGROK_4018"
	case e.options.Token != "" && token != e.options.Token:
		return "The authtoken you specified is properly formed, but it is invalid.\nYour authtoken: " + token +
			"\nThis usually happens when it was reset.\n\nERR_NGROK_107"
	}
	return ""
}

// bind answers a request for a name; answered is false when the edge keeps
// silent.
func (e *Edge) bind(l *link, r bindRequest) (reply bindReply, answered bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	defer e.changes.Note()
	e.binds = append(e.binds, Bind{
		ID:          r.ID,
		Proto:       r.Proto,
		URL:         r.Opts.URL,
		Token:       r.Extra.Token,
		Name:        r.Extra.Name,
		Description: r.Extra.Description,
		Metadata:    r.Extra.Metadata,
		Pooling:     r.Extra.PoolingEnabled,
	})
	if e.faults.muteBind {
		return bindReply{}, false
	}
	if e.faults.refuseBind != "" {
		return bindReply{Error: e.faults.refuseBind}, true
	}
	host, refusal := e.chooseHost(r)
	if refusal == "" {
		refusal = e.refuseHost(host, l, r.Extra.Token)
	}
	if refusal != "" {
		return bindReply{Error: refusal}, true
	}

	id := r.ID
	if id == "" {
		id = e.next("bind")
	}
	token := r.Extra.Token
	if token == "" {
		token = e.next("token")
	}
	e.tokens[token] = host
	e.online[host] = &binding{host: host, id: id, owner: l}
	address := "https://" + host
	return bindReply{
		ID:    id,
		URL:   address,
		Proto: r.Proto,
		Opts:  bindOptions{URL: address},
		Extra: bindReplyExtra{Token: token, TunnelID: e.next("tn")},
	}, true
}

// chooseHost finds the name for a bind. An agent that binds again asks for the
// address that it was assigned before. The caller holds mu.
func (e *Edge) chooseHost(r bindRequest) (host, refusal string) {
	if remembered, known := e.tokens[r.Extra.Token]; known {
		return remembered, ""
	}
	if r.Opts.URL == "" {
		e.own[e.host] = true
		return e.host, ""
	}
	u, err := url.Parse(r.Opts.URL)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https":
		return "", fmt.Sprintf("The URL %q is not valid.\n\nERR_NGROK_9037", r.Opts.URL)
	case u.Path != "":
		return "", fmt.Sprintf("The URL %q must not end in a slash.\n\nERR_NGROK_9038", r.Opts.URL)
	}
	host = strings.ToLower(u.Hostname())
	if e.own[host] {
		e.own[e.host] = true
		return e.host, ""
	}
	if !strings.HasSuffix(host, internalSuffix) && e.options.Domains != nil && !slices.Contains(e.options.Domains, host) && host != e.host {
		return "", fmt.Sprintf("The domain %q is not registered to your account.\n\nERR_NGROK_320", host)
	}
	return host, ""
}

// refuseHost returns why host cannot be bound by l, or "". A known token may
// replace the owner, which is its own dead connection. The caller holds mu.
func (e *Edge) refuseHost(host string, l *link, token string) string {
	b := e.online[host]
	known := token != "" && e.tokens[token] == host
	if e.taken[host] || b != nil && b.owner != l && !known {
		return fmt.Sprintf("The endpoint 'https://%s' is already online.\n\nERR_NGROK_334", host)
	}
	return ""
}

// unbind gives a name back.
func (e *Edge) unbind(l *link, id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.unbinds = append(e.unbinds, id)
	for host, b := range e.online {
		if b.owner == l && b.id == id {
			delete(e.online, host)
		}
	}
	e.changes.Note()
}

// next makes an id. The caller holds mu.
func (e *Edge) next(kind string) string {
	e.serial++
	return fmt.Sprintf("%s_%d", kind, e.serial)
}

package tunnelmole

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"vastrelay/relay/tunnel"

	"github.com/coder/websocket"
)

// largestMessage bounds a message of the service, in bytes. It passes on bodies
// of at most 100 KB, which are a third longer as base64, and headers.
const largestMessage = 1 << 20

// ending says why a link ended.
type ending int

const (
	endFailed  ending = iota // see the failure
	endStopped               // the context ended
	endRestart               // a restart was asked for
)

// outcome is how a link went.
type outcome struct {
	end       ending
	fail      failure
	wasOnline bool
	online    time.Duration // since the address came online
}

// link is one connection to the service. Its methods are called by one
// goroutine, but for read and what that calls.
type link struct {
	cfg      *config
	conn     *websocket.Conn
	wire     *wire
	restarts <-chan struct{}
	requests *inFlight

	control chan message  // all that is no request
	closing chan struct{} // closed when nobody takes from control any more
	ended   chan struct{} // closed when nothing more is read
	readErr error         // why; to be read after ended

	online     bool   // the service assigned a name
	keyRefused bool   // it said that it does not accept the key
	said       string // its last complaint in words, tidied; empty mostly
}

// wire is the network connection below a link, which must end with the link: an
// orderly end of a WebSocket waits for the other side.
type wire struct {
	dial func(ctx context.Context, network, address string) (net.Conn, error)

	mu     sync.Mutex
	conn   net.Conn
	closed bool
}

// DialContext connects and keeps the connection.
func (w *wire) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := w.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	w.conn = conn
	return conn, nil
}

// close closes the connection, also one that comes about later.
func (w *wire) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	if w.conn != nil {
		_ = w.conn.Close()
	}
}

// connect opens a connection and introduces this client. Without one, the outcome
// says why.
func (c *config) connect(ctx context.Context, f *front, hello initialise, restarts <-chan struct{}) (*link, outcome) {
	dialing, cancel := context.WithTimeout(ctx, c.limits.connect)
	defer cancel()
	w := &wire{dial: c.options.Dial}
	var conn *websocket.Conn
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err = c.dial(dialing, w)
	}()
	restarted := false
	select {
	case <-done:
	case <-restarts:
		restarted = true
		cancel()
		<-done
	}
	if err != nil || restarted {
		w.close()
		switch {
		case ctx.Err() != nil:
			return nil, outcome{end: endStopped}
		case restarted:
			return nil, outcome{end: endRestart}
		case dialing.Err() != nil:
			err = fmt.Errorf("no answer within %s", c.limits.connect)
		}
		return nil, outcome{fail: broken("connect to Tunnelmole", err)}
	}
	conn.SetReadLimit(largestMessage)
	l := &link{
		cfg: c, conn: conn, wire: w, restarts: restarts, requests: newInFlight(ctx, f),
		control: make(chan message), closing: make(chan struct{}), ended: make(chan struct{}),
	}
	go l.read(context.WithoutCancel(ctx))
	if err := l.write(context.WithoutCancel(ctx), hello); err != nil {
		l.close()
		return nil, outcome{fail: broken("introduce this client to Tunnelmole", err)}
	}
	return l, outcome{}
}

// dial opens the WebSocket connection over w.
func (c *config) dial(ctx context.Context, w *wire) (*websocket.Conn, error) {
	host, _, _ := net.SplitHostPort(c.options.Server)
	transport := &http.Transport{
		DialContext:         w.DialContext,
		TLSClientConfig:     &tls.Config{RootCAs: c.options.CAs, ServerName: host, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: c.limits.connect,
	}
	defer transport.CloseIdleConnections()
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the key goes to this server alone
	}
	conn, resp, err := websocket.Dial(ctx, "wss://"+c.options.Server+"/", &websocket.DialOptions{HTTPClient: client}) //nolint:bodyclose // the library's
	if err != nil && resp != nil {
		return nil, fmt.Errorf("the server answered %d in place of a WebSocket", resp.StatusCode)
	}
	return conn, err
}

// read takes the messages of the service until the connection ends; ctx has no
// end of its own, since the library would cut the connection with it.
func (l *link) read(ctx context.Context) {
	defer close(l.ended)
	for {
		_, data, err := l.conn.Read(ctx)
		if err != nil {
			l.readErr = err
			return
		}
		m, err := parseMessage(data)
		switch {
		case err != nil:
			l.cfg.log.Debug("a message of Tunnelmole is ignored", "bytes", len(data), "err", err)
		case m.Type == typeRequest:
			if !l.requests.take(m, l.send) {
				l.send(ctx, m.unavailable())
			}
		default:
			select {
			case l.control <- m:
			case <-l.closing:
			}
		}
	}
}

// send sends an answer. One that cannot be sent, or that the end of ctx cuts off,
// ends the connection.
func (l *link) send(ctx context.Context, r response) {
	if err := l.write(ctx, r); err != nil {
		l.cfg.log.Debug("an answer did not reach Tunnelmole", "status", r.StatusCode, "err", err)
	}
}

// write sends one message. It may be called from any goroutine: the library
// sends one message after the other.
func (l *link) write(ctx context.Context, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode a message: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, l.cfg.limits.write)
	defer cancel()
	return l.conn.Write(ctx, websocket.MessageText, data)
}

// register waits until the service assigns a host name. Without one, failed says
// why.
func (l *link) register(ctx context.Context) (host string, failed *outcome) {
	timer := time.NewTimer(l.cfg.limits.register)
	defer timer.Stop()
	for host == "" {
		select {
		case <-ctx.Done():
			return "", &outcome{end: endStopped}
		case <-l.restarts:
			return "", &outcome{end: endRestart}
		case <-timer.C:
			return "", &outcome{fail: l.silent()}
		case <-l.ended:
			return "", &outcome{fail: l.dropped()}
		case m := <-l.control:
			var fail *failure
			if host, fail = l.handle(m); fail != nil {
				return "", &outcome{fail: *fail}
			}
		}
	}
	return host, nil
}

// serve registers and then keeps the link until it ends.
func (l *link) serve(ctx context.Context, rep *tunnel.Reporter) outcome {
	host, failed := l.register(ctx)
	if failed != nil {
		return *failed
	}
	began := time.Now()
	l.online = true
	l.report(rep, host)
	out := l.watch(ctx, rep, host)
	out.wasOnline, out.online = true, time.Since(began)
	l.requests.drain(l.cfg.limits.drain, l.ended)
	return out
}

// watch follows a link that is online.
func (l *link) watch(ctx context.Context, rep *tunnel.Reporter, host string) outcome {
	ticker := time.NewTicker(l.cfg.limits.pingEvery)
	defer ticker.Stop()
	pongs := make(chan error, 1)
	var pinging sync.WaitGroup
	defer pinging.Wait()
	asking, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	waiting := false
	for {
		select {
		case <-ctx.Done():
			return outcome{end: endStopped}
		case <-l.restarts:
			return outcome{end: endRestart}
		case <-l.ended:
			return outcome{fail: l.dropped()}
		case err := <-pongs:
			if waiting = false; err != nil {
				return outcome{fail: failure{err: fmt.Errorf("no answer from Tunnelmole any more: %w", err)}}
			}
		case <-ticker.C:
			if waiting {
				continue
			}
			waiting = true
			pinging.Go(func() { pongs <- l.ping(asking) })
		case m := <-l.control:
			other, fail := l.handle(m)
			if fail != nil {
				return outcome{fail: *fail}
			}
			if other != "" && other != host {
				host = other
				l.report(rep, host)
			}
		}
	}
}

// ping asks the service for a sign of life.
func (l *link) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.limits.pong)
	defer cancel()
	return l.conn.Ping(ctx)
}

// report reports the address of host as online.
func (l *link) report(rep *tunnel.Reporter, host string) {
	link := tunnel.Link{State: tunnel.Online, URL: "https://" + host}
	if l.keyRefused {
		words := permanentWords(ReasonKeyRefused)
		link.Headline, link.Cause, link.Next = words.Headline, "It gave out a random name all the same.", words.Next
		l.cfg.log.Warn("the API key is not accepted by Tunnelmole, which gave out a random name")
	}
	l.cfg.log.Info("public address online", "address", link.URL)
	rep.Set(link)
}

// handle acts on a message that is no request. It returns the host name that the
// service assigned, or why the link cannot be used.
//
// The order matters where the service says twice what becomes of a name: after
// hostnameAlreadyTaken it assigns the very name that leads to somebody else, and
// after a name that cannot be had a random one.
func (l *link) handle(m message) (host string, fail *failure) {
	wanted := l.cfg.options.Subdomain
	switch m.Type {
	case typeBadSubscription:
		l.keyRefused = true
		if wanted != "" { // without the subscription, the subdomain is not to be had
			f := l.keyRefusal()
			fail = &f
		}
	case typeTaken:
		f := refused(tunnel.Busy, "", m.Type, "the subdomain is in use")
		fail = &f
	case typeReserved:
		f := refused(tunnel.Permanent, ReasonNameReserved, m.Type, "the subdomain is reserved")
		fail = &f
	case typeTooMany:
		f := refused(tunnel.Permanent, ReasonTooManyNames, m.Type, "the account may have no further subdomain")
		fail = &f
	case typeNotReserved:
		f := refused(tunnel.Slow, "", m.Type, "the subdomain could not be reserved")
		fail = &f
	case typeDisconnect:
		f := refused(tunnel.Slow, "", m.Type, "the service ended the connection")
		if l.keyRefused && !l.online {
			f = l.keyRefusal()
		}
		fail = &f
	case typeNote:
		l.note(m)
	case typeAssigned:
		return l.assigned(m)
	default:
		l.cfg.log.Debug("a message of Tunnelmole is ignored", "type", l.cfg.tidy(m.Type))
	}
	if fail != nil && fail.said == "" {
		fail.said = l.said
	}
	return "", fail
}

// assigned checks the host name that the service assigned.
func (l *link) assigned(m message) (string, *failure) {
	host, err := m.host()
	if err != nil {
		return "", &failure{kind: tunnel.Slow, answer: m.Type, err: err}
	}
	label, _, _ := strings.Cut(host, ".")
	if wanted := l.cfg.options.Subdomain; wanted != "" && label != wanted {
		f := refused(tunnel.Permanent, ReasonNameNotGranted, m.Type, "the service assigned "+host+" and not "+wanted)
		f.said = l.said
		return "", &f
	}
	return host, nil
}

// note logs what the service writes for people.
func (l *link) note(m message) {
	text := l.cfg.tidy(m.Text)
	if m.LogLevel != "error" {
		l.cfg.log.Debug("word from Tunnelmole", "text", text)
		return
	}
	l.said = text
	l.cfg.log.Info("complaint from Tunnelmole", "text", text)
}

// keyRefusal is the failure of a link whose key is not accepted.
func (l *link) keyRefusal() failure {
	reason, what := ReasonKeyRefused, "the key is not accepted"
	if l.cfg.options.Key.Empty() {
		reason, what = ReasonKeyMissing, "a key is asked for"
	}
	f := refused(tunnel.Permanent, reason, typeBadSubscription, what)
	f.said = l.said
	return f
}

// silent is the failure of a link on which the service assigns no name.
func (l *link) silent() failure {
	if l.keyRefused {
		return l.keyRefusal()
	}
	return failure{err: fmt.Errorf("register at Tunnelmole: no answer within %s", l.cfg.limits.register)}
}

// dropped is the failure of a link that the service, or the network, ended.
func (l *link) dropped() failure {
	if l.keyRefused && !l.online {
		return l.keyRefusal()
	}
	text := l.cfg.tidy(l.readErr.Error())
	if l.said != "" {
		text += "; " + vendorWords(l.said)
	}
	return failure{err: errors.New("the connection to Tunnelmole ended: " + text)}
}

// close ends the connection, within limits.close, and all goroutines of l. known
// tells that the service knows of the end.
func (l *link) close() (known bool) {
	close(l.closing)
	closed := make(chan error, 1)
	go func() { closed <- l.conn.Close(websocket.StatusNormalClosure, "") }()
	timer := time.NewTimer(l.cfg.limits.close)
	defer timer.Stop()
	var err error
	select {
	case err = <-closed:
		l.wire.close()
	case <-timer.C:
		l.wire.close()
		err = errors.Join(<-closed, context.DeadlineExceeded)
	}
	<-l.ended
	l.requests.drain(0, l.ended)
	return err == nil || websocket.CloseStatus(l.readErr) != -1
}

package cloudflared

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// listenFront is where the port of the local address is set beside our settings.
const listenFront = "in Cloudflare's dashboard"

// outcome is how a session went.
type outcome struct {
	restart   bool          // a restart was asked for
	fail      failure       // why it ended, where nobody asked for it
	wasOnline bool          // the link was up
	online    time.Duration // since it last came up
}

// session is one run of cloudflared with the HTTP server that it hands requests
// over to. One goroutine uses it.
type session struct {
	cfg       *config
	rep       *tunnel.Reporter
	wasOnline bool // the link was up before, in this run of the Tunnel
	restarts  <-chan struct{}

	out     *output
	child   *child
	metrics string // host:port of the metrics server of cloudflared

	link  linkView
	asked time.Time // when cloudflared was asked last
}

// linkView is the state of the link, as the answers so far tell it.
type linkView struct {
	host     string    // the public name, once known
	hostAt   time.Time // when it became known
	up       bool      // cloudflared is connected
	upSince  time.Time // when it last came up; zero: never in this session
	since    time.Time // when it last went down, or the session began
	answered time.Time // when the metrics server last answered, or the session began
	trouble  string    // as reported last
}

// run serves h until ctx ends, a restart is asked for or cloudflared ends.
func (s *session) run(ctx context.Context, h http.Handler) outcome {
	listener, fail := s.listen(ctx)
	if fail != nil {
		return outcome{fail: *fail}
	}
	server := tunnel.NewServer(h, s.cfg.log)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	out := s.start(ctx, listener.Addr().String())
	if out == nil {
		followed := s.follow(ctx, served)
		out = &followed
	}
	// The context of Run may have ended, and requests in flight get their answer
	// while cloudflared still carries it.
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.limits.drain)
	defer cancel()
	if server.Shutdown(drain) != nil {
		_ = server.Close()
	}
	if s.child != nil {
		s.child.stop(s.cfg.limits.grace)
	}
	if !s.link.upSince.IsZero() {
		out.wasOnline, out.online = true, time.Since(s.link.upSince)
	}
	return *out
}

// listen opens the local port. That another program holds it is for a person to
// mend, unless it served before in this run.
func (s *session) listen(ctx context.Context) (net.Listener, *failure) {
	address := s.cfg.options.Listen
	if !s.cfg.named() {
		address = "127.0.0.1:0"
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case err == nil:
		return listener, nil
	case s.wasOnline || ctx.Err() != nil:
		return nil, &failure{err: fmt.Errorf("serve the local address: %w", err)}
	default:
		return nil, &failure{permanent: tunnel.ListenError(address, listenFront, err)}
	}
}

// start starts cloudflared; nil means that it runs.
func (s *session) start(ctx context.Context, origin string) *outcome {
	path, refusal := findExecutable(s.cfg.options.Executable)
	if refusal != nil {
		return &outcome{fail: failure{permanent: refusal}}
	}
	config, err := prepareFolder(s.cfg.options.Folder)
	if err != nil {
		return &outcome{fail: transient("prepare the folder of cloudflared: %s", withoutPath(err))}
	}
	if s.metrics, err = freePort(ctx); err != nil {
		return &outcome{fail: transient("find a port for cloudflared: %w", err)}
	}
	s.out = newOutput(s.cfg.red, s.cfg.log)
	cmd := exec.Command(path, s.arguments(config, origin)...) //nolint:gosec,noctx // The program that the person chose; it is asked to end before it is killed.
	cmd.Dir, cmd.Stderr = s.cfg.options.Folder, s.out
	cmd.Env = environment(s.cfg.getenv, s.cfg.options.Folder, s.cfg.options.Proxy())
	if s.cfg.named() {
		cmd.Env = append(cmd.Env, "TUNNEL_TOKEN="+s.cfg.options.Token.Reveal())
	}
	if s.child, err = startChild(cmd); err != nil {
		s.child = nil
		return &outcome{fail: notStarted(err, runtime.GOOS)}
	}
	s.cfg.log.Debug("cloudflared started", "program", path, "pid", cmd.Process.Pid, "metrics", s.metrics)
	return nil
}

// arguments are the command line of cloudflared, which holds no secret.
// https://developers.cloudflare.com/tunnel/reference/run-parameters/
func (s *session) arguments(config, origin string) []string {
	// Over HTTP/2, since networks block the UDP port of QUIC, and some versions of
	// cloudflared fail with it.
	service := []string{"--protocol", "http2", "--url", "http://" + origin}
	common := []string{
		"tunnel", "--config", config, "--no-autoupdate", "--metrics", s.metrics, "--output", "json", "--loglevel", "info",
		"--grace-period", s.cfg.limits.grace.String(),
	}
	if s.cfg.named() {
		// These two belong to "run" as well, where they win.
		return append(append(common, "run"), service...)
	}
	return append(common, service...)
}

// freePort returns a loopback host:port that was free a moment ago. Should another
// program come by it first, cloudflared ends and is started anew.
func freePort(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}

// follow reports the state of the link until the session is over.
func (s *session) follow(ctx context.Context, served <-chan error) outcome {
	now := time.Now()
	s.link = linkView{host: s.cfg.options.Host, since: now, answered: now}
	timer := time.NewTimer(s.cfg.limits.soon)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return outcome{}
		case <-s.restarts:
			return outcome{restart: true}
		case err := <-served:
			return outcome{fail: transient("serve the local address: %w", err)}
		case <-s.child.ended:
			s.out.flush() // what it said last may have no end
			return outcome{fail: classify(s.out.shown(), s.child.err, s.cfg.named())}
		case <-s.out.changed:
			// Whoever sends requests may make it log much; each line costs no question.
			if wait := s.cfg.limits.least - time.Since(s.asked); wait > 0 {
				timer.Reset(wait)
				continue
			}
		case <-timer.C:
		}
		fail := s.ask(ctx)
		s.asked = time.Now()
		if fail == nil {
			fail = s.refused()
		}
		if fail != nil {
			return outcome{fail: *fail}
		}
		timer.Reset(s.pause())
	}
}

// firstWait is how long a link that is not up may still be on its way.
const firstWait = 30 * time.Second

// pause is how long nobody needs to ask, unless cloudflared logs something.
func (s *session) pause() time.Duration {
	switch {
	case s.link.up:
		return s.cfg.limits.seldom
	case time.Since(s.link.since) >= firstWait: // a computer without a network is left in peace
		return s.cfg.limits.later
	default:
		return s.cfg.limits.soon
	}
}

// refused reports whether Cloudflare refuses the tunnel. cloudflared goes on trying
// for a while. Once is not believed of a token, since a renewed one takes a moment
// to be known everywhere, nor is it while another connection of the tunnel is up. A
// quick tunnel that is refused was taken away by Cloudflare, and only a new one,
// with another name, helps.
func (s *session) refused() *failure {
	shown := s.out.shown()
	switch {
	case s.cfg.named() && !s.link.up && shown.refusals >= 2:
		fail := refused(shown)
		return &fail
	case !s.cfg.named() && shown.refusals >= 1:
		fail := transient("the quick tunnel is gone: %s", shown.trouble)
		return &fail
	default:
		return nil
	}
}

// ask asks cloudflared for its state and reports what is new.
func (s *session) ask(ctx context.Context) *failure {
	ready, err := s.ready(ctx)
	now := time.Now()
	if err != nil {
		if ctx.Err() == nil && now.Sub(s.link.answered) >= s.cfg.limits.hung {
			return &failure{err: errNoAnswer}
		}
		return nil
	}
	s.link.answered = now
	shown := s.out.shown()
	switch {
	case ready && !s.link.up:
		s.link.up, s.link.upSince = true, now
		s.cfg.log.Info("tunnel online", "address", "https://"+s.link.host, "named", s.cfg.named())
		s.rep.Set(tunnel.Link{State: tunnel.Online, URL: "https://" + s.link.host})
	case ready:
	case s.link.up:
		s.link.up, s.link.since, s.link.trouble = false, now, shown.trouble
		s.cfg.log.Warn("tunnel lost, cloudflared connects again", "err", shown.trouble)
		s.rep.Set(tunnel.Link{State: tunnel.Reconnecting, Err: troubleError(shown.trouble)})
	case now.Sub(s.link.since) >= s.cfg.limits.down:
		fail := transient("cloudflared has not connected for %s: %s", s.cfg.limits.down, shown.trouble)
		return &fail
	case shown.trouble != s.link.trouble:
		s.link.trouble = shown.trouble
		state := tunnel.Connecting
		if s.wasOnline || !s.link.upSince.IsZero() {
			state = tunnel.Reconnecting
		}
		s.rep.Set(tunnel.Link{State: state, Err: troubleError(shown.trouble)})
	}
	return nil
}

// troubleError is a line of trouble as an error; nil for none.
func troubleError(text string) error {
	if text == "" {
		return nil
	}
	return errors.New(text)
}

// ready asks whether cloudflared has a connection to Cloudflare and the public name
// is known. An error says that it did not answer.
//
// A new name is not announced at once: cloudflared says itself that it may take a
// moment to be reachable, and a resolver that is asked too early remembers for up to
// half an hour that there is no such name.
func (s *session) ready(ctx context.Context) (bool, error) {
	status, _, err := s.get(ctx, "/ready")
	if err != nil || status != http.StatusOK {
		return false, err
	}
	if s.link.host != "" {
		return time.Since(s.link.hostAt) >= s.cfg.limits.settle, nil
	}
	status, body, err := s.get(ctx, "/quicktunnel")
	if err != nil || status != http.StatusOK {
		return false, err
	}
	s.link.host, s.link.hostAt = quickHost(body), time.Now()
	return s.link.host != "" && s.cfg.limits.settle == 0, nil
}

// quickHost reads the answer that names a quick tunnel; empty where it names none.
func quickHost(body []byte) string {
	var answer struct {
		Hostname string `json:"hostname"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	host, err := relay.ParseDomain(strings.TrimPrefix(answer.Hostname, "https://"))
	if err != nil {
		return ""
	}
	return host
}

// longestAnswer bounds an answer of the metrics server, in bytes.
const longestAnswer = 64 << 10

// get asks the metrics server of cloudflared.
func (s *session) get(ctx context.Context, path string) (status int, body []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.limits.answer)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.metrics+path, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	resp, err := s.cfg.transport.RoundTrip(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(resp.Body, longestAnswer))
	return resp.StatusCode, body, err
}

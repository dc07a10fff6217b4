package tunnelmole

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/tunnelmole/moletest"
	"vastrelay/relay/tunnel/tunneltest"
)

func TestStops(t *testing.T) {
	t.Parallel()
	for name, during := range map[string]func(*tunneltest.Run, *moletest.Service){
		"while online": func(r *tunneltest.Run, _ *moletest.Service) { r.AwaitState(tunnel.Online) },
		"while the link is silent": func(r *tunneltest.Run, s *moletest.Service) {
			r.AwaitState(tunnel.Online)
			s.Freeze()
		},
		"while the service is down": func(r *tunneltest.Run, s *moletest.Service) {
			r.AwaitState(tunnel.Online)
			s.SetDown(true)
			s.CutAll()
			r.AwaitState(tunnel.Reconnecting)
		},
		"while the service is mute": func(r *tunneltest.Run, s *moletest.Service) {
			s.Mute(true)
			s.CutAll()
			awaitService(r, s, "it is connected", func() bool { return s.Connections() == 1 })
		},
		"while the name is in use": func(r *tunneltest.Run, s *moletest.Service) {
			s.Hold("my-relay")
			s.CutAll()
			r.AwaitState(tunnel.InUse)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, moletest.Options{})
			r := start(t, s, nil, withName)
			during(r, s)
			r.StopInTime()
			if link := r.AwaitState(tunnel.Stopped); link.Err != nil {
				t.Errorf("got %v, want no error", link.Err)
			}
		})
	}
}

// TestStopsDuringReconnectsLeaveNothing stops at 200 moments around a drop: no
// name may lead to a client that is gone.
func TestStopsDuringReconnectsLeaveNothing(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	for i := range 200 {
		r := start(t, s, nil, withName, func(p *Tunnel) { p.runner.Pauses.Between = time.Millisecond })
		r.AwaitState(tunnel.Online)
		s.CutAll()
		time.Sleep(time.Duration(i%20) * time.Millisecond) // another moment of the reconnect each time
		r.StopInTime()
		awaitService(r, s, "nothing is left", func() bool { return s.Connections() == 0 && len(s.Online()) == 0 })
	}
}

func TestARequestInFlightGetsItsAnswer(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	arrived, release := make(chan struct{}), make(chan struct{})
	r := start(t, s, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		w.WriteHeader(http.StatusNoContent)
	}), withName)
	r.AwaitState(tunnel.Online)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		wantStatus(t, s, namedURL, http.StatusNoContent)
	}()
	<-arrived
	r.Stop()
	close(release)
	<-answered
	if err := r.Result(); err != nil {
		t.Error(err)
	}
}

// TestAnswersThatNobodyReadsDoNotHoldUpAStop has more to send than the connection
// takes before the service reads on, which it does not.
func TestAnswersThatNobodyReadsDoNotHoldUpAStop(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	const requests = 24
	arrived, release := make(chan struct{}, requests), make(chan struct{})
	r := start(t, s, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-release
		_, _ = w.Write(make([]byte, largestAnswer))
	}), withName)
	r.AwaitState(tunnel.Online)
	left, leave := context.WithCancel(t.Context())
	defer leave()
	for range requests {
		req, err := http.NewRequestWithContext(left, http.MethodGet, namedURL, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			if resp, err := s.Client().Do(req); err == nil {
				_ = resp.Body.Close()
			}
		}()
	}
	for range requests {
		<-arrived
	}
	s.Freeze()
	close(release)
	r.StopInTime()
}

func TestAHandlerThatHangsDoesNotHoldUpAStop(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	arrived := make(chan struct{})
	r := start(t, s, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}), withName)
	r.AwaitState(tunnel.Online)
	left, leave := context.WithCancel(t.Context())
	defer leave()
	req, err := http.NewRequestWithContext(left, http.MethodGet, namedURL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		if resp, err := s.Client().Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}()
	<-arrived
	r.StopInTime()
}

// TestAServerThatSaysNothing takes the connection and never answers, not even the
// greeting of TLS.
func TestAServerThatSaysNothing(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	ln, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	accepted := make(chan net.Conn, 1)
	go func() {
		if conn, err := ln.Accept(); err == nil {
			accepted <- conn
		}
	}()
	s := newService(t, moletest.Options{})
	r := start(t, s, nil, func(o *Options) { o.Server = ln.Addr().String() })
	conn := <-accepted
	defer func() { _ = conn.Close() }()
	r.StopInTime()
}

// TestTheKeyFollowsNoRedirect keeps the key from whoever a redirect leads to.
func TestTheKeyFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	elsewhere := httptest.NewTLSServer(http.RedirectHandler("https://"+s.Server()+"/", http.StatusTemporaryRedirect))
	defer elsewhere.Close()
	r := start(t, s, nil, func(o *Options) { o.Server = elsewhere.Listener.Addr().String() })
	link := r.Await("what is wrong", func(l tunnel.Link) bool { return l.Err != nil })
	if !strings.Contains(link.Err.Error(), "answered 307") || len(s.Inits()) > 0 {
		t.Errorf("got %v and %d introductions, want the answer and none", link.Err, len(s.Inits()))
	}
}

// proxyTrouble is an error of a proxy.
type proxyTrouble struct{ error }

func (proxyTrouble) ProxyFailure() string { return "the proxy answered 407" }

func TestAProxyThatRefuses(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	r := start(t, s, nil, func(o *Options) {
		o.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, proxyTrouble{errors.New("407")} }
	})
	link := r.Await("a refusal in words", func(l tunnel.Link) bool { return l.Headline != "" })
	if link.Cause != "The proxy answered 407." {
		t.Errorf("got %+v, want what the proxy did", link)
	}
}

func TestASecondRunIsRefused(t *testing.T) {
	t.Parallel()
	s := newService(t, moletest.Options{})
	r := start(t, s, nil, nil)
	r.AwaitState(tunnel.Online)
	if err := r.Provider.Run(t.Context(), nil, nil); !errors.Is(err, tunnel.ErrRunning) {
		t.Errorf("got %v, want ErrRunning", err)
	}
}

package metrics

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vastrelay/app/bridge"
	"vastrelay/relay"
)

// Options set up a Server.
type Options struct {
	Address string               // host:port to listen on; port 0 picks a free one
	Token   relay.Secret         // bearer token; required when Address is not loopback
	Status  func() bridge.Status // the current snapshot
	// Lanes tells what waits in each lane; nil: nothing is told of lanes.
	Lanes func(context.Context) ([]relay.Lane, error)
	// Refusals lists the latest refused deliveries; nil: they are not told.
	Refusals func() []relay.Refusal
	Logger   *slog.Logger
}

// Server serves the program's state. Listen, then Run.
type Server struct {
	o        Options
	host     string // the host part of Address
	listener net.Listener
	log      *slog.Logger
}

// Listen binds the address. It fails when the address cannot be bound, or is
// not loopback and there is no token.
func Listen(ctx context.Context, o Options) (*Server, error) {
	host, _, err := net.SplitHostPort(o.Address)
	if err != nil {
		return nil, errors.New("the status address must be host:port")
	}
	if !isLoopback(host) && o.Token.Empty() {
		return nil, errors.New("a status address that is not loopback needs VASTRELAY_STATUS_TOKEN")
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("listen for status requests: %w", err)
	}
	s := &Server{o: o, host: host, listener: listener, log: o.Logger}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// Addr is the address that the server listens on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Run serves until ctx ends, then closes every connection and returns nil.
func (s *Server) Run(ctx context.Context) error {
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second,
		WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve status requests: %w", err)
	}
	return nil
}

// Handler returns the handler alone.
func (s *Server) Handler() http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collector{status: s.o.Status, lanes: s.o.Lanes})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", health)
	mux.Handle("GET /status", s.guard(http.HandlerFunc(s.status)))
	mux.Handle("GET /metrics", s.guard(promhttp.HandlerFor(registry, promhttp.HandlerOpts{})))
	return s.ownHost(mux)
}

func health(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"ok":true}`))
}

// page is what /status shows.
type page struct {
	bridge.Status
	Refusals []relay.Refusal `json:"refusals,omitempty"` // the latest, oldest first; bounded
}

// status writes the snapshot. Demo and real runs look alike.
func (s *Server) status(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	shown := page{Status: s.o.Status()}
	if s.o.Refusals != nil {
		shown.Refusals = s.o.Refusals()
	}
	if err := json.NewEncoder(w).Encode(shown); err != nil {
		s.log.Debug("writing the status", "err", err)
	}
}

// ownHost refuses requests whose Host header is a name other than localhost
// and the one given: a web page in a browser here could otherwise read the
// status by pointing its own name at this address.
func (s *Server) ownHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		_, err := netip.ParseAddr(strings.Trim(host, "[]"))
		if err != nil && !strings.EqualFold(host, "localhost") && (s.host == "" || !strings.EqualFold(host, s.host)) {
			http.Error(w, "unknown host", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// guard demands the bearer token, if there is one.
func (s *Server) guard(next http.Handler) http.Handler {
	if s.o.Token.Empty() {
		return next
	}
	want := []byte("Bearer " + s.o.Token.Reveal())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// isLoopback reports whether host can only be reached from this computer.
func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

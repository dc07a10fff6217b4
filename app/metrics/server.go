package metrics

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vastrelay/app/status"
	"vastrelay/relay"
)

// Options set up a Server.
type Options struct {
	Address string               // host:port to listen on; port 0 picks a free one
	Token   relay.Secret         // bearer token; required when Address is not loopback
	Status  func() status.Status // the current snapshot
	// Lanes returns the lanes with what waits in each; nil leaves them out.
	Lanes func(context.Context) ([]relay.Lane, error)
	// Refusals lists the latest refused deliveries; nil leaves them out.
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
		return nil, errors.New("The status address must be host:port.") //nolint:revive,staticcheck // a sentence that is shown
	}
	if !relay.IsLoopback(host) && o.Token.Empty() {
		return nil, errors.New("A status address that is not loopback needs VASTRELAY_STATUS_TOKEN.") //nolint:revive,staticcheck // as above
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", o.Address)
	if err != nil {
		return nil, &ListenError{Address: o.Address, Err: err}
	}
	s := &Server{o: o, host: host, listener: listener, log: o.Logger}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

// ListenError says for a person why the status address cannot be used.
type ListenError struct {
	Address string
	Err     error
}

// Error is a whole sentence.
func (e *ListenError) Error() string {
	const windowsInUse = syscall.Errno(10048) // WSAEADDRINUSE, which package syscall does not name
	var (
		name  *net.DNSError
		errno syscall.Errno
	)
	switch {
	case errors.As(e.Err, &name):
		return "The host name or the port in " + e.Address + " is not known."
	case !errors.As(e.Err, &errno):
		return "The system refuses to listen at " + e.Address + "."
	case errno == syscall.EADDRINUSE, errno == windowsInUse:
		return "Another program listens at " + e.Address + " already."
	case errno == syscall.EADDRNOTAVAIL:
		return "This computer does not have the address " + e.Address + "."
	case errors.Is(errno, fs.ErrPermission):
		return "This user may not listen at " + e.Address + "; ports below 1024 are often reserved."
	default:
		return "The system refuses to listen at " + e.Address + ": " + errno.Error() + "."
	}
}

// Unwrap returns what the system said.
func (e *ListenError) Unwrap() error { return e.Err }

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
	mux.HandleFunc("GET /health", healthy)
	mux.HandleFunc("/health", func(w http.ResponseWriter, _ *http.Request) { // else the guard below would answer
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	})
	guarded := http.NewServeMux()
	guarded.HandleFunc("GET /status", s.status)
	guarded.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.Handle("/", s.guard(guarded))
	return mux
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"ok":true}`))
}

// page is what /status shows.
type page struct {
	status.Status
	Refusals []relay.Refusal `json:"refusals,omitempty"` // the latest, oldest first; bounded
}

// status writes the snapshot.
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

// guard accepts a request with the token. If no token is set, it accepts every
// request that names this server as its host; see ownHost.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.authorized(r):
		case !s.ownHost(r.Host):
			http.Error(w, "unknown host", http.StatusMisdirectedRequest)
			return
		case !s.o.Token.Empty():
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// authorized reports whether r shows the token. The name of the scheme may be
// written in either case, https://www.rfc-editor.org/rfc/rfc9110#section-11.1 .
func (s *Server) authorized(r *http.Request) bool {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	if s.o.Token.Empty() || !found || !strings.EqualFold(scheme, "Bearer") {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(strings.TrimLeft(token, " ")), []byte(s.o.Token.Reveal())) == 1
}

// ownHost reports whether the Host header is an IP literal, localhost or the
// host given. Without a token any other name is refused: a web page in a browser
// here could otherwise read the status by pointing its own name at this address.
func (s *Server) ownHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return true
	}
	host = strings.TrimSuffix(host, ".")
	return strings.EqualFold(host, "localhost") || s.host != "" && strings.EqualFold(host, s.host)
}

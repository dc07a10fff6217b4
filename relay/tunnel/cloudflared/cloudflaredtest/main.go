package cloudflaredtest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// name is the file name of the executable, by which the test binary knows that it
// is to be cloudflared.
const name = "cloudflared"

// controlPath is where the metrics server takes orders of a test.
const controlPath = "/control/"

// Called reports whether this process is the stand-in.
func Called() bool { return strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") == name }

// The exit codes of cloudflared.
const (
	exitUsage   = 255
	exitFailure = 1
)

// Main behaves as cloudflared does, and returns its exit code.
func Main() int {
	text, err := os.ReadFile(filepath.Join(filepath.Dir(os.Args[0]), behaviourFile))
	var b Behaviour
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitUsage
	}
	o, err := parse(os.Args[1:], b.Fault == Old)
	if err != nil {
		fmt.Fprintf(os.Stderr, "Incorrect Usage: %v\n\nNAME:\n   cloudflared tunnel\n", err)
		return exitFailure
	}
	return (&program{behaviour: b, options: o, exit: make(chan int, 1)}).run()
}

// options are those of the command line.
type options struct {
	config, metrics, url string
	named                bool
}

// parse reads the command line. Options before "run" are those of "tunnel".
func parse(args []string, old bool) (options, error) {
	var o options
	if len(args) == 0 || args[0] != "tunnel" {
		return o, errors.New("the only command is tunnel")
	}
	own := args[1:]
	if i := slices.Index(own, "run"); i >= 0 {
		o.named = true
		run := flags("run")
		run.StringVar(&o.url, "url", "", "")
		run.String("protocol", "", "")
		if err := run.Parse(own[i+1:]); err != nil {
			return o, err
		}
		own = own[:i]
	}
	tunnel := flags("tunnel")
	tunnel.StringVar(&o.config, "config", "", "")
	tunnel.StringVar(&o.metrics, "metrics", "", "")
	tunnel.Bool("no-autoupdate", false, "")
	tunnel.String("loglevel", "", "")
	tunnel.Duration("grace-period", 0, "")
	if !old {
		tunnel.String("output", "", "")
	}
	if !o.named {
		tunnel.StringVar(&o.url, "url", "", "")
		tunnel.String("protocol", "", "")
	}
	return o, tunnel.Parse(own)
}

func flags(command string) *flag.FlagSet {
	set := flag.NewFlagSet(command, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return set
}

// program is one run.
type program struct {
	behaviour Behaviour
	options   options
	connected atomic.Bool
	exit      chan int
}

func (p *program) run() int {
	p.record()
	if p.behaviour.Fault == Hanging {
		time.Sleep(time.Hour)
	}
	if p.behaviour.Fault == Garbage {
		fmt.Fprintf(os.Stderr, "{\"level\":7\n\x00\xff\n%s\n[]\n{}\n\n", strings.Repeat("x", 1<<20))
	}
	if code := p.refuse(); code != 0 {
		return code
	}
	metrics, err := net.Listen("tcp", p.options.metrics) //nolint:noctx // until the process ends
	if err != nil {
		say("error", "Error opening metrics server listener", "error", err.Error())
		return exitFailure
	}
	say("info", "Starting metrics server on "+metrics.Addr().String()+"/metrics")
	go func() { _ = http.Serve(metrics, p.pages()) }() //nolint:gosec // A stand-in on loopback.
	if code := p.openEdge(); code != 0 {
		return code
	}
	stop := make(chan os.Signal, 2)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	go p.connect()
	for {
		select {
		case code := <-p.exit:
			return code
		case s := <-stop:
			say("info", "Initiating graceful shutdown due to signal "+s.String()+" ...")
			if p.behaviour.Fault != Stubborn {
				return 0
			}
		}
	}
}

// record tells the test of this start.
func (p *program) record() {
	config, _ := os.ReadFile(p.options.config)
	text, _ := json.Marshal(Start{PID: os.Getpid(), Args: os.Args[1:], Env: os.Environ(), Config: string(config), Metrics: p.options.metrics})
	file, err := os.OpenFile(filepath.Join(filepath.Dir(os.Args[0]), startsFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err == nil {
		_, _ = file.Write(append(text, '\n'))
		_ = file.Close()
	}
}

// refuse ends a start that cannot go well; 0 means that it can.
func (p *program) refuse() int {
	token := os.Getenv("TUNNEL_TOKEN")
	switch {
	case p.options.named && token == "":
		fmt.Fprintln(os.Stderr, `"cloudflared tunnel run" requires the ID or name of the tunnel to run as the last command line argument or in the configuration file.`)
		return exitUsage
	case p.options.named && !readable(token):
		fmt.Fprintln(os.Stderr, "Provided Tunnel token is not valid.\nSee 'cloudflared tunnel run --help'.")
		return exitUsage
	case p.options.named:
		return 0
	}
	say("info", "Requesting new quick Tunnel on trycloudflare.com...")
	switch p.behaviour.Fault {
	case RateLimited:
		say("error", "Error unmarshaling QuickTunnel response: error code: 1015", "error", "invalid character 'e' looking for beginning of value", "status_code", "429 Too Many Requests")
		fmt.Fprintln(os.Stderr, "failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value")
		return exitFailure
	case Offline:
		fmt.Fprintln(os.Stderr, `failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": dial tcp: lookup api.trycloudflare.com: no such host`)
		return exitFailure
	}
	say("info", "Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):")
	say("info", "https://"+p.behaviour.Host)
	return 0
}

// readable reports whether cloudflared can read a token.
func readable(token string) bool {
	text, err := base64.StdEncoding.DecodeString(token)
	var parts map[string]string
	return err == nil && json.Unmarshal(text, &parts) == nil && parts["t"] != "" && parts["s"] != ""
}

// connect connects to Cloudflare, or is refused, as often as cloudflared tries.
func (p *program) connect() {
	if p.behaviour.Fault == Leaking {
		say("info", "Settings: map[token:"+os.Getenv("TUNNEL_TOKEN")+"]")
	}
	if p.behaviour.Fault == Offline {
		say("error", "Unable to establish connection with Cloudflare edge", "error", "DialContext error: dial tcp 198.51.100.7:7844: i/o timeout")
		return // it goes on trying
	}
	if p.options.named && p.behaviour.Token != "" && os.Getenv("TUNNEL_TOKEN") != p.behaviour.Token {
		const retries = 5
		for range retries + 1 {
			say("error", "Register tunnel error from server side", "error", "Unauthorized: Invalid tunnel secret")
			say("error", "failed to serve incoming request", "error", "Unauthorized: Invalid tunnel secret")
			time.Sleep(50 * time.Millisecond) // in place of seconds
		}
		p.exit <- exitFailure
		return
	}
	p.restore()
	if p.behaviour.Fault == Chatty {
		for range ManyLines {
			say("error", "Request failed", "error", "stream 513 canceled by remote with error code 0")
		}
		say("error", LastOfMany)
	}
}

func (p *program) restore() {
	p.connected.Store(true)
	say("info", "Registered tunnel connection", "connIndex", 0, "location", "fra08", "protocol", "http2")
}

// openEdge serves the public side of the tunnel; 0 means that it does.
func (p *program) openEdge() int {
	if p.behaviour.Edge == "" {
		return 0
	}
	origin, err := url.Parse(p.options.url)
	if err != nil {
		return exitUsage
	}
	edge, err := net.Listen("tcp", p.behaviour.Edge) //nolint:noctx // until the process ends
	if err != nil {
		say("error", "the edge of the stand-in: "+err.Error())
		return exitFailure
	}
	proxy := httputil.NewSingleHostReverseProxy(origin)
	proxy.ErrorLog = nil
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.connected.Load() {
			w.WriteHeader(530) // Cloudflare's own, with error 1033
			return
		}
		proxy.ServeHTTP(w, r)
	})
	go func() { _ = http.Serve(edge, handler) }() //nolint:gosec // A stand-in on loopback.
	return 0
}

// pages are those of the metrics server.
func (p *program) pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		if p.connected.Load() {
			_, _ = io.WriteString(w, `{"status":200,"readyConnections":1}`)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"status":503,"readyConnections":0}`)
	})
	mux.HandleFunc("GET /quicktunnel", func(w http.ResponseWriter, _ *http.Request) {
		host := p.behaviour.Host
		if p.options.named {
			host = "" // cloudflared does not know it
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"hostname": host})
	})
	mux.HandleFunc("POST "+controlPath+"{what}", p.obey)
	return mux
}

// obey does what a test asks for.
func (p *program) obey(w http.ResponseWriter, r *http.Request) {
	line := r.FormValue("line")
	if line != "" {
		fmt.Fprintln(os.Stderr, line)
	}
	w.WriteHeader(http.StatusNoContent)
	switch r.PathValue("what") {
	case "lose":
		if r.FormValue("lost") == "false" {
			p.restore()
			return
		}
		p.connected.Store(false)
		say("warn", "Connection terminated", "error", "EOF", "connIndex", 0)
		say("info", "Retrying connection in up to 1s", "connIndex", 0)
	case "exit":
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		code, _ := strconv.Atoi(r.FormValue("code"))
		p.exit <- code
	}
}

// say logs a line with --output json.
func say(level, message string, more ...any) {
	fields := map[string]any{"level": level, "time": time.Now().UTC().Format(time.RFC3339), "message": message}
	for i := 0; i+1 < len(more); i += 2 {
		fields[fmt.Sprint(more[i])] = more[i+1]
	}
	text, _ := json.Marshal(fields)
	_, _ = os.Stderr.Write(append(text, '\n'))
}

package app_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/intake"
	"vastrelay/relay/outbox"
	"vastrelay/relay/store"
	"vastrelay/relay/tunnel"
	"vastrelay/relay/tunnel/ownurl"
)

// A contender is one way to take deliveries. Each runs in a process of its
// own, the test binary started once more, so that none shares memory or a
// garbage collector with another or with the client.
const (
	contenderVariable = "VASTRELAY_BENCH_CONTENDER"
	folderVariable    = "VASTRELAY_BENCH_FOLDER"
	profileVariable   = "BENCH_PROFILE" // a folder for CPU profiles of the contenders

	benchSecret = "bench-secret-4c1d"
)

// The contenders, in the order in which they take turns.
const (
	bareHandler  = "bare handler"           // reads, checks the HMAC, answers; stores nothing
	fileHandler  = "file, shared fsync"     // the same, and appends to a plain file, one fsync for all that wait
	ourReceiver  = "receiver"               // intake.Receiver, Outbox and store
	oneByOne     = "receiver, one a commit" // the same without group commit
	addressMark  = "listening on "
	contenderEnd = 5 * time.Second
)

func contenders() []string { return []string{bareHandler, fileHandler, ourReceiver, oneByOne} }

// TestBenchContender is no test: it is the process of one contender. It serves
// until its standard input ends.
func TestBenchContender(t *testing.T) {
	name := os.Getenv(contenderVariable)
	if name == "" {
		t.Skip("only a process of the benchmark runs this")
	}
	folder := os.Getenv(folderVariable)
	if dir := os.Getenv(profileVariable); dir != "" {
		file, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s-%d.cpu", name, os.Getpid())))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		if err := pprof.StartCPUProfile(file); err != nil {
			t.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	switch name {
	case bareHandler:
		servePlain(t, bare{after: func([]byte) error { return nil }})
	case fileHandler:
		log := openSharedLog(t, filepath.Join(folder, "events.log"))
		servePlain(t, bare{after: log.append})
		log.close()
	case ourReceiver, oneByOne:
		serveReceiver(t, folder, map[bool]int{true: 1}[name == oneByOne])
	default:
		t.Fatalf("there is no contender %q", name)
	}
}

// bare is the least that a receiver must do.
type bare struct{ after func(body []byte) error }

func (b bare) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, intake.MaxBody))
	if err != nil {
		w.WriteHeader(http.StatusRequestTimeout)
		return
	}
	mac := hmac.New(sha256.New, []byte(benchSecret))
	_, _ = io.WriteString(mac, r.Header.Get("X-Vast-Timestamp")+".")
	_, _ = mac.Write(body)
	want := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	if !hmac.Equal([]byte(want), []byte(r.Header.Get("X-Vast-Signature-256"))) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if b.after(body) != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// servePlain serves h with net/http as it comes, until standard input ends.
func servePlain(t *testing.T, h http.Handler) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: contenderEnd}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	announce(ln.Addr().String())
	_ = server.Close()
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// announce tells the benchmark where the contender listens and waits until it
// is no longer needed.
func announce(address string) {
	fmt.Println(addressMark + address)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// sharedLog is the physical limit: all that wait are appended with one write
// and share one fsync.
type sharedLog struct {
	file  *os.File
	queue chan sharedAppend
	ended chan struct{}
}

type sharedAppend struct {
	body []byte
	done chan error
}

func openSharedLog(t *testing.T, path string) *sharedLog {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600) //nolint:gosec // The benchmark's own folder.
	if err != nil {
		t.Fatal(err)
	}
	l := &sharedLog{file: file, queue: make(chan sharedAppend, 512), ended: make(chan struct{})}
	go l.loop()
	return l
}

func (l *sharedLog) append(body []byte) error {
	a := sharedAppend{body: body, done: make(chan error, 1)}
	l.queue <- a
	return <-a.done
}

func (l *sharedLog) close() {
	close(l.queue)
	<-l.ended
	_ = l.file.Close()
}

func (l *sharedLog) loop() {
	defer close(l.ended)
	var batch []sharedAppend
	var text []byte
	for first := range l.queue {
		batch, text = append(batch[:0], first), append(text[:0], first.body...)
		for more := true; more; {
			select {
			case a, ok := <-l.queue:
				if more = ok; ok {
					batch, text = append(batch, a), append(text, a.body...)
				}
			default:
				more = false
			}
		}
		_, err := l.file.Write(text)
		if err == nil {
			err = l.file.Sync()
		}
		for _, a := range batch {
			a.done <- err
		}
	}
}

// taking is a Chat that takes every message at once.
type taking struct{}

func (taking) Send(context.Context, relay.Message) relay.Result {
	return relay.Result{Outcome: relay.Posted, Status: http.StatusOK}
}

// engine is the receiving and posting part of the program, served on loopback.
type engine struct {
	address string
	outbox  *outbox.Outbox
	stop    func()
}

// startEngine starts it over a fresh database in folder.
func startEngine(t testing.TB, folder string, maxBatch int, sender relay.Sender) *engine {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	memory, err := store.Open(ctx, filepath.Join(folder, "events.db"), store.Options{MaxBatch: maxBatch})
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	verifier := intake.NewVerifier()
	verifier.SecretLoaded(relay.RoleClient, relay.NewSecret(benchSecret))
	e := &engine{outbox: outbox.New(outbox.Options{Store: memory, Sender: sender, Logger: quiet})}
	receiver := intake.NewReceiver(intake.Options{Store: e.outbox, Verifier: verifier, Logger: quiet})
	front, err := ownurl.New(ownurl.Options{Listen: "127.0.0.1:0", AllowLoopback: true})
	if err != nil {
		t.Fatal(err)
	}
	online, ended := make(chan string, 1), make(chan error, 2)
	go func() { ended <- e.outbox.Run(ctx) }()
	go func() {
		ended <- front.Run(ctx, receiver, func(l tunnel.Link) {
			if l.State == tunnel.Online {
				online <- l.URL[len("http://"):]
			}
		})
	}()
	e.stop = func() {
		cancel()
		if err := errors.Join(<-ended, <-ended, memory.Close()); err != nil {
			t.Error(err)
		}
	}
	e.address = <-online
	return e
}

func serveReceiver(t *testing.T, folder string, maxBatch int) {
	t.Helper()
	e := startEngine(t, folder, maxBatch, taking{})
	defer e.stop()
	if _, err := e.outbox.AddDestination(t.Context(), space, ""); err != nil {
		t.Fatal(err)
	}
	announce(e.address)
}

// delivery builds requests as Vast.ai sends them, each complete and signed.
func benchRequests(prefix, path, host, secret string, n int) [][]byte {
	requests := make([][]byte, n)
	now := time.Now()
	stamp := strconv.FormatInt(now.Unix(), 10)
	for i := range requests {
		body := fmt.Appendf(nil, `{"event_id":"%s-%07d","user_id":71234,"notif_type":"outbid","subject":"Your Vast.ai Instance %d was outbid",`+
			`"message":"Hello,\n\nInstance %d on machine 20481 has been outbid and was stopped. Its data is kept. Raise your bid at https://cloud.vast.ai/instances/ to go on.","timestamp":%d.25}`,
			prefix, i, i, i, now.Unix())
		mac := hmac.New(sha256.New, []byte(secret))
		_, _ = io.WriteString(mac, stamp+".")
		_, _ = mac.Write(body)
		requests[i] = fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Vast-Webhook\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"+
			"X-Vast-Timestamp: %s\r\nX-Vast-Signature-256: sha256=%s\r\n\r\n%s", path, host, len(body), stamp, hex.EncodeToString(mac.Sum(nil)), body)
	}
	return requests
}

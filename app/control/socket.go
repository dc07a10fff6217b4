package control

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// ErrNoAnswer means that no running copy answered at the socket of the folder.
var ErrNoAnswer = errors.New("no running copy of Vast Relay answers")

// protocolVersion is the version of Request and Answer. A later version may add
// fields, which this one ignores.
const protocolVersion = 2

// Request is what a second start asks of the running copy: to show its window.
type Request struct {
	Version int  `json:"version"`
	Seat    Seat `json:"seat"` // where the second start is
}

// Answer is what the running copy says.
type Answer struct {
	Version  int  `json:"version"`
	Shown    bool `json:"shown"`    // its window is in front of the person
	Headless bool `json:"headless"` // it has no window
	Seat     Seat `json:"seat"`     // where its window is
	Process  int  `json:"process"`
}

// The messages of the first version of the protocol, a line each. A copy of an
// older version of the program may be running, or be started.
const (
	wordShow = "show"
	wordDone = "done"
)

const (
	exchangeTimeout = 2 * time.Second        // for one question and its answer
	maxExchanges    = 128                    // at once; one more closes the oldest
	acceptPause     = 100 * time.Millisecond // after a failure to take a connection
	maxLine         = 4096                   // bytes
)

// Serve answers at the private socket of dir until ctx ends, and calls answer
// for each second start that asks. answer must return fast; it can be called
// from several goroutines at once. The caller holds the lock on dir, so a socket
// that exists there is from an earlier run and is replaced.
//
// Idle callers cannot keep others away: each has a deadline, and of too many the
// oldest is closed.
//
// Serve returns nil after ctx has ended, and an error when it cannot listen:
// the program works without, only a second start cannot show its window.
func Serve(ctx context.Context, dir string, answer func(Request) Answer) error {
	path, err := socketPath(dir)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("listen for a second start: %w", err)
	}
	// Only the folder, which is 0700, keeps others away until the mode is set.
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return fmt.Errorf("listen for a second start: %w", err)
	}
	callers := &callers{}
	defer callers.running.Wait()
	stop := context.AfterFunc(ctx, func() {
		_ = listener.Close()
		callers.closeAll()
	})
	defer func() {
		stop()
		_ = listener.Close() // Which also removes the socket.
		callers.closeAll()
	}()
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("listen for a second start: %w", err)
	}
	for ctx.Err() == nil {
		conn, err := listener.Accept()
		switch {
		case err == nil:
			callers.serve(conn, answer)
		case errors.Is(err, net.ErrClosed) && ctx.Err() == nil:
			return fmt.Errorf("listen for a second start: %w", err)
		default: // Such as too many open files, which passes.
			sleep(ctx, acceptPause)
		}
	}
	return nil
}

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// callers are the connections that are being answered.
type callers struct {
	running sync.WaitGroup

	mu     sync.Mutex
	open   []net.Conn // oldest first
	closed bool
}

// serve answers conn in a goroutine.
func (c *callers) serve(conn net.Conn, answer func(Request) Answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		_ = conn.Close()
		return
	}
	if len(c.open) == maxExchanges {
		_ = c.open[0].Close()
		c.open = slices.Delete(c.open, 0, 1)
	}
	c.open = append(c.open, conn)
	c.running.Go(func() {
		exchange(conn, answer)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.open = slices.DeleteFunc(c.open, func(other net.Conn) bool { return other == conn })
	})
}

// closeAll ends every exchange, and lets none begin.
func (c *callers) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, conn := range c.open {
		_ = conn.Close()
	}
}

// exchange answers one second start. After any error there is no answer, which
// the other side notices.
func exchange(conn net.Conn, answer func(Request) Answer) {
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(exchangeTimeout)); err != nil {
		return
	}
	line, err := readLine(conn)
	if err != nil {
		return
	}
	if line == wordShow {
		if answer(Request{Version: 1}).Shown {
			_, _ = io.WriteString(conn, wordDone+"\n")
		}
		return
	}
	request, err := parseRequest(line)
	if err != nil {
		return
	}
	said := answer(request)
	said.Version, said.Process = protocolVersion, os.Getpid()
	_ = json.NewEncoder(conn).Encode(said)
}

// parseRequest reads a request of this version or a later one.
func parseRequest(line string) (Request, error) {
	var request Request
	if err := json.Unmarshal([]byte(line), &request); err != nil {
		return Request{}, err
	}
	if request.Version < protocolVersion {
		return Request{}, errors.New("a request without a version")
	}
	return request, nil
}

// Ask asks the running copy that holds the lock on dir to show its window to
// somebody at seat, and returns its answer. The error wraps ErrNoAnswer when
// none answers within 2 seconds.
func Ask(ctx context.Context, dir string, seat Seat) (Answer, error) {
	path, err := socketPath(dir)
	if err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	request, err := json.Marshal(Request{Version: protocolVersion, Seat: seat})
	if err != nil {
		return Answer{}, fmt.Errorf("ask the running copy: %w", err)
	}
	line, err := say(ctx, path, string(request))
	if err != nil && ctx.Err() == nil {
		// The first version closes the connection when it does not know a message.
		if line, err := say(ctx, path, wordShow); err == nil && line == wordDone {
			return Answer{Version: 1, Shown: true}, nil
		}
	}
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	var answer Answer
	if err := json.Unmarshal([]byte(line), &answer); err != nil || answer.Version < protocolVersion {
		return Answer{}, fmt.Errorf("%w: it said something else", ErrNoAnswer)
	}
	return answer, nil
}

// say says one line at the socket and returns the line that comes back.
func say(ctx context.Context, path, line string) (string, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if _, err := io.WriteString(conn, line+"\n"); err != nil {
		return "", err
	}
	return readLine(conn)
}

func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxLine)).ReadString('\n')
	if err != nil {
		return "", err
	}
	return line[:len(line)-1], nil
}

// maxSocketPath is the longest path that every system takes for a socket:
// macOS has room for 104 bytes with a closing NUL, Linux and Windows for 108.
const maxSocketPath = 103

// socketPath returns the path of the socket for dir: in dir itself or, if that
// path is too long, in a private folder whose name is derived from dir.
func socketPath(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the socket: %w", err)
	}
	if path := filepath.Join(dir, "socket"); len(path) <= maxSocketPath {
		return path, nil
	}
	sum := sha256.Sum256([]byte(dir))
	short := filepath.Join(os.TempDir(), "vastrelay-"+hex.EncodeToString(sum[:8]))
	path := filepath.Join(short, "socket")
	if len(path) > maxSocketPath {
		return "", errors.New("find the socket: the path of the data folder is too long, and so is that of the temporary folder")
	}
	if err := os.Mkdir(short, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("find the socket: %w", err)
	}
	// Another user could have made a folder of that name first.
	info, err := os.Lstat(short)
	if err != nil {
		return "", fmt.Errorf("find the socket: %w", err)
	}
	if !info.IsDir() || !ownedPrivately(info) {
		return "", fmt.Errorf("find the socket: %s is not a private folder of this user", short)
	}
	return path, nil
}

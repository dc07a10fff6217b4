package control

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	exchangeTimeout = 2 * time.Second        // for a second start; for a command, until it is read
	maxExchanges    = 128                    // at once, commands under way not counted; one more waits, or closes the oldest
	minExchange     = 100 * time.Millisecond // that each has before it is closed for another
	acceptPause     = 100 * time.Millisecond // after a failure to take a connection
	maxCommands     = 64                     // under way at once; one more is refused
	maxRequestLine  = 64 << 10               // bytes
)

// Handlers are what the running copy does when it is asked. They can be called
// from several goroutines at once.
type Handlers struct {
	// SecondStart answers another start of the program. It must return fast.
	SecondStart func(Request) Answer
	// Commands do what commands ask for, by their names. The map is not changed
	// any more.
	Commands map[string]Command
}

// Serve answers at the private socket of dir until ctx ends. The caller holds the
// lock on dir, so a socket that exists there is from an earlier run and is
// replaced.
//
// Idle callers cannot keep others away: each has a deadline, and of too many the
// oldest is closed once it has had time to ask. Commands under way are not among
// them.
//
// Serve returns nil after ctx has ended, and an error when it cannot listen: the
// program works without, only nobody can speak to it.
func Serve(ctx context.Context, dir string, h Handlers) error {
	path, err := listenPath(dir)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("listen at the private socket: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return fmt.Errorf("listen at the private socket: %w", err)
	}
	s := &server{handlers: h, freed: make(chan struct{}, 1)}
	defer s.running.Wait()
	stop := context.AfterFunc(ctx, func() {
		_ = listener.Close()
		s.closeAll()
	})
	defer func() {
		stop()
		_ = listener.Close() // Which also removes the socket.
		s.closeAll()
	}()
	// Until the mode is set, the folder and the check of the peer keep others away.
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("listen at the private socket: %w", err)
	}
	for ctx.Err() == nil {
		conn, err := listener.Accept()
		switch {
		case err == nil:
			s.start(ctx, conn)
		case errors.Is(err, net.ErrClosed) && ctx.Err() == nil:
			return fmt.Errorf("listen at the private socket: %w", err)
		default: // Such as too many open files, which passes.
			sleep(ctx, acceptPause)
		}
	}
	return nil
}

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// server has the connections that are being answered.
type server struct {
	handlers Handlers
	running  sync.WaitGroup
	freed    chan struct{} // one of asking may have gone

	mu       sync.Mutex
	asking   []asking   // those that have not asked for a command, oldest first
	commands []net.Conn // those whose command is under way
	closed   bool
}

// asking is a connection, and since when it is there.
type asking struct {
	conn  net.Conn
	since time.Time
}

// start answers conn in a goroutine, once there is room for it.
func (s *server) start(ctx context.Context, conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.asking) == maxExchanges && !s.closed {
		left := minExchange - time.Since(s.asking[0].since)
		if left <= 0 {
			_ = s.asking[0].conn.Close()
			s.asking = s.asking[1:]
			break
		}
		s.mu.Unlock()
		select {
		case <-s.freed:
		case <-time.After(left):
		case <-ctx.Done():
		}
		s.mu.Lock()
	}
	if s.closed {
		_ = conn.Close()
		return
	}
	s.asking = append(s.asking, asking{conn, time.Now()})
	s.running.Go(func() {
		s.exchange(ctx, conn)
		_ = conn.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stopAsking(conn)
		s.commands = slices.DeleteFunc(s.commands, func(other net.Conn) bool { return other == conn })
	})
}

// stopAsking takes conn out of those that have not asked for a command. s.mu is
// held.
func (s *server) stopAsking(conn net.Conn) {
	s.asking = slices.DeleteFunc(s.asking, func(other asking) bool { return other.conn == conn })
	select {
	case s.freed <- struct{}{}:
	default:
	}
}

// beginCommand keeps conn from being closed for later callers. It reports false
// when too many commands are under way.
func (s *server) beginCommand(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.commands) == maxCommands {
		return false
	}
	s.stopAsking(conn)
	s.commands = append(s.commands, conn)
	return true
}

// closeAll ends every exchange, and lets none begin.
func (s *server) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for _, a := range s.asking {
		_ = a.conn.Close()
	}
	for _, conn := range s.commands {
		_ = conn.Close()
	}
}

// exchange answers one caller. After any error there is no answer, which the
// other side notices.
func (s *server) exchange(ctx context.Context, conn net.Conn) {
	if !mayAsk(conn) || conn.SetDeadline(time.Now().Add(exchangeTimeout)) != nil {
		return
	}
	line, err := readLine(conn, maxRequestLine)
	if err != nil {
		return
	}
	if c, ok := parseCall(line); ok {
		s.command(ctx, conn, c)
		return
	}
	s.secondStart(conn, line)
}

// secondStart answers a second start.
func (s *server) secondStart(conn io.Writer, line string) {
	if line == wordShow {
		if s.handlers.SecondStart(Request{Version: 1}).Shown {
			_, _ = io.WriteString(conn, wordDone+"\n")
		}
		return
	}
	request, err := parseRequest(line)
	if err != nil {
		return
	}
	said := s.handlers.SecondStart(request)
	said.Version, said.Process = secondStartVersion, os.Getpid()
	_ = json.NewEncoder(conn).Encode(said)
}

// readLine reads the first line of r, of at most limit bytes with its end.
func readLine(r io.Reader, limit int64) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, limit)).ReadString('\n')
	if err != nil {
		return "", err
	}
	return line[:len(line)-1], nil
}

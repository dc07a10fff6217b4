package desktop

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// ErrNoAnswer means that no running copy answered at the socket of the folder.
var ErrNoAnswer = errors.New("no running copy of Vast Relay answers")

// The words on the socket, a line each.
const (
	wordShow = "show"
	wordDone = "done"
)

const (
	exchangeTimeout = 2 * time.Second // for one question and its answer
	maxExchanges    = 8               // at once; more wait
	maxLine         = 64              // bytes
)

// Serve answers at the private socket of dir until ctx ends, and calls show for
// each second start that asks. show must return fast; it can be called from
// several goroutines at once. The caller holds the lock on dir, so whatever
// socket is found there is a leftover and is replaced.
//
// Serve returns nil after ctx has ended, and an error when it cannot listen:
// the program works without, only a second start cannot show its window.
func Serve(ctx context.Context, dir string, show func()) error {
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
	var open sync.WaitGroup
	defer open.Wait()
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer func() {
		stop()
		_ = listener.Close() // Which also removes the socket.
	}()
	if err := os.Chmod(path, 0o600); err != nil {
		return fmt.Errorf("listen for a second start: %w", err)
	}
	slots := make(chan struct{}, maxExchanges)
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = conn.Close()
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("listen for a second start: %w", err)
		}
		slots <- struct{}{}
		open.Go(func() {
			defer func() { <-slots }()
			exchange(ctx, conn, show)
		})
	}
}

// exchange answers one second start. Whatever goes wrong is the other side's
// trouble, which it notices by the missing answer.
func exchange(ctx context.Context, conn net.Conn, show func()) {
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := conn.SetDeadline(time.Now().Add(exchangeTimeout)); err != nil {
		return
	}
	word, err := readWord(conn)
	if err != nil || word != wordShow {
		return
	}
	show()
	_, _ = io.WriteString(conn, wordDone+"\n")
}

// Signal asks the running copy that holds the lock on dir to show its window,
// and returns after it has. The error wraps ErrNoAnswer when none answers
// within 2 seconds.
func Signal(ctx context.Context, dir string) error {
	path, err := socketPath(dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, exchangeTimeout)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if _, err := io.WriteString(conn, wordShow+"\n"); err != nil {
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	switch word, err := readWord(conn); {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrNoAnswer, err)
	case word != wordDone:
		return fmt.Errorf("%w: it said something else", ErrNoAnswer)
	}
	return nil
}

func readWord(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxLine)).ReadString('\n')
	if err != nil {
		return "", err
	}
	return line[:len(line)-1], nil
}

// maxSocketPath is the longest path that every system takes for a socket:
// macOS has room for 104 bytes with a closing NUL, Linux and Windows for 108.
const maxSocketPath = 103

// socketPath is where the copies that share dir meet: in dir itself or, when
// that makes too long a path, in a private folder with a short one that both
// derive from it.
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
	// Anyone can make a folder of that name first.
	info, err := os.Lstat(short)
	if err != nil {
		return "", fmt.Errorf("find the socket: %w", err)
	}
	if !info.IsDir() || !ownedPrivately(info) {
		return "", fmt.Errorf("find the socket: %s is not a private folder of this user", short)
	}
	return path, nil
}

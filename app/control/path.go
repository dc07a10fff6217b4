package control

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
)

// maxSocketPath is the longest path that every system takes for a socket:
// macOS has room for 104 bytes with a closing NUL, Linux and Windows for 108.
const maxSocketPath = 103

// socketPath returns the path of the socket for dir: in dir itself or, if that
// path is too long, in a folder whose name is derived from dir; short is then that
// folder, and empty otherwise.
func socketPath(dir string) (path, short string, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return "", "", fmt.Errorf("find the socket: %w", err)
	}
	if path := filepath.Join(dir, "socket"); len(path) <= maxSocketPath {
		return path, "", nil
	}
	sum := sha256.Sum256([]byte(dir))
	short = filepath.Join(os.TempDir(), "vastrelay-"+hex.EncodeToString(sum[:8]))
	if path = filepath.Join(short, "socket"); len(path) > maxSocketPath {
		return "", "", errors.New("find the socket: the path of the data folder is too long, and so is that of the temporary folder")
	}
	return path, short, nil
}

// listenPath is socketPath for the running copy, which makes the folder.
func listenPath(dir string) (string, error) {
	path, short, err := socketPath(dir)
	if err != nil || short == "" {
		return path, err
	}
	if err := os.Mkdir(short, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("find the socket: %w", err)
	}
	return path, checkPrivate(short)
}

// dialPath is socketPath for whoever looks for the running copy. The error wraps
// ErrNoAnswer when there is none.
func dialPath(dir string) (string, error) {
	path, short, err := socketPath(dir)
	if err != nil {
		return path, err
	}
	if short != "" {
		if err := checkPrivate(short); err != nil {
			return "", fmt.Errorf("%w: %w", ErrNoAnswer, err)
		}
	}
	return path, nil
}

// checkPrivate refuses a folder that another user could have made first.
func checkPrivate(folder string) error {
	info, err := os.Lstat(folder)
	if err != nil {
		return fmt.Errorf("find the socket: %w", err)
	}
	if !info.IsDir() || !ownedPrivately(info) {
		return fmt.Errorf("find the socket: %s is not a private folder of this user", folder)
	}
	return nil
}

// connect connects to the socket at path, which must be a socket itself, and no
// link to one, and of a program that may be believed.
func connect(ctx context.Context, path string) (net.Conn, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("%w: %s is not a socket", ErrUntrusted, path)
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	if !mayAnswer(conn) {
		_ = conn.Close()
		return nil, fmt.Errorf("%w: another user listens at %s", ErrUntrusted, path)
	}
	return conn, nil
}

package checks

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// WithoutPaths is the text of err without the folders that files lie in: it is
// shown on the status page, copied into reports, and names the person mostly.
func WithoutPaths(err error) string {
	text := err.Error()
	for _, path := range paths(err) {
		if dir, name := filepath.Split(path); dir != "" {
			text = strings.ReplaceAll(text, path, name)
		}
	}
	return text
}

// paths lists the paths of files and sockets that the errors inside err name.
func paths(err error) []string {
	var found []string
	switch e := err.(type) { //nolint:errorlint // Each error of the tree is looked at by itself.
	case *fs.PathError:
		found = append(found, e.Path)
	case *os.LinkError:
		found = append(found, e.Old, e.New)
	case *net.OpError:
		if socket, ok := e.Addr.(*net.UnixAddr); ok {
			found = append(found, socket.Name)
		}
	}
	switch e := err.(type) { //nolint:errorlint // As above.
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			found = append(found, paths(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			found = append(found, paths(inner)...)
		}
	}
	return found
}

package control

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/windows"
)

// ownedPrivately is true: on Windows the temporary folder is the user's own.
func ownedPrivately(fs.FileInfo) bool { return true }

// hasSockets reports whether there are sockets with a path: Windows has them since
// version 1803, wine 10 has none.
func hasSockets() bool {
	socket, err := windows.Socket(windows.AF_UNIX, windows.SOCK_STREAM, 0)
	if err != nil {
		return !errors.Is(err, windows.WSAEAFNOSUPPORT)
	}
	_ = windows.Closesocket(socket)
	return true
}

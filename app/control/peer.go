package control

import (
	"net"
	"os"
)

// root is the user who may do everything on systems that number their users.
const root = 0

// mayAsk reports whether the running copy answers whoever is at the other end of
// conn: its own user, and root, who could do as it pleases anyway.
func mayAsk(conn net.Conn) bool {
	user, known := peer(conn)
	return known && trusted(user, os.Geteuid())
}

// mayAnswer reports whether a caller believes whoever is at the other end of conn:
// a copy of its own user. Root believes the copy of every user, since it named the
// folder.
func mayAnswer(conn net.Conn) bool {
	user, known := peer(conn)
	return known && trusted(os.Geteuid(), user)
}

// trusted reports whether user acts for owner.
func trusted(user, owner int) bool { return user == owner || user == root }

// peer returns the user at the other end of conn, and the own one where the system
// does not tell; known is false when it could not be asked.
func peer(conn net.Conn) (user int, known bool) {
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return 0, false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0, false
	}
	err = raw.Control(func(fd uintptr) { user, known = peerOf(fd) })
	return user, known && err == nil
}

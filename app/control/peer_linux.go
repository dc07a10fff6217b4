package control

import "golang.org/x/sys/unix"

// peerOf asks for SO_PEERCRED,
// https://man7.org/linux/man-pages/man7/unix.7.html .
func peerOf(fd uintptr) (user int, known bool) {
	peer, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, false
	}
	return int(peer.Uid), true
}

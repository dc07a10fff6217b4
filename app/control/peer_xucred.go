//go:build darwin

package control

import "golang.org/x/sys/unix"

// peerOf asks for LOCAL_PEERCRED, see unix(4) of macOS.
func peerOf(fd uintptr) (user int, known bool) {
	peer, err := unix.GetsockoptXucred(int(fd), unix.SOL_LOCAL, unix.LOCAL_PEERCRED)
	if err != nil {
		return 0, false
	}
	return int(peer.Uid), true
}

//go:build linux && !ci

package launch

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// xScreen reads the pixels of a local X display in a fraction of a millisecond.
// The protocol: https://www.x.org/releases/current/doc/xproto/x11protocol.html .
type xScreen struct {
	conn net.Conn
	root uint32 // the window behind all others
}

// openXScreen connects to a display such as ":7".
func openXScreen(t testing.TB, display string) *xScreen {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "unix", "/tmp/.X11-unix/X"+strings.TrimPrefix(display, ":"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	x := &xScreen{conn: conn}
	hello := binary.LittleEndian.AppendUint32([]byte{'l', 0}, 11) // byte order, protocol 11.0
	if _, err := conn.Write(append(hello, make([]byte, 6)...)); err != nil {
		t.Fatal(err)
	}
	var head [8]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil || head[0] != 1 {
		t.Fatalf("the display refuses a connection: %v, error %v", head, err)
	}
	setup := make([]byte, 4*int(binary.LittleEndian.Uint16(head[6:])))
	if _, err := io.ReadFull(conn, setup); err != nil {
		t.Fatal(err)
	}
	vendor, formats := int(binary.LittleEndian.Uint16(setup[16:])), int(setup[21])
	x.root = binary.LittleEndian.Uint32(setup[32+(vendor+3)/4*4+8*formats:])
	return x
}

// black reports whether the pixel there is, as all of a screen without windows.
func (x *xScreen) black(t testing.TB, left, top uint16) bool {
	t.Helper()
	const getImage, zPixmap, words = 73, 2, 5
	request := binary.LittleEndian.AppendUint16([]byte{getImage, zPixmap}, words)
	request = binary.LittleEndian.AppendUint32(request, x.root)
	for _, v := range []uint16{left, top, 1, 1} {
		request = binary.LittleEndian.AppendUint16(request, v)
	}
	request = binary.LittleEndian.AppendUint32(request, 0xffffffff) // all planes
	if _, err := x.conn.Write(request); err != nil {
		t.Fatal(err)
	}
	var reply [32 + 4]byte // a head and one pixel
	if _, err := io.ReadFull(x.conn, reply[:]); err != nil || reply[0] != 1 {
		t.Fatalf("the display does not tell a pixel: %v, error %v", reply[:2], err)
	}
	return binary.LittleEndian.Uint32(reply[32:])&0xffffff == 0
}

// await waits until the pixel there is black, or is not any more.
func (x *xScreen) await(left, top uint16, black bool) func(testing.TB) error {
	return func(t testing.TB) error {
		t.Helper()
		for limit := time.Now().Add(time.Minute); x.black(t, left, top) != black; time.Sleep(time.Millisecond) {
			if time.Now().After(limit) {
				return fmt.Errorf("the screen did not change within a minute")
			}
		}
		return nil
	}
}

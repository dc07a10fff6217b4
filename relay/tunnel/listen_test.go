package tunnel

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"testing"
)

func TestListenErrorFindsTheWords(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"taken":             {syscall.EADDRINUSE, ReasonAddressInUse},
		"taken, on Windows": {windowsInUse, ReasonAddressInUse},
		"forbidden":         {syscall.EACCES, ReasonAddressNotAllowed},
		"absent":            {syscall.EADDRNOTAVAIL, ReasonListenFailed},
		"something else":    {errors.New("lookup x: no such host"), ReasonListenFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrapped := fmt.Errorf("serve: %w", &net.OpError{Op: "listen", Err: c.err})
			got := ListenError("127.0.0.1:1", "in your proxy", wrapped)
			if got.Reason != c.want || !errors.Is(got, c.err) {
				t.Errorf("got %s, %v; want %s", got.Reason, got.Err, c.want)
			}
		})
	}
}

package checks

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"vastrelay/app/health"
	"vastrelay/relay"
)

func TestAFileThatCannotBeWrittenIsExplained(t *testing.T) {
	full := fmt.Errorf("write the webhook records: %w", &fs.PathError{Op: "write", Path: "webhooks.json.tmp", Err: syscall.ENOSPC})
	p := Explain(full)
	if !strings.Contains(p.Headline.String(), "file") || !strings.Contains(p.Cause.String(), "no space left") || !strings.Contains(p.Next.String(), "Make room") || p.Action != health.ActionRetry {
		t.Errorf("got %+v, want the cause and what to do", p)
	}
}

func TestNoProblemNamesAFolder(t *testing.T) {
	full := &fs.PathError{Op: "open", Path: "/home/ada/data/webhooks.json.tmp", Err: syscall.ENOSPC}
	tests := []struct {
		name string
		err  error
		says string
	}{
		{"a file that cannot be written", fmt.Errorf("write the webhook records: %w", full), "open webhooks.json.tmp"},
		{"one of several errors", errors.Join(errors.New("first"), fmt.Errorf("second: %w", full)), "webhooks.json.tmp"},
		{"a file that cannot be renamed", &os.LinkError{Op: "rename", Old: "/home/ada/a.tmp", New: "/home/ada/a", Err: syscall.EACCES}, "rename a.tmp a"},
		{"a socket that nobody listens at", fmt.Errorf("connect to the session bus: %w", &net.OpError{Op: "dial", Net: "unix", Addr: &net.UnixAddr{Name: "/home/ada/run/bus", Net: "unix"}, Err: syscall.ECONNREFUSED}), "dial unix bus"},
		{"a store that cannot be opened", fmt.Errorf("%w: %w", relay.ErrStoreUnavailable, full), "webhooks.json.tmp"},
		{"an error without a path", errors.New("a/b is no path of a file"), "a/b is no path"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, p := range []health.Problem{Explain(tt.err), KeyringProblem(tt.err)} {
				if text := p.Headline.String() + p.Cause.String() + p.Next.String() + p.Details; strings.Contains(text, "ada") || !strings.Contains(text, tt.says) {
					t.Errorf("got %+v, want %q and no folder", p, tt.says)
				}
			}
		})
	}
}

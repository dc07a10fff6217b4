package intake

import (
	"log/slog"
	"strings"
	"testing"

	"vastrelay/relay"
)

// FuzzWithoutBase looks for paths of which something is left that is neither
// the whole path nor one of the Receiver's own.
func FuzzWithoutBase(f *testing.F) {
	for _, c := range receiverCases() {
		if path := c.req.path; path != "" {
			f.Add(path, c.is.base)
		}
	}
	f.Fuzz(func(t *testing.T, path, base string) {
		rc := NewReceiver(Options{
			Store: newIntake(), Verifier: NewVerifier(), Logger: slog.New(slog.DiscardHandler), BasePath: func() string { return base },
		})
		got := rc.withoutBase(path)
		if got == path {
			return
		}
		own := got == HealthPath || got == relay.RoleClient.Path() || got == relay.RoleHost.Path() || strings.HasPrefix(got, probePrefix)
		if !own || base == "" || !strings.HasSuffix(path, got) {
			t.Errorf("of %q below %q got %q", path, base, got)
		}
	})
}

//go:build ci

package launch

import "context"

// tryWindow opens nothing: the in-memory toolkit needs no display.
func tryWindow(_ context.Context, t trial) error {
	if t.connected != nil {
		t.connected()
	}
	return nil
}

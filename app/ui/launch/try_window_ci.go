//go:build ci

package launch

import "context"

// tryWindow opens nothing: the in-memory toolkit needs no display.
func tryWindow(_ context.Context, _ string, connected func()) error {
	connected()
	return nil
}

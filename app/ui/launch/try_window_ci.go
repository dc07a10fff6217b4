//go:build ci

package launch

import "context"

// tryWindow does nothing: the in-memory toolkit needs no display.
func tryWindow(context.Context, string) error { return nil }

package notify

import (
	"context"
	"os/exec"
)

// script shows its two arguments. They reach it as values and never become part of
// it, see man osascript.
const script = `on run argv
	display notification (item 2 of argv) with title (item 1 of argv)
end run`

// command is the call that shows what.
func (n *Notifier) command(ctx context.Context, what Notification) (*exec.Cmd, error) {
	return exec.CommandContext(ctx, "/usr/bin/osascript", "-e", script, what.Title, what.Body), nil //nolint:gosec // The texts are values to the script.
}

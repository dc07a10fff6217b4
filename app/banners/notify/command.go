//go:build !linux && !freebsd && !openbsd && !netbsd

package notify

import (
	"context"
	"fmt"
	"time"
)

// commandDeadline is how long the program of the system may take: PowerShell starts
// slowly when it is not in the memory yet.
const commandDeadline = 30 * time.Second

// Notifier shows notifications by a program of the system. Create it with New.
type Notifier struct{ o Options }

// New returns a notifier.
func New(o Options) *Notifier { return &Notifier{o: o} }

// Replaces reports that a notification replaces no other: the program that shows it
// ends at once.
func (n *Notifier) Replaces() bool { return false }

// RemoteText reports that no text from elsewhere may stand in a notification: it
// passes through a script of the system.
func (n *Notifier) RemoteText() bool { return false }

// Close does nothing: there is nothing to end.
func (n *Notifier) Close() error { return nil }

// Support says what the system can do: it shows notifications, and tells nobody of
// clicks.
func (n *Notifier) Support(context.Context) Support { return Support{Works: true} }

// Show shows a notification.
func (n *Notifier) Show(ctx context.Context, what Notification) error {
	ctx, cancel := context.WithTimeout(ctx, commandDeadline)
	defer cancel()
	cmd, err := n.command(ctx, what)
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("show a notification: %w: %.200s", err, out)
	}
	return nil
}

// Withdraw does nothing: what was shown cannot be taken back.
func (n *Notifier) Withdraw(context.Context, string) {}

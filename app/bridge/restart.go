package bridge

import (
	"context"
	"time"
)

// Waits between two restarts of the tunnel for the same failed probe.
const (
	restartFirst = 2 * time.Minute
	restartMost  = 15 * time.Minute
)

// restartSchedule says when a failed probe restarts the tunnel: the first one
// at once, the next after restartFirst, then with doubled waits up to
// restartMost. A probe that succeeds starts it over.
type restartSchedule struct {
	last time.Time // of the restart before; zero: there was none
	wait time.Duration
}

// due reports whether the tunnel is to be restarted at now, and counts it as
// restarted if so.
func (s *restartSchedule) due(now time.Time) bool {
	switch {
	case s.last.IsZero():
		s.wait = restartFirst
	case now.Sub(s.last) < s.wait:
		return false
	default:
		s.wait = min(2*s.wait, restartMost)
	}
	s.last = now
	return true
}

// restartAfterProbe makes the tunnel connect anew after a probe that somebody
// else answered: a name can move while the link looks well. Where Vast.ai's
// deliveries still come through, the link is left alone.
func (b *Bridge) restartAfterProbe(ctx context.Context) {
	if ctx.Err() != nil || time.Since(b.tests.LastDelivery()) <= ownTestEvery || !b.parts.restarts.due(time.Now()) {
		return
	}
	b.mu.Lock()
	b.link.restarting = true
	b.mu.Unlock()
	b.parts.tunnel.provider.Restart()
}

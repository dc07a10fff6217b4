package outbox

import (
	"context"
	"math/rand/v2"
	"time"
)

// The rhythm of a lane. Google asks for no more than one write a second and
// space, shared by all who post there, and for exponential backoff on 429:
// https://developers.google.com/workspace/chat/limits .
const (
	// pace is the least time between the starts of two posts in a lane. The 50
	// ms over a second keep jitter on the way from bringing two closer.
	pace = 1050 * time.Millisecond
	// spacing is the least time from an answer to the next post: Google may
	// have counted the message as late as that, on a first connection or a slow
	// network, and the next one may arrive at once.
	spacing = time.Second

	holdFirst  = 2 * time.Second   // after the first 429; doubles
	holdMax    = 180 * time.Second // with jitter
	holdLimit  = time.Hour         // the most that a Retry-After is believed
	probeEvery = time.Hour         // how often a parked lane tries the post that would go first
	// longestBackoff is longer than any wait of a lane: the minute allows for a
	// clock that is corrected by a little.
	longestBackoff = max(holdLimit, probeEvery) + time.Minute

	retryFirst = 2 * time.Second // after a post's first ordinary failure; doubles
	retryMax   = 15 * time.Minute

	// A post dies of ordinary failures once both are reached. The count keeps
	// a computer that sleeps for days from giving up after two answers.
	minAge     = 24 * time.Hour
	minAnswers = 24

	unreachableFirst = 2 * time.Second // the lane's wait when Google was not reached; doubles
	unreachableMax   = time.Minute
	troubleFirst     = 4 * time.Second // the lane's wait when a second post fails; doubles
	troubleMax       = 5 * time.Minute

	storeFirst = time.Second // the wait after the store failed; doubles
	storeMax   = 30 * time.Second
)

// unauthorizedWaits are the lane's waits after each 401 in a row. Good URLs are
// answered 401 at random, too, so the first wait is short. The 401 after the last
// wait, ten minutes after the first, parks the destination. Reported in
// https://github.com/healthchecks/healthchecks/issues/1117 .
func unauthorizedWaits() []time.Duration {
	return []time.Duration{10 * time.Second, 110 * time.Second, 8 * time.Minute}
}

// doubled returns first doubled n-1 times, at most limit. n counts from 1.
func doubled(first time.Duration, n int, limit time.Duration) time.Duration {
	d := first
	for range n - 1 {
		if d >= limit/2 {
			return limit
		}
		d *= 2
	}
	return min(d, limit)
}

// jittered returns d plus up to a quarter, and at most limit. A d near the limit
// is cut first, so that there is jitter at the limit, too.
func jittered(d, limit time.Duration) time.Duration {
	d = min(d, limit-limit/5)
	return d + rand.N(d/4+1) //nolint:gosec // Spreads load; nothing secret depends on it.
}

// nextHold returns the step to remember and the wait after a 429 that followed a
// hold of the given step, 0 for none.
func nextHold(last, retryAfter time.Duration) (step, wait time.Duration) {
	step = holdFirst
	if last > 0 {
		step = min(2*last, holdMax)
	}
	return step, max(jittered(step, holdMax), min(retryAfter, holdLimit))
}

// retryAfter returns how long a post waits after its nth ordinary failure.
func retryAfter(n int) time.Duration {
	return jittered(doubled(retryFirst, n, retryMax), retryMax)
}

// sleep returns when at has come, wake has fired or ctx has ended. A zero at
// never comes.
func sleep(ctx context.Context, at time.Time, wake <-chan struct{}) {
	var due <-chan time.Time
	if !at.IsZero() {
		due = time.After(time.Until(at))
	}
	select {
	case <-ctx.Done():
	case <-due:
	case <-wake:
	}
}

// lingering returns a context for a write that must not be lost to a stop: it
// ends after limit, or afterStop later than ctx if that is sooner.
func lingering(ctx context.Context, limit, afterStop time.Duration) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	stop := context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(afterStop, cancel)
		context.AfterFunc(longer, func() { timer.Stop() })
	})
	return longer, func() { stop(); cancel() }
}

package intake

import (
	"sync"
	"time"

	"vastrelay/relay"
)

// Three mismatches within a minute make a secret suspect. A single one may be
// forged, and Vast.ai's own retries are further apart than that.
const (
	suspectCount  = 3
	suspectWindow = time.Minute
)

// mismatchWatch notices when signatures of a role stop matching. The zero
// value is ready to use; it is safe for concurrent use.
type mismatchWatch struct {
	mu   sync.Mutex // guards seen
	seen map[relay.Role][]time.Time
}

// add counts a mismatch at the given time and reports whether the secret is
// suspect now. The count then starts anew, so that a flood of forged requests
// causes one check for every suspectCount of them.
func (w *mismatchWatch) add(role relay.Role, at time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil {
		w.seen = make(map[relay.Role][]time.Time)
	}
	recent := w.seen[role][:0]
	for _, t := range w.seen[role] {
		if at.Sub(t) < suspectWindow {
			recent = append(recent, t)
		}
	}
	recent = append(recent, at)
	if len(recent) >= suspectCount {
		w.seen[role] = recent[:0]
		return true
	}
	w.seen[role] = recent
	return false
}

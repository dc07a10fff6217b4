package store

import (
	"runtime"
	"time"
)

// gather lets those ask who are about to, as long as that brings events: a sync
// costs the same for one and for many. It waits for nothing.
func (w *writer) gather() {
	for had := 0; ; {
		w.mu.Lock()
		has := len(w.arriving)
		w.mu.Unlock()
		if has == had || has >= arrivalBatch {
			return
		}
		had = has
		runtime.Gosched()
	}
}

// turn is what the writer does next.
type turn int

const (
	turnAppend turn = iota // put events into arrivals
	turnCommit             // make changes
	turnEnter              // move arrivals into the tables
	turnRest               // wait
	turnEnd                // end
)

// next decides what comes next and claims the requests for it. Events go
// first, but take turns with changes, and with entering where somebody has
// waited for that for long enough or too many are behind.
func (w *writer) next() (turn, []*request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ready := w.ready()
	crowded := len(w.backlog.ids) >= maxBehind && len(w.arriving) > 0
	switch {
	case len(w.arriving) > 0 && (w.shared || ready == 0 && !crowded && !w.impatient()):
		w.busy.Add(1)
		return turnAppend, claim(&w.arriving, min(w.maxBatch, arrivalBatch))
	case ready > 0:
		w.busy.Add(1)
		return turnCommit, claim(&w.waiting, min(w.maxBatch, ready))
	case len(w.waiting) > 0 && len(w.arriving) == 0 && !w.impatient() && time.Now().Before(w.lullUntil):
		w.restUntil = w.lullUntil
		return turnRest, nil
	case len(w.waiting) > 0 || crowded:
		return turnEnter, nil
	default:
		return w.idle()
	}
}

// impatient reports whether somebody has waited for entering for long enough.
func (w *writer) impatient() bool {
	return len(w.waiting) > 0 && time.Since(w.waiting[0].since) >= patience
}

// ready counts the requests that wait for nothing but their turn.
func (w *writer) ready() int {
	n := 0
	for n < len(w.waiting) && w.waiting[n].after <= w.backlog.entered.Load() {
		n++
	}
	return n
}

// idle is next for when nobody waits.
func (w *writer) idle() (turn, []*request) {
	switch {
	case w.backlog.behind() && !w.stopped:
		if time.Now().Before(w.enterAt) {
			w.restUntil = w.enterAt
			return turnRest, nil
		}
		return turnEnter, nil
	case len(w.patient) > 0:
		return turnCommit, claim(&w.patient, 1)
	case w.stopped:
		return turnEnd, nil
	default:
		return turnRest, nil
	}
}

// claim removes the first n requests from queue and returns those of them that
// were not abandoned.
func claim(queue *[]*request, n int) (batch []*request) {
	n = min(len(*queue), n)
	for _, r := range (*queue)[:n] {
		if r.state.CompareAndSwap(queued, taken) {
			batch = append(batch, r)
		}
	}
	rest := copy(*queue, (*queue)[n:])
	clear((*queue)[rest:])
	*queue = (*queue)[:rest]
	return batch
}

// rest waits until there is something to look at.
func (w *writer) rest() {
	if !w.backlog.behind() {
		<-w.wake
		return
	}
	timer := time.NewTimer(time.Until(w.restUntil))
	defer timer.Stop()
	select {
	case <-w.wake:
	case <-timer.C:
	}
}

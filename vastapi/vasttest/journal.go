package vasttest

import (
	"slices"
	"sync"
	"time"
)

// maxJournal bounds each list of the journal, for a demo that runs for days.
const maxJournal = 10_000

// journal remembers calls and deliveries.
type journal struct {
	mu         sync.Mutex
	calls      []*Call
	deliveries []Delivery
}

// Call is one call of the API.
type Call struct {
	At     time.Time
	Method string
	Route  string // "/webhooks/{id}/"; empty when the path is none of the API's
	Path   string
	Body   string // as sent
	Status int    // of the answer; 0 when the connection was broken or still waits
}

// Calls lists the calls so far, oldest first.
func (s *Server) Calls() []Call {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	calls := make([]Call, 0, len(s.journal.calls))
	for _, c := range s.journal.calls {
		calls = append(calls, *c)
	}
	return calls
}

// CountCalls counts the calls so far with that method and route, such as "PUT"
// and "/webhooks/{id}/"; an empty one matches all.
func (s *Server) CountCalls(method, route string) int {
	count := 0
	for _, c := range s.Calls() {
		if (method == "" || c.Method == method) && (route == "" || c.Route == route) {
			count++
		}
	}
	return count
}

// ForgetCalls empties the list of calls.
func (s *Server) ForgetCalls() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.calls = nil
}

// Deliveries lists the deliveries so far, in the order in which they ended.
func (s *Server) Deliveries() []Delivery {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	return slices.Clone(s.journal.deliveries)
}

// called notes a call and returns how to note its answer.
func (j *journal) called(c Call) (answered func(status int)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	noted := &c
	j.calls = newest(append(j.calls, noted))
	return func(status int) {
		j.mu.Lock()
		defer j.mu.Unlock()
		noted.Status = status
	}
}

func (j *journal) delivered(d Delivery) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.deliveries = newest(append(j.deliveries, d))
}

// newest drops the oldest entries of a list that grew too long.
func newest[T any](list []T) []T {
	if len(list) <= maxJournal {
		return list
	}
	return slices.Clone(list[len(list)-maxJournal/2:])
}

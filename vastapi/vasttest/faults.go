package vasttest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"sync"
	"time"
)

// ErrorForm is the shape of an error body, which differs among Vast.ai's
// endpoints.
// Source: https://docs.vast.ai/api-reference/rate-limits-and-errors .
type ErrorForm int

// The shapes of error bodies.
const (
	FormMsg      ErrorForm = iota // {"success": false, "msg": …}; auth errors with "error" too
	FormMsgError                  // the same with "error" on all
	FormMessage                   // {"message": …}
	FormDetail                    // {"detail": …}
	FormPlain                     // the text alone
)

// Fault is a misbehaviour of matching calls.
type Fault struct {
	Method string // empty: any
	Route  string // "/webhooks/{id}/rotate-secret/"; empty: any
	Times  int    // how many calls; 0 means 1, negative without end

	// Perform carries the call out before the fault takes its answer's place.
	Perform bool
	// Hold delays the answer until it is closed, after Perform; the call's own
	// end, and Close, end the wait too.
	Hold <-chan struct{}
	// Drop breaks the connection instead of answering.
	Drop bool

	Status int         // of the answer; 0 with Perform: the real answer
	Header http.Header // added to the answer
	Body   string      // of the answer with Status
}

// faults holds the switches. It is safe for concurrent use.
type faults struct {
	mu            sync.Mutex
	injected      []*Fault
	form          ErrorForm
	unknownStatus int // for an unknown key; 0 means 401
	strictSlash   bool
	docsTest      bool
	clockSkew     time.Duration
	dateSkew      time.Duration // of the Date header alone
	inboxIDs      InboxIDs
}

// InboxIDs is how the rows of the inbox are named, of which no page of Vast.ai's
// says whether their ids are those of the deliveries.
type InboxIDs int

// The choices.
const (
	InboxIDsOfEvents InboxIDs = iota // by the ids that deliveries have
	InboxIDsOfRows                   // by ids of their own
	InboxIDsMissing                  // not at all
)

// SetInboxIDs changes how the rows of the inbox are named.
func (s *Server) SetInboxIDs(ids InboxIDs) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.inboxIDs = ids
}

// inboxID returns the id of the row for an event.
func (f *faults) inboxID(eventID string) any {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch f.inboxIDs {
	case InboxIDsOfRows:
		sum := sha256.Sum256([]byte(eventID))
		return hex.EncodeToString(sum[:16])
	case InboxIDsMissing:
		return nil
	default:
		return eventID
	}
}

// Inject makes calls misbehave from now on; remove ends it. Faults are used in
// the order in which they were injected, one per call.
func (s *Server) Inject(f Fault) (remove func()) {
	if f.Times == 0 {
		f.Times = 1
	}
	p := &f
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.injected = append(s.faults.injected, p)
	return func() { s.faults.drop(p) }
}

// SetErrorForm changes the shape of error bodies.
func (s *Server) SetErrorForm(form ErrorForm) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.form = form
}

// SetUnknownKeyStatus changes the status for an unknown key: 401 by default,
// 404 on some of Vast.ai's endpoints.
func (s *Server) SetUnknownKeyStatus(status int) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.unknownStatus = status
}

// SetStrictSlash makes paths without a trailing slash answer 404.
func (s *Server) SetStrictSlash(on bool) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.strictSlash = on
}

// SetPublishedTestAnswer makes a successful test answer as the published pages
// say, without an event id, instead of as the service does.
func (s *Server) SetPublishedTestAnswer(on bool) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.docsTest = on
}

// SetClockSkew sets the service's clock ahead by d, or behind: in the Date
// header and in the timestamps that it signs.
func (s *Server) SetClockSkew(d time.Duration) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.clockSkew = d
}

// SetDateSkew sets only the Date header of the API's answers ahead by d, or
// behind; what the service signs keeps its own time.
func (s *Server) SetDateSkew(d time.Duration) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.dateSkew = d
}

// SetRateLimit sets the least gap between two calls of one route under one key;
// 0, the default, means no limit. Vast.ai's is two seconds.
func (s *Server) SetRateLimit(gap time.Duration) {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	s.limiter.gap = gap
}

func (f *faults) skew() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.clockSkew
}

func (f *faults) date() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.dateSkew
}

func (f *faults) drop(p *Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.injected = slices.DeleteFunc(f.injected, func(q *Fault) bool { return q == p })
}

// take returns the fault for a call, counting it; nil when it has none.
func (f *faults) take(method, route string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, p := range f.injected {
		if (p.Method != "" && p.Method != method) || (p.Route != "" && p.Route != route) {
			continue
		}
		fault := *p
		if p.Times > 0 {
			if p.Times--; p.Times == 0 {
				f.injected = slices.Delete(f.injected, i, i+1)
			}
		}
		return &fault
	}
	return nil
}

// limiter keeps the least gap per route and identity.
type limiter struct {
	mu      sync.Mutex
	gap     time.Duration
	last    map[string]time.Time
	refused int
}

// bodies429 are the three forms in which "too frequent" was seen.
func bodies429(threshold string) [3]reply {
	return [3]reply{
		{status: http.StatusTooManyRequests, text: "API requests too frequent"},
		{status: http.StatusTooManyRequests, text: "API requests too frequent: endpoint threshold=" + threshold},
		{status: http.StatusTooManyRequests, body: map[string]any{"detail": "API requests too frequent endpoint threshold=" + threshold}},
	}
}

// check returns the refusal of a call that comes too early, else nil.
func (l *limiter) check(route, identity string) *reply {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gap <= 0 {
		return nil
	}
	now := time.Now()
	slot := route + "\x00" + identity
	before, called := l.last[slot]
	if !called || now.Sub(before) >= l.gap {
		l.last[slot] = now
		return nil
	}
	answer := bodies429(seconds(l.gap))[l.refused%3]
	l.refused++
	return &answer
}

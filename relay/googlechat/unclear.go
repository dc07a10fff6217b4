package googlechat

import (
	"sync"

	"vastrelay/relay"
)

// maxUnclear bounds the request ids that are remembered. Each lane tries one post
// at a time, so far fewer wait for a clear answer.
const maxUnclear = 1024

// unclearRequests holds the ids of requests that may have stored their message
// although no answer of Google's own said so. Under these ids a message without
// a name is the answer to a repeat; under others it is none of Google's. They
// are not kept on disk: after a restart such a post takes one more request,
// under the same ids. The zero value is ready for use; it is safe for
// concurrent use.
type unclearRequests struct {
	mu    sync.Mutex
	known map[string]bool
	order []string // the oldest first
}

// has reports whether a request under the id may have stored its message.
func (r *unclearRequests) has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[id]
}

// note takes in what came of a request under the id; empty for none.
func (r *unclearRequests) note(id string, o relay.Outcome) {
	if id == "" || !o.MayBeStored() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[id] {
		return
	}
	if r.known == nil {
		r.known = make(map[string]bool)
	}
	if len(r.order) == maxUnclear {
		delete(r.known, r.order[0])
		r.order = r.order[1:]
	}
	r.known[id] = true
	r.order = append(r.order, id)
}

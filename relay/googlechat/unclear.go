package googlechat

import (
	"slices"
	"sync"

	"vastrelay/relay"
)

// maxUnclear bounds the request ids that are remembered. Each lane tries one post
// at a time, so far fewer wait for a clear answer.
const maxUnclear = 1024

// unclearRequests holds the ids of requests that may have stored their message
// although no answer of Google's own said so. Only under such an id is an answer
// that is a message without its name believed: it is the answer to a repeat. The
// ids are not kept on disk: after a restart such a post takes one more request,
// under the same ids. The zero value is ready for use; it is safe for concurrent
// use.
type unclearRequests struct {
	mu  sync.Mutex
	ids []string // the oldest first
}

// has reports whether a request under the id may have stored its message.
func (r *unclearRequests) has(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Contains(r.ids, id)
}

// note takes in what came of a request under the id; empty for none.
func (r *unclearRequests) note(id string, o relay.Outcome) {
	if id == "" || !o.MayBeStored() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Contains(r.ids, id) {
		return
	}
	if len(r.ids) == maxUnclear {
		r.ids = slices.Delete(r.ids, 0, 1)
	}
	r.ids = append(r.ids, id)
}

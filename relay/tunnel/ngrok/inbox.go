package ngrok

import "sync"

// signalQueue passes events from the SDK's goroutines, which must not block, to the
// one goroutine that runs a session. It has no limit: the SDK sends a few
// events per dial, and the gatedDialer limits the dials.
type signalQueue[E any] struct {
	mu     sync.Mutex
	events []E
	wake   chan struct{} // holds one token while there are events
}

func newSignalQueue[E any]() *signalQueue[E] {
	return &signalQueue[E]{wake: make(chan struct{}, 1)}
}

// put adds e. It never blocks.
func (b *signalQueue[E]) put(e E) {
	b.mu.Lock()
	b.events = append(b.events, e)
	b.mu.Unlock()
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take returns all events that have come since the last call, oldest first.
func (b *signalQueue[E]) take() []E {
	b.mu.Lock()
	defer b.mu.Unlock()
	events := b.events
	b.events = nil
	return events
}

package ngrok

import (
	"context"
	"errors"
	"sync"

	"golang.ngrok.com/ngrok/v2"
	"golang.ngrok.com/ngrok/v2/rpc"
)

// signal is an event of the SDK, reduced to what a session acts on.
type signal struct {
	what signalKind
	err  error
}

type signalKind int

const (
	linkUp       signalKind = iota // connected, with all endpoints bound
	linkFailed                     // dropped, or an attempt to come back failed
	linkOver                       // the SDK has given up for good
	stopAsked                      // stop was pressed in the ngrok dashboard
	restartAsked                   // restart was pressed in the ngrok dashboard
)

// onEvent is called by the SDK and must not block. The first failure before
// the login succeeded ends the attempt: the SDK would repeat a refused login
// for ever, and never return.
func (s *session) onEvent(evt ngrok.Event) {
	switch e := evt.(type) {
	case *ngrok.EventAgentConnectSucceeded:
		s.loggedIn.Store(true)
		s.signals.put(signal{what: linkUp})
	case *ngrok.EventAgentDisconnected:
		if e.Error == nil {
			s.signals.put(signal{what: linkOver})
			return
		}
		s.signals.put(signal{what: linkFailed, err: e.Error})
		if !s.loggedIn.Load() {
			s.cancelAgent()
		}
	}
}

// onRequest answers a button in the ngrok dashboard; the answer is shown there.
// After a nil answer the SDK closes the connection by itself.
func (s *session) onRequest(_ context.Context, _ ngrok.AgentSession, req rpc.Request) ([]byte, error) {
	switch req.Method() {
	case rpc.StopAgentMethod:
		s.signals.put(signal{what: stopAsked})
		return nil, nil
	case rpc.RestartAgentMethod:
		s.signals.put(signal{what: restartAsked})
		return nil, nil
	default:
		return nil, errors.New("an update is made on the computer that Vast Relay runs on")
	}
}

// signalQueue passes signals from the SDK's goroutines, which must not block, to the
// one goroutine that runs a session. It has no limit: the SDK sends a few
// events per dial, and the gatedDialer limits the dials.
type signalQueue struct {
	mu      sync.Mutex
	signals []signal
	wake    chan struct{} // holds one token while there are signals
}

func newSignalQueue() *signalQueue {
	return &signalQueue{wake: make(chan struct{}, 1)}
}

// put adds s. It never blocks.
func (q *signalQueue) put(s signal) {
	q.mu.Lock()
	q.signals = append(q.signals, s)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take returns all signals that have come since the last call, oldest first.
func (q *signalQueue) take() []signal {
	q.mu.Lock()
	defer q.mu.Unlock()
	signals := q.signals
	q.signals = nil
	return signals
}

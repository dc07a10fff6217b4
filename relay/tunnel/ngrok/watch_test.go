package ngrok

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/tunnel"
)

// watched runs watch on a session that is up, without an agent behind it, and
// returns how it ended and after how long. events feeds it.
func watched(t *testing.T, events func(context.CancelFunc, chan<- struct{}, *session)) (out outcome, took time.Duration, links []tunnel.Link) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cfg, err := newConfig(Options{Token: relay.NewSecret(testToken)})
		if err != nil {
			t.Fatal(err)
		}
		restart := make(chan struct{}, 1)
		s := &session{
			cfg:     cfg,
			signals: newSignalQueue(),
			restart: restart,
			conns:   &detachedListener{ended: make(chan struct{}), err: errors.New("Listener closed")},
			link:    linkView{up: true},
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var feeding sync.WaitGroup
		feeding.Go(func() { events(cancel, restart, s) })
		began := time.Now()
		out = s.watch(ctx, tunnel.NewReporter(func(l tunnel.Link) { links = append(links, l) }))
		took = time.Since(began)
		feeding.Wait()
	})
	return out, took, links
}

func TestWatchEndsASession(t *testing.T) {
	t.Parallel()
	drop := errors.New("peer closed the connection")
	put := func(s *session, what signalKind, err error) { s.signals.put(signal{what: what, err: err}) }
	for name, c := range map[string]struct {
		events func(context.CancelFunc, chan<- struct{}, *session)
		end    ending
		kind   tunnel.FailureKind
		reason string
		code   string
		took   time.Duration
	}{
		"when the context ends": {
			events: func(stop context.CancelFunc, _ chan<- struct{}, _ *session) {
				time.Sleep(time.Hour)
				stop()
			},
			end: endStopped, took: time.Hour,
		},
		"when a restart is asked for": {
			events: func(_ context.CancelFunc, restart chan<- struct{}, _ *session) {
				time.Sleep(time.Hour)
				restart <- struct{}{}
			},
			end: endRestart, took: time.Hour,
		},
		"when the dashboard stops it, once the SDK has answered": {
			events: func(_ context.CancelFunc, _ chan<- struct{}, s *session) {
				put(s, stopAsked, nil)
				time.Sleep(100 * time.Millisecond)
				put(s, linkFailed, errors.New("not reconnecting, session closed by the client side"))
				put(s, linkOver, nil)
			},
			kind: tunnel.Permanent, reason: ReasonStoppedRemotely, took: 100 * time.Millisecond,
		},
		"when the dashboard stops it, even if the SDK never answers": {
			events: func(_ context.CancelFunc, _ chan<- struct{}, s *session) { put(s, stopAsked, nil) },
			kind:   tunnel.Permanent, reason: ReasonStoppedRemotely, took: 500 * time.Millisecond,
		},
		"when the dashboard restarts it": {
			events: func(_ context.CancelFunc, _ chan<- struct{}, s *session) { put(s, restartAsked, nil) },
			end:    endRestart, took: 500 * time.Millisecond,
		},
		"when a drop is not mended within fifteen seconds": {
			events: func(_ context.CancelFunc, _ chan<- struct{}, s *session) {
				put(s, linkFailed, drop)
				time.Sleep(10 * time.Second)
				put(s, linkFailed, errors.New("dial: timeout"))
			},
			took: 15 * time.Second,
		},
		"at the third failure to come back": {
			events: func(_ context.CancelFunc, _ chan<- struct{}, s *session) {
				put(s, linkFailed, drop)
				for range 3 {
					time.Sleep(time.Second)
					put(s, linkFailed, errors.New("already online\n\nERR_NGROK_334"))
				}
			},
			kind: tunnel.Busy, code: "ERR_NGROK_334", took: 3 * time.Second,
		},
		"at once when ngrok cannot read what the agent kept": {
			events: func(_ context.CancelFunc, _ chan<- struct{}, s *session) {
				put(s, linkFailed, drop)
				put(s, linkFailed, errors.New("malformed cookie\n\nERR_NGROK_335"))
			},
			code: "ERR_NGROK_335",
		},
		"at once when only a person can help": {
			events: func(_ context.CancelFunc, _ chan<- struct{}, s *session) {
				put(s, linkFailed, drop)
				put(s, linkFailed, errors.New("revoked\n\nERR_NGROK_300"))
			},
			kind: tunnel.Permanent, reason: ReasonTokenRefused, code: "ERR_NGROK_300",
		},
		"when the SDK gives up, with its last cause": {
			events: func(_ context.CancelFunc, _ chan<- struct{}, s *session) {
				put(s, linkFailed, errors.New("over\n\nERR_NGROK_9999"))
				put(s, linkOver, nil)
			},
			code: "ERR_NGROK_9999",
		},
		"when the listener ends": {
			events: func(_ context.CancelFunc, _ chan<- struct{}, s *session) { close(s.conns.ended) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, took, _ := watched(t, c.events)
			if out.end != c.end || out.fail.kind != c.kind || out.fail.reason != c.reason || out.fail.code != c.code {
				t.Errorf("got %+v, want end %d, kind %d, reason %q, code %q", out, c.end, c.kind, c.reason, c.code)
			}
			if out.end == endFailed && out.fail.reason != ReasonStoppedRemotely && out.fail.err == nil {
				t.Error("the cause is missing")
			}
			if took != c.took {
				t.Errorf("it took %s, want %s", took, c.took)
			}
		})
	}
}

func TestWatchReportsADropAndEveryFailureAfterIt(t *testing.T) {
	t.Parallel()
	_, _, links := watched(t, func(_ context.CancelFunc, _ chan<- struct{}, s *session) {
		for _, text := range []string{"dropped", "dial: refused", "dial: refused", "dial: refused"} {
			s.signals.put(signal{what: linkFailed, err: errors.New(text)})
			time.Sleep(time.Second)
		}
	})
	if len(links) != 3 {
		t.Fatalf("got %d links, want one for the drop and one for each failure but the last", len(links))
	}
	for _, l := range links {
		if l.State != tunnel.Reconnecting || l.Err == nil || !l.Since.Equal(links[0].Since) {
			t.Errorf("got %+v, want reconnecting since the drop, with a cause", l)
		}
	}
}

package ngrok

import (
	"context"
	"errors"
	"net/http"
	"time"

	"vastrelay/relay/tunnel"
)

// record takes one signal into the view of the link.
func (s *session) record(sig signal) {
	switch sig.what {
	case linkUp:
		s.link.up, s.link.failures = true, 0
	case linkFailed:
		s.link.last = classify(sig.err, s.cfg.red)
		s.link.signals++
		if !s.link.up {
			s.link.failures++
		}
		s.link.up = false
	case linkOver:
		s.link.up = false
	case stopAsked, restartAsked: // say nothing about the link
	}
}

// serve runs the HTTP server on the bound address until the session ends.
func (s *session) serve(ctx context.Context, h http.Handler, rep *tunnel.Reporter) outcome {
	s.conns = newDetachedListener(s.listener)
	s.server = tunnel.NewServer(h, s.cfg.sdkLog)
	s.served = make(chan struct{})
	go func() {
		defer close(s.served)
		_ = s.server.Serve(s.conns) // a failing listener ends s.conns too, which is watched
	}()
	defer s.stopServing()
	s.dialer.allow(dialFree)

	began := time.Now()
	s.link.up = true
	s.reportOnline(rep)
	out := s.watch(ctx, rep)
	out.wasOnline, out.online = true, time.Since(began)
	return out
}

// reportOnline reports the address that ngrok assigned at the bind. The SDK
// never learns of another one; whether this one still reaches us is for a
// probe to say, and Restart then binds anew.
func (s *session) reportOnline(rep *tunnel.Reporter) {
	address := s.cfg.publicURL(s.listener.URL().Host)
	s.cfg.log.Info("public address online", "address", address)
	rep.Set(tunnel.Link{State: tunnel.Online, URL: address})
}

// watch follows the link until the session has to end.
func (s *session) watch(ctx context.Context, rep *tunnel.Reporter) outcome {
	giveUp := time.NewTimer(time.Hour)
	giveUp.Stop()
	defer giveUp.Stop()
	var asked *outcome // set once the dashboard asked for an end
	for {
		select {
		case <-ctx.Done():
			return outcome{end: endStopped}
		case <-s.restart:
			return outcome{end: endRestart}
		case <-s.conns.ended:
			// The service closed this endpoint alone, or the session is over.
			// A new bind tells whether we may have it back.
			return s.ended(asked, s.conns.err)
		case <-giveUp.C:
			return s.ended(asked, nil)
		case <-s.signals.wake:
		}
		for _, sig := range s.signals.take() {
			switch sig.what {
			case stopAsked:
				asked = &outcome{fail: failure{kind: tunnel.Permanent, reason: ReasonStoppedRemotely}}
				giveUp.Reset(s.cfg.limits.remoteEnd)
				continue
			case restartAsked:
				asked = &outcome{end: endRestart}
				giveUp.Reset(s.cfg.limits.remoteEnd)
				continue
			case linkOver:
				return s.ended(asked, nil)
			default:
			}
			if asked != nil {
				continue
			}
			if out := s.handle(sig, rep, giveUp); out != nil {
				return *out
			}
		}
	}
}

// handle acts on a link that went up or down; it returns an outcome when the
// session cannot or should not mend itself.
func (s *session) handle(sig signal, rep *tunnel.Reporter, giveUp *time.Timer) *outcome {
	wasUp := s.link.up
	s.record(sig)
	switch {
	case sig.what == linkUp:
		giveUp.Stop()
		if !wasUp {
			s.reportOnline(rep)
		}
		return nil
	case s.link.last.kind == tunnel.Permanent:
		return &outcome{fail: s.link.last}
	case s.link.failures >= s.cfg.limits.failures, s.link.last.code == codeCookieMalformed:
		return &outcome{fail: s.link.last}
	}
	if wasUp {
		giveUp.Reset(s.cfg.limits.reconnect)
		s.cfg.log.Warn("tunnel dropped, reconnecting", "err", s.link.last.err)
	}
	rep.Set(tunnel.Link{State: tunnel.Reconnecting, Err: s.link.last.err, Code: s.link.last.code})
	return nil
}

// codeCookieMalformed says that the service cannot read what the agent kept
// from its earlier session, so only a new agent can connect.
const codeCookieMalformed = "ERR_NGROK_335"

// ended returns the outcome of a session that ended without our doing.
func (s *session) ended(asked *outcome, err error) outcome {
	switch {
	case asked != nil:
		return *asked
	case err != nil:
		return outcome{fail: classify(err, s.cfg.red)}
	case s.link.last.err != nil:
		return outcome{fail: s.link.last}
	default:
		return outcome{fail: failure{err: errors.New("the connection to ngrok ended")}}
	}
}

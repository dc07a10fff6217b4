package ngroktest

import (
	"errors"
	"fmt"
	"strings"

	"golang.ngrok.com/muxado/v2"
)

// RefuseLogin makes every login fail with message, which should end in a code
// such as ERR_NGROK_123; empty ends it.
func (e *Edge) RefuseLogin(message string) { e.setFault(func(f *faults) { f.refuseLogin = message }) }

// RefuseBind makes every bind fail with message; empty ends it.
func (e *Edge) RefuseBind(message string) { e.setFault(func(f *faults) { f.refuseBind = message }) }

// MuteLogin makes the edge take logins and never answer them, while it goes on
// answering heartbeats.
func (e *Edge) MuteLogin(on bool) { e.setFault(func(f *faults) { f.muteLogin = on }) }

// MuteBind makes the edge take binds and never answer them.
func (e *Edge) MuteBind(on bool) { e.setFault(func(f *faults) { f.muteBind = on }) }

// SetDown takes the edge off the network for agents: connections are cut and
// new ones closed at once. The public side stays.
func (e *Edge) SetDown(on bool) {
	e.setFault(func(f *faults) { f.down = on })
	if on {
		e.CutAll()
	}
}

func (e *Edge) setFault(set func(*faults)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	set(&e.faults)
}

// Occupy makes host be online at somebody else's, so that binding it fails with
// ERR_NGROK_334, even with a bind token. release ends it.
func (e *Edge) Occupy(host string) (release func()) {
	host = strings.ToLower(host)
	set := func(on bool) {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.taken[host] = on
		e.changes.Note()
	}
	set(true)
	return func() { set(false) }
}

// Assign changes the name that agents get that ask for none. What is online
// stays; at its next bind an endpoint whose name was assigned moves.
func (e *Edge) Assign(host string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.host = strings.ToLower(host)
	for token, old := range e.tokens {
		if e.own[old] {
			delete(e.tokens, token)
		}
	}
	e.changes.Note()
}

// ForwardTo makes host a Cloud Endpoint whose Traffic Policy hands requests to the
// internal endpoint, and answers 503 while that is offline.
func (e *Edge) ForwardTo(host, internal string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.cloud == nil {
		e.cloud = make(map[string]string)
	}
	e.cloud[strings.ToLower(host)] = strings.ToLower(internal)
}

// CutAll closes every connection of an agent. Agents may come back at once.
func (e *Edge) CutAll() {
	for _, l := range e.snapshot() {
		l.cut()
	}
}

// BlackHole makes the connections that exist now swallow everything in both
// directions, for good, without an end of file: what an agent sees of a
// network that went away. New connections work.
func (e *Edge) BlackHole() {
	for _, l := range e.snapshot() {
		l.conn.hole.Store(true)
	}
}

// PushStop asks every agent to stop, as the dashboard does, and waits for the
// answers. An agent that refuses, or does not answer, is an error.
func (e *Edge) PushStop() error { return e.push(typeStop, struct{}{}) }

// PushRestart asks every agent to restart, like PushStop.
func (e *Edge) PushRestart() error { return e.push(typeRestart, struct{}{}) }

// PushUpdate asks every agent to update itself to version, like PushStop.
func (e *Edge) PushUpdate(version string) error {
	return e.push(typeUpdate, struct {
		Version            string
		PermitMajorVersion bool
	}{Version: version})
}

func (e *Edge) push(kind muxado.StreamType, request any) error {
	var errs []error
	for _, l := range e.snapshot() {
		var reply errorReply
		err := l.ask(kind, request, &reply)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("ask the agent: %w", err))
		case reply.Error != "":
			errs = append(errs, fmt.Errorf("the agent refused: %s", reply.Error))
		}
	}
	return errors.Join(errs...)
}

// PushStopTunnel closes the endpoint at host alone, as the service does, with a
// message and a code for the agent; its connection stays. Agents do not answer.
func (e *Edge) PushStopTunnel(host, message, code string) error {
	e.mu.Lock()
	b := e.online[strings.ToLower(host)]
	if b != nil {
		delete(e.online, b.host)
		for token, bound := range e.tokens {
			if bound == b.host {
				delete(e.tokens, token)
			}
		}
		e.changes.Note()
	}
	e.mu.Unlock()
	if b == nil {
		return fmt.Errorf("stop the endpoint: %s is not online", host)
	}
	if err := b.owner.ask(typeStopTunnel, stopTunnelNotice{ID: b.id, Message: message, ErrorCode: code}, nil); err != nil {
		return fmt.Errorf("stop the endpoint: %w", err)
	}
	return nil
}

// snapshot returns the connections that exist now.
func (e *Edge) snapshot() []*link {
	e.mu.Lock()
	defer e.mu.Unlock()
	links := make([]*link, 0, len(e.links))
	for l := range e.links {
		links = append(links, l)
	}
	return links
}

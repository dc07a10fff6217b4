// Package systemd tells systemd, or another service manager that speaks its
// protocol, when the service is ready, how it is doing, that it is alive and when
// it stops.
//
// Ready means that what arrives can be kept; it waits for nobody outside. Alive
// means that the parts that everything depends on answer: when one of them hangs,
// the pings stop, and the watchdog of the service manager starts the program anew.
// A part that answers with an error is alive.
//
// Source: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html .
//
// # Concurrency
//
// Run may be called once. It sends from one goroutine, and asks the parts from
// another, one at a time. A part that hangs keeps that goroutine; Run does not wait
// for it for longer than stopWithin.
package systemd

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"

	"github.com/coreos/go-systemd/v22/daemon"
)

const (
	readyEvery = time.Second // between two questions whether the service is ready
	stopWithin = time.Second // for a part that is being asked at the end
)

// Check asks a part of the program whether it is alive: it returns soon if so. An
// error says that it is not, whatever the part itself answered.
type Check struct {
	Name string // of the part, for the log
	Ask  func(ctx context.Context) error
}

// Options are what a Notifier is made of.
type Options struct {
	// Ready reports whether what arrives can be kept; it is asked until it returns
	// nil.
	Ready func(ctx context.Context) error
	// Alive are the parts that are asked before each ping of the watchdog.
	Alive []Check

	// Status returns the newest snapshot; Watch calls changed after each change of
	// it, until stop.
	Status func() status.Status
	Watch  func(changed func(status.Change)) (stop func())

	Logger *slog.Logger // nil: silence
}

// Notifier speaks to the service manager that the environment names.
type Notifier struct {
	o        Options
	log      *slog.Logger
	notify   func(state string) error
	watchdog time.Duration // within which the service manager wants a ping; 0: it wants none
}

// Present reports whether a service manager listens.
func Present() bool { return os.Getenv("NOTIFY_SOCKET") != "" }

// New returns a Notifier for the environment.
func New(o Options) *Notifier {
	n := &Notifier{o: o, log: o.Logger, notify: send}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if n.watchdog, err = daemon.SdWatchdogEnabled(false); err != nil {
		n.log.Warn("the watchdog of the service manager is not served", "err", err)
	}
	return n
}

// send sends one message.
func send(state string) error {
	_, err := daemon.SdNotify(false, state)
	return err
}

// Run tells the service manager everything until ctx ends, and then that the
// service stops. It returns nil.
func (n *Notifier) Run(ctx context.Context) error {
	changed := make(chan struct{}, 1)
	stop := n.o.Watch(func(c status.Change) {
		if c&status.StatusChanged == 0 {
			return
		}
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	defer stop()
	s := session{Notifier: n, answers: make(chan error, 1), question: n.o.Ready}
	defer s.end()
	s.say("")
	s.ask(ctx)
	for {
		select {
		case <-ctx.Done():
			s.tell(daemon.SdNotifyStopping + "\nSTATUS=Stopping.")
			return nil
		case <-changed:
			s.say("")
		case <-s.next:
			s.ask(ctx)
		case err := <-s.answers:
			s.asking = false
			if ctx.Err() == nil { // else the question was broken off
				s.answered(err)
			}
		}
	}
}

// session is one Run. Its goroutine alone uses it.
type session struct {
	*Notifier
	said   string // the last status
	failed bool   // the last message could not be sent

	ready    bool
	question func(context.Context) error // whether the program is ready, and then whether it is alive
	next     <-chan time.Time            // when it is asked again; nil: never
	asking   bool                        // it has no answer yet
	answers  chan error
	hung     bool // it was logged that the program does not answer
}

// say sends the status, if it is another than the last, after first.
func (s *session) say(first string) {
	current := s.o.Status()
	text := current.Headline.String()
	if current.Phase != status.Relaying {
		text = health.Sentences(text, current.Cause.String())
	}
	text = relay.CleanLine(text)
	if text == s.said && first == "" {
		return
	}
	s.said = text
	state := "STATUS=" + text
	if first != "" {
		state = first + "\n" + state
	}
	s.tell(state)
}

// tell sends one message. That it cannot be sent is logged once in a row.
func (s *session) tell(state string) {
	err := s.notify(state)
	if err != nil && !s.failed {
		s.log.Warn("the service manager cannot be told", "err", err)
	}
	s.failed = err != nil
}

// ask begins to ask the question of the moment, and says when to ask again. While
// the question before has no answer, it asks nothing: a part hangs.
func (s *session) ask(ctx context.Context) {
	if s.ready {
		s.next = time.After(s.watchdog / 3) // often enough for one answer to come late
	} else {
		s.next = time.After(readyEvery)
	}
	if s.asking {
		s.noteHung(errNoAnswer)
		return
	}
	s.asking = true
	question := s.question
	go func() { s.answers <- question(ctx) }()
}

// errNoAnswer says that a part has not answered in time.
var errNoAnswer = errors.New("a part of the program does not answer")

// allAlive asks the parts one by one.
func (n *Notifier) allAlive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, n.watchdog)
	defer cancel()
	for _, c := range n.o.Alive {
		began := time.Now()
		if err := c.Ask(ctx); err != nil {
			return &deadError{c.Name, err}
		}
		n.log.Debug("alive", "part", c.Name, "took", time.Since(began).String())
	}
	return nil
}

// deadError names the part that is not alive.
type deadError struct {
	part string
	err  error
}

func (e *deadError) Error() string { return e.part + ": " + e.err.Error() }
func (e *deadError) Unwrap() error { return e.err }

// answered takes an answer: the service manager hears of a good one alone.
func (s *session) answered(err error) {
	switch {
	case err == nil && !s.ready:
		s.log.Info("ready: deliveries can be kept")
		s.say(daemon.SdNotifyReady)
		s.ready, s.question, s.next = true, s.allAlive, nil
		if s.watchdog > 0 {
			s.next = time.After(s.watchdog / 3)
		}
	case err == nil:
		s.hung = false
		s.tell(daemon.SdNotifyWatchdog)
	case s.ready:
		s.noteHung(err)
	}
}

// noteHung logs once in a row that a part does not answer.
func (s *session) noteHung(err error) {
	if !s.hung {
		s.hung = true
		s.log.Error("the program hangs, the service manager is not told that it is well", "err", err)
	}
}

// end waits a moment for the parts that are still being asked.
func (s *session) end() {
	if !s.asking {
		return
	}
	select {
	case err := <-s.answers:
		s.log.Debug("the last answer before the end", "err", err)
	case <-time.After(stopWithin):
	}
}

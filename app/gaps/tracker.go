// Package gaps records when deliveries could not reach the program.
//
// A gap begins at the last moment at which deliveries were known to arrive, and
// ends when they are known to arrive again. While all is well that moment is
// written to a small file each minute, without a sync: a kill leaves it as it
// was written, a power cut as it was half a minute before. So the next start
// knows where the gap begins that a crash, a power cut or a stop has made. A gap
// has one cause. What goes on being wrong after a sleep or a start is a gap of its
// own.
//
// A gap that is over and lasted a minute becomes an event of the program's own, so
// that it is listed, found and exported like those of Vast.ai. If it lasted five
// minutes and events may have been lost, that event is posted as well, through the
// outbox: its id follows from when the gap began, so that no crash has it said
// twice.
//
// Before that, two minutes after deliveries arrive again, the account's inbox at
// Vast.ai is read, of which no page of Vast.ai's tells. Its rows of the time of a gap
// that are missing here are posted, marked as caught up.
//
// # Concurrency
//
// Every method of Tracker is safe for concurrent use. Run owns the goroutines of
// this package; while nothing changes it wakes once a minute.
//
// # Ownership
//
// The package reads snapshots of the status and changes nothing about how events
// are received. It owns the file with the last moment and the gaps in the store,
// and holds no credential.
package gaps

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay"
)

// Store keeps the gaps. It is safe for concurrent use.
type Store interface {
	// Save writes a gap and returns it with its id; one without an id is new.
	Save(ctx context.Context, g relay.Gap) (relay.Gap, error)
	// Recent lists the last gaps, at most limit of them, the newest first.
	Recent(ctx context.Context, limit int) ([]relay.Gap, error)
	// InboxTrusted reports whether TrustInbox was ever called.
	InboxTrusted(ctx context.Context) (bool, error)
	// TrustInbox keeps that a row of Vast.ai's inbox was found, at the given time, to
	// have the id of the delivery that it tells of.
	TrustInbox(ctx context.Context, at time.Time) error
}

// Events takes the events that no delivery brings. It is safe for concurrent use.
type Events interface {
	// Post puts ev on disk and has it posted. An event whose id is known already is
	// left as it is, which is no error.
	Post(ctx context.Context, ev relay.Event) error
	// Keep puts ev on disk, to be listed and not posted; known ones as above.
	Keep(ctx context.Context, ev relay.Event) error
}

// Program is what the state of the program is read from. It is safe for concurrent
// use.
type Program interface {
	// Status returns the current snapshot and never blocks.
	Status() status.Status
	// Watch calls changed after each change, with what is new, until stop. changed
	// returns at once.
	Watch(changed func(status.Change)) (stop func())
}

// Options are what a Tracker works with.
type Options struct {
	Store   Store   // required
	Program Program // required
	Events  Events  // required
	History History // required
	Inbox   Inbox   // required
	// CatchesUp reports whether missing events are fetched from the inbox without
	// being asked for; required.
	CatchesUp func() bool
	// Tell reports whether gaps in which events may have been lost are posted;
	// required.
	Tell func() bool
	// MarkFile is the path of the file with the last moment at which deliveries
	// were known to arrive; required.
	MarkFile string
	// FinalWhileAway reports whether Vast.ai is told not to try again while this
	// program is away, as things are set up now; required.
	FinalWhileAway func() bool
	// Routed reports whether this computer has a way out into a network; nil means
	// to ask the system.
	Routed func() bool
	// Now is the wall clock; nil means this computer's.
	Now func() time.Time

	Logger *slog.Logger // nil: silence
}

// Tracker records gaps. New makes one, Run makes it work.
type Tracker struct {
	book     *book
	signals  *signals
	recorder *recorder
	reporter *reporter
	catcher  *catcher
}

// New returns a Tracker that does nothing until Run.
func New(o Options) *Tracker {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Routed == nil {
		o.Routed = routed
	}
	if o.Now == nil {
		o.Now = func() time.Time { return time.Now().Round(0) }
	}
	t := &Tracker{book: newBook(o.Store, o.Logger), signals: newSignals()}
	t.recorder = &recorder{o: o, book: t.book, signals: t.signals}
	t.catcher = newCatcher(o, t.book)
	t.reporter = &reporter{o: o, book: t.book, signals: t.signals, catcher: t.catcher}
	return t
}

// Run records gaps, and has those that are over listed and said, until ctx ends, and then returns nil.
func (t *Tracker) Run(ctx context.Context) error {
	stop := t.recorder.o.Program.Watch(func(c status.Change) {
		if c.Has(status.StatusChanged) {
			t.signals.look()
		}
	})
	defer stop()
	var group sync.WaitGroup
	group.Go(func() { t.recorder.run(ctx) })
	group.Go(func() { t.reporter.run(ctx) })
	group.Wait()
	return nil
}

// Status describes the gaps. It never blocks for long.
func (t *Tracker) Status() status.Gaps {
	s := t.book.status(t.recorder.o.Now())
	s.ByHand = !t.catcher.trusted.Load()
	return s
}

// CatchUp fetches from Vast.ai's inbox what could not be delivered in the gaps of the
// last seven days and is missing here, and has it posted, also before it is known
// that the inbox names events as deliveries do. It ends early with ctx.
func (t *Tracker) CatchUp(ctx context.Context) (status.CatchUp, error) { return t.catcher.byHand(ctx) }

// Delivery takes the receiver's word of a delivery. One that was answered 204, in
// time, proves that deliveries arrive. It returns at once.
func (t *Tracker) Delivery(d relay.Delivery) {
	if d.Status != http.StatusNoContent || d.OffTime {
		return
	}
	t.signals.delivery(d.Arrived.Round(0))
	if t.book.isOpen() {
		t.signals.look()
	}
}

// Woke takes the word that the computer has slept since the given time. It must come
// before the program is told to look at everything anew: what the status says until
// then is from before the sleep. It returns at once.
func (t *Tracker) Woke(since time.Time) {
	t.signals.woke(since)
	t.signals.look()
}

// signals is what the recorder is told from other goroutines. It is safe for
// concurrent use.
type signals struct {
	wake  chan struct{} // holds at most one; the recorder looks
	ended chan struct{} // holds at most one; the reporter looks

	mu        sync.Mutex
	receives  time.Time // since when deliveries arrive, as of the last look; zero: they do not
	delivered time.Time // when the last delivery arrived that was taken in time
	slept     time.Time // since when the computer had slept; zero: it has not since the last look
}

func newSignals() *signals {
	return &signals{wake: make(chan struct{}, 1), ended: make(chan struct{}, 1)}
}

// look has the recorder look at everything, soon.
func (s *signals) look() { signal(s.wake) }

// signal fires a channel of capacity one; a signal that nobody has taken yet is
// enough.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// receiving takes the recorder's word of whether deliveries arrive, as of now. When
// they do again, the reporter looks.
func (s *signals) receiving(yes bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !yes:
		s.receives = time.Time{}
	case s.receives.IsZero():
		s.receives = now
		signal(s.ended)
	}
}

// receivingSince is since when deliveries arrive; zero while they do not.
func (s *signals) receivingSince() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.receives
}

func (s *signals) delivery(at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delivered = at
}

func (s *signals) lastDelivery() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.delivered
}

func (s *signals) woke(since time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slept.IsZero() {
		s.slept = since
	}
}

// takeSlept returns since when the computer had slept, once for each sleep; the zero
// time otherwise.
func (s *signals) takeSlept() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	since := s.slept
	s.slept = time.Time{}
	return since
}

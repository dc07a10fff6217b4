package bridge

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/intake"
)

// Options are the parts that a Bridge orders. Every field is required unless
// its comment says otherwise.
type Options struct {
	Vault     credentials.Vault
	Keyring   Keyring     // nil: there is none, and Vault forgets with this run or is sealed in a file
	Ephemeral func() bool // whether Vault forgets everything with this run, as things are now; nil: no
	Makers    Makers
	Gate      Gate
	Clock     Clock // nil: this computer's own time is taken for right
	Outbox    Outbox
	Chat      checks.Chat
	Tally     Tally
	Prober    checks.Prober
	Settings  Settings
	Proofs    ProofFile    // nil: what was proven is forgotten with this run
	Handler   http.Handler // the receiver; the tunnel serves it

	// Environment holds the credentials that were given in the environment;
	// they win over the vault and are never stored.
	Environment map[credentials.Kind]relay.Secret
	// AllowStored says why a stored credential may not be used in this run:
	// an override would send it elsewhere than to its vendor; nil means it may.
	AllowStored func(kind credentials.Kind, stored relay.Secret) error

	Host      string   // this computer's name, for the webhook's name
	Overrides []string // environment overrides in force, to be shown
	Demo      bool
	Logger    *slog.Logger
}

// Bridge brings the parts up in order, keeps them up, and publishes Status.
type Bridge struct {
	o    Options
	log  *slog.Logger
	wake chan struct{} // holds at most one; the loop looks at everything on each
	tell chan struct{} // holds at most one; the tally is counted anew on each
	look chan struct{} // holds at most one; the keyring is looked at on each

	measure chan struct{} // holds at most one; the clock is measured on each

	credentials *credentials.Store
	notes       credentials.Notes

	// opMu makes credential changes, choices and tests of the person wait for
	// each other; the loop never holds it.
	opMu     sync.Mutex
	askedURL relay.Secret // under opMu: the URL that a person was asked about
	testMu   sync.Mutex   // held while a test is under way

	mu       sync.Mutex // protects everything below
	v        status.Input
	watchers map[int]func()
	nextID   int
	link     linkState
	suspects map[relay.Context]bool
	force    bool // the next pass proves every hop anew
	slept    bool // the next pass opens the address anew
	abort    context.CancelFunc
	close    context.CancelFunc // of the tunnel, without waiting; nil before the first
	hooks    Hooks              // the loop's, for the person's word; nil before the first key
	tests    checks.TestWatch
	posting  postingHealth
	waits    waits
	keyring  credentials.KeyringState // as it was last seen; zero before the first look

	proofs proofBook

	latest atomic.Pointer[status.Status]
	parts  running // owned by the loop
}

// New returns a Bridge that does nothing until Run.
func New(o Options) *Bridge {
	b := &Bridge{
		o: o, log: o.Logger,
		wake: make(chan struct{}, 1), tell: make(chan struct{}, 1), look: make(chan struct{}, 1),
		measure:  make(chan struct{}, 1),
		watchers: map[int]func(){}, suspects: map[relay.Context]bool{},
		credentials: &credentials.Store{Vault: o.Vault, Ephemeral: o.Ephemeral, Environment: o.Environment, AllowStored: o.AllowStored},
		waits:       waits{running: time.Now()},
	}
	if b.log == nil {
		b.log = slog.New(slog.DiscardHandler)
	}
	b.proofs.file, b.proofs.log = o.Proofs, b.log
	if b.o.Clock == nil {
		b.o.Clock = intake.NewClock()
	}
	for i, name := range health.HopNames() {
		b.v.Hops[i] = health.Hop{Name: name, State: health.HopIdle, Since: time.Now()}
	}
	b.v.Overrides, b.v.Demo = o.Overrides, o.Demo
	b.v.Unconfirmed = o.Settings != nil && o.Settings.Settings().Unconfirmed
	b.publish()
	return b
}

// Status returns the current snapshot. It never blocks.
func (b *Bridge) Status() status.Status { return *b.latest.Load() }

// Watch calls changed, from any goroutine, after each change of the status or
// of the events. changed must return fast and must not call the Bridge's
// blocking methods. stop ends it and may be called more than once.
func (b *Bridge) Watch(changed func()) (stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := b.nextID
	b.nextID++
	b.watchers[id] = changed
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers, id)
	}
}

// Run works until ctx ends and then returns nil after everything it started
// has ended, the public address included.
func (b *Bridge) Run(ctx context.Context) error {
	var group sync.WaitGroup
	group.Go(func() { b.tallyLoop(ctx) })
	group.Go(func() { b.lookLoop(ctx) })
	if b.o.Keyring != nil {
		group.Go(func() { b.watchKeyring(ctx) })
	}
	group.Go(func() { b.clockLoop(ctx) })
	// Closing the address takes its time, and the pass under way may as well: a
	// new secret is still stored. Together they must not take longer.
	stop := context.AfterFunc(ctx, b.letGo)
	defer stop()
	b.loop(ctx)
	b.stopTunnel()
	group.Wait()
	b.update(func(v *status.Input) { v.Stopped = true })
	return nil
}

// Ended is nil until Run has ended, and then says that nothing can be done in
// this run any more: a window may stand a moment longer than the program.
func (b *Bridge) Ended() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.v.Stopped {
		return nil
	}
	return health.Problem{Headline: "Vast Relay has stopped", Cause: "Nothing can be changed or sent any more.", Next: "Start it again."}
}

// letGo begins to close the public address.
func (b *Bridge) letGo() {
	b.mu.Lock()
	end := b.close
	b.mu.Unlock()
	if end != nil {
		end()
	}
}

// poke makes the loop look at everything once more, soon.
func (b *Bridge) poke() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// update changes the view and publishes what comes of it.
func (b *Bridge) update(change func(*status.Input)) {
	b.mu.Lock()
	change(&b.v)
	b.mu.Unlock()
	b.publish()
}

// publish makes a snapshot of the view and tells the watchers.
func (b *Bridge) publish() {
	b.mu.Lock()
	b.v.Now = time.Now()
	if b.o.Outbox != nil {
		b.v.Pause, b.v.Counters = b.o.Outbox.Paused(), b.o.Outbox.Counters()
	}
	s := b.v.Status()
	s.Hops, s.Webhooks = slices.Clone(s.Hops), append([]status.Webhook{}, s.Webhooks...) // [] in /status, never null
	b.v.Phase, b.v.Since = s.Phase, s.Since
	b.latest.Store(&s)
	watchers := make([]func(), 0, len(b.watchers))
	for _, w := range b.watchers {
		watchers = append(watchers, w)
	}
	b.mu.Unlock()
	for _, w := range watchers {
		w()
	}
}

// setHop replaces the hop of that name; its Since moves only when its state does.
func (b *Bridge) setHop(h health.Hop) {
	b.update(func(v *status.Input) { v.SetHop(h) })
}

// hop returns the hop of that name as it stands.
func (b *Bridge) hop(name health.HopName) health.Hop {
	s := b.Status()
	return s.Hop(name)
}

// tallyInterval is the shortest time between two counts of the events, so that
// a burst does not turn into a count per event.
const tallyInterval = 250 * time.Millisecond

// tallyLoop counts the events anew after something happened, at midnight, and
// when a pause runs out or an event has waited for too long, which nobody
// reports.
func (b *Bridge) tallyLoop(ctx context.Context) {
	b.countEvents(ctx)
	for {
		next := startOfDay(time.Now()).AddDate(0, 0, 1)
		if until := b.o.Outbox.Paused().Until; !until.IsZero() && until.Before(next) {
			next = until
		}
		b.mu.Lock()
		overdue := b.waits.overdueAt()
		b.mu.Unlock()
		if overdue.After(time.Now()) && overdue.Before(next) {
			next = overdue
		}
		timer := time.NewTimer(max(time.Until(next), tallyInterval))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-b.tell:
		case <-timer.C:
		}
		timer.Stop()
		b.countEvents(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(tallyInterval):
		}
	}
}

// countEvents reads today's tally and the backlog, and publishes.
func (b *Bridge) countEvents(ctx context.Context) {
	tally, err := b.o.Tally.Tally(ctx, startOfDay(time.Now()))
	if err != nil {
		if ctx.Err() == nil {
			b.log.Warn("counting events", "err", err)
		}
		return
	}
	backlog, err := b.o.Outbox.Backlog(ctx)
	if err != nil {
		if ctx.Err() == nil {
			b.log.Warn("counting waiting posts", "err", err)
		}
		return
	}
	paused := b.o.Outbox.Paused().Active()
	b.update(func(v *status.Input) {
		v.Tally, v.Waiting = tally, backlog.Count
		b.waits.look(backlog.Oldest, paused, time.Now())
	})
	b.refreshChat()
}

func startOfDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, t.Location())
}

// changed notes that an event or a post changed.
func (b *Bridge) changed() {
	select {
	case b.tell <- struct{}{}:
	default:
	}
}

package gaps

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// proven is a status in which deliveries arrive.
func proven() status.Status {
	s := status.Status{Phase: status.Relaying, Webhooks: []status.Webhook{{ID: 1, Role: relay.RoleClient, Types: []string{"client:outbid"}}}}
	for _, name := range health.HopNames() {
		s.Hops = append(s.Hops, health.Hop{Name: name, State: health.HopOK, Since: time.Now()})
	}
	return s
}

// with returns s with another state of a hop, since now.
func with(s status.Status, name health.HopName, state health.HopState) status.Status {
	s.Hops = slices.Clone(s.Hops)
	for i := range s.Hops {
		if s.Hops[i].Name == name {
			s.Hops[i].State, s.Hops[i].Since = state, time.Now()
		}
	}
	return s
}

// lost is a status without an address.
func lost() status.Status { return with(proven(), health.HopAddress, health.HopWorking) }

// starting is the status of a program that has just been started.
func starting() status.Status {
	s := with(proven(), health.HopAddress, health.HopIdle)
	s.Phase, s.Webhooks = status.Starting, nil
	return s
}

// fullDisk is a status in which nothing can be stored.
func fullDisk() status.Status {
	s := proven()
	s.Phase, s.Disk = status.Attention, words.Verbatim("The disk is full.")
	return s
}

// fakeProgram is a program whose status the test sets.
type fakeProgram struct {
	mu      sync.Mutex
	status  status.Status
	changed func(status.Change)
}

func (p *fakeProgram) Status() status.Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.status
}

func (p *fakeProgram) Watch(changed func(status.Change)) (stop func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changed = changed
	return func() {}
}

func (p *fakeProgram) set(s status.Status) {
	p.mu.Lock()
	p.status = s
	changed := p.changed
	p.mu.Unlock()
	if changed != nil {
		changed(status.StatusChanged)
	}
}

// memStore keeps gaps in memory, as a database that outlives the program.
type memStore struct {
	mu     sync.Mutex
	gaps   []relay.Gap // by id
	refuse error
	saves  int

	trusted time.Time
}

func (s *memStore) InboxTrusted(context.Context) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.trusted.IsZero(), s.refuse
}

func (s *memStore) TrustInbox(_ context.Context, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse == nil {
		s.trusted = at
	}
	return s.refuse
}

func (s *memStore) Save(_ context.Context, g relay.Gap) (relay.Gap, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return relay.Gap{}, s.refuse
	}
	s.saves++
	if g.ID == 0 {
		g.ID = relay.GapID(len(s.gaps) + 1)
		s.gaps = append(s.gaps, g)
		return g, nil
	}
	s.gaps[g.ID-1] = g
	return g, nil
}

func (s *memStore) Recent(_ context.Context, limit int) ([]relay.Gap, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return nil, s.refuse
	}
	recent := slices.Clone(s.gaps)
	slices.SortFunc(recent, func(a, b relay.Gap) int { return b.Start.Compare(a.Start) })
	return recent[:min(limit, len(recent))], nil
}

// memEvents keeps events in memory, each id once.
type memEvents struct {
	mu           sync.Mutex
	posted, kept []relay.Event
	delivered    []relay.Event // by Vast.ai
	calls        int
	refuse       error
	then         func() // called once an event was taken
}

func (e *memEvents) take(list *[]relay.Event, ev relay.Event) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.calls++
	if e.refuse != nil {
		return e.refuse
	}
	if !slices.ContainsFunc(e.all(), func(known relay.Event) bool { return known.ID == ev.ID }) {
		*list = append(*list, ev)
	}
	if e.then != nil {
		e.then()
	}
	return nil
}

// all lists all events. The caller holds mu.
func (e *memEvents) all() []relay.Event { return slices.Concat(e.delivered, e.posted, e.kept) }

func (e *memEvents) Seen(_ context.Context, ids []string) (map[string]bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	seen := map[string]bool{}
	for _, ev := range e.all() {
		if slices.Contains(ids, ev.ID) {
			seen[ev.ID] = ev.CaughtUp
		}
	}
	return seen, e.refuse
}

func (e *memEvents) Alike(_ context.Context, ev relay.Event, since time.Time) (alike []relay.Event, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, known := range e.all() {
		if known.Role == ev.Role && known.Type == ev.Type && known.Subject == ev.Subject && known.Message == ev.Message && !known.ReceivedAt.Before(since) {
			alike = append(alike, known)
		}
	}
	return alike, e.refuse
}

// caughtUp lists the subjects of the events that were caught up.
func (e *memEvents) caughtUp() (subjects []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range e.posted {
		if ev.CaughtUp {
			subjects = append(subjects, ev.Subject)
		}
	}
	return subjects
}

// gaps lists the subjects of the events that tell of gaps.
func (e *memEvents) gaps() (subjects []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range slices.Concat(e.posted, e.kept) {
		if ev.Own() {
			subjects = append(subjects, ev.Subject)
		}
	}
	return subjects
}

// memInbox is an inbox at Vast.ai.
type memInbox struct {
	mu    sync.Mutex
	items []vastapi.InboxItem
	errs  []error // of the next calls; the last one stays
	calls int
}

func (i *memInbox) read(context.Context) ([]vastapi.InboxItem, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.calls++
	if len(i.errs) == 0 {
		return i.items, nil
	}
	err := i.errs[0]
	if len(i.errs) > 1 {
		i.errs = i.errs[1:]
	}
	return i.items, err
}

// react makes every call fail with err, or calls then once an event was taken.
func (e *memEvents) react(err error, then func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refuse, e.then = err, then
}

func (e *memEvents) Post(_ context.Context, ev relay.Event) error { return e.take(&e.posted, ev) }

func (e *memEvents) Keep(_ context.Context, ev relay.Event) error { return e.take(&e.kept, ev) }

var errFull = errors.New("the disk is full")

func (s *memStore) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse = err
}

// rig is what outlives a run of the program, in a bubble of synctest.
type rig struct {
	t       *testing.T
	store   *memStore
	events  *memEvents
	program *fakeProgram
	mark    string
	jump    time.Duration // by how much the wall clock is ahead of the bubble's
	routed  bool
	asked   func() // called when the way out into a network is asked for; nil: nothing is
	final   bool
	quiet   bool // nothing is to be said
	inbox   *memInbox
	fetches bool // missing events are fetched without being asked for

	tracker *Tracker
	end     func()
}

// inRig runs test in a bubble. Files are the one thing that it shares with the
// world.
func inRig(t *testing.T, test func(r *rig)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		test(&rig{
			t: t, store: &memStore{}, events: &memEvents{}, inbox: &memInbox{}, program: &fakeProgram{}, mark: filepath.Join(dir, "reachable.txt"),
			routed: true, final: true,
		})
	})
}

func (r *rig) now() time.Time { return time.Now().Round(0).Add(r.jump) }

// start begins a run of the program.
func (r *rig) start() {
	r.program.set(starting())
	r.tracker = New(Options{
		Store: r.store, Program: r.program, Events: r.events, Tell: func() bool { return !r.quiet }, MarkFile: r.mark, Now: r.now,
		History: r.events, Inbox: r.inbox.read, CatchesUp: func() bool { return r.fetches },
		FinalWhileAway: func() bool { return r.final }, Routed: func() bool {
			if r.asked != nil {
				r.asked()
			}
			return r.routed
		},
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.tracker.Run(ctx)
	}()
	r.end = func() {
		cancel()
		<-done
	}
	synctest.Wait()
}

// relaying begins a run and has it proven.
func (r *rig) relaying() {
	r.start()
	r.set(proven())
}

func (r *rig) set(s status.Status) {
	r.program.set(s)
	synctest.Wait()
}

// stop ends the run as a person would.
func (r *rig) stop() {
	r.end()
	synctest.Wait()
}

// kill ends the run without its doing anything more: what it would write to the
// store and to the file is taken back.
func (r *rig) kill() {
	r.store.fail(errFull)
	file := mark{r.mark}
	at, err := file.load()
	if err != nil {
		r.t.Fatal(err)
	}
	r.end()
	r.store.fail(nil)
	if !at.IsZero() {
		if err := file.save(at); err != nil {
			r.t.Fatal(err)
		}
	}
	synctest.Wait()
}

// sleep has the computer sleep for d: the clocks of the process stand still.
func (r *rig) sleep(d time.Duration) {
	since := r.now()
	r.jump += d
	r.tracker.Woke(since)
	synctest.Wait()
}

// pass lets time pass.
func (r *rig) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// gap is a gap as a test expects it.
type gap struct {
	start, length time.Duration // start counts from the beginning of the test
	cause         relay.GapCause
	lose          bool
}

// want compares the gaps that have ended, oldest first, with those in the store
// and in the status; to a minute, since that is how often the file is written.
func (r *rig) want(began time.Time, want ...gap) {
	r.t.Helper()
	stored, err := r.store.Recent(context.Background(), 100)
	if err != nil {
		r.t.Fatal(err)
	}
	slices.Reverse(stored)
	told := r.tracker.Status()
	if told.Open != nil {
		r.t.Errorf("the status says %q, want no gap open", told.Open.Text)
	}
	if len(stored) != len(want) || len(told.Last) != len(want) {
		r.t.Fatalf("got %+v in the store and %+v in the status, want %+v", stored, told.Last, want)
	}
	for i, w := range want {
		g := stored[i]
		early := began.Add(w.start).Sub(g.Start)
		longer := g.Length(r.now()) - w.length
		if early < 0 || early > markEvery || longer < 0 || longer > markEvery || g.Cause != w.cause || g.MayLose != w.lose {
			r.t.Errorf("gap %d: got %v for %v because of %s, may lose %v; want %+v", i, g.Start.Sub(began), g.Length(r.now()), g.Cause, g.MayLose, w)
		}
		if s := told.Last[len(want)-1-i]; !s.Start.Equal(g.Start) || !s.End.Equal(g.End) || s.Cause != g.Cause || s.MayLose != g.MayLose {
			r.t.Errorf("gap %d: the status has %+v, the store %+v", i, s, g)
		}
	}
}

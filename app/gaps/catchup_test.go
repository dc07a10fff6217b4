package gaps

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/vastapi"
)

// happens has something happen at Vast.ai: a row of the inbox, and a delivery that
// arrives unless it is missed. The inbox names events by form, or not at all.
func (r *rig) happens(form, subject string, missed bool) {
	ev := relay.Event{
		ID: subject + "-id", Role: relay.RoleClient, Type: "outbid", Subject: subject, Message: "It was outbid.",
		OccurredAt: r.now(), ReceivedAt: r.now(),
	}
	item := vastapi.InboxItem{Type: "outbid", Context: "client", Subject: subject, Message: "It was outbid.", CreatedAt: r.now(), Raw: "{}"}
	if form != "" {
		item.EventID = fmt.Sprintf(form, subject)
	}
	r.inbox.mu.Lock()
	r.inbox.items = append([]vastapi.InboxItem{item}, r.inbox.items...)
	r.inbox.mu.Unlock()
	if !missed {
		r.events.mu.Lock()
		r.events.delivered = append(r.events.delivered, ev)
		r.events.mu.Unlock()
	}
}

// The forms of ids.
const (
	likeDeliveries = "%s-id"
	ofTheirOwn     = "row-%s"
	missing        = ""
)

// missSome has a tunnel be away for an hour, in which two events are missed and one
// comes through, after one and before another that are delivered.
func (r *rig) missSome(form string) {
	r.relaying()
	r.happens(form, "before", false)
	r.pass(10 * time.Minute)
	r.set(lost())
	r.pass(time.Minute)
	r.happens(form, "first", true)
	r.pass(time.Minute)
	r.happens(form, "through", false)
	r.pass(time.Minute)
	r.happens(form, "second", true)
	r.pass(time.Hour)
	r.set(proven())
	r.pass(time.Minute)
	r.happens(form, "after", false)
}

// loseWithInbox begins a run that trusts the inbox and fetches from it, and has the
// tunnel lost a minute ago.
func (r *rig) loseWithInbox() {
	r.fetches = true
	r.store.trusted = r.now()
	r.relaying()
	r.pass(time.Minute)
	r.set(lost())
	r.pass(time.Minute)
}

func TestMissedEventsAreCaughtUpOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		form    string
		asked   bool
		fetched []string // without being asked for
		trusted bool
	}{
		"by the ids of deliveries":           {likeDeliveries, false, []string{"first", "second"}, true},
		"by ids of their own, not by itself": {ofTheirOwn, false, nil, false},
		"by ids of their own, when asked":    {ofTheirOwn, true, nil, false},
		"without ids, when asked":            {missing, true, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, func(r *rig) {
				r.fetches = true
				r.missSome(tt.form)
				if got := r.events.caughtUp(); got != nil {
					t.Errorf("got %q before deliveries had a chance", got)
				}
				r.pass(settles)
				if got := r.events.caughtUp(); !slices.Equal(got, tt.fetched) {
					t.Errorf("by itself: got %q, want %q", got, tt.fetched)
				}
				if got := r.tracker.Status(); got.ByHand == tt.trusted {
					t.Errorf("got %+v, want the inbox trusted: %v", got, tt.trusted)
				}
				posted := r.events.posted[len(r.events.posted)-1]
				if left := strings.Contains(posted.Message, "2 events are in Vast.ai's inbox and not here"); left == tt.trusted {
					t.Errorf("got %q, want it to say what is left to do: %v", posted.Message, !tt.trusted)
				}
				if tt.asked {
					for _, want := range []int{2, 0} {
						result, err := r.tracker.CatchUp(r.t.Context())
						if err != nil || result.Relayed != want || result.Found != 4 {
							t.Errorf("asked: got %+v, %v; want %d of 4", result, err, want)
						}
					}
					tt.fetched = []string{"first", "second"}
				}
				r.stop()
				r.relaying() // with the same inbox
				_, err := r.tracker.CatchUp(r.t.Context())
				if tt.fetched == nil {
					tt.fetched = []string{"first", "second"} // a person has asked now
				}
				if got := r.events.caughtUp(); err != nil || !slices.Equal(got, tt.fetched) {
					t.Errorf("in the end: got %q, %v; want %q, each once", got, err, tt.fetched)
				}
				if g := r.store.gaps[0]; g.CaughtUp != 2 || r.tracker.Status().Last[0].CaughtUp != 2 {
					t.Errorf("got %+v, want two caught up", g)
				}
				r.stop()
			})
		})
	}
}

// TestEventsThatSayTheSameAreAllCaughtUp has one instance outbid twice, and then another.
func TestEventsThatSayTheSameAreAllCaughtUp(t *testing.T) {
	inRig(t, func(r *rig) {
		r.loseWithInbox()
		for i, subject := range []string{"twice", "twice", "another"} {
			r.happens(likeDeliveries, subject, true)
			r.inbox.items[0].EventID += fmt.Sprint(i)
			r.pass(time.Minute)
		}
		r.pass(time.Hour)
		r.set(proven())
		r.pass(time.Hour)
		if got, want := r.events.caughtUp(), []string{"twice", "twice", "another"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		r.stop()
	})
}

func TestTheGapSaysWhatWasCaughtUp(t *testing.T) {
	inRig(t, func(r *rig) {
		r.fetches = true
		r.missSome(likeDeliveries)
		r.pass(settles)
		told := r.tracker.Status().Last[0].Text
		if got := r.events.gaps(); len(got) != 1 || got[0] != told.String() || !strings.HasSuffix(told.String(), "2 events caught up.") {
			t.Errorf("got %q in Chat and %q in the status", got, told)
		}
		if got := r.tracker.Status().CaughtUp; got != 2 {
			t.Errorf("got %d in the counts, want 2", got)
		}
		r.stop()
	})
}

func TestWhatIsLearntOfTheInboxIsKept(t *testing.T) {
	inRig(t, func(r *rig) {
		r.fetches = true
		r.missSome(likeDeliveries)
		r.pass(settles)
		r.stop()
		r.inbox.items, r.events.delivered = nil, nil // nothing is left to learn from
		r.relaying()
		r.pass(time.Minute)
		r.set(lost())
		r.pass(time.Minute)
		r.happens(likeDeliveries, "third", true)
		r.pass(time.Hour)
		r.set(proven())
		r.pass(settles)
		if got := r.events.caughtUp(); !slices.Equal(got, []string{"first", "second", "third"}) {
			t.Errorf("got %q, want the third fetched by itself", got)
		}
		r.stop()
	})
}

func TestWhatIsNotCaughtUp(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(r *rig, item *vastapi.InboxItem)
		want   int
	}{
		"a row like the others is":           {func(*rig, *vastapi.InboxItem) {}, 1},
		"with a type that names its role is": {func(_ *rig, i *vastapi.InboxItem) { i.Type = "client:outbid" }, 1},
		"without a role, it is a renter's":   {func(_ *rig, i *vastapi.InboxItem) { i.Context = "" }, 1},
		"a type that nobody chose":           {func(_ *rig, i *vastapi.InboxItem) { i.Type = "instance_started" }, 0},
		"the same type of a host":            {func(_ *rig, i *vastapi.InboxItem) { i.Context = "host" }, 0},
		"from long before the gap":           {func(_ *rig, i *vastapi.InboxItem) { i.CreatedAt = i.CreatedAt.Add(-2 * time.Hour) }, 0},
		"from long after it":                 {func(_ *rig, i *vastapi.InboxItem) { i.CreatedAt = i.CreatedAt.Add(2 * time.Hour) }, 0},
		"of no time at all":                  {func(_ *rig, i *vastapi.InboxItem) { i.CreatedAt = time.Time{} }, 0},
		"while that is switched off":         {func(r *rig, _ *vastapi.InboxItem) { r.fetches = false }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, func(r *rig) {
				r.fetches = true
				r.store.trusted = r.now()
				r.relaying()
				r.pass(3 * time.Hour)
				r.set(lost())
				r.pass(time.Minute)
				r.happens(likeDeliveries, "missed", true)
				tt.change(r, &r.inbox.items[0])
				r.pass(time.Hour)
				r.set(proven())
				r.pass(time.Hour)
				if got := r.events.caughtUp(); len(got) != tt.want {
					t.Errorf("got %q, want %d", got, tt.want)
				}
				if got := r.events.gaps(); len(got) != 1 {
					t.Errorf("got %q, want the gap told all the same", got)
				}
				r.stop()
			})
		})
	}
}

func TestAnInboxThatCannotBeReadCostsNothingElse(t *testing.T) {
	gone := &vastapi.Error{Class: vastapi.Unexpected, Status: 404, Message: "Not Found"}
	busy := &vastapi.Error{Class: vastapi.RateLimited, Status: 429}
	for name, tt := range map[string]struct {
		errs  []error
		calls int
		want  int
		after time.Duration // the gap is told by then
	}{
		"it is there no more":     {[]error{gone}, 1, 0, settles},
		"its answer is malformed": {[]error{&vastapi.Error{Class: vastapi.Unexpected, Message: "the answer is not a JSON object"}}, 1, 0, settles},
		"busy once":               {[]error{busy, nil}, 2, 1, 2 * settles},
		"busy all the time":       {[]error{busy}, inboxTries, 0, 4 * settles},
		"nobody knows why":        {[]error{errors.New("?")}, 1, 0, settles},
	} {
		t.Run(name, func(t *testing.T) {
			inRig(t, func(r *rig) {
				r.loseWithInbox()
				r.happens(likeDeliveries, "missed", true)
				r.pass(time.Hour)
				r.inbox.errs = tt.errs
				r.set(proven())
				r.pass(tt.after + time.Second)
				if got := r.events.caughtUp(); len(got) != tt.want || r.inbox.calls != tt.calls {
					t.Errorf("got %q after %d calls, want %d after %d", got, r.inbox.calls, tt.want, tt.calls)
				}
				if got := r.events.gaps(); len(got) != 1 {
					t.Errorf("got %q, want the gap told", got)
				}
				calls := r.inbox.calls
				r.pass(24 * time.Hour)
				if r.inbox.calls != calls {
					t.Error("the inbox was asked again although nothing happened")
				}
				r.stop()
			})
		})
	}
}

func TestWhileAnotherComputerRelaysNothingIsCaughtUp(t *testing.T) {
	inRig(t, func(r *rig) {
		r.fetches = true
		r.store.trusted = r.now()
		r.relaying()
		r.pass(time.Minute)
		s := lost()
		s.Phase = "standby"
		r.set(s)
		r.pass(time.Minute)
		r.happens(likeDeliveries, "taken by the other", true)
		r.pass(time.Hour)
		r.set(proven())
		r.pass(time.Hour)
		if result, err := r.tracker.CatchUp(r.t.Context()); err != nil || result.Found != 0 || r.events.caughtUp() != nil {
			t.Errorf("got %+v, %v, and %q; want nothing: the other copy has posted it", result, err, r.events.caughtUp())
		}
		r.stop()
	})
}

func TestACatchUpThatIsKilledIsNeitherLostNorDoubled(t *testing.T) {
	inRig(t, func(r *rig) {
		r.fetches = true
		r.store.trusted = r.now()
		r.events.react(nil, func() { r.store.fail(errFull) }) // with the first event that is taken in, all ends
		r.missSome(likeDeliveries)
		r.pass(settles)
		r.events.react(nil, nil)
		r.kill()
		r.relaying()
		r.pass(settles + time.Second)
		if got := r.events.caughtUp(); !slices.Equal(got, []string{"first", "second"}) {
			t.Errorf("got %q, want each once", got)
		}
		if got := r.events.gaps(); len(got) != 1 || r.store.gaps[0].CaughtUp != 2 {
			t.Errorf("got %q and %+v, want one gap with both", got, r.store.gaps[0])
		}
		r.stop()
	})
}

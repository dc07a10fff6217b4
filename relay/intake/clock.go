package intake

import (
	"context"
	"slices"
	"sync"
	"time"

	"vastrelay/relay"
)

const (
	// measureWithin bounds one measurement. Vast.ai waits 10 seconds for an
	// answer to a delivery.
	measureWithin = 5 * time.Second
	// measureEvery is the shortest time between two measurements, unless the
	// clock was set in between.
	measureEvery = 10 * time.Second
	// agreeWithin is how far apart the readings of witnesses may be that agree.
	agreeWithin = time.Minute
	// jumpOver is by how much more or less than the monotonic clock the wall
	// clock must have gone to count as having been set. Time services that only
	// slew a clock stay far below it within the age of a reading.
	jumpOver = 5 * time.Second
)

// Clock knows by how much this computer's clock is off. A delivery is refused for
// good only when two witnesses agree. When the clock is set, readings from before
// are no longer used, except to accept a delivery: see beforeJump. It is safe for
// concurrent use.
type Clock struct {
	witnesses []relay.Witness
	now       func() instant

	mu       sync.Mutex // guards all below
	changed  func()     // called without mu; nil: nobody listens
	readings map[string]clockReading
	measured *instant      // when the last measurement ended; nil before the first
	running  chan struct{} // closed when the measurement under way ends; nil: there is none
	held     bool          // a delivery was asked to come again because its time could not be told
}

// instant is a moment on both clocks.
type instant struct {
	wall time.Time     // without a monotonic reading
	mono time.Duration // since the Clock was made
}

// drift returns how much more time has passed since then on the wall clock than on
// the monotonic one.
func (i instant) drift(since instant) time.Duration {
	return i.wall.Sub(since.wall) - (i.mono - since.mono)
}

// later returns the instant that is d after i, if the clock is not set in between.
func (i instant) later(d time.Duration) instant { return instant{i.wall.Add(d), i.mono + d} }

// clockReading is what a witness said.
type clockReading struct {
	offset time.Duration
	at     instant
}

// NewClock returns a Clock that asks witnesses, in the order in which they are
// believed where they agree. Without any it takes the computer's own time.
func NewClock(witnesses ...relay.Witness) *Clock {
	began := time.Now()
	return &Clock{
		witnesses: witnesses, readings: make(map[string]clockReading),
		now: func() instant {
			now := time.Now()
			return instant{now.Round(0), now.Sub(began)}
		},
	}
}

// OnChange has changed called, from any goroutine, whenever State may have
// changed. It must return at once.
func (c *Clock) OnChange(changed func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = changed
}

// Note takes an offset that nobody asked for, such as from the answer to an API
// call.
func (c *Clock) Note(witness string, offset time.Duration) {
	c.mu.Lock()
	c.readings[witness] = clockReading{offset, c.now()}
	c.mu.Unlock()
	c.notify()
}

func (c *Clock) notify() {
	c.mu.Lock()
	changed := c.changed
	c.mu.Unlock()
	if changed != nil {
		changed()
	}
}

// Measure asks all witnesses at the same time and returns once they have
// answered, after measureWithin, or when ctx ends. There is one measurement for
// all who ask at the same time, and none within measureEvery of the last one
// unless the clock was set since.
func (c *Clock) Measure(ctx context.Context) {
	for ctx.Err() == nil {
		c.mu.Lock()
		now := c.now()
		if m := c.measured; c.running == nil && m != nil && now.mono-m.mono < measureEvery && now.drift(*m).Abs() <= jumpOver {
			c.mu.Unlock()
			return
		}
		running := c.running
		if running == nil {
			c.running = make(chan struct{})
			c.mu.Unlock()
			c.ask(ctx)
			return
		}
		c.mu.Unlock()
		select {
		case <-running: // Look whether it was completed.
		case <-ctx.Done():
		}
	}
}

// ask makes the measurement that c.running stands for.
func (c *Clock) ask(ctx context.Context) {
	bounded, cancel := context.WithTimeout(ctx, measureWithin)
	defer cancel()
	// Witnesses compare with the wall clock at the moment when they are asked. If
	// it is set before they answer, their answers are about the clock before that.
	asked := c.now()
	answered := func() instant { return asked.later(c.now().mono - asked.mono) }
	var group sync.WaitGroup
	for _, w := range c.witnesses {
		group.Go(func() {
			if offset, err := w.Offset(bounded); err == nil {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.readings[w.Name] = clockReading{offset, answered()}
			}
		})
	}
	group.Wait()
	c.mu.Lock()
	close(c.running)
	c.running = nil
	if ctx.Err() == nil {
		ended := answered()
		c.measured = &ended
	}
	if o := c.opinion(); o.agreed && !o.disputed {
		c.held = false
	}
	c.mu.Unlock()
	c.notify()
}

// opinion sums up the readings.
type opinion struct {
	offsets  []time.Duration // those that a time may be judged by; all must be asked
	agreed   bool            // by at least two witnesses; offsets are theirs
	disputed bool            // some witness says something else
	recent   bool            // the last measurement said so
}

// opinion sums up the readings since the clock was last set. c.mu is held.
func (c *Clock) opinion() opinion {
	now := c.now()
	var valid []clockReading
	for _, name := range c.names() {
		if r := c.readings[name]; now.drift(r.at).Abs() <= jumpOver {
			valid = append(valid, r)
		}
	}
	group := largestGroup(valid)
	o := opinion{agreed: len(group) > 1, disputed: len(group) < len(valid), recent: len(group) > 1}
	if !o.agreed {
		group = valid
	}
	for _, r := range group {
		o.offsets = append(o.offsets, r.offset)
		o.recent = o.recent && now.mono-r.at.mono <= measureEvery+measureWithin
	}
	return o
}

// names lists the witnesses that have said something, those that can be asked
// first. c.mu is held.
func (c *Clock) names() []string {
	var names, others []string
	for _, w := range c.witnesses {
		if _, ok := c.readings[w.Name]; ok {
			names = append(names, w.Name)
		}
	}
	for name := range c.readings {
		if !slices.Contains(names, name) {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return append(names, others...)
}

// largestGroup returns the most readings that agree with one of them, the first
// of several such groups.
func largestGroup(readings []clockReading) (largest []clockReading) {
	for _, r := range readings {
		var group []clockReading
		for _, other := range readings {
			if (other.offset - r.offset).Abs() <= agreeWithin {
				group = append(group, other)
			}
		}
		if len(group) > len(largest) {
			largest = group
		}
	}
	return largest
}

// timing says whether the time at which a delivery was signed is right.
type timing int

const (
	inTime    timing = iota
	offTime          // by the recent word of two witnesses, and none says otherwise
	uncertain        // it looks off, and that cannot be relied on
)

// judge says whether a delivery that was signed at the given time arrives in
// time. A signed time only shows that the true time is not earlier, so it never
// changes what the clock is taken for.
func (c *Clock) judge(signedAt time.Time) timing {
	c.mu.Lock()
	defer c.mu.Unlock()
	within := func(offset time.Duration) bool { return c.now().wall.Add(-offset).Sub(signedAt).Abs() <= TimeWindow }
	o := c.opinion()
	switch {
	case len(o.offsets) == 0:
		if slices.ContainsFunc(c.beforeJump(), within) {
			return inTime
		}
		return uncertain
	case o.agreed && within(o.offsets[0]), !slices.ContainsFunc(o.offsets, func(d time.Duration) bool { return !within(d) }):
		return inTime
	case o.agreed && o.recent && !o.disputed && !slices.ContainsFunc(o.offsets, within):
		return offTime
	default:
		return uncertain
	}
}

// beforeJump returns the offsets that a time may have while nobody knows the
// offset: none before the first reading; after the clock was set, or the
// computer has slept, the last one and what has become of it along the
// monotonic clock, which stands still in sleep. One of them is right. c.mu is
// held.
func (c *Clock) beforeJump() (offsets []time.Duration) {
	now := c.now()
	for _, r := range c.readings {
		offsets = append(offsets, r.offset, r.offset+now.drift(r.at))
	}
	if len(offsets) == 0 {
		return []time.Duration{0}
	}
	return offsets
}

// hold notes that a delivery was asked to come again for its time.
func (c *Clock) hold(held bool) {
	c.mu.Lock()
	same := c.held == held
	c.held = held
	c.mu.Unlock()
	if !same {
		c.notify()
	}
}

// State returns what the Clock knows.
func (c *Clock) State() relay.ClockState {
	c.mu.Lock()
	defer c.mu.Unlock()
	o := c.opinion()
	s := relay.ClockState{Disputed: o.disputed, Held: c.held}
	if s.Measured = len(o.offsets) > 0 && (o.agreed || !o.disputed); s.Measured {
		s.Offset = o.offsets[0]
	}
	now := c.now()
	for _, name := range c.names() {
		if r := c.readings[name]; now.drift(r.at).Abs() <= jumpOver {
			s.Readings = append(s.Readings, relay.ClockReading{Witness: name, Offset: r.offset})
		}
	}
	return s
}

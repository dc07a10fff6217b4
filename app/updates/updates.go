// Package updates finds out whether a newer version of the program was published: by
// one request a day to an address that the build names, once a person wants that. The
// request is the same from every copy. The package says what is new and where to read
// more; it never downloads or runs anything.
//
// # Concurrency
//
// A Checker is safe for concurrent use. Run blocks; there is one Run at a time. What
// Watch is given is called on the goroutine that has changed something.
//
// # Ownership
//
// The package owns its file in the data folder, which says when the host was asked, what
// it said, and what a person has put away.
package updates

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"time"

	"vastrelay/app/datadir"
	"vastrelay/app/status"
)

const (
	// every is how often the host is asked.
	every = 24 * time.Hour
	// afterStart leaves the network the time to come up after a login.
	afterStart = time.Minute
	// longestWait bounds one wait: timers stand still while a computer sleeps.
	longestWait = 6 * time.Hour
)

// Options set up a Checker.
type Options struct {
	// Feed is the https address that is asked; empty: nobody is asked, ever.
	Feed string
	// Pages are further hosts that the page of a release may be on, beside that of Feed.
	Pages []string
	// Version is that of this program.
	Version string
	// File is where the package keeps what it knows.
	File string
	// Choice says what a person wants: whether they were asked, and whether they said
	// yes.
	Choice func() (asked, wanted bool)
	// Dial connects to the host.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Roots are trusted for the host; nil: the system's.
	Roots  *x509.CertPool
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Checker asks for newer versions.
type Checker struct {
	o     Options
	feed  *url.URL // nil: nobody is asked
	hosts []string // that a page may be on
	file  *datadir.File[known]
	wake  chan struct{}

	asking sync.Mutex // held while the host is asked
	saving sync.Mutex // held while the file is written
	mu     sync.Mutex
	known  known
	failed status.UpdateFailure
	watch  map[int]func()
}

// known is what is kept.
type known struct {
	Checked time.Time       `json:"checked,omitzero"`
	Release *status.Release `json:"release,omitempty"`
	PutAway string          `json:"put_away,omitempty"` // the version whose note was put away
}

// New returns a Checker. It reads what is kept; an address that is none is logged and
// taken for no address.
func New(o Options) *Checker {
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &Checker{o: o, wake: make(chan struct{}, 1), watch: map[int]func(){}, file: datadir.NewFile[known](o.File)}
	if o.Feed == "" {
		return c
	}
	feed, err := parseFeedURL(o.Feed)
	if err != nil {
		o.Logger.Error("looking for newer versions", "err", err)
		return c
	}
	c.feed, c.hosts = feed, append([]string{feed.Host}, o.Pages...)
	if c.known, err = c.file.Load(); err != nil {
		o.Logger.Warn("reading what is known of newer versions", "err", err)
	}
	if r := c.known.Release; r != nil && !pageAllowed(r.Page, c.hosts) {
		r.Page = ""
	}
	return c
}

// Updates returns what is known.
func (c *Checker) Updates() status.Updates {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.feed == nil {
		return status.Updates{}
	}
	u := status.Updates{Host: c.feed.Host, Checked: c.known.Checked, Failed: c.failed}
	u.Asked, u.Wanted = c.o.Choice()
	if r := c.known.Release; r != nil && newer(r.Version, c.o.Version) {
		u.Newer, u.PutAway = new(*r), r.Version == c.known.PutAway
	}
	return u
}

// Watch calls changed after each change of Updates, until stop is called. changed must
// return fast.
func (c *Checker) Watch(changed func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := len(c.watch)
	for c.watch[id] != nil {
		id++
	}
	c.watch[id] = changed
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watch, id)
	}
}

// Wake has Run look at what a person wants now. It returns at once.
func (c *Checker) Wake() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
	c.tell()
}

// Run asks the host once a day while a person wants that, until ctx ends. Its error is
// always nil.
func (c *Checker) Run(ctx context.Context) error {
	earliest := c.o.Now().Add(afterStart)
	for ctx.Err() == nil {
		wait, due := c.due(earliest)
		if due {
			_ = c.Check(ctx) // it is kept and logged
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.wake:
			earliest = time.Time{} // a person has just said so
		case <-wait:
		}
	}
	return nil
}

// due reports whether the host is to be asked now, or else what to wait for; nil where
// only a person can change that.
func (c *Checker) due(earliest time.Time) (wait <-chan time.Time, now bool) {
	if _, wanted := c.o.Choice(); !wanted || c.feed == nil {
		return nil, false
	}
	c.mu.Lock()
	next, at := c.known.Checked.Add(every), c.o.Now()
	if c.known.Checked.After(at) { // the clock was set back since
		next = at
	}
	c.mu.Unlock()
	if next.Before(earliest) {
		next = earliest
	}
	if left := next.Sub(at); left > 0 {
		return time.After(min(left, longestWait)), false
	}
	return nil, true
}

// Check asks the host now. The error is a *Failure, or that of ctx.
func (c *Checker) Check(ctx context.Context) error {
	if c.feed == nil {
		return &Failure{Kind: status.UpdateNobody}
	}
	c.asking.Lock()
	defer c.asking.Unlock()
	release, err := c.fetch(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.change(func() {
		c.known.Checked, c.failed = c.o.Now().UTC(), ""
		if failure, ok := errors.AsType[*Failure](err); ok {
			c.failed = failure.Kind
			return
		}
		c.known.Release = &release
	})
	if err != nil {
		c.o.Logger.Info("asking for the newest version", "err", err)
	}
	return err
}

// PutAway notes that a person has put away the note about that version.
func (c *Checker) PutAway(version string) { c.change(func() { c.known.PutAway = version }) }

// change changes what is known, keeps it and tells of it. That it could not be kept
// costs a request more, or a note: it is logged.
func (c *Checker) change(how func()) {
	c.saving.Lock()
	defer c.saving.Unlock()
	c.mu.Lock()
	how()
	now := c.known
	c.mu.Unlock()
	if err := c.file.Save(now); err != nil {
		c.o.Logger.Warn("keeping what is known of newer versions", "err", err)
	}
	c.tell()
}

// tell calls everybody who watches.
func (c *Checker) tell() {
	c.mu.Lock()
	all := make([]func(), 0, len(c.watch))
	for _, f := range c.watch {
		all = append(all, f)
	}
	c.mu.Unlock()
	for _, f := range all {
		f()
	}
}

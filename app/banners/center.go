package banners

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"vastrelay/app/banners/notify"
	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Notifier shows notifications on the desktop, see package notify.
type Notifier interface {
	Show(ctx context.Context, n notify.Notification) error
	Withdraw(ctx context.Context, slot string)
	Support(ctx context.Context) notify.Support
	Replaces() bool
	RemoteText() bool
}

// Options are what a Center works with. All of it must be safe for concurrent use.
type Options struct {
	Status func() status.Status
	// Watch calls changed after each change, from any goroutine, until stop is called.
	Watch func(changed func(status.Change)) (stop func())
	// Events lists stored events newest first.
	Events   func(ctx context.Context, q relay.Query) ([]relay.Summary, error)
	Settings func() config.Settings
	Notifier Notifier
	Logger   *slog.Logger
}

const (
	// readPause is the least time between two looks at the stored events.
	readPause = time.Second
	// readDeadline is how long one may take.
	readDeadline = 10 * time.Second
	// latestAsk is after how long what waits is looked at again at the latest. A timer
	// stands still while the computer sleeps, and the clock can be set.
	latestAsk = 5 * time.Minute
	// clicksKept is how many clicks wait for the windows; more are dropped.
	clicksKept = 8
	// firstRefusedDelay and longestRefusedDelay are after how long a banner that the
	// desktop refused is tried again: its service may come up after the program, as at
	// login, or never.
	firstRefusedDelay   = 15 * time.Second
	longestRefusedDelay = 15 * time.Minute
)

// Center follows the program and has banners shown. Create it with NewCenter.
type Center struct {
	o      Options
	rules  *Rules // belongs to Run
	reader reader // belongs to Run

	news      atomic.Uint32 // the status.Change that Run has not seen
	wake      chan struct{}
	dismissed chan string // slots of banners that a person has closed
	clicks    chan Target

	watched atomic.Bool // a person looks at the list of events

	gaveUp       uint64        // posts given up until now; belongs to Run
	refusedDelay time.Duration // of the last banner, which the desktop refused; zero: it was shown; belongs to Run
}

// NewCenter returns a Center that does nothing before Run.
func NewCenter(o Options) *Center {
	return &Center{
		o: o, rules: NewRules(o.Notifier.Replaces()), reader: reader{events: o.Events},
		wake: make(chan struct{}, 1), dismissed: make(chan string, clicksKept), clicks: make(chan Target, clicksKept),
	}
}

// Clicks yields what a person asks for by clicks on banners.
func (c *Center) Clicks() <-chan Target { return c.clicks }

// Watched says whether a person has the list of events before them, where every event
// appears by itself: those that come meanwhile are not told as well. What fails is, since
// a window may be in front while nobody looks at it.
func (c *Center) Watched(yes bool) { c.watched.Store(yes) }

// recheck looks at the settings anew, at once.
func (c *Center) recheck() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run shows banners until ctx ends, takes away what would be untrue then, and returns
// nil. It sleeps while nothing happens.
func (c *Center) Run(ctx context.Context) error {
	now := time.Now()
	c.reader.begin(now)
	first := c.o.Status()
	c.gaveUp = first.Counters.Dead
	c.rules.Status(first, now)
	stop := c.o.Watch(func(news status.Change) {
		c.news.Or(uint32(news))
		c.recheck()
	})
	defer stop()
	c.news.Or(uint32(status.StatusChanged)) // of before Watch
	for ctx.Err() == nil {
		timer := time.NewTimer(c.step(ctx))
		select {
		case <-ctx.Done():
		case <-c.wake:
		case slot := <-c.dismissed:
			c.rules.Dismissed(slot)
		case <-timer.C:
		}
		timer.Stop()
	}
	c.withdrawAtEnd(ctx)
	return nil
}

// endDeadline is how long the desktop may take to take banners away while the program
// stops.
const endDeadline = time.Second

// withdrawAtEnd takes away the banners that say how the program is doing. Some stay
// until a person closes them, and a click on them would do nothing any more.
func (c *Center) withdrawAtEnd(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endDeadline)
	defer cancel()
	for _, slot := range c.rules.End() {
		c.o.Notifier.Withdraw(ctx, slot)
	}
}

// never is a wait that ends only by something that happens.
const never = 1<<63 - 1

// step takes the news, shows what is due, and returns after how long to come back if
// nothing happens.
func (c *Center) step(ctx context.Context) (wait time.Duration) {
	news := status.Change(c.news.Swap(0))
	now := time.Now()
	n := c.o.Settings().Notifications
	if news != 0 {
		s := c.o.Status()
		c.rules.Status(s, now)
		if more := s.Counters.Dead - c.gaveUp; s.Counters.Dead > c.gaveUp {
			c.rules.GivenUp(int(more), c.newestFailed(ctx, more), now) //nolint:gosec // A count of posts.
		}
		c.gaveUp = s.Counters.Dead
	}
	if news.Has(status.EventStored) {
		c.reader.unread = true
	}
	rows, readAgain := c.reader.read(ctx, now, wantsEvents(n))
	c.rules.Events(rows, c.watched.Load(), now)
	due := c.rules.Due(now, n)
	due.again(readAgain)
	if due.KeptBack > 0 {
		c.o.Logger.Debug("events are not told while notifications are kept back", "count", due.KeptBack)
	}
	for _, slot := range due.Withdraw {
		c.o.Notifier.Withdraw(ctx, slot)
	}
	for _, b := range due.Show {
		if !c.show(ctx, b) {
			again := time.Now().Add(c.refusedDelay)
			c.rules.NotShown(b.Slot, again)
			due.again(again)
		}
	}
	if due.Next.IsZero() {
		return never
	}
	return min(max(time.Until(due.Next), 0), latestAsk)
}

// wantsEvents reports whether any stored event could make a banner.
func wantsEvents(n config.Notifications) bool {
	return n.Shows(config.NotifyGap) || n.Shows(config.NotifyNeeds) || !n.Off && n.EventsOrDefault() != config.NotifiedNone
}

// newestFailed returns the event whose post was given up last, where it was just one;
// else the zero Summary.
func (c *Center) newestFailed(ctx context.Context, count uint64) relay.Summary {
	if count != 1 {
		return relay.Summary{}
	}
	ctx, cancel := context.WithTimeout(ctx, readDeadline)
	defer cancel()
	rows, err := c.o.Events(ctx, relay.Query{Fate: relay.FateFailed, Limit: 1})
	if err != nil || len(rows) == 0 {
		return relay.Summary{}
	}
	return rows[0]
}

// show has b shown and reports whether that was done. That it cannot be is logged once,
// until it can again: the settings say so as well.
func (c *Center) show(ctx context.Context, b Banner) bool {
	err := c.o.Notifier.Show(ctx, c.notification(b))
	if err == nil {
		c.refusedDelay = 0
		return true
	}
	if c.refusedDelay == 0 && ctx.Err() == nil {
		c.o.Logger.Warn("showing a notification", "err", err)
	}
	c.refusedDelay = min(max(2*c.refusedDelay, firstRefusedDelay), longestRefusedDelay)
	return false
}

// notification is b for this system.
func (c *Center) notification(b Banner) notify.Notification {
	lines := make([]string, 0, 2)
	if c.o.Notifier.RemoteText() && b.Remote != "" {
		lines = append(lines, b.Remote)
	}
	if b.Text != "" {
		lines = append(lines, b.Text)
	}
	n := notify.Notification{
		Slot: b.Slot, Title: b.Title, Body: strings.Join(lines, "\n"), Urgency: b.Urgency,
		Open:   func() { c.clicked(b.Open) },
		Closed: func() { c.closed(b.Slot) },
	}
	for _, button := range b.Buttons {
		n.Buttons = append(n.Buttons, notify.Button{Label: button.Label, Press: func() { c.clicked(button.Target) }})
	}
	return n
}

// clicked passes a click on, unless nobody takes any.
func (c *Center) clicked(t Target) {
	select {
	case c.clicks <- t:
	default:
	}
}

func (c *Center) closed(slot string) {
	select {
	case c.dismissed <- slot:
	default:
	}
}

// Test shows a banner at once, also while notifications are off or kept back. The
// error is a health.Problem.
func (c *Center) Test(ctx context.Context) error {
	err := c.o.Notifier.Show(ctx, c.notification(Banner{
		Slot: "test", Title: words.Text("banners.test.title"), Text: words.Text("banners.test.text"),
		Urgency: notify.Normal, Open: Target{Command: CommandShow},
	}))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, notify.ErrNoService):
		return health.New(health.NotificationsMissing).With(err.Error())
	default:
		return health.New(health.NotificationsRefused).With(err.Error())
	}
}

// Say shows the program's own words at once, as the answer to what a person has just
// done: also in quiet hours and while notifications are muted, but not where they are
// off. It reports whether the desktop took them, which may take a few seconds. A click
// on them shows the main window.
func (c *Center) Say(ctx context.Context, title, text string) (shown bool) {
	if c.o.Settings().Notifications.Off {
		return false
	}
	return c.o.Notifier.Show(ctx, c.notification(Banner{
		Slot: "said", Title: title, Text: text, Urgency: notify.Low, Open: Target{Command: CommandShow},
	})) == nil
}

// Describe says in a sentence what this desktop makes of notifications; works reports
// whether it shows any. It may take a few seconds.
func (c *Center) Describe(ctx context.Context) (sentence string, works bool) {
	s := c.o.Notifier.Support(ctx)
	service := Clean(s.Service)
	switch {
	case !s.Works:
		return words.Text("banners.desktop.none"), false
	case service == "":
		return words.Text("banners.desktop.system"), true
	case !s.Clicks:
		return words.Text("banners.desktop.no_click", words.Args{"Service": service}), true
	default:
		return words.Text("banners.desktop.service", words.Args{"Service": service}), true
	}
}

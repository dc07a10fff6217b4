package bridge

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
)

// patience is how many attempts in a row may fail before the Chat hop is
// shown as failing: one lost answer is no news.
const patience = 3

// longestWait is how long events may wait to be posted before a person is told,
// whatever keeps them.
const longestWait = 5 * time.Minute

// startGrace is how long posting gets after a start or a sleep before what has
// waited since before counts.
const startGrace = 10 * time.Second

// postingHealth is how posting has gone since the URL was saved.
type postingHealth struct {
	url      relay.Secret // the URL in use
	proven   bool         // the last post, or the check at saving, succeeded
	failures int          // attempts in a row that failed
	last     relay.Result // the last failure

	waitingSince time.Time // of the event that has waited longest; zero: none waits for longer than it may
}

// waits is what is known of the events that wait to be posted, and of what has
// happened to others since they were counted.
type waits struct {
	news    status.Change // what is to be told with the next count
	oldest  time.Time     // when the oldest was accepted; zero: none waits
	paused  bool          // posting was paused at the last look
	resumed time.Time     // when the last pause ended
	running time.Time     // since when posts could leave: the start, or the end of a sleep
}

// look takes in the backlog as it is at now.
func (w *waits) look(oldest time.Time, paused bool, now time.Time) {
	if w.paused && !paused {
		w.resumed = now
	}
	w.oldest, w.paused = oldest, paused
}

// since returns from when on the oldest event has waited; zero when none does,
// or none should leave. What was held by a pause waits from the pause's end.
func (w *waits) since() time.Time {
	switch {
	case w.oldest.IsZero() || w.paused:
		return time.Time{}
	case w.resumed.After(w.oldest):
		return w.resumed
	default:
		return w.oldest
	}
}

// overdueAt returns when the wait becomes too long; zero when nothing waits.
func (w *waits) overdueAt() time.Time {
	since := w.since()
	if since.IsZero() {
		return since
	}
	due := since.Add(longestWait)
	if grace := w.running.Add(startGrace); grace.After(due) {
		return grace
	}
	return due
}

// overdue returns since when the oldest event has waited for too long; zero when
// none has.
func (w *waits) overdue(now time.Time) time.Time {
	if due := w.overdueAt(); due.IsZero() || now.Before(due) {
		return time.Time{}
	}
	return w.since()
}

// chatWatch hands the Chat URL to the sender and knows how posting goes.
type chatWatch struct {
	*core
	counted chan struct{} // holds at most one; events are counted anew on each

	mu      sync.Mutex // guards all below
	posting postingHealth
	waits   waits
}

// use hands the Chat URL to the sender when it is new.
func (w *chatWatch) use(ctx context.Context, url relay.Secret) error {
	w.mu.Lock()
	same := w.posting.url == url
	w.mu.Unlock()
	if url.Empty() {
		w.board.setHop(health.Hop{Name: health.HopChat, State: health.HopMissing, Detail: words.Text("hop.chat.missing"), Next: words.Text("hop.paste"), Action: health.ActionSetUp})
		return nil
	}
	if same {
		w.show()
		return nil
	}
	u, err := w.o.Factories.ParseChatURL(url.Reveal())
	if err != nil {
		return w.failHop(ctx, health.HopChat, err)
	}
	if err := w.adoptSpace(ctx, u, relay.IDsUnknown, false); err != nil {
		return w.failHop(ctx, health.HopChat, err)
	}
	w.mu.Lock()
	w.posting.url = url
	w.mu.Unlock()
	w.show()
	return nil
}

// attempted takes the outbox's reports of attempts. It returns at once.
func (w *chatWatch) attempted(p relay.Progress) {
	w.mu.Lock()
	switch o := p.Result.Outcome; {
	case o.Delivered():
		w.posting.proven, w.posting.failures, w.posting.last = true, 0, relay.Result{}
		w.notes.Checked(credentials.ChatURL, "")
	case p.Post.State == relay.Dead: // a refusal of the last form there is, too
		w.posting.failures++
		w.posting.last = p.Result
	case o == relay.RateLimited, o == relay.ContentRefused, o == relay.IDsRefused, o == "":
	default:
		w.posting.failures++
		w.posting.last = p.Result
	}
	w.mu.Unlock()
	w.tests.Posted(p)
	w.countSoon(status.PostFinished)
}

// show shows how posting goes at its hop.
func (w *chatWatch) show() {
	now := time.Now()
	w.mu.Lock()
	posting := w.posting
	posting.waitingSince = w.waits.overdue(now)
	w.mu.Unlock()
	space := w.board.status().Space
	if space == "" || posting.url.Empty() {
		return
	}
	d, _ := w.o.Posting.Destinations.Destination(space)
	h := chatHop(d, posting, now)
	if d.Parked() {
		w.notes.Blame(health.Problem{Headline: h.Detail, Next: h.Next, Details: h.Code, Action: h.Action})
	}
	w.board.setHop(h)
}

// chatHop is the last hop for a destination and how posting has gone.
func chatHop(d relay.Destination, posting postingHealth, now time.Time) health.Hop {
	h := health.Hop{Name: health.HopChat}
	switch {
	case d.Parked():
		h = h.Fail(checks.ExplainResult(relay.Result{Outcome: relay.DestinationGone, Reason: d.ParkReason, Detail: d.ParkDetail}))
		h.Next = health.Sentences(h.Next, words.Text("hop.chat.kept"))
	case posting.failures >= patience && posting.last.Outcome == relay.ContentRefused:
		h = h.Fail(health.New(health.ChatRefusesEverything).With(posting.last.Reason))
	case posting.failures >= patience:
		h = h.Fail(checks.ExplainResult(posting.last))
	case !posting.waitingSince.IsZero():
		h = h.Fail(waitingTooLong(d, posting, now))
	case d.HoldUntil.After(now):
		h.State, h.Detail = health.HopOK, words.Text("hop.chat.held", words.Args{"Time": d.HoldUntil.Local().Format("15:04:05")})
	case posting.failures > 0 && posting.last.Outcome == relay.ContentRefused:
		h.State, h.Detail = health.HopUntested, words.Text("hop.chat.refused")
	case posting.failures > 0:
		h.State, h.Detail = health.HopUntested, words.Text("hop.chat.unanswered")
	case posting.proven:
		h.State, h.Detail = health.HopOK, words.Text("hop.chat.proven")
	default:
		h.State, h.Detail = health.HopUntested, words.Text("hop.chat.untested")
	}
	return h
}

// waitingTooLong says that events wait, and for what.
func waitingTooLong(d relay.Destination, posting postingHealth, now time.Time) health.Problem {
	p := health.New(health.PostsOverdue, words.Args{"Since": words.Moment(posting.waitingSince, now)})
	switch {
	case d.HoldUntil.After(now):
		p.Cause = words.Text("hop.chat.asked_to_wait", words.Args{"Time": d.HoldUntil.Local().Format("15:04:05")})
	case posting.failures > 0:
		last := checks.ExplainResult(posting.last)
		p.Cause, p.Details, p.Action = last.Cause, last.Details, last.Action
		p.Next = health.Sentences(last.Next, words.Text("hop.chat.kept"))
	}
	return p
}

// adopted takes a URL that was just checked into use.
func (w *chatWatch) adopted(ctx context.Context, c checks.Pasted) error {
	if err := w.adoptSpace(ctx, c.URL, c.IDs, true); err != nil {
		return checks.Explain(err)
	}
	w.mu.Lock()
	w.posting = postingHealth{url: c.Value, proven: c.Proven}
	w.mu.Unlock()
	return nil
}

// adoptSpace makes u the space that events go to. What waits for an earlier
// space stays with that one; a new URL into the same space resumes it.
func (w *chatWatch) adoptSpace(ctx context.Context, u googlechat.URL, ids relay.IDSupport, reopen bool) error {
	s := w.o.Settings.Settings()
	w.o.Posting.Chat.SetURL(u)
	before := s.Space
	if before != u.Space() {
		s.Label = ""
	}
	d, err := w.o.Posting.Destinations.AddDestination(ctx, u.Space(), s.Label)
	if err != nil {
		return err
	}
	if before != "" && before != u.Space() {
		w.log.Info("posting to another space; what waits for the one before is kept for it")
		// Only now: an event that met no destination would never be posted.
		w.o.Posting.Destinations.RemoveDestination(before)
		w.o.Posting.Chat.RemoveURL(before)
	}
	if ids != relay.IDsUnknown {
		if err := w.o.Posting.Destinations.LearnIDs(ctx, u.Space(), ids); err != nil {
			return err
		}
	}
	if before != u.Space() {
		s = w.o.Settings.Settings() // as it stands by now: a person may have changed something else
		s.Space, s.Label = u.Space(), d.Label
		if err := w.o.Settings.Save(s); err != nil {
			return err
		}
	}
	w.board.update(func(v *status.Input) { v.Posting.Space, v.Posting.Label = d.Space, d.Label })
	w.countSoon(status.PostFinished)
	if reopen {
		return w.o.Posting.Destinations.Reopen(ctx, d.Space)
	}
	return nil
}

// removed forgets the URL in use.
func (w *chatWatch) removed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.posting = postingHealth{}
}

// tested notes that a test message was posted.
func (w *chatWatch) tested() {
	w.mu.Lock()
	w.posting.proven, w.posting.failures = true, 0
	w.mu.Unlock()
	w.notes.Checked(credentials.ChatURL, "")
	w.show()
}

// woke notes that posts can leave again only from now on.
func (w *chatWatch) woke() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waits.running = time.Now()
}

// countSoon has events and waiting posts counted anew, and then tells the news.
func (w *chatWatch) countSoon(news status.Change) {
	w.mu.Lock()
	w.waits.news |= news
	w.mu.Unlock()
	signal(w.counted)
}

package bridge

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/bridge/counts"
	"vastrelay/app/checks"
	"vastrelay/app/config"
	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
)

// chatWatch hands the Chat URL to the sender and knows how posting goes.
type chatWatch struct {
	*core
	counts *counts.Counter // of events, and of posts that wait

	mu      sync.Mutex // guards posting
	posting checks.Posting
}

func newChatWatch(c *core) *chatWatch {
	w := &chatWatch{core: c}
	w.counts = counts.New(counts.Options{
		Tally: c.o.Posting.Tally, Queue: c.o.Posting.Queue, Pauser: c.o.Posting.Pauser, Logger: c.log, Counted: w.counted,
	})
	return w
}

// counted publishes counts, and news with them.
func (w *chatWatch) counted(c counts.Counts, news status.Change) {
	w.mu.Lock()
	w.posting.NextTry = c.Waiting.NextAt
	w.mu.Unlock()
	w.board.note(func(in *status.Input) {
		in.Posting.Tally, in.Posting.Waiting, in.Posting.Backlog = c.Today, c.Waiting.Count, c.Progress
	})
	w.board.publish(news)
	w.show()
}

// use hands the Chat URL to the sender when it is new.
func (w *chatWatch) use(ctx context.Context, url relay.Secret) error {
	w.mu.Lock()
	same := w.posting.URL == url
	w.mu.Unlock()
	if url.Empty() {
		w.board.setHop(health.Hop{Name: health.HopChat, State: health.HopMissing, Detail: words.New("hop.chat.missing"), Next: words.New("hop.paste"), Action: health.ActionSetUp})
		return nil
	}
	if same {
		w.mu.Lock()
		w.posting.Lapse(time.Now())
		w.mu.Unlock()
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
	w.posting.URL = url
	w.mu.Unlock()
	w.show()
	return nil
}

// attempted takes the outbox's reports of attempts. It returns at once.
func (w *chatWatch) attempted(p relay.Progress) {
	w.mu.Lock()
	if w.posting.Attempted(p) {
		w.notes.Checked(credentials.ChatURL, words.Sentence{})
	}
	w.mu.Unlock()
	w.tests.Posted(p)
	w.counts.Soon(status.PostFinished)
}

// show shows how posting goes at its hop.
func (w *chatWatch) show() {
	now := time.Now()
	w.mu.Lock()
	posting := w.posting
	w.mu.Unlock()
	posting.WaitingSince = w.counts.Overdue(now)
	space := w.board.status().Space
	if space == "" || posting.URL.Empty() {
		return
	}
	d, _ := w.o.Posting.Destinations.Destination(space)
	h := checks.ChatHop(d, posting, now)
	if d.Parked() || h.State == health.HopFailing && posting.Last.Outcome == relay.DestinationGone {
		w.notes.Blame(health.Problem{Headline: h.Detail, Next: h.Next, Details: h.Code, Action: h.Action})
	}
	w.board.setHop(h)
}

// adopted takes a URL that was just checked into use.
func (w *chatWatch) adopted(ctx context.Context, c checks.Pasted) error {
	if err := w.adoptSpace(ctx, c.URL, c.IDs, true); err != nil {
		return checks.Explain(err)
	}
	w.mu.Lock()
	w.posting = checks.Posting{URL: c.Value, Proven: c.Proven}
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
		err := w.o.Settings.Change(func(s *config.Settings) error {
			s.Space, s.Label = u.Space(), d.Label
			return nil
		})
		if err != nil {
			return err
		}
	}
	w.board.update(func(v *status.Input) { v.Posting.Space, v.Posting.Label = d.Space, d.Label })
	w.counts.Soon(status.PostFinished)
	if reopen {
		return w.o.Posting.Destinations.Reopen(ctx, d.Space)
	}
	return nil
}

// removed forgets the URL in use.
func (w *chatWatch) removed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.posting = checks.Posting{}
}

// tested notes what became of a test message, which is not tried again. Where it
// stands in space, what waits for a space that was given up is tried anew.
func (w *chatWatch) tested(ctx context.Context, space string, r relay.Result) {
	w.mu.Lock()
	proven := w.posting.Tested(r, time.Now())
	w.mu.Unlock()
	if proven {
		w.notes.Checked(credentials.ChatURL, words.Sentence{})
		if d, _ := w.o.Posting.Destinations.Destination(space); d.Parked() {
			if err := w.o.Posting.Destinations.Reopen(ctx, space); err != nil {
				w.log.Warn("posting again into a space that takes messages again", "err", err)
			}
		}
	}
	w.show()
}

// notPosted notes that a check found the post of a test not to stand in the space: a
// person is told of the first attempt that failed, and need not wait for more.
func (w *chatWatch) notPosted() {
	w.mu.Lock()
	w.posting.Confirm()
	w.mu.Unlock()
	w.show()
}

// forgetFailedTest takes back that a test message was not posted, since what kept it
// may have been mended.
func (w *chatWatch) forgetFailedTest() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.posting.ForgetTest()
}

// outlook says what a post that was just accepted has to expect.
func (w *chatWatch) outlook() checks.Outlook {
	s := w.board.status()
	d, _ := w.o.Posting.Destinations.Destination(s.Space)
	o := checks.Outlook{Paused: w.o.Posting.Pauser.Paused().Active(), HoldUntil: d.HoldUntil, Before: s.Waiting - 1}
	if h := s.Hop(health.HopChat); h.State == health.HopFailing {
		o.Down = h.Detail
	}
	return o
}

package checks

import (
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Patience is how many attempts in a row may fail before the Chat hop is
// shown as failing: one lost answer is no news.
const Patience = 3

// Posting is how posting has gone since the URL was saved.
type Posting struct {
	URL      relay.Secret // the URL in use
	Proven   bool         // the last post, or the check at saving, succeeded
	Failures int          // attempts in a row that failed
	Last     relay.Result // the last failure
	Tried    time.Time    // when the last attempt ended

	TestFailed time.Time // when a test message failed, with Last; zero: none did, or a post has succeeded since

	NextTry      time.Time // when the next attempt is made; zero where none is to come
	WaitingSince time.Time // of the event that has waited longest; zero: none waits for longer than it may
}

// Attempted takes in how an attempt went. proven says that the URL works.
func (p *Posting) Attempted(a relay.Progress) (proven bool) {
	p.Tried = a.At
	switch o := a.Result.Outcome; {
	case o.Delivered():
		p.succeeded()
		return true
	case a.Post.State == relay.Dead: // a refusal of the last form there is, too
	case inconclusive(o):
		return false
	}
	p.Failures++
	p.Last, p.TestFailed = a.Result, time.Time{} // a post is tried again by itself
	return false
}

// testLasts is how long a test message that failed for what may pass is held to say
// how posting goes. Nothing tries it again, unlike a post.
const testLasts = 15*time.Minute - time.Second

// Tested takes in what became at now of a test message that a person sent. proven says
// that the URL works. A failure counts at once: the person has seen it.
func (p *Posting) Tested(r relay.Result, now time.Time) (proven bool) {
	switch o := r.Outcome; {
	case o.Delivered():
		p.succeeded()
		return true
	case inconclusive(o):
		return false
	}
	p.Failures, p.Last = max(p.Failures+1, Patience), r
	p.Tried, p.TestFailed = now, now
	return false
}

// Confirm takes in that a check of a person's found attempts failing: one is news then.
func (p *Posting) Confirm() {
	if p.Failures > 0 {
		p.Failures = max(p.Failures, Patience)
	}
}

// Lapse ends at now what a test message that failed says, where that may have passed
// since. A URL that is refused stays so.
func (p *Posting) Lapse(now time.Time) {
	if p.Last.Outcome != relay.DestinationGone && now.Sub(p.TestFailed) >= testLasts {
		p.ForgetTest()
	}
}

// ForgetTest takes back what a test message that failed says.
func (p *Posting) ForgetTest() {
	if !p.TestFailed.IsZero() {
		p.Failures, p.Last, p.TestFailed = 0, relay.Result{}, time.Time{}
	}
}

// succeeded takes in that a message was posted.
func (p *Posting) succeeded() {
	p.Proven, p.Failures, p.Last, p.TestFailed = true, 0, relay.Result{}, time.Time{}
}

// inconclusive reports whether a message that ended so says nothing against the URL.
func inconclusive(o relay.Outcome) bool {
	return o == relay.RateLimited || o == relay.ContentRefused || o == relay.IDsRefused || o == ""
}

// ChatHop is the last hop for a destination and how posting has gone.
func ChatHop(d relay.Destination, posting Posting, now time.Time) health.Hop {
	h := health.Hop{Name: health.HopChat}
	switch {
	case d.Parked():
		h = h.Fail(ExplainResult(relay.Result{Outcome: relay.DestinationGone, Reason: d.ParkReason, Detail: d.ParkDetail}))
		h.Next = health.Paragraph(h.Next, words.New("hop.chat.kept"))
	case posting.Failures >= Patience && posting.Last.Outcome == relay.ContentRefused:
		h = h.Fail(health.New(health.ChatRefusesEverything).With(posting.Last.Reason))
	case posting.Failures >= Patience:
		h = h.Fail(ExplainResult(posting.Last))
	case !posting.WaitingSince.IsZero():
		h = h.Fail(waitingTooLong(d, posting, now))
	case d.HoldUntil.After(now):
		h.State, h.Detail = health.HopOK, words.New("hop.chat.held", words.Args{"Time": d.HoldUntil.Local().Format("15:04:05")})
	case posting.Failures > 0 && posting.Last.Outcome == relay.ContentRefused:
		h.State, h.Detail = health.HopUntested, words.New("hop.chat.refused")
	case posting.Failures > 0:
		h.State, h.Detail = health.HopUntested, words.New("hop.chat.unanswered")
	case posting.Proven:
		h.State, h.Detail = health.HopOK, words.New("hop.chat.proven")
	default:
		h.State, h.Detail = health.HopUntested, words.New("hop.chat.untested")
	}
	if h.State == health.HopFailing { // else every post would be a change of the state
		h.Tried, h.NextTry = posting.Tried, posting.NextTry
	}
	return h
}

// waitingTooLong says that events wait, and for what.
func waitingTooLong(d relay.Destination, posting Posting, now time.Time) health.Problem {
	p := health.New(health.PostsOverdue, words.Args{"Since": words.NewMoment(posting.WaitingSince, now)})
	switch {
	case d.HoldUntil.After(now):
		p.Cause = words.New("hop.chat.asked_to_wait", words.Args{"Time": d.HoldUntil.Local().Format("15:04:05")})
	case posting.Failures > 0:
		last := ExplainResult(posting.Last)
		p.Cause, p.Details, p.Action = last.Cause, last.Details, last.Action
		p.Next = health.Paragraph(last.Next, words.New("hop.chat.kept"))
	}
	return p
}

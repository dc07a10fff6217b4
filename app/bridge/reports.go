package bridge

import (
	"fmt"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/credentials"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Reports is what the other parts of the program tell the bridge. Each method
// returns at once and may be called from any goroutine.
type Reports struct{ b *Bridge }

// ClockSet takes the word that this computer's clock was set: it is measured
// anew.
func (r Reports) ClockSet() { r.b.clock.measureSoon() }

// NoteClock shows what has become of the clock. It is cheap while nothing
// changes.
func (r Reports) NoteClock() { r.b.clock.note() }

// Woke takes the word that the computer has slept: nothing came through
// meanwhile, and the connection to the tunnel may be dead without a sign. It is
// made anew, and everything is proven again.
func (r Reports) Woke() {
	r.b.core.log.Info("the computer has slept; connecting anew")
	r.b.chat.counts.Woke()
	r.b.core.requests.RestartAfterSleep()
	r.b.core.o.Posting.Queue.Nudge()
}

// NetworkChanged takes the word that this computer reaches the internet in another
// way than before. The connection to the tunnel may be dead without a sign; it is
// made anew, and everything is proven again.
func (r Reports) NetworkChanged() {
	r.b.core.log.Info("the network has changed; connecting anew")
	r.b.core.requests.Reconnect()
	r.b.core.o.Posting.Queue.Nudge()
}

// Changed tells who watches the status what is new beside it.
func (r Reports) Changed(news status.Change) { r.b.core.board.publish(news) }

// RecordOnly reports whether ev is a test that the program itself started, to
// be kept without being posted. The receiver asks before it accepts.
func (r Reports) RecordOnly(ev relay.Event) bool { return r.b.core.tests.RecordOnly(ev) }

// Delivery takes the receiver's word of a delivery.
func (r Reports) Delivery(d relay.Delivery) {
	if d.Verdict == relay.Unreadable {
		r.b.core.board.note(func(in *status.Input) { in.Trouble.Unreadable = words.Translate(d.Event.Message) })
	}
	r.b.core.tests.Delivered(d)
	var news status.Change
	if d.Fresh || d.Verdict == relay.Unreadable {
		news = status.EventStored
	}
	r.b.chat.counts.Soon(news)
}

// Stored takes the word that an event was put on disk that no delivery brought.
func (r Reports) Stored() { r.b.chat.counts.Soon(status.EventStored) }

// Resent takes the word that a person has had events posted again. Their first attempt may
// be long in coming: posting can be paused, or Google Chat slow to answer.
func (r Reports) Resent() { r.b.chat.counts.Soon(status.PostFinished) }

// Attempt takes the outbox's word of an attempt to post.
func (r Reports) Attempt(p relay.Progress) { r.b.chat.attempted(p) }

// Suspect takes the receiver's word that deliveries of c carry wrong signatures.
func (r Reports) Suspect(c relay.Role) {
	if r.b.core.suspects.Add(c) { // a stranger who forges deliveries must not keep the loop from backing off
		r.b.core.requests.Wake()
	}
}

// Alone reports whether no other copy of this program relays the same events,
// as far as is known. Two copies that fold would each name an event in a
// digest of other members, which no id can tell for the same.
func (r Reports) Alone() bool { return r.b.account.alone() }

// Disk says why events cannot be put on disk just now, as a sentence; empty:
// they can, and what waited for that goes on. It is cheap while nothing changes.
func (r Reports) Disk(sentence words.Sentence) {
	if r.noteIfNew(func(in *status.Input) *words.Sentence { return &in.Trouble.Disk }, sentence) && sentence.IsZero() {
		r.b.core.requests.Wake()
	}
}

// Heartbeat says how a call of the heartbeat URL went: nil, also when there is no
// URL to call any more, or a health.Problem.
func (r Reports) Heartbeat(err error) {
	notes := r.b.core.notes
	switch {
	case err != nil:
		notes.SetProblem(credentials.HeartbeatURL, checks.Explain(err))
	case notes.State(credentials.HeartbeatURL) != credentials.Missing:
		notes.Checked(credentials.HeartbeatURL, words.Sentence{})
	}
	r.b.core.board.publish(0)
}

// Respond returns once the bridge has made a snapshot, which takes all that a
// snapshot is made of, and reports an error when the pass under way hangs. It
// waits for ever where the snapshot does.
func (r Reports) Respond() error {
	r.b.core.board.publish(0)
	if took := r.b.core.requests.Running(); took > passLimit {
		return fmt.Errorf("a pass of the bridge has run for %s", took.Round(time.Second))
	}
	return nil
}

// Notice says something that needs nobody to act, in a few words beside the
// rhythm; empty: nothing.
func (r Reports) Notice(sentence words.Sentence) {
	r.noteIfNew(func(in *status.Input) *words.Sentence { return &in.Trouble.Notice }, sentence)
}

func (r Reports) noteIfNew(field func(*status.Input) *words.Sentence, text words.Sentence) (changed bool) {
	return r.b.core.board.updateIfNew(func(in *status.Input) bool {
		same := *field(in) == text
		*field(in) = text
		return !same
	})
}

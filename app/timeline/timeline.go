// Package timeline says what became of one event: in words, moment by moment, and
// as one record for programs. The window and the command line show the same.
//
// Its functions are pure, and its values plain. What they quote of others is not
// made plain: whoever shows it does that, since each place can show something else.
package timeline

import (
	"strconv"
	"time"

	"vastrelay/app/words"
	"vastrelay/relay"
)

// Kind says what a moment is, for its mark.
type Kind uint8

// The kinds of moments.
const (
	Received Kind = iota // the delivery of Vast.ai
	Stored
	Together // the post carries other events, too
	UnderWay // an attempt
	Delivered
	NotDelivered // an attempt; another one may do better
	Waiting
	GivenUp
	KeptBack // kept without posting
	Resent   // a person asked for it again; the attempts that follow are of a new post
)

// Moment is one thing that happened to an event, or is to happen.
type Moment struct {
	Kind  Kind
	At    time.Time     // zero where a moment has no time of its own
	After time.Duration // of Stored: how long after the delivery arrived
	What  string        // one sentence, without its full stop
	Facts []string      // more about it, shortly
}

// Moments are what happened to d as seen at now, in order.
func Moments(now time.Time, d relay.Detail) []Moment {
	out := []Moment{received(now, d.Event)}
	if !d.StoredAt.IsZero() {
		out = append(out, Moment{Kind: Stored, After: d.StoredAt.Sub(d.Event.ReceivedAt), What: words.Text("events.timeline.stored")})
	}
	for _, p := range d.Posts {
		out = append(out, postMoments(now, p)...)
	}
	return out
}

func received(now time.Time, ev relay.Event) Moment {
	m := Moment{Kind: Received, At: ev.ReceivedAt, What: words.Text("events.timeline.received")}
	switch {
	case ev.Own():
		m.What = words.Text("events.timeline.noted")
		return m
	case ev.CaughtUp:
		m.What = words.Text("events.timeline.fetched")
	case ev.Attempt > 1:
		m.What = words.Text("events.timeline.received_again", words.Args{"Number": strconv.Itoa(ev.Attempt)})
	}
	if !ev.CaughtUp {
		m.fact(words.Text("events.timeline.signature"))
	}
	if !ev.OccurredAt.IsZero() {
		m.fact(words.Text("events.timeline.sent", words.Args{"Time": clock(now, ev.OccurredAt)}))
	}
	if ev.Type != "" {
		m.fact(words.Text("events.timeline.type", words.Args{"Type": ev.Type}))
	}
	if ev.Role == relay.RoleHost {
		m.fact(words.Text("events.timeline.hosting"))
	} else {
		m.fact(words.Text("events.timeline.renting"))
	}
	return m
}

// fact adds a fact unless it is empty.
func (m *Moment) fact(text string) {
	if text != "" {
		m.Facts = append(m.Facts, text)
	}
}

// postMoments is the part of the timeline that one post makes up.
func postMoments(now time.Time, p relay.PostDetail) []Moment {
	var out []Moment
	if p.Post.Kind == relay.Resend {
		out = append(out, Moment{Kind: Resent, At: p.Post.CreatedAt, What: words.Text("events.timeline.resent")})
	}
	if p.Members > 1 {
		out = append(out, Moment{Kind: Together, What: words.Plural("events.timeline.together", p.Members-1)})
	}
	for _, a := range p.Attempts {
		out = append(out, attemptMoment(a))
	}
	switch p.Post.State {
	case relay.Waiting:
		m := Moment{Kind: Waiting, What: words.Text("events.timeline.waiting")}
		if p.Post.NotBefore.After(now) {
			m.fact(words.Text("events.timeline.next_attempt", words.Args{"Time": clock(now, p.Post.NotBefore)}))
		}
		out = append(out, m)
	case relay.Dead:
		out = append(out, Moment{Kind: GivenUp, What: words.Text("events.timeline.given_up"), Facts: []string{words.Text("events.timeline.given_up_because")}})
	case relay.Kept:
		out = append(out, Moment{Kind: KeptBack, What: words.Text("events.timeline.kept"), Facts: []string{words.Text("events.timeline.kept_because")}})
	}
	return out
}

// attemptMoment words one attempt: what came of it, status, duration, reason.
func attemptMoment(a relay.Attempt) Moment {
	r := a.Result
	m := Moment{Kind: NotDelivered, At: a.StartedAt, What: attempt(a)}
	switch {
	case a.EndedAt.IsZero():
		m.Kind = UnderWay
	case r.Outcome.Delivered():
		m.Kind = Delivered
	}
	if r.Status != 0 {
		m.fact("HTTP " + strconv.Itoa(r.Status))
	}
	if r.Took > 0 {
		m.fact(words.Elapsed(r.Took))
	}
	switch a.Rung {
	case relay.RungText:
		m.fact(words.Text("events.attempt.as_text"))
	case relay.RungShortest:
		m.fact(words.Text("events.attempt.as_shortest"))
	}
	m.fact(r.Detail)
	m.fact(r.Reason)
	if a.MayRepeat {
		m.fact(words.Text("events.attempt.may_repeat"))
	}
	m.fact(r.Name)
	return m
}

// clock is the time of day with tenths, where now is.
func clock(now, t time.Time) string { return t.In(now.Location()).Format("15:04:05.0") }

// attempt says what came of an attempt.
func attempt(a relay.Attempt) string {
	number := strconv.Itoa(a.Number)
	if a.EndedAt.IsZero() {
		return words.Text("events.attempt.under_way", words.Args{"Number": number})
	}
	switch a.Result.Outcome {
	case relay.Posted:
		return words.Text("events.attempt.posted", words.Args{"Number": number})
	case relay.AlreadyPosted:
		return words.Text("events.attempt.already_posted", words.Args{"Number": number})
	case relay.ContentRefused:
		return words.Text("events.attempt.content_refused", words.Args{"Number": number})
	case relay.IDsRefused:
		return words.Text("events.attempt.ids_refused", words.Args{"Number": number})
	case relay.RateLimited:
		return words.Text("events.attempt.rate_limited", words.Args{"Number": number})
	case relay.Unauthorized:
		return words.Text("events.attempt.unauthorized", words.Args{"Number": number})
	case relay.DestinationGone:
		return words.Text("events.attempt.destination_gone", words.Args{"Number": number})
	case relay.ServerTrouble:
		return words.Text("events.attempt.server_trouble", words.Args{"Number": number})
	case relay.Unreachable:
		return words.Text("events.attempt.unreachable", words.Args{"Number": number})
	case relay.Ambiguous:
		return words.Text("events.attempt.ambiguous", words.Args{"Number": number})
	case relay.Unverified:
		return words.Text("events.attempt.unverified", words.Args{"Number": number})
	default:
		return words.Text("events.attempt.unknown", words.Args{"Number": number, "Outcome": string(a.Result.Outcome)})
	}
}

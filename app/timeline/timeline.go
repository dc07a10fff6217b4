// Package timeline says what became of one event: in words, moment by moment, and
// as one record for programs. The window and the command line show the same.
//
// Its functions are pure, and its values plain. What they quote of others is not
// made plain: whoever shows it does that, since each place can show something else.
package timeline

import (
	"slices"
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
	At    time.Time        // zero where a moment has no time of its own
	After time.Duration    // of Stored: how long after the delivery arrived
	What  words.Sentence   // one sentence, without its full stop
	Facts []words.Sentence // more about it, shortly
}

// Only returns m as it reads in l, in every language.
func (m Moment) Only(l *words.Language) Moment {
	m.What = m.What.Only(l)
	m.Facts = slices.Clone(m.Facts)
	for i := range m.Facts {
		m.Facts[i] = m.Facts[i].Only(l)
	}
	return m
}

// Moments are what happened to d as seen at now, in order.
func Moments(now time.Time, d relay.Detail) []Moment {
	out := []Moment{received(now, d.Event)}
	if !d.StoredAt.IsZero() {
		out = append(out, Moment{Kind: Stored, After: d.StoredAt.Sub(d.Event.ReceivedAt), What: words.New("events.timeline.stored")})
	}
	for _, p := range d.Posts {
		out = append(out, postMoments(now, p)...)
	}
	if d.Fate == relay.FateKept && len(d.Posts) == 0 {
		out = append(out, Moment{Kind: KeptBack, What: words.New("events.timeline.kept"), Facts: []words.Sentence{words.New("events.timeline.history_only")}})
	}
	return out
}

func received(now time.Time, ev relay.Event) Moment {
	m := Moment{Kind: Received, At: ev.ReceivedAt, What: words.New("events.timeline.received")}
	switch {
	case ev.Own():
		m.What = words.New("events.timeline.noted")
		return m
	case ev.CaughtUp:
		m.What = words.New("events.timeline.fetched")
	case ev.Attempt > 1:
		m.What = words.New("events.timeline.received_again", words.Args{"Number": strconv.Itoa(ev.Attempt)})
	}
	if !ev.CaughtUp {
		m.fact(words.New("events.timeline.signature"))
	}
	if !ev.OccurredAt.IsZero() {
		m.fact(words.New("events.timeline.sent", words.Args{"Time": clock(now, ev.OccurredAt)}))
	}
	if ev.Type != "" {
		m.fact(words.New("events.timeline.type", words.Args{"Type": ev.Type}))
	}
	if ev.Role == relay.RoleHost {
		m.fact(words.New("events.timeline.hosting"))
	} else {
		m.fact(words.New("events.timeline.renting"))
	}
	return m
}

// fact adds a fact unless it is empty.
func (m *Moment) fact(text words.Sentence) {
	if !text.IsZero() {
		m.Facts = append(m.Facts, text)
	}
}

// postMoments is the part of the timeline that one post makes up.
func postMoments(now time.Time, p relay.PostDetail) []Moment {
	var out []Moment
	if p.Post.Kind == relay.Resend {
		out = append(out, Moment{Kind: Resent, At: p.Post.CreatedAt, What: words.New("events.timeline.resent")})
	}
	if p.Members > 1 {
		out = append(out, Moment{Kind: Together, What: words.NewPlural("events.timeline.together", p.Members-1)})
	}
	for _, a := range p.Attempts {
		out = append(out, attemptMoment(a))
	}
	switch p.Post.State {
	case relay.Waiting:
		m := Moment{Kind: Waiting, What: words.New("events.timeline.waiting")}
		if p.Post.NotBefore.After(now) {
			m.fact(words.New("events.timeline.next_attempt", words.Args{"Time": clock(now, p.Post.NotBefore)}))
		}
		out = append(out, m)
	case relay.Dead:
		out = append(out, Moment{Kind: GivenUp, What: words.New("events.timeline.given_up"), Facts: []words.Sentence{words.New("events.timeline.given_up_because")}})
	case relay.Kept:
		out = append(out, Moment{Kind: KeptBack, What: words.New("events.timeline.kept"), Facts: []words.Sentence{words.New("events.timeline.kept_because")}})
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
		m.fact(words.Verbatim("HTTP " + strconv.Itoa(r.Status)))
	}
	if r.Took > 0 {
		m.fact(words.Each(func(l *words.Language) string { return l.Elapsed(r.Took) }))
	}
	switch a.Rung {
	case relay.RungText:
		m.fact(words.New("events.attempt.as_text"))
	case relay.RungShortest:
		m.fact(words.New("events.attempt.as_shortest"))
	}
	m.fact(words.Translate(r.Detail))
	m.fact(words.Verbatim(r.Reason))
	if a.MayRepeat {
		m.fact(words.New("events.attempt.may_repeat"))
	}
	m.fact(words.Verbatim(r.Name))
	return m
}

// clock is the time of day with tenths, where now is.
func clock(now, t time.Time) string { return t.In(now.Location()).Format("15:04:05.0") }

// attempt says what came of an attempt.
func attempt(a relay.Attempt) words.Sentence {
	number := strconv.Itoa(a.Number)
	if a.EndedAt.IsZero() {
		return words.New("events.attempt.under_way", words.Args{"Number": number})
	}
	switch a.Result.Outcome {
	case relay.Posted:
		return words.New("events.attempt.posted", words.Args{"Number": number})
	case relay.AlreadyPosted:
		return words.New("events.attempt.already_posted", words.Args{"Number": number})
	case relay.ContentRefused:
		return words.New("events.attempt.content_refused", words.Args{"Number": number})
	case relay.IDsRefused:
		return words.New("events.attempt.ids_refused", words.Args{"Number": number})
	case relay.RateLimited:
		return words.New("events.attempt.rate_limited", words.Args{"Number": number})
	case relay.Unauthorized:
		return words.New("events.attempt.unauthorized", words.Args{"Number": number})
	case relay.DestinationGone:
		return words.New("events.attempt.destination_gone", words.Args{"Number": number})
	case relay.ServerTrouble:
		return words.New("events.attempt.server_trouble", words.Args{"Number": number})
	case relay.Unreachable:
		return words.New("events.attempt.unreachable", words.Args{"Number": number})
	case relay.Ambiguous:
		return words.New("events.attempt.ambiguous", words.Args{"Number": number})
	case relay.Unverified:
		return words.New("events.attempt.unverified", words.Args{"Number": number})
	default:
		return words.New("events.attempt.unknown", words.Args{"Number": number, "Outcome": string(a.Result.Outcome)})
	}
}

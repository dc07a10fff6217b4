package status

import (
	"slices"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
)

// Fact is one part of the line below the state: short, and about one thing.
type Fact struct {
	Text  words.Sentence
	About Subject // what a person who wants to know more of it is shown
}

// Subject is what a fact counts or tells of.
type Subject string

// The subjects.
const (
	AboutNothing    Subject = ""
	AboutProblem    Subject = "problem" // why the failing hop fails
	AboutLastEvent  Subject = "last_event"
	AboutToday      Subject = "today"
	AboutWaiting    Subject = "waiting" // what waits or is held
	AboutLate       Subject = "late"
	AboutUnreadable Subject = "unreadable"
	AboutGivenUp    Subject = "given_up"
)

// Title answers in one sentence whether it is working. While something fails that is
// what does not work; Headline then is the reason.
func (s Status) Title() words.Sentence {
	if s.Phase != Attention {
		return s.Headline.WithoutStop()
	}
	switch s.effect() {
	case health.StopsPosting:
		return words.New("status.attention.posting")
	case health.StopsSomeEvents:
		return words.New("status.attention.some_events")
	case health.MayStopReceiving:
		return words.New("status.attention.perhaps")
	case health.StopsRelaying:
		return words.New("status.attention.both")
	default:
		return words.New("status.attention.receiving")
	}
}

// effect is what does not work in the phase Attention.
func (s Status) effect() health.Effect {
	if s.Failing == "" { // no hop: the disk or the clock
		if s.Disk.IsZero() {
			return health.StopsSomeEvents
		}
		return health.StopsReceiving
	}
	effect := s.Hop(s.Failing).Effect()
	neverReceived := len(s.Webhooks) == 0 || s.Hop(health.HopAddress).State != health.HopOK
	if effect == health.MayStopReceiving && s.Failing == health.HopVast && neverReceived {
		effect = health.StopsReceiving
	}
	if effect == health.StopsReceiving && s.Hop(health.HopChat).State == health.HopFailing && !s.Holds() {
		effect = health.StopsRelaying
	}
	return effect
}

// NeedsPerson reports whether something is wrong that stays until a person acts.
func (s Status) NeedsPerson() bool {
	return s.Phase == Attention && !s.Hop(s.Failing).MendsItself()
}

// Facts are the line below the state at now, in the order in which they matter.
func (s Status) Facts(now time.Time) []Fact {
	switch s.Phase {
	case Attention:
		return s.attentionFacts(now)
	case Relaying:
		return s.rhythm(now)
	case Paused:
		if s.Waiting > 0 {
			return []Fact{{heldWords(s.Waiting), AboutWaiting}}
		}
		return []Fact{{Text: heldWords(0)}}
	default:
		if s.Cause.IsZero() {
			return nil
		}
		return []Fact{{Text: s.Cause}}
	}
}

// attentionFacts are why something fails, what waits meanwhile, and when it is tried
// again.
func (s Status) attentionFacts(now time.Time) []Fact {
	facts := []Fact{{s.Headline.WithoutStop(), AboutProblem}}
	failing := s.Hop(s.Failing)
	if s.Failing != "" && s.Failing != health.HopChat && !s.LastEvent.IsZero() {
		facts = append(facts, s.lastEvent(now))
	}
	switch {
	case s.Waiting == 0:
	case s.Holds():
		facts = append(facts, Fact{words.New("status.attention.held", words.Args{"Number": s.Waiting}), AboutWaiting})
	default:
		facts = append(facts, Fact{words.NewPlural("status.relaying.waiting", s.Waiting), AboutWaiting})
	}
	if failing.NextTry.After(now) {
		facts = append(facts, Fact{Text: words.New("status.attention.next_try", words.Args{"Time": words.ClockSeconds(failing.NextTry)})})
	}
	return facts
}

// rhythm is the line below the state while all is well. It holds clock times rather
// than ages, so that it stays true without being drawn again.
func (s Status) rhythm(now time.Time) []Fact {
	facts := make([]Fact, 0, 4)
	add := func(about Subject, text words.Sentence) { facts = append(facts, Fact{text, about}) }
	if s.LastEvent.IsZero() {
		add(AboutNothing, words.New("status.relaying.no_event"))
	} else {
		facts = append(facts, s.lastEvent(now))
		add(AboutToday, words.New("status.relaying.today", words.Args{"Number": s.Today}))
	}
	switch {
	case s.Waiting == 0:
		add(AboutNothing, words.New("status.relaying.none_waiting"))
	case !s.Backlog.IsZero():
		add(AboutWaiting, s.Backlog.words(now))
	default:
		add(AboutWaiting, words.NewPlural("status.relaying.waiting", s.Waiting))
	}
	if s.Late > 0 {
		add(AboutLate, words.New("status.relaying.late", words.Args{"Number": s.Late}))
	}
	if s.Unreadable > 0 {
		add(AboutUnreadable, unreadableWords(s.Unreadable, s.UnreadableReason))
	}
	if s.GivenUp > 0 {
		add(AboutGivenUp, words.New("status.relaying.given_up", words.Args{"Number": s.GivenUp}))
	}
	if s.edited() {
		add(AboutNothing, words.New("status.relaying.edited"))
	}
	if !s.Notice.IsZero() {
		add(AboutNothing, s.Notice)
	}
	return facts
}

func (s Status) lastEvent(now time.Time) Fact {
	return Fact{words.New("status.relaying.last_event", words.Args{"Time": words.NewMoment(s.LastEvent, now)}), AboutLastEvent}
}

// edited reports whether somebody changed a webhook of ours at Vast.ai.
func (s Status) edited() bool {
	return slices.ContainsFunc(s.Webhooks, func(w Webhook) bool { return w.Edited != nil })
}

// unreadableWords counts deliveries that could not be read and says what was
// wrong with the last one, if that is known.
func unreadableWords(n int, why words.Sentence) words.Sentence {
	if why.IsZero() {
		return words.New("status.relaying.unreadable", words.Args{"Number": n})
	}
	return words.New("status.relaying.unreadable_because", words.Args{"Number": n, "Reason": why.WithoutStop()})
}

// joined is facts in one line.
func joined(facts []Fact) words.Sentence {
	texts := make([]words.Sentence, len(facts))
	for i, f := range facts {
		texts[i] = f.Text
	}
	return words.Join(texts, " · ")
}

// Line is the state in one line, for places that have no more: while something fails,
// what does not work and why.
func (s Status) Line() words.Sentence {
	if s.Phase != Attention || s.Headline.IsZero() {
		return s.Title()
	}
	return words.New("status.attention.line", words.Args{"State": s.Title(), "Reason": s.Headline.WithoutStop()})
}

// mostUnread is the count of unread events from which on only "more than" is said.
const mostUnread = 999

// Unread says how many events nobody has read: "3 unread"; empty for none.
func Unread(n int) string {
	switch {
	case n <= 0:
		return ""
	case n > mostUnread:
		return words.Text("rows.unread_many", words.Args{"Number": mostUnread})
	default:
		return words.Plural("rows.unread", n)
	}
}

// Progress is how far posting has come while many posts wait. The zero Progress says
// that few do.
type Progress struct {
	Posted int       `json:"posted"`
	Total  int       `json:"total"`
	Ends   time.Time `json:"ends_at,omitzero"` // about when all are posted; zero: not known
}

// IsZero reports whether there is nothing to say.
func (p Progress) IsZero() bool { return p.Total == 0 }

// exactMinutes is up to when an estimate is given in minutes.
const exactMinutes = 90

// words says it at now: "posting 120 of 600, about 2 minutes".
func (p Progress) words(now time.Time) words.Sentence {
	left := p.Ends.Sub(now)
	minutes := int(left.Round(time.Minute) / time.Minute)
	switch {
	case p.Ends.IsZero():
		return words.New("status.posting.unknown", words.Args{"Posted": p.Posted, "Total": p.Total})
	case minutes == 0 || left < 0:
		return words.New("status.posting.soon", words.Args{"Posted": p.Posted, "Total": p.Total})
	case minutes <= exactMinutes:
		return words.NewPlural("status.posting.minutes", minutes, words.Args{"Posted": p.Posted, "Total": p.Total})
	default:
		return words.NewPlural("status.posting.hours", int(left.Round(time.Hour)/time.Hour), words.Args{"Posted": p.Posted, "Total": p.Total})
	}
}

package status

import (
	"slices"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// Gaps says when deliveries could not reach the program. Like a Status it is
// immutable.
type Gaps struct {
	Open *Gap  `json:"open,omitempty"` // the one that has not ended; nil mostly
	Last []Gap `json:"last"`           // the last that have, newest first; a few of them

	// What has ended in this run: how many gaps by cause, and how long they were
	// together.
	Ended   map[relay.GapCause]uint64 `json:"ended"`
	Seconds float64                   `json:"ended_seconds"`

	// CaughtUp counts the events that this run has fetched from Vast.ai's inbox.
	// ByHand says that this needs a person to ask for it: it is not known yet that the
	// inbox names events as deliveries do.
	CaughtUp uint64 `json:"caught_up"`
	ByHand   bool   `json:"catch_up_by_hand"`
}

// Only returns g with its sentences as they read in l.
func (g Gaps) Only(l *words.Language) Gaps {
	if g.Open != nil {
		open := *g.Open
		open.Text = open.Text.Only(l)
		g.Open = &open
	}
	g.Last = slices.Clone(g.Last)
	for i := range g.Last {
		g.Last[i].Text = g.Last[i].Text.Only(l)
	}
	return g
}

// CatchUp is what became of fetching events from Vast.ai's inbox.
type CatchUp struct {
	Found   int // rows of the time of a gap, of types that are delivered
	Relayed int // of these, that were missing here and are posted now
	Left    int // of these, that are missing here and wait for a person to ask for them
}

// Text says in a sentence what became of it.
func (c CatchUp) Text() words.Sentence {
	switch {
	case c.Relayed > 0:
		return words.NewPlural("gap.catch_up.relayed", c.Relayed)
	case c.Left > 0:
		return words.NewPlural("gap.catch_up.left", c.Left)
	case c.Found > 0:
		return words.NewPlural("gap.catch_up.known", c.Found)
	default:
		return words.New("gap.catch_up.none")
	}
}

// Gap is one stretch of time in which deliveries could not reach the program.
type Gap struct {
	Start    time.Time      `json:"start"`
	End      time.Time      `json:"end,omitzero"` // zero while it is open
	Cause    relay.GapCause `json:"cause"`
	MayLose  bool           `json:"events_may_be_lost"` // Vast.ai may not send again what it could not deliver
	CaughtUp int            `json:"caught_up"`          // events of that time that were fetched from Vast.ai's inbox
	Text     words.Sentence `json:"text"`               // all of this in words
}

// DescribeGap puts g into words. They name the day only where the gap does not
// begin and end on the same one; an open gap is described as of now.
func DescribeGap(g relay.Gap, now time.Time) Gap {
	return Gap{Start: g.Start, End: g.End, Cause: g.Cause, MayLose: g.MayLose, CaughtUp: g.CaughtUp, Text: gapWords(g, now)}
}

func gapWords(g relay.Gap, now time.Time) words.Sentence {
	why := causeWords(g.Cause)
	from, to := words.NewMoment(g.Start, g.End), words.NewMoment(g.End, g.Start)
	var text words.Sentence
	switch {
	case g.Open():
		text = words.New("gap.open", words.Args{"From": words.NewMoment(g.Start, now), "Cause": why})
	case to == words.Verbatim(words.Clock(g.End)):
		text = words.New("gap.within_a_day", words.Args{"From": from, "To": to, "Cause": why})
	default:
		text = words.New("gap.over_days", words.Args{"From": from, "To": to, "Cause": why})
	}
	if g.CaughtUp == 0 {
		return text
	}
	return health.Paragraph(text, words.NewPlural("gap.caught_up", g.CaughtUp))
}

// GapConsequence says what became of what Vast.ai sent during g, of which left
// events are in its inbox and not here.
func GapConsequence(g relay.Gap, left int) words.Sentence {
	if left > 0 {
		return health.Paragraph(consequence(g), CatchUp{Left: left}.Text())
	}
	return consequence(g)
}

func consequence(g relay.Gap) words.Sentence {
	switch {
	case g.MayLose:
		return words.New("gap.then.may_lose", words.Args{"Console": relay.GroupOther.Page()})
	case g.Cause == relay.GapStandby:
		return words.New("gap.then.standby")
	default:
		return words.New("gap.then.retried")
	}
}

// causeWords is a cause as the end of a sentence.
func causeWords(c relay.GapCause) words.Sentence {
	switch c {
	case relay.GapSleep:
		return words.New("gap.cause.sleep")
	case relay.GapNetwork:
		return words.New("gap.cause.network")
	case relay.GapTunnel:
		return words.New("gap.cause.tunnel")
	case relay.GapNotRunning:
		return words.New("gap.cause.not_running")
	case relay.GapStandby:
		return words.New("gap.cause.standby")
	case relay.GapTakeover:
		return words.New("gap.cause.takeover")
	case relay.GapSecret:
		return words.New("gap.cause.secret")
	case relay.GapVast:
		return words.New("gap.cause.vast")
	case relay.GapWebhook:
		return words.New("gap.cause.webhook")
	case relay.GapDisk:
		return words.New("gap.cause.disk")
	default:
		return words.New("gap.cause.unknown")
	}
}

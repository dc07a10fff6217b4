package health

// Effect says what does not work while a hop fails: what a person wants to know
// before the cause.
type Effect string

// The effects.
const (
	// ByHop is the effect of a problem that any hop can have: Hop.Effect knows which.
	ByHop            Effect = ""
	StopsNothing     Effect = "nothing"
	StopsReceiving   Effect = "receiving"   // events do not arrive here
	MayStopReceiving Effect = "perhaps"     // it is not known whether events arrive
	StopsSomeEvents  Effect = "some_events" // some events do not arrive, others do
	StopsPosting     Effect = "posting"     // events arrive and are kept, messages do not go out
	StopsRelaying    Effect = "both"        // neither
)

// Effect returns what does not work while h fails. Conditions that any hop can have,
// and what a vendor words itself, stop what the hop is for.
func (h Hop) Effect() Effect {
	if h.State != HopFailing {
		return StopsNothing
	}
	if c, ok := condition(h.Condition); ok && c.Effect != ByHop && c.Effect != StopsNothing {
		return c.Effect
	}
	switch h.Name {
	case HopVast:
		return MayStopReceiving
	case HopChat:
		return StopsPosting
	case HopKeyring:
		return StopsRelaying
	default:
		return StopsReceiving
	}
}

// MendsItself reports whether nobody has to act: it is tried again, and the button,
// if there is one, only tries sooner.
func (h Hop) MendsItself() bool {
	return h.Severity == Passing && (h.Action == ActionNone || h.Action == ActionRetry)
}

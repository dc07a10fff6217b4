package tunnel

import "time"

// reporter keeps the last Link of a run and reports changes. It is used by the
// goroutine of Run alone, which is what keeps report from being concurrent.
type reporter struct {
	report func(Link)
	last   Link
}

// newReporter reports to report; nil means to nobody.
func newReporter(report func(Link)) *reporter {
	if report == nil {
		report = func(Link) {}
	}
	return &reporter{report: report}
}

// set reports l, with Since moved only when the state or the address changed.
func (r *reporter) set(l Link) {
	l.Since = time.Now()
	if l.State == r.last.State && l.URL == r.last.URL {
		l.Since = r.last.Since
	}
	r.last = l
	r.report(l)
}

// trying says that an announced attempt is now under way.
func (r *reporter) trying() {
	if r.last.RetryAt.IsZero() {
		return
	}
	l := r.last
	l.RetryAt = time.Time{}
	r.set(l)
}

// interrupted says that the link is torn down to be made anew.
func (r *reporter) interrupted(wasOnline bool) {
	state := Connecting
	if wasOnline {
		state = Reconnecting
	}
	r.set(Link{State: state})
}

// stopped reports the last Link of a run; err is nil after a stop that was
// asked for.
func (r *reporter) stopped(err *PermanentError) {
	l := Link{State: Stopped}
	if err != nil {
		l.Err, l.Code = err, err.Code
	}
	r.set(l)
}

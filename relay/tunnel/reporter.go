package tunnel

import "time"

// Reporter keeps the last Link of a run and reports changes. Only the goroutine of
// Run may use it, so that report is never called concurrently.
type Reporter struct {
	report func(Link)
	last   Link
}

// NewReporter returns a Reporter that calls report; nil means nobody.
func NewReporter(report func(Link)) *Reporter {
	if report == nil {
		report = func(Link) {}
	}
	return &Reporter{report: report}
}

// Set reports l, with Since moved only when the state or the address changed.
func (r *Reporter) Set(l Link) {
	l.Since = time.Now()
	if l.State == r.last.State && l.URL == r.last.URL {
		l.Since = r.last.Since
	}
	r.last = l
	r.report(l)
}

// Last returns what was reported last.
func (r *Reporter) Last() Link { return r.last }

// Trying reports that an announced attempt is now under way.
func (r *Reporter) Trying() {
	if r.last.RetryAt.IsZero() {
		return
	}
	l := r.last
	l.RetryAt = time.Time{}
	r.Set(l)
}

// Interrupted reports that the link is closed to be made anew.
func (r *Reporter) Interrupted(wasOnline bool) {
	state := Connecting
	if wasOnline {
		state = Reconnecting
	}
	r.Set(Link{State: state})
}

// Stopped reports the last Link of a run; err is nil after a requested stop.
func (r *Reporter) Stopped(err *PermanentError) {
	l := Link{State: Stopped}
	if err != nil {
		l.Err, l.Code = err, err.Code
	}
	r.Set(l)
}

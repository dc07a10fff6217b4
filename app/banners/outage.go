package banners

import (
	"time"

	"vastrelay/app/banners/notify"
	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

const (
	// passingDelay is how long something fails that mends itself before that is told:
	// a short failure of the network is nothing to know.
	passingDelay = time.Minute
	// personDelay is how long something fails that needs a person before that is told.
	personDelay = 5 * time.Second
	// recoveryDelay is how long all must be well before that is told.
	recoveryDelay = 10 * time.Second
	// repeatDelay is the least time between two banners about the same problem that
	// comes and goes.
	repeatDelay = 15 * time.Minute
)

// outageSlot is the one place of banners about what fails and works again.
const outageSlot = "outage"

// problem is what fails, so far as banners tell problems apart: not by their words,
// which name times and counts.
type problem struct {
	hop    health.HopName // empty: this computer, its disk or its clock
	disk   bool           // of this computer: the disk
	person bool           // it stays until a person acts
}

// outage is the time from the first problem until all is well again.
type outage struct {
	begun   time.Time      // zero: there is no outage
	problem problem        // the latest
	since   time.Time      // when that problem began
	cause   words.Sentence // what the status says of it, which may hold text from elsewhere
	waiting int            // posts that wait

	well   time.Time // since when all is well again; zero: it is not
	paused bool      // posting is
	ended  bool      // a person stopped the program or the like: there is no recovery to tell
	shown  bool      // a banner about the outage is on the screen
	saying problem   // what that banner says
	count  int       // banners that were shown in this outage

	// notBefore is when a banner that the desktop refused is tried again; zero: none is.
	notBefore time.Time

	told map[problem]time.Time // when each problem was last told, in any outage
}

// update takes the status as it is at now.
func (o *outage) update(s status.Status, now time.Time) {
	o.paused = s.Holds()
	switch s.Phase {
	case status.Attention:
		o.fails(s, now)
	case status.Starting:
		o.well = time.Time{} // it may fail again before all is well
	case status.Paused:
		// What fails between here and Google Chat does not count while paused.
		if s.Hop(health.HopChat).State != health.HopFailing {
			o.worksAgain(now)
		}
	case status.Relaying:
		o.worksAgain(now)
	case status.Setup, status.Standby, status.Stopped:
		o.ended = true
		o.worksAgain(now)
	}
}

func (o *outage) fails(s status.Status, now time.Time) {
	p := problem{hop: s.Failing, person: s.Severity == health.Person || s.Severity == health.Choice}
	if p.hop == "" {
		p.disk = !s.Disk.IsZero()
	}
	if o.begun.IsZero() {
		o.begun = now
	}
	if o.since.IsZero() || o.problem != p {
		o.problem, o.since = p, now
	}
	o.well, o.ended = time.Time{}, false
	o.waiting = s.Waiting
	o.cause = s.Hop(p.hop).Detail
}

func (o *outage) worksAgain(now time.Time) {
	if !o.begun.IsZero() && o.well.IsZero() {
		o.well = now
	}
}

// over forgets the outage, but not what was told.
func (o *outage) over() { *o = outage{told: o.told} }

// due adds to d what is to be shown of the outage. silent is until when nothing is
// shown; zero: things are.
func (o *outage) due(d *Due, now time.Time, n config.Notifications, silent time.Time) {
	switch {
	case o.begun.IsZero():
	case o.well.IsZero():
		o.dueFailure(d, now, n, silent)
	default:
		o.dueRecovery(d, now, n, silent)
	}
}

func (o *outage) dueFailure(d *Due, now time.Time, n config.Notifications, silent time.Time) {
	kind, delay := config.NotifyFailure, passingDelay
	if o.problem.person {
		kind, delay = config.NotifyNeeds, personDelay
	}
	if !n.Shows(kind) {
		o.withdraw(d)
		return
	}
	if o.shown && o.saying == o.problem && o.notBefore.IsZero() {
		return
	}
	ready := o.since.Add(delay)
	if last, known := o.told[o.problem]; known && last.Add(repeatDelay).After(ready) {
		ready = last.Add(repeatDelay)
	}
	ready = latest(ready, silent, o.notBefore)
	if now.Before(ready) {
		d.again(ready)
		return
	}
	d.Show = append(d.Show, o.failureBanner())
	o.told[o.problem] = now
	o.shown, o.saying, o.notBefore = true, o.problem, time.Time{}
	o.count++
}

// refused takes that the desktop did not show the banner of a failure, which is due
// once more at again. That all works again is not told later.
func (o *outage) refused(again time.Time) {
	if !o.shown {
		return
	}
	delete(o.told, o.saying)
	o.count--
	o.shown, o.notBefore = o.count > 0, again
}

func (o *outage) dueRecovery(d *Due, now time.Time, n config.Notifications, silent time.Time) {
	wanted := o.count > 0 && !o.ended && n.Shows(config.NotifyRecovery)
	ready := o.well.Add(recoveryDelay)
	if wanted && !now.Before(ready) && silent.IsZero() {
		d.Show = append(d.Show, o.recoveryBanner())
		o.over()
		return
	}
	if wanted && now.Before(ready) {
		d.again(ready)
		return
	}
	o.withdraw(d)
	if !wanted {
		o.over()
		return
	}
	d.again(silent)
}

// withdraw takes the banner about the outage off the screen.
func (o *outage) withdraw(d *Due) {
	if o.shown {
		d.Withdraw = append(d.Withdraw, outageSlot)
		o.shown = false
	}
}

func (o *outage) failureBanner() Banner {
	b := Banner{
		Slot: outageSlot, Title: failureTitle(o.problem), Text: failureText(o.problem), Remote: Clean(o.cause.Text()),
		Urgency: notify.Normal, Open: Target{Command: CommandHop, Hop: o.problem.hop},
	}
	if o.problem.hop == "" {
		b.Open = Target{Command: CommandShow}
	}
	if o.problem.person {
		b.Urgency = notify.Critical
		return b
	}
	if o.problem.hop == health.HopChat && o.waiting > 0 {
		b.Text = words.Plural("banners.failing.chat_waiting", o.waiting)
		b.Buttons = []Button{{words.Text("banners.button.pause"), Target{Command: CommandPause}}}
	}
	return b
}

func (o *outage) recoveryBanner() Banner {
	from, to := words.Moment(o.begun, o.well), words.Clock(o.well)
	title, text := words.Text("banners.recovered.title"), words.Text("banners.recovered.text", words.Args{"From": from, "To": to})
	if o.paused { // Nothing is relayed then.
		title, text = words.Text("banners.recovered.paused_title"), words.Text("banners.recovered.paused_text", words.Args{"From": from, "To": to})
	}
	return Banner{Slot: outageSlot, Title: title, Text: text, Urgency: notify.Low, Open: Target{Command: CommandShow}}
}

// failureTitle says what fails.
func failureTitle(p problem) string {
	if p.person {
		return needsTitle(p.hop)
	}
	switch p.hop {
	case health.HopChat:
		return words.Text("banners.failing.chat")
	case health.HopAddress, health.HopWebhook:
		return words.Text("banners.failing.arriving")
	case health.HopVast:
		return words.Text("banners.failing.vast")
	case health.HopKeyring:
		return words.Text("banners.failing.keyring")
	default:
		if p.disk {
			return words.Text("banners.failing.disk")
		}
		return words.Text("banners.failing.clock")
	}
}

// needsTitle says where a person must act.
func needsTitle(hop health.HopName) string {
	switch hop {
	case health.HopChat:
		return words.Text("banners.needs.chat")
	case health.HopAddress:
		return words.Text("banners.needs.address")
	case health.HopWebhook:
		return words.Text("banners.needs.webhook")
	case health.HopVast:
		return words.Text("banners.needs.vast")
	case health.HopKeyring:
		return words.Text("banners.needs.keyring")
	default:
		return words.Text("banners.needs.anything")
	}
}

// failureText says what becomes of it.
func failureText(p problem) string {
	switch {
	case p.person:
		return words.Text("banners.needs.text")
	case p.hop == health.HopChat:
		return words.Text("banners.failing.chat_text")
	default:
		return words.Text("banners.failing.text")
	}
}

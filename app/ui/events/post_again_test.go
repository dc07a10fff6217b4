package events

import (
	"context"
	"errors"
	"testing"

	"fyne.io/fyne/v2"

	"vastrelay/app/health"
	"vastrelay/app/ui/kit"
	"vastrelay/app/ui/kit/kittest"
	"vastrelay/app/ui/uitest"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// showFate shows ev-009 with that outcome in the detail pane.
func (d *desk) showFate(f relay.Fate) {
	d.T.Helper()
	d.setFate(f, func(*relay.Detail) {})
	d.show()
	d.open("ev-009")
}

// setFate gives ev-009 that outcome and what change adds, in one step, as the store
// does.
func (d *desk) setFate(f relay.Fate, change func(*relay.Detail)) relay.Detail {
	detail := uitest.Detail()
	detail.Fate = f
	change(&detail)
	d.b.Mu.Lock()
	defer d.b.Mu.Unlock()
	d.b.Details["ev-009"] = detail
	return detail
}

// turnInto changes the outcome as the program does and waits for the pane.
func (d *desk) turnInto(f relay.Fate, change func(*relay.Detail)) {
	d.T.Helper()
	detail := d.setFate(f, change)
	d.b.Emit()
	d.Until("the outcome on the screen", func() bool {
		return d.v.detail.shown.Fate == f && countAttempts(d.v.detail.shown) == countAttempts(detail)
	})
}

// anotherAttempt is what posting again adds to the history.
func anotherAttempt(d *relay.Detail) {
	d.Posts = append(d.Posts, relay.PostDetail{Attempts: []relay.Attempt{{Number: 1, StartedAt: kittest.Noon, EndedAt: kittest.Noon, Result: relay.Result{Outcome: relay.Posted}}}})
}

func TestPostingAgain(t *testing.T) {
	for _, c := range []struct {
		name, button, call, answer string
		fate                       relay.Fate
	}{
		{"a posted event", "Resend", "Resend ev-009", "Waiting to be posted again.", relay.FatePosted},
		{"a kept event", "Resend", "Resend ev-009", "Waiting to be posted.", relay.FateKept},
		{"a failed event", "Try again", "Resend ev-009", "Waiting to be posted again.", relay.FateFailed},
		{"a late event", "Post anyway", "PostAnyway ev-009", "Waiting to be posted.", relay.FateLate},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := uitest.Working()
			answer := make(chan error)
			b.OnResend = func(context.Context) (int, error) { return 1, <-answer }
			d := newDesk(t, b)
			d.showFate(c.fate)
			pane := d.v.detail.box
			d.Tap(pane, c.button)
			d.WantText(pane, "Under way…")
			d.turnInto(relay.FateWaiting, func(*relay.Detail) {})
			d.WantText(pane, "Under way…") // A refresh does not lose it.
			if got := kittest.Button(pane, c.button); got != nil && !got.Disabled() {
				t.Error("it can be asked for twice")
			}
			answer <- nil
			d.Until("the answer", func() bool { return kittest.Sees(pane, c.answer) })
			if got := d.b.Called(c.call); got != 1 {
				t.Errorf("%s: got %d calls, want 1", c.call, got)
			}
			if d.posted != 1 {
				t.Errorf("the window was told %d times, want once", d.posted)
			}
			d.turnInto(relay.FatePosted, anotherAttempt)
			d.WantNoText(pane, c.answer)
			done := "Posted 14:06:00 ✓"
			if c.fate == relay.FatePosted {
				done = "Resent 14:06:00 ✓"
			}
			d.WantText(pane, done)
			if got := kittest.Button(pane, "Resend"); got == nil || got.Disabled() {
				t.Error("a posted event cannot be posted again")
			}
		})
	}
}

func TestWhatCannotBePostedHasNoButton(t *testing.T) {
	for _, f := range []relay.Fate{relay.FateWaiting, relay.FateRecorded, relay.FateUnreadable} {
		t.Run(string(f), func(t *testing.T) {
			d := newDesk(t, uitest.Working())
			d.showFate(f)
			for _, absent := range []string{"Resend", "Try again", "Post anyway"} {
				if kittest.Button(d.v.detail.box, absent) != nil {
					t.Errorf("there is a button %q", absent)
				}
			}
			d.WantText(d.v.detail.box, "Open in Vast.ai")
		})
	}
}

func TestResendingSaysThatItWillBeMarked(t *testing.T) {
	const hint = "Resending posts a new message that is marked as resent."
	d := newDesk(t, uitest.Working())
	d.showFate(relay.FatePosted)
	d.WantText(d.v.detail.box, hint)
	d.turnInto(relay.FateFailed, anotherAttempt)
	d.WantNoText(d.v.detail.box, hint)
}

func TestTheAnswerGoesWhenTheEventIsPostedBeforeItIsThere(t *testing.T) {
	b := uitest.Working()
	answer := make(chan error)
	b.OnResend = func(context.Context) (int, error) { return 1, <-answer }
	d := newDesk(t, b)
	d.showFate(relay.FatePosted)
	d.Tap(d.v.detail.box, "Resend")
	d.turnInto(relay.FatePosted, anotherAttempt)
	answer <- nil
	d.Until("the end", func() bool { return len(d.v.detail.busy) == 0 })
	d.WantNoText(d.v.detail.box, "Waiting to be posted again.")
}

func TestAnEventOnItsWayIsSaidToBe(t *testing.T) {
	b := uitest.Working()
	b.OnResend = func(context.Context) (int, error) { return 0, nil }
	d := newDesk(t, b)
	d.showFate(relay.FatePosted)
	d.Tap(d.v.detail.box, "Resend")
	d.Until("the answer", func() bool { return kittest.Sees(d.v.detail.box, "the event is on its way already") })
}

func TestWhyItCannotBePostedAgainIsToldInPlace(t *testing.T) {
	b := uitest.Working()
	b.OnResend = func(context.Context) (int, error) {
		return 0, health.Problem{Headline: words.Verbatim("There is no space to post to"), Next: words.Verbatim("Paste the URL of a space.")}
	}
	d := newDesk(t, b)
	d.showFate(relay.FateFailed)
	pane := d.v.detail.box
	d.Tap(pane, "Try again")
	d.Until("the reason", func() bool { return kittest.Sees(pane, "Paste the URL of a space.") })
	d.b.Emit()
	d.Pump()
	d.WantText(pane, "Paste the URL of a space.")
	b.OnResend = nil
	d.Tap(pane, "Try again")
	d.Until("the answer", func() bool { return kittest.Sees(pane, "Waiting to be posted again.") })
	d.WantNoText(pane, "Paste the URL of a space.")
}

func TestAnAnswerFollowsThePersonToAnotherEvent(t *testing.T) {
	other := uitest.Detail()
	other.Event.ID, other.Event.Subject = "ev-008", "Instance started #48927380"
	for _, c := range []struct {
		name string
		err  error
		want string // over the events
	}{
		{"a failure is told over the events", errors.New("disk full"), "Could not post the event"},
		{"a success needs no words there", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := uitest.Working()
			b.Details["ev-008"] = other
			answer := make(chan error)
			b.OnResend = func(context.Context) (int, error) { return 1, <-answer }
			d := newDesk(t, b)
			d.showFate(relay.FatePosted)
			pane := d.v.detail.box
			d.Tap(pane, "Resend")
			d.open("ev-008")
			d.WantNoText(pane, "Under way…")
			d.open("ev-009")
			d.WantText(pane, "Under way…")
			d.open("ev-008")
			answer <- c.err
			d.Until("the end", func() bool { return len(d.v.detail.busy) == 0 })
			d.WantNoText(pane, "Waiting to be posted")
			if c.want == "" {
				if got := kittest.Texts(d.problems); len(got) != 0 {
					t.Errorf("the window was told %q", got)
				}
				return
			}
			d.WantText(d.problems, c.want)
		})
	}
}

func TestWhereVastShowsTheEvent(t *testing.T) {
	for _, c := range []struct {
		name    string
		context relay.Role
		slug    string
		want    string
	}{
		{"an instance", relay.RoleClient, "instance_offline", "https://cloud.vast.ai/instances/"},
		{"an instance of a type to come", relay.RoleClient, "instance_moved", "https://cloud.vast.ai/instances/"},
		{"a lost bid", relay.RoleClient, "outbid", "https://cloud.vast.ai/instances/"},
		{"a full disk", relay.RoleClient, "low_disk_space", "https://cloud.vast.ai/instances/"},
		{"a low balance", relay.RoleClient, "low_credit", "https://cloud.vast.ai/billing/"},
		{"a receipt", relay.RoleClient, "payment_receipt", "https://cloud.vast.ai/billing/"},
		{"a gift", relay.RoleClient, "credit_received", "https://cloud.vast.ai/billing/"},
		{"a failed charge", relay.RoleClient, "billing_failed", "https://cloud.vast.ai/billing/"},
		{"a host's full disk", relay.RoleHost, "low_disk_space", "https://cloud.vast.ai/host/machines/"},
		{"a host's event of any type", relay.RoleHost, "", "https://cloud.vast.ai/host/machines/"},
		{"the account", relay.RoleClient, "password_reset", "https://cloud.vast.ai/"},
		{"an unknown type", relay.RoleClient, "//evil.example/", "https://cloud.vast.ai/"},
		{"no type", "", "", "https://cloud.vast.ai/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := uitest.Working()
			detail := uitest.Detail()
			detail.Event.Role, detail.Event.Type = c.context, c.slug
			b.Details["ev-009"] = detail
			d := newDesk(t, b)
			d.open("ev-009")
			got := ""
			kittest.Visit(d.v.detail.box, func(o fyne.CanvasObject) {
				if l, ok := o.(*kit.Link); ok && l.Text == "Open in Vast.ai" {
					got = l.URL.String()
				}
			})
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// failedRows are a healthy program's events of which one was given up.
func failedRows(t *testing.T, b *uitest.Program) *desk {
	t.Helper()
	d := newDesk(t, b)
	d.show()
	d.v.list.filter.fate.SetSelected("Not posted")
	d.settled()
	return d
}

func TestTryingAllAgain(t *testing.T) {
	b := uitest.Working()
	answer := make(chan int)
	b.OnResend = func(context.Context) (int, error) { return <-answer, nil }
	d := failedRows(t, b)
	l := d.v.list
	d.Tap(l.box, "Try all again")
	d.WantText(l.box, "Under way…")
	if !kittest.Button(l.box, "Try all again").Disabled() {
		t.Error("it can be asked for twice")
	}
	b.Mu.Lock()
	b.Rows = b.Rows[:3] // What failed waits now.
	b.Mu.Unlock()
	b.Emit()
	d.Pump()
	d.settled()
	d.WantText(l.box, "Under way…")
	answer <- 3
	d.Until("the answer", func() bool { return kittest.Sees(l.box, "3 messages were put in line to be posted again.") })
	if got := b.Called("ResendDead"); got != 1 {
		t.Errorf("ResendDead: got %d calls, want 1", got)
	}
	if kittest.Button(l.box, "Try all again") != nil {
		t.Error("there is nothing left to try again, yet it is offered")
	}
	l.filter.fate.SetSelected("All outcomes")
	d.settled()
	d.WantNoText(l.box, "put in line")
}

func TestTryingAllAgainIsOfferedForWhatFailedOnly(t *testing.T) {
	d := failedRows(t, uitest.Working())
	l := d.v.list
	c := d.win.Canvas()
	c.Focus(l.filter.kind)
	c.FocusNext()
	if c.Focused() != fyne.Focusable(l.retry.action.Button) {
		t.Errorf("after the filters comes %T, want the button", c.Focused())
	}
	c.FocusNext()
	if c.Focused() != fyne.Focusable(l.rows) {
		t.Errorf("after the button comes %T, want the rows", c.Focused())
	}
	d.WantNoText(l.box, "Also those that are not shown here.")
	l.filter.search.SetText("offline")
	l.pages.restart()
	d.settled()
	d.WantText(l.box, "Also those that are not shown here.")
	l.filter.search.SetText("no such event")
	l.pages.restart()
	d.settled()
	d.WantNoText(l.box, "Try all again")
	l.filter.search.SetText("")
	for _, other := range []string{"All outcomes", "Posted", "Too late"} {
		l.filter.fate.SetSelected(other)
		d.settled()
		d.WantNoText(l.box, "Try all again")
	}
}

func TestWhyNotAllCouldBeTriedAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		leave bool
	}{
		{"is told over the rows", false},
		{"is told over the events once another outcome is shown", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := uitest.Working()
			answer := make(chan error)
			b.OnResend = func(context.Context) (int, error) { return 0, <-answer }
			d := failedRows(t, b)
			l := d.v.list
			d.Tap(l.box, "Try all again")
			where := fyne.CanvasObject(l.box)
			if c.leave {
				l.filter.fate.SetSelected("All outcomes")
				d.settled()
				where = d.problems
			}
			answer <- errors.New("disk full")
			d.Until("the reason", func() bool { return kittest.Sees(where, "Could not post the events") })
		})
	}
}

package events

import (
	"context"
	"net/url"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"

	"vastrelay/app/ui/kit"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// postAgain is what can be done with one event: post it again, or at all, and
// look at Vast.ai for what it is about.
type postAgain struct {
	pane   *detailPane
	action *kit.AsyncAction
	button *fyne.Container // the button of action, in line with the words around
	box    *fyne.Container
	id     string
	fate   relay.Fate // as last drawn

	tapFate  relay.Fate // at the tap
	attempts int        // how many there were at the tap
	waited   bool       // the event was seen waiting since the tap
	answered bool       // the post has ended, and the answer says when it stood in Chat
}

// againFor returns what can be done with d. The answer to what was done before
// stays for as long as it is true.
func (p *detailPane) againFor(d relay.Detail) *postAgain {
	a := p.again
	if a == nil || a.id != d.Event.ID {
		a = p.busy[d.Event.ID]
	}
	if a == nil {
		a = p.newPostAgain(d.Event)
	}
	a.update(d)
	return a
}

func (p *detailPane) newPostAgain(ev relay.Event) *postAgain {
	a := &postAgain{pane: p, id: ev.ID}
	a.action = kit.NewAsyncAction(p.v.deps.Env, kit.TextButton("", a.tapped), words.Text("failed.post_event"))
	open := kit.NewLink(words.Text("events.again.open"), kit.SizeBody)
	open.URL = consolePage(ev)
	a.button = container.New(layout.NewCustomPaddedLayout(0, 0, theme.InnerPadding(), 0), a.action.Button)
	a.box = container.NewVBox(kit.Rows(kit.ButtonRow(a.button, open), a.action.Words), a.action.Failed)
	return a
}

// update draws what can be done with d, the event as it now is.
func (a *postAgain) update(d relay.Detail) {
	waits := d.Fate == relay.FateWaiting
	if a.action.Done && !waits && !a.answered && (a.waited || countAttempts(d) > a.attempts) {
		a.action.Forget() // The post that was asked for has ended.
		if at := lastPosted(d); d.Fate == relay.FatePosted && !at.IsZero() {
			a.answered = true
			a.action.Answer(postedAgain(a.tapFate, at.In(a.pane.v.deps.Now().Location())))
		}
	}
	if !a.action.Done && a.fate != d.Fate {
		a.action.Forget() // The failure was that of an earlier outcome.
	}
	a.waited = a.waited || waits
	a.fate = d.Fate
	a.arrange()
}

// countAttempts counts every attempt to post d.
func countAttempts(d relay.Detail) int {
	n := 0
	for _, p := range d.Posts {
		n += len(p.Attempts)
	}
	return n
}

// lastPosted is when the latest attempt that stands in Chat ended; zero for none.
func lastPosted(d relay.Detail) time.Time {
	var last time.Time
	for _, p := range d.Posts {
		for _, at := range p.Attempts {
			if at.Result.Outcome.Delivered() && at.EndedAt.After(last) {
				last = at.EndedAt
			}
		}
	}
	return last
}

// postedAgain says that an event, which had that fate before, was posted then.
func postedAgain(before relay.Fate, at time.Time) string {
	clock := at.Format(time.TimeOnly)
	if before == relay.FatePosted {
		return words.Text("events.again.resent", words.Args{"Time": clock})
	}
	return words.Text("events.again.posted", words.Args{"Time": clock})
}

// arrange shows the button that fits the outcome, with a hint where there is one.
func (a *postAgain) arrange() {
	text := againWord(a.fate)
	a.action.Button.SetText(text)
	kit.ShowIf(a.button, text != "")
	if !a.action.Running && !a.action.Done {
		a.action.Say(againHint(a.fate))
	}
	a.box.Refresh()
}

// tapped posts the event; a second tap meanwhile does nothing.
func (a *postAgain) tapped() {
	b, id, fate := a.pane.v.deps.Resender, a.id, a.fate
	a.pane.busy[id] = a
	a.tapFate, a.attempts, a.waited, a.answered = fate, countAttempts(a.pane.shown), false, false
	a.action.Run(func(ctx context.Context) (string, error) {
		if fate == relay.FateLate {
			return words.Text("events.again.posting"), b.PostAnyway(ctx, id)
		}
		posts, err := b.Resend(ctx, id)
		switch {
		case posts == 0:
			return words.Text("events.again.on_its_way"), err
		case fate == relay.FateKept:
			return words.Text("events.again.posting"), err
		default:
			return words.Text("events.again.posting_again"), err
		}
	}, a.ended)
	a.box.Refresh()
}

// ended shows the answer here, or has a failure shown over the events when the
// person has opened another one since.
func (a *postAgain) ended(err error) {
	delete(a.pane.busy, a.id)
	deps := a.pane.v.deps
	switch {
	case a.pane.again == a:
		a.update(a.pane.shown)
	case err != nil:
		deps.On.Failed(a.action.Headline, err)
	}
	deps.On.Posted()
}

// againWord is the button's text for an event of that outcome; empty where there
// is nothing to post, or it is about to be posted.
func againWord(f relay.Fate) string {
	switch f {
	case relay.FatePosted, relay.FateKept:
		return words.Text("events.again.resend")
	case relay.FateFailed:
		return words.Text("events.again.retry")
	case relay.FateLate:
		return words.Text("events.again.post_anyway")
	default:
		return ""
	}
}

// againHint is what a person should know before the tap.
func againHint(f relay.Fate) string {
	if f == relay.FatePosted {
		return words.Text("events.again.resend_hint")
	}
	return ""
}

// consolePage is where the Vast.ai console shows more of what ev is about.
// Nothing of the event goes into the address.
func consolePage(ev relay.Event) *url.URL {
	page, err := url.Parse(relay.KindOf(ev.Role, ev.Type).Group.Page())
	if err != nil {
		return nil // the pages are constants
	}
	return page
}

// retryRow stands over the list while it shows what was not delivered: one
// button tries all of it again.
type retryRow struct {
	v      *View
	action *kit.AsyncAction
	box    *fyne.Container
}

func newRetryRow(v *View) *retryRow {
	r := &retryRow{v: v}
	r.action = kit.NewAsyncAction(v.deps.Env, kit.PlainButton(words.Text("events.again.retry_all"), nil, r.tapped), words.Text("failed.post_events"))
	r.box = container.NewVBox(
		kit.BesideOrBelow(kit.ButtonRow(r.action.Button), r.action.Words),
		r.action.Failed,
	)
	r.box.Hide()
	return r
}

// arrange shows the row over the n events that q found. An answer stays when the
// events that it is about have left the list.
func (r *retryRow) arrange(q relay.Query, n int) {
	failed := q.Fate == relay.FateFailed
	answered := r.action.Running || r.action.Done || r.action.Failed.Visible()
	kit.ShowIf(r.action.Button, n > 0 || r.action.Running)
	kit.ShowIf(r.box, failed && (n > 0 || answered))
	if !answered {
		hint := ""
		if q.Search != "" || q.Type != "" {
			hint = words.Text("events.again.retry_hidden")
		}
		r.action.Say(hint)
	}
}

// forget removes the answer.
func (r *retryRow) forget() { r.action.Forget() }

// tapped posts everything again that was given up.
func (r *retryRow) tapped() {
	r.action.Run(func(ctx context.Context) (string, error) {
		posts, err := r.v.deps.Resender.ResendDead(ctx)
		if posts == 0 {
			return words.Text("events.again.none_left"), err
		}
		return words.Plural("events.again.queued", posts), err
	}, func(err error) {
		r.v.list.arrange()
		if err != nil && !r.box.Visible() {
			r.v.deps.On.Failed(r.action.Headline, err)
		}
		r.v.deps.On.Posted()
	})
	r.box.Refresh()
}

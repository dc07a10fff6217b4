package bridge

import (
	"context"
	"time"

	"vastrelay/relay"
)

// patience is how many attempts in a row may fail before the Chat hop is
// shown as failing: one lost answer is no news.
const patience = 3

// postingHealth is how posting has gone since the URL was saved.
type postingHealth struct {
	url      relay.Secret // the URL in use
	proven   bool         // the last post, or the check at saving, succeeded
	failures int          // attempts in a row that failed
	last     relay.Result // the last failure
}

// useChat hands the Chat URL to the sender when it is new.
func (b *Bridge) useChat(ctx context.Context, url relay.Secret) error {
	b.mu.Lock()
	same := b.posting.url == url
	b.mu.Unlock()
	if url.Empty() {
		b.setHop(Hop{Name: HopChat, State: HopMissing, Detail: "There is no Google Chat webhook URL yet.", Next: "Paste it in Settings.", Action: ActionSetUp})
		return nil
	}
	if same {
		b.refreshChat()
		return nil
	}
	u, err := b.o.Makers.ParseChatURL(url.Reveal())
	if err != nil {
		return b.failHop(ctx, HopChat, err)
	}
	if err := b.adoptSpace(ctx, u, relay.IDsUnknown, false); err != nil {
		return b.failHop(ctx, HopChat, err)
	}
	b.mu.Lock()
	b.posting.url = url
	b.mu.Unlock()
	b.refreshChat()
	return nil
}

// ObservePost takes the outbox's reports of attempts. It returns at once.
func (b *Bridge) ObservePost(p relay.Progress) {
	b.mu.Lock()
	switch o := p.Result.Outcome; {
	case o.Delivered():
		b.posting.proven, b.posting.failures, b.posting.last = true, 0, relay.Result{}
		n := b.creds[ChatURL]
		n.checkedAt, n.problem = time.Now(), nil
		b.creds[ChatURL] = n
	case p.Post.State == relay.Dead: // a refusal of the last form there is, too
		b.posting.failures++
		b.posting.last = p.Result
	case o == relay.RateLimited, o == relay.ContentRefused, o == relay.IDsRefused, o == "":
	default:
		b.posting.failures++
		b.posting.last = p.Result
	}
	b.probes.posted(p)
	b.mu.Unlock()
	b.changed()
}

// refreshChat shows how posting goes at its hop.
func (b *Bridge) refreshChat() {
	b.mu.Lock()
	space, health := b.v.space, b.posting
	b.mu.Unlock()
	if space == "" || health.url.Empty() {
		return
	}
	d, _ := b.o.Outbox.Destination(space)
	h := chatHop(d, health, time.Now())
	if d.Parked() {
		b.blameCredential(Problem{Headline: h.Detail, Next: h.Next, Details: h.Code, Action: h.Action})
	}
	b.setHop(h)
}

// chatHop is the last hop for a destination and how posting has gone.
func chatHop(d relay.Destination, health postingHealth, now time.Time) Hop {
	h := Hop{Name: HopChat}
	switch {
	case d.Parked():
		h = h.fail(explainResult(relay.Result{Outcome: relay.DestinationGone, Reason: d.ParkReason, Detail: d.ParkDetail}))
		h.Next = Sentences(h.Next, "Everything is kept.")
	case health.failures >= patience && health.last.Outcome == relay.ContentRefused:
		h = h.fail(Problem{
			Headline: "Google Chat refuses every message", Cause: "It took none of the last ones, not even in the shortest form.",
			Next: "Make a new webhook in the space and paste its URL in Settings; what was refused can then be posted again.", Details: health.last.Reason, Action: ActionReplaceChatURL,
		})
	case health.failures >= patience:
		h = h.fail(explainResult(health.last))
	case d.HoldUntil.After(now):
		h.State, h.Detail = HopOK, "Google Chat asked for fewer messages; the next one goes out at "+d.HoldUntil.Local().Format("15:04:05")+"."
	case health.failures > 0 && health.last.Outcome == relay.ContentRefused:
		h.State, h.Detail = HopUntested, "The last message was refused in every form; it can be posted again from the list."
	case health.failures > 0:
		h.State, h.Detail = HopUntested, "The last message got no answer; it is tried again."
	case health.proven:
		h.State, h.Detail = HopOK, "Google Chat takes the messages."
	default:
		h.State, h.Detail = HopUntested, "Nothing has been posted yet in this run."
	}
	return h
}

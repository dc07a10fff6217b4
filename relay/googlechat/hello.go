package googlechat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vastrelay/relay"
)

const (
	// helloGap lies between the two halves of a hello: a space takes one
	// message a second, https://developers.google.com/workspace/chat/limits .
	helloGap = 1100 * time.Millisecond
	// helloRest follows a 429 inside a hello, doubling with each.
	helloRest = 2 * time.Second
	// helloTries bounds the requests of each half.
	helloTries = 3
)

// Hello is what a hello message showed of a destination.
type Hello struct {
	IDs        relay.IDSupport // whether client-assigned ids are honoured
	RefusesIDs bool            // the id parameters are refused: the hello stands in the space without them
	Result     relay.Result    // of the message itself: says whether the URL works
}

// Hello greets the space of u and learns whether it honours client-assigned ids,
// of which the vendor says nothing for webhooks: the same message is sent twice
// under the same ids. The same message name in both answers, or a collision,
// proves that they are honoured; two names prove that they are ignored.
//
// A refusal is reported in Hello.Result. The error is non-nil only when u is
// empty or the message cannot be built. Hello takes a little over a second, some
// fifteen when the space is busy, longer when Google does not answer, and ends
// early with ctx. u need not have been given to SetURL.
func (s *Sender) Hello(ctx context.Context, u URL) (Hello, error) {
	if u.Empty() {
		return Hello{}, errors.New("say hello: there is no webhook url")
	}
	r := s.renderer()
	body, err := r.notice("👋 "+r.words.Phrase(PhraseHello), r.words.Phrase(PhraseHelloText))
	if err != nil {
		return Hello{}, fmt.Errorf("say hello: %w", err)
	}
	id := noticeIDs(u)

	first := s.postPatiently(ctx, u, id, body)
	switch {
	case first.Outcome == relay.IDsRefused:
		plain := s.afterGap(ctx, u, ids{}, body)
		return Hello{IDs: relay.IDsIgnored, RefusesIDs: true, Result: plain}, nil
	case first.Outcome == relay.AlreadyPosted:
		// The ids are fresh, so only our own request, sent again by the
		// transport, can have used them.
		return Hello{IDs: relay.IDsHonoured, Result: first}, nil
	case !first.Outcome.Delivered() && !first.Outcome.MayBeStored():
		return Hello{IDs: relay.IDsUnknown, Result: first}, nil
	}
	second := s.afterGap(ctx, u, id, body)
	if !first.Outcome.Delivered() && second.Outcome == relay.Posted {
		// Whether the first was stored is not known, so the pair that is
		// compared begins with the second.
		first, second = second, s.afterGap(ctx, u, id, body)
	}
	return compareHalves(first, second), nil
}

// compareHalves compares the two halves of a hello. A collision with a first half
// whose answer was lost proves as much as one with a half that was answered.
func compareHalves(first, second relay.Result) Hello {
	h := Hello{IDs: relay.IDsUnknown, Result: first}
	if !first.Outcome.Delivered() {
		h.Result = second
	}
	switch {
	case second.Outcome == relay.AlreadyPosted:
		h.IDs = relay.IDsHonoured
	case second.Outcome == relay.Posted && first.Name != "" && second.Name != "":
		h.IDs = relay.IDsIgnored
		if first.Name == second.Name {
			h.IDs = relay.IDsHonoured
		}
	}
	h.Result.Replayed = h.IDs == relay.IDsHonoured
	return h
}

// afterGap posts once the space takes another message.
func (s *Sender) afterGap(ctx context.Context, u URL, id ids, body []byte) relay.Result {
	if !wait(ctx, helloGap) {
		return failure(relay.Unreachable, 0, ReasonInterrupted)
	}
	return s.postPatiently(ctx, u, id, body)
}

// postPatiently posts, and tries again a few times while the space is busy.
func (s *Sender) postPatiently(ctx context.Context, u URL, id ids, body []byte) relay.Result {
	rest := helloRest
	for try := 1; ; try++ {
		result := s.post(ctx, u, id, outgoing{body: body, shortest: true})
		if result.Outcome != relay.RateLimited || try == helloTries || !wait(ctx, rest) {
			return result
		}
		rest *= 2
	}
}

// wait sleeps for d and reports whether ctx lived on.
func wait(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

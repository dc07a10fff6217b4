package checks

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// FollowArrival asks Vast.ai for a test of the webhook and waits for the delivery. Vast.ai answers only after it has
// delivered, so the arrival is usually seen first.
func FollowArrival(ctx context.Context, run *TestRun, api API, id int64, st *health.Steps, log *slog.Logger) error {
	callCtx, cancel := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer cancel()
	answer := make(chan error, 1)
	group.Go(func() {
		_, err := api.Test(callCtx, id)
		answer <- err
	})
	d, pending, err := run.await(ctx, answer)
	if err != nil {
		return st.Fail(Explain(err))
	}
	st.Done(words.New("check.test_asked"))
	st.Start(words.New("check.test_arrival"))
	st.Done(words.New("check.test_arrived", words.Args{"Time": d.Arrived.Local().Format("15:04:05")}))
	st.Start(words.New("check.test_signature"))
	st.Done(words.New("check.test_signed"))
	if pending == nil {
		return nil
	}
	// Hanging up now could make Vast.ai count its own call as failed.
	select {
	case err := <-pending:
		if err != nil {
			log.Info("vast.ai's answer to a test that arrived", "err", err)
		}
	case <-ctx.Done():
	}
	return nil
}

// await returns the delivery once it is here, or why it will not come. pending
// yields Vast.ai's answer to the call if that is still out, else it is nil.
func (r *TestRun) await(ctx context.Context, answer <-chan error) (d relay.Delivery, pending <-chan error, err error) {
	var late <-chan time.Time
	for {
		if d, here := r.Arrived(); here {
			return d, answer, nil
		}
		select {
		case err := <-answer:
			if err != nil {
				return d, nil, r.Blame(err)
			}
			answer, late = nil, time.After(ArrivalGrace)
		case <-r.news:
		case <-late:
			return d, nil, health.New(health.TestNotArrived)
		case <-ctx.Done():
			return d, nil, ctx.Err()
		}
	}
}

// Outlook says what the post of a test has to expect. Its zero value is that it goes out
// at once.
type Outlook struct {
	Paused    bool
	Down      words.Sentence // why Google Chat takes nothing; empty while it does
	HoldUntil time.Time      // until when Google Chat has asked to wait
	Before    int            // how many other messages wait
}

// FollowPost waits for Google Chat's answer to the arrived event, and says what it waits
// for where that does not come soon. A post that waits is no failure: the error is
// TestWaits or TestQueued then. One that is held needs a person, who knows, and is no
// error at all.
func FollowPost(ctx context.Context, run *TestRun, outlook func() Outlook, st *health.Steps) error {
	st.Start(words.New("check.posting"))
	grace := PostingGrace
	if !outlook().Down.IsZero() {
		grace = secondTry
	}
	late, refused := time.After(grace), false
	for {
		r, tried := run.posted()
		switch {
		case tried && r.Outcome.Delivered():
			st.Done(words.New("check.posted"))
			return nil
		case tried && (r.Outcome == relay.DestinationGone || r.Outcome == relay.Unauthorized):
			return st.Fail(ExplainResult(r))
		case outlook().Paused:
			st.Waits(words.New("check.held"), true)
			return nil
		case tried && !refused && r.Outcome != relay.ContentRefused:
			refused, late = true, time.After(secondTry)
		}
		select {
		case <-run.news:
		case <-late:
			return waits(r, tried, outlook(), st)
		case <-ctx.Done():
			return st.Fail(Explain(ctx.Err()))
		}
	}
}

// waits ends the step of a post that is not out yet with what it waits for.
func waits(r relay.Result, tried bool, o Outlook, st *health.Steps) error {
	var p health.Problem
	switch {
	case !o.Down.IsZero():
		p = health.New(health.TestWaits, words.Args{"Reason": o.Down.WithoutStop()})
	case o.HoldUntil.After(time.Now()):
		p = health.New(health.TestWaits, words.Args{"Reason": words.New("check.asked_to_wait", words.Args{"Time": words.ClockSeconds(o.HoldUntil)})})
	case tried:
		p = health.New(health.TestWaits, words.Args{"Reason": ExplainResult(r).Headline.WithoutStop()}).With(r.Reason)
	case o.Before > 0:
		p = health.New(health.TestQueued, words.Args{"Count": o.Before})
	default:
		p = health.New(health.TestWaits, words.Args{"Reason": words.New("check.no_answer_yet")})
	}
	st.Waits(p.Cause, false)
	return p
}

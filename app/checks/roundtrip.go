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

// FollowPost waits for Google Chat's answer to the arrived event; while posting is
// paused there is nothing to wait for.
func FollowPost(ctx context.Context, run *TestRun, paused bool, st *health.Steps) error {
	st.Start(words.New("check.posting"))
	if paused {
		st.Done(words.New("check.held"))
		return nil
	}
	late := time.After(PostingGrace)
	for {
		if r, ok := run.posted(); ok && r.Outcome.Delivered() {
			st.Done(words.New("check.posted"))
			return nil
		} else if ok && (r.Outcome == relay.DestinationGone || r.Outcome == relay.Unauthorized) {
			return st.Fail(ExplainResult(r))
		}
		select {
		case <-run.news:
		case <-late:
			if r, ok := run.posted(); ok {
				return st.Fail(ExplainResult(r))
			}
			return st.Fail(health.New(health.TestWaits))
		case <-ctx.Done():
			return st.Fail(Explain(ctx.Err()))
		}
	}
}

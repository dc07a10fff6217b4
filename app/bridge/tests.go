package bridge

import (
	"context"

	"vastrelay/app/checks"
	"vastrelay/app/health"
	"vastrelay/app/words"
)

// TestFromVast asks Vast.ai for a test delivery and follows it to Google Chat,
// reporting each step. Errors are a Problem.
func (b *Bridge) TestFromVast(ctx context.Context, report func(health.Step)) error {
	if !b.testing.TryLock() {
		return health.New(health.TestUnderWay)
	}
	defer b.testing.Unlock()
	if err := b.Ended(); err != nil {
		return err
	}
	hooks := b.Status().Webhooks
	if len(hooks) == 0 {
		return health.New(health.WebhookMissing)
	}
	st := health.NewSteps(report)
	st.Start(words.Text("check.test_asking"))
	api, err := b.account.client(ctx)
	if err != nil {
		return st.Fail(checks.Explain(err))
	}
	run := b.core.tests.Begin(hooks[0].Role, false)
	defer run.Close()
	if err := checks.FollowArrival(ctx, run, api, hooks[0].ID, st, b.core.log); err != nil {
		if health.Is(err, health.TestSignatureWrong) {
			b.Reports().Suspect(hooks[0].Role) // the renewal that was promised
		}
		return err
	}
	return checks.FollowPost(ctx, run, b.core.o.Posting.Pauser.Paused().Active(), st)
}

// TestToChat posts one clearly labelled test message. Errors are a Problem.
func (b *Bridge) TestToChat(ctx context.Context, report func(health.Step)) error {
	if !b.testing.TryLock() {
		return health.New(health.TestUnderWay)
	}
	defer b.testing.Unlock()
	if err := b.Ended(); err != nil {
		return err
	}
	space := b.Status().Space
	if space == "" {
		return health.New(health.ChatURLMissing)
	}
	st := health.NewSteps(report)
	st.Start(words.Text("check.posting"))
	r := b.core.o.Posting.Chat.Test(ctx, space, words.Text("check.test_message"))
	if !r.Outcome.Delivered() {
		return st.Fail(checks.ExplainResult(r))
	}
	st.Done(words.Text("check.posted"))
	b.chat.tested()
	return nil
}

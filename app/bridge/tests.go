package bridge

import (
	"context"
	"slices"

	"vastrelay/app/checks"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/app/words"
	"vastrelay/relay"
)

// TestFromVast asks Vast.ai for a test delivery of each webhook of ours and follows
// it to Google Chat, reporting each step. Errors are a Problem.
func (b *Bridge) TestFromVast(ctx context.Context, report func(health.Step)) error {
	if !b.testing.TryLock() {
		return health.New(health.TestUnderWay)
	}
	defer b.testing.Unlock()
	if err := b.Ended(); err != nil {
		return err
	}
	hooks := b.testable()
	if len(hooks) == 0 {
		return health.New(health.WebhookMissing)
	}
	st := health.NewSteps(report)
	for _, hook := range hooks {
		st.Start(askingForTest(hook.Role, len(hooks)))
		posted, err := b.followTest(ctx, hook, st)
		if err != nil {
			return err
		}
		if err := posted(); err != nil {
			return err
		}
	}
	return nil
}

// askingForTest words the step that asks for the test of a webhook, one of so many.
func askingForTest(role relay.Role, webhooks int) words.Sentence {
	switch {
	case webhooks == 1:
		return words.New("check.test_asking")
	case role == relay.RoleHost:
		return words.New("check.test_asking_host")
	default:
		return words.New("check.test_asking_client")
	}
}

// followTest asks for a test of one webhook, a step that has begun, and follows it
// until it is here. posted, which the caller calls once, follows it on to Google
// Chat.
func (b *Bridge) followTest(ctx context.Context, hook status.Webhook, st *health.Steps) (posted func() error, err error) {
	api, err := b.account.client(ctx)
	if err != nil {
		return nil, st.Fail(checks.Explain(err))
	}
	run := b.core.tests.Begin(hook.Role, false)
	if err := checks.FollowArrival(ctx, run, api, hook.ID, st, b.core.log); err != nil {
		run.Close()
		if health.Is(err, health.TestSignatureWrong) {
			b.Reports().Suspect(hook.Role) // the renewal that was promised
		}
		return nil, err
	}
	return func() error {
		defer run.Close()
		return checks.FollowPost(ctx, run, b.chat.outlook, st)
	}, nil
}

// testable are the webhooks that deliver to this program.
func (b *Bridge) testable() []status.Webhook {
	return slices.DeleteFunc(slices.Clone(b.Status().Webhooks), func(w status.Webhook) bool { return !w.LeadsHere() })
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
	st.Start(words.New("check.posting"))
	r := b.core.o.Posting.Chat.Test(ctx, space)
	b.chat.tested(ctx, space, r)
	if !r.Outcome.Delivered() {
		return st.Fail(checks.ExplainResult(r))
	}
	st.Done(words.New("check.posted"))
	return nil
}

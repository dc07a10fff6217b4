package app_test

import (
	"context"
	"strings"
	"testing"

	"vastrelay/app"
	"vastrelay/app/health"
	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// TestWhateverChatAnswers lets Google Chat answer one message in each way that
// it is known to, and looks at what stands in the space in the end and at what
// the person is told meanwhile.
func TestWhateverChatAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		fault     chattest.Fault
		ignoreIDs bool
		parks     string // part of the headline while it lasts; empty: it passes by itself
		messages  int
		repeat    bool // one of them says that it may be a repeat: whether ids are honoured is not known yet
	}{
		{name: "too many messages", fault: chattest.RateLimit, messages: 1},
		{name: "an error of Google's", fault: chattest.InternalError, messages: 1, repeat: true},
		{name: "credentials refused at random", fault: chattest.Unauthorized, messages: 1},
		{name: "an unavailable service", fault: chattest.Unavailable, messages: 1, repeat: true},
		{name: "a card that is refused", fault: chattest.RefuseCards, messages: 1},
		{name: "ids that are refused", fault: chattest.RefuseIDs, messages: 1},
		{name: "stored, and the connection cut", fault: chattest.StoreThenCut, messages: 1},
		{name: "stored, and never answered", fault: chattest.StoreThenHang, messages: 1},
		{name: "stored, and a failure told", fault: chattest.StoreThenFail, messages: 1},
		{name: "stored, and the connection cut, where ids are ignored", fault: chattest.StoreThenCut, ignoreIDs: true, messages: 2, repeat: true},
		{name: "a page of a network that wants a sign-in", fault: chattest.SignInPage, messages: 1, repeat: true},
		{name: "a page with a byte order mark", fault: chattest.SignInPageBOM, messages: 1, repeat: true},
		{name: "a page in place of a refusal", fault: chattest.Page400, messages: 1},
		{name: "a page in place of a collision", fault: chattest.Page409, messages: 1},
		{name: "an answer of a proxy", fault: chattest.OtherJSON, messages: 1, repeat: true},
		{name: "stored, and an answer without the name", fault: chattest.StoreThenOmitName, messages: 1},
		{name: "stored, and the answer cut short", fault: chattest.StoreThenTruncate, messages: 1},
		{name: "stored, and a page in place of the answer", fault: chattest.StoreThenPage, messages: 1},
		{name: "stored, and a page in place of the answer, where ids are ignored", fault: chattest.StoreThenPage, ignoreIDs: true, messages: 2, repeat: true},
		{name: "apps switched off", fault: chattest.AppsOff, parks: "Google Chat refuses the messages", messages: 1},
		{name: "a URL without its key", fault: chattest.KeyMissing, parks: "webhook URL", messages: 1},
		{name: "a URL without its token", fault: chattest.TokenMissing, parks: "webhook URL", messages: 1},
		{name: "a page that is not there", fault: chattest.NotFoundHTML, parks: "webhook", messages: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.chat.SetIgnoreIDs(tt.ignoreIDs)
			w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
				await(t, d, "relaying", inPhase(status.Relaying))
				if tt.parks != "" {
					w.chat.SetFault(tt.fault)
				} else {
					w.chat.FailNext(1, tt.fault)
				}
				w.emit(t, vasttest.Emission{Subject: "the event"})
				if tt.parks != "" {
					s := await(t, d, "the person is told", inPhase(status.Attention))
					if !strings.Contains(s.Headline.String(), tt.parks) || !strings.Contains(s.Cause.String(), "Everything is kept.") || s.Action == health.ActionNone {
						t.Errorf("got %q, %q, button %q, want it to say %q and that all is kept", s.Headline, s.Cause, s.Action, tt.parks)
					}
					w.chat.SetFault(chattest.NoFault)
					if err := d.Bridge.Perform(ctx, health.ActionRetry); err != nil {
						t.Error(err)
					}
				}
				await(t, d, "nothing waits, and all is well", func(s status.Status) bool {
					return s.Phase == status.Relaying && s.Waiting == 0 && s.LastEvent.After(s.Since.AddDate(-1, 0, 0))
				})
			})
			if got := w.count("the event"); got != tt.messages {
				t.Errorf("got %d messages, want %d", got, tt.messages)
			}
			if got := w.count("may repeat") > 0; got != tt.repeat {
				t.Errorf("got a message that may repeat: %v, want %v: %q", got, tt.repeat, w.texts())
			}
		})
	}
}

func TestAMessageThatChatRefusesInEveryForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.desktop(t, nil, func(ctx context.Context, d app.Desktop) {
		await(t, d, "relaying", inPhase(status.Relaying))
		w.chat.SetFault(chattest.RefuseContent)
		w.emit(t, vasttest.Emission{Subject: "refused"})
		await(t, d, "the person is told", func(s status.Status) bool {
			return s.Waiting == 0 && strings.Contains(s.Cause.String(), "1 not posted")
		})
		w.chat.SetFault(chattest.NoFault)
		if posts, err := d.Resender.ResendDead(ctx); err != nil || posts != 1 {
			t.Errorf("got %d posts made again, %v, want the one", posts, err)
		}
		await(t, d, "it is posted, and nothing is left to tell", func(s status.Status) bool {
			return s.Waiting == 0 && !strings.Contains(s.Cause.String(), "not posted") && w.count("refused") == 1
		})
	})
}

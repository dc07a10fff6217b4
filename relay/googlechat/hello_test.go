package googlechat

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
)

// inProcess carries requests to a handler without a network, so that the fake
// clock of synctest goes on. An aborted handler is a broken connection.
func inProcess(handler http.Handler) http.RoundTripper {
	return roundTrip(func(r *http.Request) (resp *http.Response, err error) {
		defer func() {
			if recover() != nil {
				traceOf(r).GetConn("chat")
				traceOf(r).WroteHeaders()
				resp, err = nil, http.ErrServerClosed
			}
		}()
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, r)
		return recorder.Result(), nil
	})
}

func TestHelloLearnsWhetherIDsAreHonoured(t *testing.T) {
	for _, tc := range []struct {
		name     string
		opts     chattest.Options
		arrange  func(*chattest.Server)
		ids      relay.IDSupport
		refuses  bool
		outcome  relay.Outcome
		reason   string
		messages int
	}{
		{name: "a replay proves that ids are honoured", opts: chattest.Options{Pace: true}, ids: relay.IDsHonoured, outcome: relay.Posted, messages: 1},
		{name: "two messages prove that ids are ignored", opts: chattest.Options{Pace: true, IgnoreIDs: true}, ids: relay.IDsIgnored, outcome: relay.Posted, messages: 2},
		{
			name: "a lost answer is made up for", ids: relay.IDsHonoured, outcome: relay.Posted, messages: 1,
			arrange: func(s *chattest.Server) { s.FailNext(1, chattest.StoreThenCut) },
		},
		{
			name: "an answer without a name is made up for", ids: relay.IDsHonoured, outcome: relay.Posted, messages: 1,
			arrange: func(s *chattest.Server) { s.FailNext(1, chattest.StoreThenOmitName) },
		},
		{
			name: "answers without a name teach nothing", ids: relay.IDsUnknown, outcome: relay.Posted, messages: 1,
			arrange: func(s *chattest.Server) { s.SetFault(chattest.StoreThenOmitName) },
		},
		{
			name: "a page in place of every answer proves nothing", ids: relay.IDsUnknown, outcome: relay.Unverified, reason: ReasonSignInPage,
			arrange: func(s *chattest.Server) { s.SetFault(chattest.SignInPage) },
		},
		{
			name: "a word in place of every answer proves nothing", ids: relay.IDsUnknown, outcome: relay.Unverified, reason: ReasonNotGoogle, messages: 1,
			arrange: func(s *chattest.Server) { s.SetFault(chattest.StoreThenBabble) },
		},
		{
			name: "a page of the second half is made up for by nobody, yet the URL works", ids: relay.IDsUnknown, outcome: relay.Posted, messages: 1,
			arrange: func(s *chattest.Server) {
				s.FailNext(1, chattest.NoFault)
				s.FailNext(1, chattest.Page409)
			},
		},
		{
			name: "trouble in the second half teaches nothing, yet the URL works", ids: relay.IDsUnknown, outcome: relay.Posted, messages: 1,
			arrange: func(s *chattest.Server) {
				s.FailNext(1, chattest.NoFault)
				s.FailNext(1, chattest.InternalError)
			},
		},
		{
			name: "a busy space is waited for in both halves", ids: relay.IDsHonoured, outcome: relay.Posted, messages: 1,
			arrange: func(s *chattest.Server) {
				s.FailNext(1, chattest.RateLimit)
				s.FailNext(1, chattest.NoFault)
				s.FailNext(2, chattest.RateLimit)
			},
		},
		{
			name: "a space that stays busy is reported", ids: relay.IDsUnknown, outcome: relay.RateLimited, reason: ReasonRateLimited,
			arrange: func(s *chattest.Server) { s.SetFault(chattest.RateLimit) },
		},
		{
			name: "refused ids are left out", ids: relay.IDsIgnored, refuses: true, outcome: relay.Posted, messages: 1,
			arrange: func(s *chattest.Server) { s.SetFault(chattest.RefuseIDs) },
		},
		{
			name: "apps that are off are reported", ids: relay.IDsUnknown, outcome: relay.DestinationGone, reason: ReasonAppsOff,
			arrange: func(s *chattest.Server) { s.SetFault(chattest.AppsOff) },
		},
		{
			name: "a removed space is reported", ids: relay.IDsUnknown, outcome: relay.DestinationGone, reason: ReasonNotFound,
			arrange: func(s *chattest.Server) { s.RemoveSpace(testSpace) },
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := chattest.New(tc.opts) // outside the bubble: it has a listener
			defer server.Close()
			u := mustParse(t, server.SpaceURL(testSpace), server.Host())
			if tc.arrange != nil {
				tc.arrange(server)
			}
			synctest.Test(t, func(t *testing.T) {
				s := New(Options{Transport: inProcess(server)})
				began := time.Now()
				got, err := s.Hello(t.Context(), u)
				if err != nil {
					t.Fatal(err)
				}
				if got.IDs != tc.ids || got.RefusesIDs != tc.refuses || got.Result.Outcome != tc.outcome || got.Result.Reason != tc.reason {
					t.Errorf("hello = %+v, want ids %s, %s %s", got, tc.ids, tc.outcome, tc.reason)
				}
				if got.Result.Replayed != (tc.ids == relay.IDsHonoured) {
					t.Errorf("replayed = %v", got.Result.Replayed)
				}
				if took := time.Since(began); took > 15*time.Second {
					t.Errorf("took %s", took)
				}
				stored := server.Messages(testSpace)
				if len(stored) != tc.messages {
					t.Errorf("%d messages, want %d", len(stored), tc.messages)
				}
				for _, m := range stored {
					if m.Text != "👋 Vast Relay is connected to this space\nVast.ai notifications appear here from now on." {
						t.Errorf("text = %q", m.Text)
					}
				}
				assertNoLeak(t, u, got)
			})
		})
	}
}

func TestHelloWithoutURL(t *testing.T) {
	if _, err := New(Options{}).Hello(t.Context(), URL{}); err == nil {
		t.Error("no error")
	}
}

func TestHelloEndsWithItsContext(t *testing.T) {
	server := chattest.New(chattest.Options{})
	defer server.Close()
	u := mustParse(t, server.SpaceURL(testSpace), server.Host())
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		got, err := New(Options{Transport: inProcess(server)}).Hello(ctx, u)
		if err != nil || got.Result.Outcome != relay.Posted || got.IDs != relay.IDsUnknown {
			t.Errorf("hello = %+v, %v, want posted once and nothing learnt", got, err)
		}
	})
}

package googlechat

import (
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/googlechat/chattest"
)

var testTime = time.Date(2026, 11, 21, 19, 17, 3, 0, time.UTC)

const testSpace = "AAAAexample"

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// standIn starts a stand-in and a Sender that knows its space.
func standIn(t *testing.T, opts chattest.Options) (*chattest.Server, *Sender, URL, *logBuffer) {
	t.Helper()
	server := chattest.New(opts)
	t.Cleanup(server.Close)
	u := mustParse(t, server.SpaceURL(testSpace), server.Host())
	logs := &logBuffer{}
	s := New(Options{Logger: logs.logger(), Location: time.UTC})
	t.Cleanup(s.Close)
	s.SetURL(u)
	return server, s, u, logs
}

// cardMessage is a message with ids.
func cardMessage() relay.Message {
	return relay.Message{
		Space: testSpace, Events: []relay.Event{event("outbid")}, Rung: relay.RungCard,
		MessageID: "client-00112233445566778899aabbccddeeff",
	}
}

func TestSendPostsOnceWithIDsBesideTheCredentials(t *testing.T) {
	server, s, _, _ := standIn(t, chattest.Options{})
	m := cardMessage()

	got := s.Send(t.Context(), m)
	stored := server.Messages(testSpace)
	if len(stored) != 1 {
		t.Fatalf("%d messages stand in the space, want 1; result %+v", len(stored), got)
	}
	if got.Outcome != relay.Posted || got.Status != 200 || got.Name != stored[0].Name || got.Reason != "" || got.Detail != "" {
		t.Errorf("result = %+v, want posted as %s", got, stored[0].Name)
	}
	if !strings.HasPrefix(got.Thread, "spaces/"+testSpace+"/threads/") {
		t.Errorf("thread = %q", got.Thread)
	}
	if stored[0].MessageID != m.MessageID {
		t.Errorf("message id = %q, want %q", stored[0].MessageID, m.MessageID)
	}
	if form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`); !form.MatchString(stored[0].RequestID) {
		t.Errorf("request id = %q, want a UUID", stored[0].RequestID)
	}
}

func TestSendAgainUnderTheSameIDsIsAReplay(t *testing.T) {
	server, s, _, _ := standIn(t, chattest.Options{})
	first := s.Send(t.Context(), cardMessage())
	second := s.Send(t.Context(), cardMessage())
	if second.Outcome != relay.Posted || second.Name != first.Name {
		t.Errorf("second = %+v, want the name %s again", second, first.Name)
	}
	if n := len(server.Messages(testSpace)); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

func TestSendDownTheLadderUnderTheSameMessageIDCollides(t *testing.T) {
	server, s, _, _ := standIn(t, chattest.Options{})
	m := cardMessage()
	s.Send(t.Context(), m)
	m.Rung = relay.RungText
	got := s.Send(t.Context(), m)
	if got.Outcome != relay.AlreadyPosted || got.Status != 409 || !got.Replayed || got.Reason != "" {
		t.Errorf("result = %+v, want already posted, which proves that ids are honoured", got)
	}
	if n := len(server.Messages(testSpace)); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

func TestRequestIDDependsOnMessageURLAndRung(t *testing.T) {
	a := mustParse(t, goodURL)
	b := mustParse(t, strings.Replace(goodURL, "the-token", "other-token", 1))
	id := func(message string, u URL, rung relay.Rung, noThread bool) ids {
		return idsFor(relay.Message{MessageID: message, Rung: rung, NoThread: noThread}, u, "en")
	}
	base := id("client-a", a, relay.RungCard, false)
	if base != id("client-a", a, relay.RungCard, false) {
		t.Error("the same message has two request ids")
	}
	for name, other := range map[string]ids{
		"message":  id("client-b", a, relay.RungCard, false),
		"url":      id("client-a", b, relay.RungCard, false),
		"rung":     id("client-a", a, relay.RungText, false),
		"thread":   id("client-a", a, relay.RungCard, true),
		"language": idsFor(relay.Message{MessageID: "client-a", Rung: relay.RungCard}, a, "de"),
	} {
		if other.request == base.request {
			t.Errorf("another %s has the same request id", name)
		}
	}
	if id("", a, relay.RungCard, false) != (ids{}) {
		t.Error("an empty message id yields ids")
	}
}

func TestRequestForm(t *testing.T) {
	u := mustParse(t, goodURL)
	var seen *http.Request
	var body []byte
	s := New(Options{UserAgent: "VastRelay/1.2", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		seen = r
		body, _ = io.ReadAll(r.Body)
		return answerOf(200, `{"name":"spaces/AAAAexample/messages/M.M"}`), nil
	})})
	s.SetURL(u)

	m := cardMessage()
	m.MessageID = ""
	s.Send(t.Context(), m)
	if got := seen.URL.String(); got != goodURL {
		t.Errorf("without ids the URL is %q, want it as it was saved", got)
	}
	m.MessageID = "client-a"
	s.Send(t.Context(), m)
	query := seen.URL.Query()
	if query.Get("key") != "the-key" || query.Get("token") != "the-token_-1=" || query.Get("messageId") != "client-a" ||
		query.Get("requestId") == "" || len(query) != 4 {
		t.Errorf("query = %v", query)
	}
	if !strings.Contains(seen.URL.RawQuery, "token=the-token_-1%3D") {
		t.Errorf("raw query = %q, want the padding encoded", seen.URL.RawQuery)
	}
	if seen.Method != http.MethodPost || seen.Header.Get("Content-Type") != "application/json; charset=UTF-8" ||
		seen.Header.Get("User-Agent") != "VastRelay/1.2" {
		t.Errorf("method %s, header %v", seen.Method, seen.Header)
	}
	if len(body) == 0 || seen.ContentLength != int64(len(body)) {
		t.Errorf("body of %d bytes announced as %d", len(body), seen.ContentLength)
	}
}

func TestSendWithoutURLOrEvents(t *testing.T) {
	s := New(Options{})
	if got := s.Send(t.Context(), cardMessage()); got.Outcome != relay.DestinationGone || got.Reason != ReasonNoURL || got.Detail == "" {
		t.Errorf("result = %+v, want no_url", got)
	}
	u := mustParse(t, goodURL)
	s.SetURL(u)
	s.SetURL(URL{})
	if got := s.Send(t.Context(), relay.Message{Space: testSpace}); got.Outcome != relay.ContentRefused || got.Reason != ReasonUnrenderable {
		t.Errorf("result = %+v, want unrenderable", got)
	}
	s.RemoveURL(testSpace)
	if got := s.Test(t.Context(), testSpace); got.Reason != ReasonNoURL {
		t.Errorf("result = %+v, want no_url", got)
	}
}

func TestURLIsSwappedAtRunTime(t *testing.T) {
	server, s, _, _ := standIn(t, chattest.Options{})
	second := mustParse(t, server.AddWebhook(testSpace), server.Host())
	server.RemoveSpace(testSpace)
	if got := s.Send(t.Context(), cardMessage()); got.Outcome != relay.DestinationGone || got.Reason != ReasonNotFound {
		t.Fatalf("result = %+v, want not_found", got)
	}
	s.SetURL(second)
	renewed := mustParse(t, server.AddWebhook(testSpace), server.Host())
	if got := s.Send(t.Context(), cardMessage()); got.Reason != ReasonTokenMissing {
		t.Fatalf("result = %+v, want the old webhook's token refused", got)
	}
	s.SetURL(renewed)
	if got := s.Send(t.Context(), cardMessage()); got.Outcome != relay.Posted {
		t.Fatalf("result = %+v, want posted", got)
	}
}

func TestTestMessageIsLabelledAndFresh(t *testing.T) {
	server, s, u, _ := standIn(t, chattest.Options{})
	for range 2 {
		if got := s.Test(t.Context(), testSpace); got.Outcome != relay.Posted {
			t.Fatalf("result = %+v", got)
		}
	}
	stored := server.Messages(testSpace)
	if len(stored) != 2 || stored[0].MessageID == stored[1].MessageID || stored[0].MessageID == "" {
		t.Fatalf("messages = %+v, want two under ids of their own", stored)
	}
	want := "🔔 Test from Vast Relay\nThis is a test from Vast Relay. Nothing happened at Vast.ai."
	if stored[0].Text != want {
		t.Errorf("text = %q, want %q", stored[0].Text, want)
	}
	assertNoLeak(t, u, stored[0].Text)
}

// TestSendTellsEveryFaultOfTheStandIn sends over real connections.
func TestSendTellsEveryFaultOfTheStandIn(t *testing.T) {
	want := map[chattest.Fault]struct {
		outcome relay.Outcome
		reason  string
		stored  int
	}{
		chattest.RateLimit:         {relay.RateLimited, ReasonRateLimited, 0},
		chattest.RequestTimeout:    {relay.Ambiguous, ReasonTimeout, 0},
		chattest.InternalError:     {relay.ServerTrouble, ReasonServerError, 0},
		chattest.BadGateway:        {relay.Unverified, ReasonSignInPage, 0},
		chattest.Unavailable:       {relay.ServerTrouble, ReasonServerError, 0},
		chattest.GatewayTimeout:    {relay.ServerTrouble, ReasonServerError, 0},
		chattest.AppsOff:           {relay.DestinationGone, ReasonAppsOff, 0},
		chattest.KeyMissing:        {relay.DestinationGone, ReasonKeyMissing, 0},
		chattest.TokenMissing:      {relay.DestinationGone, ReasonTokenMissing, 0},
		chattest.NotFoundHTML:      {relay.DestinationGone, ReasonWrongPath, 0},
		chattest.NotFound:          {relay.DestinationGone, ReasonNotFound, 0},
		chattest.Unauthorized:      {relay.Unauthorized, ReasonUnauthenticated, 0},
		chattest.KeyInvalid:        {relay.DestinationGone, ReasonKeyInvalid, 0},
		chattest.TooLarge:          {relay.ContentRefused, ReasonTooLarge, 0},
		chattest.Redirect:          {relay.Unreachable, ReasonRedirected, 0},
		chattest.SignInPage:        {relay.Unverified, ReasonSignInPage, 0},
		chattest.SignInPageBOM:     {relay.Unverified, ReasonSignInPage, 0},
		chattest.Page400:           {relay.Unreachable, ReasonSignInPage, 0},
		chattest.Page401:           {relay.Unreachable, ReasonSignInPage, 0},
		chattest.Page403:           {relay.DestinationGone, ReasonForbidden, 0},
		chattest.Page409:           {relay.Unreachable, ReasonSignInPage, 0},
		chattest.Page413:           {relay.ContentRefused, ReasonTooLarge, 0},
		chattest.Page429:           {relay.Unreachable, ReasonSignInPage, 0},
		chattest.Empty400:          {relay.Unverified, ReasonNotGoogle, 0},
		chattest.Empty409:          {relay.Unverified, ReasonNotGoogle, 0},
		chattest.EmptyOK:           {relay.Unverified, ReasonNotGoogle, 0},
		chattest.NoContent:         {relay.Unverified, ReasonNotGoogle, 0},
		chattest.PlainOK:           {relay.Unverified, ReasonNotGoogle, 0},
		chattest.OtherJSON:         {relay.Unverified, ReasonNotGoogle, 0},
		chattest.OtherJSON400:      {relay.Unverified, ReasonNotGoogle, 0},
		chattest.ForeignCode:       {relay.Unverified, ReasonNotGoogle, 0},
		chattest.UnnamedMessageOK:  {relay.Unverified, ReasonNotGoogle, 0},
		chattest.RefuseCards:       {relay.ContentRefused, ReasonContentRefused, 0},
		chattest.RefuseContent:     {relay.ContentRefused, ReasonContentRefused, 0},
		chattest.RefuseIDs:         {relay.IDsRefused, ReasonIDsRefused, 0},
		chattest.RefuseThreads:     {relay.ContentRefused, ReasonThreadRefused, 0},
		chattest.Hang:              {relay.Ambiguous, ReasonInterrupted, 0},
		chattest.StoreThenHang:     {relay.Ambiguous, ReasonInterrupted, 1},
		chattest.StoreThenCut:      {relay.Ambiguous, ReasonConnectionLost, 1},
		chattest.StoreThenFail:     {relay.ServerTrouble, ReasonServerError, 1},
		chattest.StoreThenBabble:   {relay.Unverified, ReasonNotGoogle, 1},
		chattest.StoreThenOmitName: {relay.Unverified, ReasonNotGoogle, 1},
		chattest.StoreThenTruncate: {relay.Unverified, ReasonNotGoogle, 1},
		chattest.StoreThenEmpty:    {relay.Unverified, ReasonNotGoogle, 1},
		chattest.StoreThenPage:     {relay.Unverified, ReasonSignInPage, 1},
	}
	for _, fault := range chattest.Faults() {
		t.Run(string(fault), func(t *testing.T) {
			server, s, u, logs := standIn(t, chattest.Options{})
			expect, ok := want[fault]
			if !ok {
				t.Fatal("the table lacks this fault")
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			server.SetFault(fault)
			s.threads = func() Threads { return ThreadsType }
			// From a server that hangs the caller walks away, once its part
			// is done.
			switch fault {
			case chattest.Hang:
				ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) { cancel() }})
			case chattest.StoreThenHang:
				server.OnMessage(func(string, chattest.StoredMessage) { cancel() })
			}
			got := s.Send(ctx, cardMessage())
			if got.Outcome != expect.outcome || got.Reason != expect.reason {
				t.Errorf("result = %+v, want %s %s", got, expect.outcome, expect.reason)
			}
			if (got.Detail == "") != got.Outcome.Delivered() {
				t.Errorf("detail = %q for %s", got.Detail, got.Outcome)
			}
			if n := len(server.Messages(testSpace)); n != expect.stored {
				t.Errorf("%d messages stored, want %d", n, expect.stored)
			}
			if got.RetryAfter != 0 {
				t.Errorf("retry after %s, want none", got.RetryAfter)
			}
			assertNoLeak(t, u, got, logs.String())

			server.SetFault(chattest.NoFault)
			again := s.Send(t.Context(), cardMessage())
			if !again.Outcome.Delivered() {
				t.Errorf("afterwards = %+v, want delivered", again)
			}
			if n := len(server.Messages(testSpace)); n != 1 {
				t.Errorf("%d messages stand in the space in the end, want 1", n)
			}
		})
	}
}

func TestMessageRefusedInItsThreadIsTakenWithout(t *testing.T) {
	server, s, _, _ := standIn(t, chattest.Options{})
	s.threads = func() Threads { return ThreadsType }
	server.SetFault(chattest.RefuseThreads)
	m := cardMessage()
	if got := s.Send(t.Context(), m); got.Outcome != relay.ContentRefused || !got.Threaded {
		t.Errorf("result = %+v, want refused in its thread", got)
	}
	m.NoThread = true
	if got := s.Send(t.Context(), m); got.Outcome != relay.Posted || got.Threaded {
		t.Errorf("result = %+v, want posted without", got)
	}
	if stored := server.Messages(testSpace); len(stored) != 1 || stored[0].CardTitle == "" {
		t.Errorf("messages = %+v, want the card", stored)
	}
}

// TestTestMessageAsksAgainWhatCameOfIt: no lane tries a test again.
func TestTestMessageAsksAgainWhatCameOfIt(t *testing.T) {
	for _, tc := range []struct {
		fault   chattest.Fault
		outcome relay.Outcome
		stored  int
	}{
		{chattest.StoreThenOmitName, relay.Posted, 1},
		{chattest.StoreThenBabble, relay.Posted, 1},
		{chattest.SignInPage, relay.Posted, 1},
		{chattest.StoreThenPage, relay.Posted, 1},
		{chattest.AppsOff, relay.DestinationGone, 0},
	} {
		server, s, _, _ := standIn(t, chattest.Options{})
		server.FailNext(1, tc.fault)
		if got := s.Test(t.Context(), testSpace); got.Outcome != tc.outcome {
			t.Errorf("%s: result = %+v, want %s", tc.fault, got, tc.outcome)
		}
		if n := len(server.Messages(testSpace)); n != tc.stored {
			t.Errorf("%s: %d messages, want %d", tc.fault, n, tc.stored)
		}
	}
}

func TestRefusedCardGoesAsText(t *testing.T) {
	server, s, _, _ := standIn(t, chattest.Options{})
	server.SetFault(chattest.RefuseCards)
	m := cardMessage()
	got := s.Send(t.Context(), m)
	if got.Outcome != relay.ContentRefused || !strings.Contains(got.Detail, "message.cards_v2[0].card") {
		t.Errorf("result = %+v, want the refused field named", got)
	}
	m.Rung = relay.RungText
	if got := s.Send(t.Context(), m); got.Outcome != relay.Posted {
		t.Errorf("result = %+v, want posted", got)
	}
}

func TestSenderIsSafeForConcurrentUse(t *testing.T) {
	server, s, u, _ := standIn(t, chattest.Options{})
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			m := cardMessage()
			m.MessageID = "client-" + string(rune('a'+i))
			s.SetURL(u)
			if got := s.Send(t.Context(), m); got.Outcome != relay.Posted {
				t.Errorf("result = %+v", got)
			}
		})
	}
	group.Wait()
	if n := len(server.Messages(testSpace)); n != 8 {
		t.Errorf("%d messages, want 8", n)
	}
}

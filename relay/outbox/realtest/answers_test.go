package realtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/words"
	"vastrelay/relay"
	"vastrelay/relay/googlechat"
	"vastrelay/relay/outbox"
	"vastrelay/relay/store"
)

// chatAnswer is what Google Chat says to one request; without a status there
// is no answer, and the request was sent or not.
type chatAnswer struct {
	status int
	body   string
	err    error
}

// apiError is the envelope of Google's APIs.
func apiError(code int, status, message, details string) chatAnswer {
	return chatAnswer{status: code, body: fmt.Sprintf(`{"error":{"code":%d,"status":%q,"message":%q,"details":[%s]}}`, code, status, message, details)}
}

// asked is one request as it reached Google Chat.
type asked struct {
	at                   time.Duration // since the event was accepted
	messageID, requestID string
	form                 string // card, text or shortest
}

// answeringChat is a transport that answers as it is told; the last answer is
// given for ever.
type answeringChat struct {
	mu      sync.Mutex
	began   time.Time
	answers []chatAnswer
	log     []asked
}

func (c *answeringChat) RoundTrip(r *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var m struct {
		Text  string
		Cards []any `json:"cardsV2"`
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	form := "card"
	switch {
	case len(m.Cards) > 0:
	case strings.Contains(m.Text, "\n"):
		form = "text"
	default:
		form = "shortest"
	}
	query := r.URL.Query()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = append(c.log, asked{time.Since(c.began), query.Get("messageId"), query.Get("requestId"), form})
	a := c.answers[min(len(c.log), len(c.answers))-1]
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{StatusCode: a.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

func (c *answeringChat) forms() (forms []string) {
	for _, a := range c.log {
		forms = append(forms, a.form)
	}
	return forms
}

// The answers of the table.
var (
	stored    = chatAnswer{status: 200, body: `{"name":"spaces/AAAAspace/messages/M.M"}`}
	wrongKey  = apiError(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", `{"reason":"API_KEY_INVALID"}`)
	notJSON   = apiError(400, "INVALID_ARGUMENT", "Invalid JSON payload received. Unexpected token.", "")
	badField  = apiError(400, "INVALID_ARGUMENT", "Unknown name", `{"fieldViolations":[{"field":"message.cards_v2[0].card"}]}`)
	badID     = apiError(400, "INVALID_ARGUMENT", "bad", `{"fieldViolations":[{"field":"message_id","description":"bad"}]}`)
	badThread = apiError(400, "INVALID_ARGUMENT", "The thread resource name is invalid.", "")
	noAuth    = apiError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", "")
	appsOff   = apiError(403, "PERMISSION_DENIED", "The caller does not have permission", "")
	noKey     = apiError(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.", "")
	noToken   = apiError(403, "PERMISSION_DENIED", "The request was made without a valid token.", "")
	notFound  = apiError(404, "NOT_FOUND", "Requested entity was not found.", "")
	htmlPage  = chatAnswer{status: 404, body: "<!DOCTYPE html><title>Error 404</title>"}
	exists    = apiError(409, "ALREADY_EXISTS", "Requested entity already exists", "")
	tooFast   = apiError(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted.", "")
)

// inBetween is what a person is told of an answer that is not Google's.
const inBetween = "Something in between answers for Google Chat"

// step is what the lane does after the first answer.
type step int

const (
	delivered step = iota // nothing: the message stands in the space
	stepsDown             // the next form at the pace of the lane, under the same message id
	sameAgain             // the same form under the same ids, after a rest
	laneHolds             // the same, and nothing else leaves meanwhile
	withoutID             // the same form without ids
	parks                 // nothing for an hour, then a probe
)

// everyAnswer is the table of errors that the facts about Google Chat hold, row
// by row, with the answers that are known of each.
var everyAnswer = []struct {
	row      string
	answers  []chatAnswer // the last goes on
	outcome  relay.Outcome
	next     step
	headline string
	fate     relay.PostState // in the end
	forms    []string        // of all requests within three hours; nil: not looked at
}{
	{"400, the body is not JSON", []chatAnswer{notJSON, stored}, relay.ContentRefused, stepsDown, "Google Chat refuses this message", relay.Done, []string{"card", "text"}},
	{"400, an unknown field", []chatAnswer{badField, stored}, relay.ContentRefused, stepsDown, "Google Chat refuses this message", relay.Done, []string{"card", "text"}},
	{"400, text over the limit, twice", []chatAnswer{badField, notJSON, stored}, relay.ContentRefused, stepsDown, "Google Chat refuses this message", relay.Done, []string{"card", "text", "shortest"}},
	{"400, in every form", []chatAnswer{badField}, relay.ContentRefused, stepsDown, "Google Chat refuses this message", relay.Dead, []string{"card", "text", "shortest"}},
	{"400, a bad message id", []chatAnswer{badID, stored}, relay.IDsRefused, withoutID, "Google Chat takes no message ids", relay.Done, []string{"card", "card"}},
	{"400, a damaged key", []chatAnswer{wrongKey, stored}, relay.DestinationGone, parks, "The webhook URL is damaged", relay.Done, nil},
	{"401, at random", []chatAnswer{noAuth, stored}, relay.Unauthorized, sameAgain, "Google Chat refused the webhook", relay.Done, []string{"card", "card"}},
	{"401, again and again, then parked", []chatAnswer{noAuth}, relay.Unauthorized, sameAgain, "Google Chat refused the webhook", relay.Waiting, []string{"card", "card", "card", "card", "card", "card"}},
	{"403, apps are off", []chatAnswer{appsOff, stored}, relay.DestinationGone, parks, "Google Chat refuses the messages", relay.Done, nil},
	{"403, the key is missing", []chatAnswer{noKey, stored}, relay.DestinationGone, parks, "The webhook URL is incomplete", relay.Done, nil},
	{"403, the token is missing", []chatAnswer{noToken, stored}, relay.DestinationGone, parks, "Google Chat refused the webhook URL", relay.Done, nil},
	{"404, the space or webhook is gone", []chatAnswer{notFound}, relay.DestinationGone, parks, "The webhook or its space is gone", relay.Waiting, []string{"card", "card", "card"}},
	{"404, a page, since the path is wrong", []chatAnswer{htmlPage, stored}, relay.DestinationGone, parks, "The webhook URL is wrong", relay.Done, nil},
	{"408", []chatAnswer{apiError(408, "DEADLINE_EXCEEDED", "x", ""), stored}, relay.Ambiguous, sameAgain, "Google Chat did not answer in time", relay.Done, []string{"card", "card"}},
	{"a transport error after the request was sent", []chatAnswer{{err: errors.New("connection reset")}, stored}, relay.Ambiguous, sameAgain, "The connection to Google Chat broke", relay.Done, []string{"card", "card"}},
	{"a timeout", []chatAnswer{{err: context.DeadlineExceeded}, stored}, relay.Ambiguous, sameAgain, "Google Chat did not answer in time", relay.Done, []string{"card", "card"}},
	{"409", []chatAnswer{exists}, relay.AlreadyPosted, delivered, "", relay.Done, []string{"card"}},
	{"413", []chatAnswer{{status: 413}, stored}, relay.ContentRefused, stepsDown, "Google Chat refuses this message", relay.Done, []string{"card", "text"}},
	{"429", []chatAnswer{tooFast, stored}, relay.RateLimited, laneHolds, "Google Chat asks for a rest", relay.Done, []string{"card", "card"}},
	{"500", []chatAnswer{apiError(500, "INTERNAL", "x", ""), stored}, relay.ServerTrouble, sameAgain, "Google Chat is down", relay.Done, []string{"card", "card"}},
	{"503", []chatAnswer{apiError(503, "UNAVAILABLE", "x", ""), stored}, relay.ServerTrouble, sameAgain, "Google Chat is down", relay.Done, []string{"card", "card"}},
	{"504", []chatAnswer{apiError(504, "DEADLINE_EXCEEDED", "x", ""), stored}, relay.ServerTrouble, sameAgain, "Google Chat is down", relay.Done, []string{"card", "card"}},

	{"400, the thread alone", []chatAnswer{badThread, stored}, relay.ContentRefused, stepsDown, "Google Chat refuses this message", relay.Done, []string{"card", "text"}}, // There was none.
	{"301", []chatAnswer{{status: 301}, stored}, relay.Unreachable, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"302, a page", []chatAnswer{{status: 302, body: "<html>"}, stored}, relay.Unreachable, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"307", []chatAnswer{{status: 307}, stored}, relay.Unreachable, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"200, a page", []chatAnswer{{status: 200, body: "<html>"}, stored}, relay.Unverified, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"200, a page with a byte order mark", []chatAnswer{{status: 200, body: "\ufeff<html>"}, stored}, relay.Unverified, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"200, nothing", []chatAnswer{{status: 200}, stored}, relay.Unverified, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"200, OK, again and again", []chatAnswer{{status: 200, body: "OK"}, {status: 200, body: "OK"}, {status: 200, body: "OK"}, stored}, relay.Unverified, sameAgain, inBetween, relay.Done, []string{"card", "card", "card", "card"}},
	{"200, other JSON, again and again", []chatAnswer{{status: 200, body: `{"ok":true}`}, {status: 200, body: `{"ok":true}`}, stored}, relay.Unverified, sameAgain, inBetween, relay.Done, []string{"card", "card", "card"}},
	{"200, half a message", []chatAnswer{{status: 200, body: stored.body[:30]}, stored}, relay.Unverified, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"200, an empty message, and again as the answer to the repeat", []chatAnswer{{status: 200, body: "{}"}}, relay.Unverified, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"204", []chatAnswer{{status: 204}, stored}, relay.Unverified, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"400, a page", []chatAnswer{{status: 400, body: "<html>"}, stored}, relay.Unreachable, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"400, other JSON", []chatAnswer{{status: 400, body: `{"error":"bad"}`}, stored}, relay.Unverified, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"401, a page", []chatAnswer{{status: 401, body: "<html>"}, stored}, relay.Unreachable, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"403, a page", []chatAnswer{{status: 403, body: "<html>"}, stored}, relay.DestinationGone, parks, "Google Chat refuses the messages", relay.Done, nil},
	{"409, a page, then the collision itself", []chatAnswer{{status: 409, body: "<html>"}, exists}, relay.Unreachable, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"413, a page", []chatAnswer{{status: 413, body: "<html>"}, stored}, relay.ContentRefused, stepsDown, "Google Chat refuses this message", relay.Done, []string{"card", "text"}},
	{"429, a page", []chatAnswer{{status: 429, body: "<html>"}, stored}, relay.Unreachable, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"502, a page", []chatAnswer{{status: 502, body: "<html>"}, stored}, relay.Unverified, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
	{"504, nothing", []chatAnswer{{status: 504}, stored}, relay.Unverified, sameAgain, inBetween, relay.Done, []string{"card", "card"}},
}

// TestEveryAnswerOfGoogleChat goes every row of the table through the real
// sender, lane and store, on a virtual clock: how the answer is classed, what
// the lane does next, what the person is told, and how the event ends.
func TestEveryAnswerOfGoogleChat(t *testing.T) {
	for _, row := range everyAnswer {
		t.Run(row.row, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.db")
			synctest.Test(t, func(t *testing.T) {
				chat := &answeringChat{began: time.Now(), answers: row.answers}
				first, outbox, memory := runAnswers(t, path, chat)

				time.Sleep(3*time.Hour - time.Minute)
				synctest.Wait()
				if first.Result.Outcome != row.outcome {
					t.Errorf("outcome %q, want %q", first.Result.Outcome, row.outcome)
				}
				checkNext(t, row.next, chat.log, first, outbox)
				if row.forms != nil && !slices.Equal(chat.forms(), row.forms) {
					t.Errorf("forms %v, want %v", chat.forms(), row.forms)
				}
				if headline, _, next := words.ChatReason(first.Result.Reason); row.headline != "" && (headline.String() != row.headline || next.IsZero() || first.Result.Detail == "") {
					t.Errorf("the person is told %q, %q, %q; want %q with cause and next step", headline, first.Result.Detail, next, row.headline)
				}
				d, err := memory.Detail(t.Context(), "e1")
				if err != nil || len(d.Posts) != 1 || d.Posts[0].Post.State != row.fate {
					t.Errorf("in the end %+v, %v; want it %s", d.Posts, err, row.fate)
				}
			})
		})
	}
}

// runAnswers relays one event to chat until the test ends, and returns how its
// first attempt went.
func runAnswers(t *testing.T, path string, chat http.RoundTripper) (relay.Progress, *outbox.Outbox, *store.Store) {
	t.Helper()
	const host = "chat.example.com:443"
	u, err := googlechat.ParseURL("https://"+host+"/v1/spaces/AAAAspace/messages?key=k&token=t", googlechat.ParseOptions{ExtraHosts: []string{host}})
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	sender := googlechat.New(googlechat.Options{Transport: chat, Logger: quiet})
	sender.SetURL(u)
	memory, err := store.Open(t.Context(), path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	attempts := make(chan relay.Progress, 1)
	outbox := outbox.New(outbox.Options{Store: memory, Sender: sender, Logger: quiet, Observe: func(p relay.Progress) {
		select {
		case attempts <- p:
		default:
		}
	}})
	if _, err := outbox.AddDestination(t.Context(), u.Space(), ""); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- outbox.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, memory.Close()); err != nil {
			t.Error(err)
		}
	})
	ev := relay.Event{ID: "e1", Type: "idle_gpu", Subject: "Instance idle", Message: "Look.", ReceivedAt: time.Now()}
	if _, err := outbox.Accept(t.Context(), ev); err != nil {
		t.Fatal(err)
	}
	first := <-attempts
	return first, outbox, memory
}

// checkNext looks at the request that followed the first.
func checkNext(t *testing.T, next step, log []asked, first relay.Progress, outbox *outbox.Outbox) {
	t.Helper()
	if next == delivered {
		if len(log) != 1 {
			t.Errorf("%d requests, want no other", len(log))
		}
		return
	}
	if len(log) < 2 {
		t.Fatalf("%d requests, want another", len(log))
	}
	rest := log[1].at - log[0].at
	sameIDs := log[0].messageID != "" && log[1].messageID == log[0].messageID && log[1].requestID == log[0].requestID
	within := func(least, most time.Duration) {
		t.Helper()
		if rest < least || rest > most {
			t.Errorf("tried again after %v, want %v to %v", rest, least, most)
		}
	}
	parked := first.Destination.Parked()
	switch next {
	case delivered:
	case stepsDown:
		within(time.Second, 2*time.Second)
		if log[1].form == log[0].form || log[1].messageID != log[0].messageID || log[1].requestID == log[0].requestID {
			t.Errorf("requests %+v, want another form under the same message id and another request id", log[:2])
		}
	case sameAgain:
		within(2*time.Second, 15*time.Second)
		if !sameIDs || log[1].form != log[0].form {
			t.Errorf("requests %+v, want the same under the same ids", log[:2])
		}
	case laneHolds:
		within(2*time.Second, 3*time.Second)
		if d := first.Destination; !sameIDs || d.HoldStep != 2*time.Second || d.HoldUntil.IsZero() {
			t.Errorf("requests %+v with %+v, want the same under the same ids after a hold of the lane", log[:2], d)
		}
	case withoutID:
		within(time.Second, 2*time.Second)
		if log[1].messageID != "" || log[1].requestID != "" || log[0].messageID == "" {
			t.Errorf("requests %+v, want the second without ids", log[:2])
		}
	case parks:
		within(time.Hour, time.Hour+time.Minute)
		if !parked || !sameIDs {
			t.Errorf("requests %+v, parked %v; want the same under the same ids as a probe", log[:2], parked)
		}
	}
	if parked != (next == parks) {
		t.Errorf("parked %v after the first answer, want %v", parked, next == parks)
	}
	// Whatever came, nothing is left open that a person could not see.
	if d, ok := outbox.Destination("AAAAspace"); !ok || d.Parked() && (d.ParkReason == "" || d.ParkDetail == "") {
		t.Errorf("destination %+v, want a park to be told with its reason", d)
	}
}

// foreignAnswers are not Google's, each under a status that would be a verdict.
var foreignAnswers = []chatAnswer{
	{status: 200},
	{status: 200, body: "OK"},
	{status: 200, body: "<html>"},
	{status: 200, body: "\ufeff<html>"},
	{status: 200, body: `{"ok":true}`},
	{status: 200, body: "null"},
	{status: 204},
	{status: 302},
	{status: 400},
	{status: 400, body: "<html>"},
	{status: 400, body: "Bad Request"},
	{status: 400, body: `{"message":"blocked"}`},
	{status: 401, body: "<html>"},
	{status: 403},
	{status: 403, body: "Forbidden"},
	{status: 404, body: "404 page not found"},
	{status: 409, body: "<html>"},
	{status: 409},
	{status: 429, body: "<html>"},
	{status: 500, body: "<html>"},
	{status: 502, body: "<html>"},
	{status: 503, body: "upstream connect error"},
}

// TestAnswersThatAreNotGooglesLoseNothing: for ten minutes nothing but they
// come, and the message is still sent under its ids and in its form. That this
// never ends is a matter of the lane alone.
func TestAnswersThatAreNotGooglesLoseNothing(t *testing.T) {
	for _, foreign := range foreignAnswers {
		t.Run(fmt.Sprintf("%d %q", foreign.status, foreign.body), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.db")
			synctest.Test(t, func(t *testing.T) {
				chat := &answeringChat{began: time.Now(), answers: []chatAnswer{foreign}}
				_, _, memory := runAnswers(t, path, chat)
				time.Sleep(10 * time.Minute)
				synctest.Wait()
				d, err := memory.Detail(t.Context(), "e1")
				if err != nil || d.Posts[0].Post.State != relay.Waiting || d.Posts[0].Post.Answers != 0 {
					t.Fatalf("after ten minutes %+v, %v; want it waiting and no older", d.Posts, err)
				}
				chat.mu.Lock()
				n := len(chat.log)
				chat.answers = []chatAnswer{stored}
				chat.mu.Unlock()
				if n < 10 || n > 20 {
					t.Errorf("%d attempts in ten minutes", n)
				}
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if d, err = memory.Detail(t.Context(), "e1"); err != nil || d.Posts[0].Post.State != relay.Done {
					t.Errorf("two minutes after the way is free again %+v, %v; want it posted", d.Posts, err)
				}
				for _, a := range chat.log {
					if a.form != "card" || a.messageID != chat.log[0].messageID || a.requestID != chat.log[0].requestID {
						t.Fatalf("sent %+v after %+v, want the same under the same ids", a, chat.log[0])
					}
				}
			})
		})
	}
}

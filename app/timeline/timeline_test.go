package timeline

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"vastrelay/app/words"
	"vastrelay/relay"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// detail is an event that was posted at the second attempt.
func detail() relay.Detail {
	return relay.Detail{
		Event:    relay.Event{ID: "ev1", Role: relay.RoleClient, Type: "outbid", Subject: "s", Message: "m", ReceivedAt: noon, OccurredAt: noon.Add(-time.Second), Payload: []byte(`{"a": 1.50}`)},
		StoredAt: noon.Add(3 * time.Millisecond), Verdict: relay.Accepted, Fate: relay.FatePosted,
		Posts: []relay.PostDetail{{Post: relay.Post{State: relay.Done}, Members: 1, Attempts: []relay.Attempt{
			{Number: 1, StartedAt: noon, EndedAt: noon, Result: relay.Result{Outcome: relay.ServerTrouble, Status: 503, Took: 200 * time.Millisecond, Detail: "internal"}},
			{Number: 2, StartedAt: noon, EndedAt: noon, Result: relay.Result{Outcome: relay.Posted, Status: 200, Name: "spaces/A/messages/b"}, Rung: relay.RungText, MayRepeat: true},
		}}},
	}
}

// lines words moments, a line each.
func lines(moments []Moment) string {
	var b strings.Builder
	for _, m := range moments {
		b.WriteString(m.What.String() + ": " + words.Join(m.Facts, " · ").String() + "\n")
	}
	return b.String()
}

func TestMoments(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*relay.Detail)
		want   string
		kind   Kind // of the last moment
	}{
		"an event that was posted": {func(*relay.Detail) {}, "Received from Vast.ai: signature ok · sent 11:59:59.0 · type outbid · for renting\nOn disk: \n" +
			"Attempt 1: Google Chat had trouble: HTTP 503 · 200 ms · internal\nAttempt 2: posted: HTTP 200 · as plain text · may repeat · spaces/A/messages/b\n", Delivered},
		"delivered again": {func(d *relay.Detail) { d.Event.Attempt = 3 }, "at delivery 3: ", Delivered},
		"caught up": {
			func(d *relay.Detail) { d.Event.CaughtUp, d.StoredAt, d.Posts = true, time.Time{}, nil },
			"Fetched from Vast.ai's inbox: sent 11:59:59.0 · type outbid · for renting\n", Received,
		},
		"a gap":            {func(d *relay.Detail) { d.Event.Type, d.StoredAt, d.Posts = relay.GapType, time.Time{}, nil }, "Noted by Vast Relay: \n", Received},
		"for hosting":      {func(d *relay.Detail) { d.Event.Role = relay.RoleHost }, "for hosting", Delivered},
		"part of a digest": {func(d *relay.Detail) { d.Posts[0].Members = 2 }, "Sent together with 1 other event: ", Delivered},
		"still waiting": {func(d *relay.Detail) {
			d.Posts[0].Post = relay.Post{State: relay.Waiting, NotBefore: noon.Add(time.Minute)}
		}, "Waiting to be posted: next attempt at 12:01:00.0", Waiting},
		"due now":  {func(d *relay.Detail) { d.Posts[0].Post = relay.Post{State: relay.Waiting} }, "Waiting to be posted: \n", Waiting},
		"given up": {func(d *relay.Detail) { d.Posts[0].Post.State = relay.Dead }, "Not posted: Google Chat refused", GivenUp},
		"kept":     {func(d *relay.Detail) { d.Posts[0].Post.State = relay.Kept }, "Kept: not posted, by your choice", KeptBack},
		"resent": {func(d *relay.Detail) {
			d.Posts = append(d.Posts, relay.PostDetail{
				Post: relay.Post{Kind: relay.Resend, State: relay.Done, CreatedAt: noon.Add(time.Minute)}, Members: 1,
				Attempts: []relay.Attempt{{Number: 1, EndedAt: noon, Result: relay.Result{Outcome: relay.Posted}}},
			})
		}, "Attempt 2: posted: HTTP 200 · as plain text · may repeat · spaces/A/messages/b\nResent by you: \nAttempt 1: posted: ", Delivered},
		"only for the history": {func(d *relay.Detail) { d.Fate, d.Posts = relay.FateKept, nil }, "Kept: in the history only", KeptBack},
		"under way":            {func(d *relay.Detail) { d.Posts[0].Attempts[1].EndedAt = time.Time{} }, "Attempt 2: under way", UnderWay},
		"not yet on disk":      {func(d *relay.Detail) { d.StoredAt, d.Posts = time.Time{}, nil }, "for renting\n", Received},
		"an unknown cause":     {func(d *relay.Detail) { d.Posts[0].Attempts[1].Result.Outcome = "odd" }, "Attempt 2: odd", NotDelivered},
	} {
		t.Run(name, func(t *testing.T) {
			d := detail()
			tt.change(&d)
			moments := Moments(noon, d)
			if got := lines(moments); !strings.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
			if got := moments[len(moments)-1].Kind; got != tt.kind {
				t.Errorf("got kind %d last, want %d", got, tt.kind)
			}
		})
	}
}

func TestEveryOutcomeAndFateHasWords(t *testing.T) {
	for _, o := range []relay.Outcome{
		relay.Posted, relay.AlreadyPosted, relay.ContentRefused, relay.IDsRefused, relay.RateLimited, relay.Unauthorized,
		relay.DestinationGone, relay.ServerTrouble, relay.Unreachable, relay.Ambiguous, relay.Unverified,
	} {
		ended := relay.Attempt{Number: 1, EndedAt: noon, Result: relay.Result{Outcome: o}}
		if got := attempt(ended); strings.Contains(got.String(), "events.") || got.String() == "Attempt 1: "+string(o) && o != relay.Posted {
			t.Errorf("the outcome %q reads %q", o, got)
		}
	}
	for _, f := range Fates() {
		if got := Fate(f, false); got == string(f) || strings.Contains(got, ".") {
			t.Errorf("the fate %q reads %q", f, got)
		}
	}
}

func TestAFateHasOneWord(t *testing.T) {
	seen := make(map[string]bool)
	for _, paused := range []bool{false, true} {
		for _, f := range append(Fates(), "of a later version") {
			heading, inLine := Fate(f, paused), FateInLine(f, paused)
			if !strings.EqualFold(heading, inLine) {
				t.Errorf("%q is called %q in a heading and %q in a line", f, heading, inLine)
			}
			if !paused && seen[inLine] {
				t.Errorf("%q is the word of two fates", inLine)
			}
			seen[inLine] = true
		}
	}
}

func TestWhatWaitsIsHeldWhilePostingIsPaused(t *testing.T) {
	if waits, held := Fate(relay.FateWaiting, false), Fate(relay.FateWaiting, true); waits == held {
		t.Errorf("got %q for both", waits)
	}
}

func TestRecord(t *testing.T) {
	for name, tt := range map[string]struct{ payload, want string }{
		"a payload in JSON keeps its numbers": {`{"a": 1.50}`, `"payload":{"a":1.50}`},
		"another one becomes text":            {"not \xff JSON", `"payload_text":"not \ufffd JSON"`},
	} {
		t.Run(name, func(t *testing.T) {
			d := detail()
			d.Event.Payload = []byte(tt.payload)
			encoded, err := json.Marshal(RecordOf(d))
			if err != nil || !strings.Contains(string(encoded), tt.want) || !strings.Contains(string(encoded), `"outcome":"server_trouble","status":503`) {
				t.Errorf("got %s, %v, want %s and two attempts", encoded, err, tt.want)
			}
		})
	}
}

package outbox

import (
	"testing"
	"time"

	"vastrelay/relay"
)

func TestApplyResult(t *testing.T) {
	now := time.Unix(1772490000, 0)
	longAgo := now.Add(-minAge)
	parked := relay.Destination{IDs: relay.IDsUnknown, ParkedSince: longAgo, ParkReason: "old", ProbeAt: now, Unauthorized: 1}
	unknown, honoured, ignored := relay.Destination{IDs: relay.IDsUnknown}, relay.Destination{IDs: relay.IDsHonoured}, relay.Destination{IDs: relay.IDsIgnored}
	held := relay.Destination{IDs: relay.IDsHonoured, HoldStep: 8 * time.Second, HoldUntil: now}
	card := relay.Post{State: relay.Sending, Rung: relay.RungCard, Tries: 1}
	at := func(r relay.Rung) relay.Post { return relay.Post{State: relay.Sending, Rung: r, Tries: 1} }
	tried := func(answers int, first time.Time) relay.Post {
		return relay.Post{State: relay.Sending, Rung: relay.RungCard, Tries: answers + 1, Answers: answers, FirstAnswer: first}
	}
	repeated := relay.Post{State: relay.Sending, Rung: relay.RungCard, Tries: 2, Answers: 1, FirstAnswer: now, MayRepeat: true}

	type want struct {
		state    relay.PostState
		rung     relay.Rung
		repeats  bool
		answers  int
		rests    bool // NotBefore lies ahead
		dest     func(relay.Destination) bool
		destSays string
	}
	same := func(d relay.Destination) func(relay.Destination) bool {
		return func(got relay.Destination) bool { return got == d }
	}
	tests := []struct {
		name   string
		post   relay.Post
		dest   relay.Destination
		result relay.Result
		facts  facts
		want   want
	}{
		{"posted", card, unknown, relay.Result{Outcome: relay.Posted}, facts{}, want{state: relay.Done, rung: relay.RungCard, dest: same(unknown)}},
		{"posted again after an unclear attempt", repeated, unknown, relay.Result{Outcome: relay.Posted}, facts{}, want{state: relay.Done, rung: relay.RungCard, repeats: true, answers: 1, dest: same(unknown)}},
		{"a replay proves that ids are honoured", repeated, unknown, relay.Result{Outcome: relay.Posted, Replayed: true}, facts{}, want{state: relay.Done, rung: relay.RungCard, answers: 1, dest: same(honoured)}},
		{"a collision proves it too", repeated, unknown, relay.Result{Outcome: relay.AlreadyPosted}, facts{}, want{state: relay.Done, rung: relay.RungCard, answers: 1, dest: same(honoured)}},
		{"a collision where ids were found to be ignored", repeated, ignored, relay.Result{Outcome: relay.AlreadyPosted}, facts{}, want{state: relay.Done, rung: relay.RungCard, repeats: true, answers: 1, dest: same(ignored)}},
		{"success ends a hold", card, held, relay.Result{Outcome: relay.Posted}, facts{}, want{state: relay.Done, rung: relay.RungCard, dest: same(honoured)}},
		{"success ends a park", card, parked, relay.Result{Outcome: relay.Posted}, facts{}, want{state: relay.Done, rung: relay.RungCard, dest: same(unknown)}},
		{"a text that is taken after its card was refused", at(relay.RungText), unknown, relay.Result{Outcome: relay.Posted}, facts{refused: refusedForms{card: true}}, want{state: relay.Done, rung: relay.RungText, dest: same(relay.Destination{IDs: relay.IDsUnknown, RefusesCards: true})}},
		{"the shortest form that is taken says nothing of cards", at(relay.RungShortest), unknown, relay.Result{Outcome: relay.Posted}, facts{refused: refusedForms{card: true}}, want{state: relay.Done, rung: relay.RungShortest, dest: same(unknown)}},
		{"a text that is taken after its thread was refused says nothing of cards", at(relay.RungText), unknown, relay.Result{Outcome: relay.Posted}, facts{refused: refusedForms{thread: true}}, want{state: relay.Done, rung: relay.RungText, dest: same(unknown)}},
		{"a digest says nothing of other cards", relay.Post{State: relay.Sending, Kind: relay.Digest, Rung: relay.RungText, Tries: 2}, unknown, relay.Result{Outcome: relay.Posted}, facts{refused: refusedForms{card: true}}, want{state: relay.Done, rung: relay.RungText, dest: same(unknown)}},
		{"a collision says nothing of cards", at(relay.RungText), honoured, relay.Result{Outcome: relay.AlreadyPosted}, facts{refused: refusedForms{card: true}}, want{state: relay.Done, rung: relay.RungText, dest: same(honoured)}},

		{"a refused card", card, unknown, relay.Result{Outcome: relay.ContentRefused}, facts{}, want{state: relay.Waiting, rung: relay.RungText, dest: same(unknown)}},
		{"a card refused in a thread", card, unknown, relay.Result{Outcome: relay.ContentRefused, Status: 400, Threaded: true}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, dest: same(unknown)}},
		{"a text refused in a thread", at(relay.RungText), unknown, relay.Result{Outcome: relay.ContentRefused, Status: 400, Threaded: true}, facts{}, want{state: relay.Waiting, rung: relay.RungText, dest: same(unknown)}},
		{"a card in a thread that is too large", card, unknown, relay.Result{Outcome: relay.ContentRefused, Status: 413, Threaded: true}, facts{}, want{state: relay.Waiting, rung: relay.RungText, dest: same(unknown)}},
		{"a refused text", at(relay.RungText), unknown, relay.Result{Outcome: relay.ContentRefused}, facts{}, want{state: relay.Waiting, rung: relay.RungShortest, dest: same(unknown)}},
		{"the shortest form refused", at(relay.RungShortest), unknown, relay.Result{Outcome: relay.ContentRefused}, facts{}, want{state: relay.Dead, rung: relay.RungShortest, dest: same(unknown)}},
		{"a refusal does not end a park", at(relay.RungText), parked, relay.Result{Outcome: relay.ContentRefused}, facts{}, want{state: relay.Waiting, rung: relay.RungShortest, dest: same(parked)}},

		{"refused ids", card, unknown, relay.Result{Outcome: relay.IDsRefused}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, dest: same(relay.Destination{IDs: relay.IDsUnknown, RefusesIDs: true})}},
		{"refused ids after an unclear attempt under them", tried(1, now), honoured, relay.Result{Outcome: relay.IDsRefused}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, repeats: true, answers: 1, dest: same(relay.Destination{IDs: relay.IDsHonoured, RefusesIDs: true})}},
		{"refused ids that were not sent", card, relay.Destination{RefusesIDs: true}, relay.Result{Outcome: relay.IDsRefused}, facts{}, want{state: relay.Waiting, rung: relay.RungText, dest: same(relay.Destination{RefusesIDs: true})}},

		{"rate limited", card, unknown, relay.Result{Outcome: relay.RateLimited}, facts{}, want{
			state: relay.Waiting, rung: relay.RungCard, destSays: "a hold of 2 s and jitter",
			dest: func(d relay.Destination) bool {
				return d.HoldStep == 2*time.Second && between(d.HoldUntil.Sub(now), 2*time.Second, 2500*time.Millisecond)
			},
		}},
		{"rate limited again", card, held, relay.Result{Outcome: relay.RateLimited}, facts{}, want{
			state: relay.Waiting, rung: relay.RungCard, destSays: "a hold of 16 s and jitter",
			dest: func(d relay.Destination) bool {
				return d.HoldStep == 16*time.Second && between(d.HoldUntil.Sub(now), 16*time.Second, 20*time.Second)
			},
		}},
		{"rate limited for days does not kill", tried(99, longAgo), unknown, relay.Result{Outcome: relay.RateLimited, RetryAfter: 5 * time.Minute}, facts{}, want{
			state: relay.Waiting, rung: relay.RungCard, answers: 99, destSays: "a hold of what was asked for",
			dest: func(d relay.Destination) bool { return d.HoldUntil.Equal(now.Add(5 * time.Minute)) },
		}},

		{"unauthorized once", card, unknown, relay.Result{Outcome: relay.Unauthorized}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, dest: same(relay.Destination{IDs: relay.IDsUnknown, Unauthorized: 1})}},
		{"unauthorized a third time", card, relay.Destination{Unauthorized: 2}, relay.Result{Outcome: relay.Unauthorized}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, dest: same(relay.Destination{Unauthorized: 3})}},
		{"unauthorized too often", card, relay.Destination{Unauthorized: 3}, relay.Result{Outcome: relay.Unauthorized, Reason: "401", Detail: "d"}, facts{}, want{
			state: relay.Waiting, rung: relay.RungCard,
			dest: same(relay.Destination{Unauthorized: 4, ParkedSince: now, ParkReason: "401", ParkDetail: "d", ProbeAt: now.Add(time.Hour)}),
		}},
		{"unauthorized as a probe", card, parked, relay.Result{Outcome: relay.Unauthorized, Reason: "401"}, facts{}, want{
			state: relay.Waiting, rung: relay.RungCard,
			dest: same(relay.Destination{IDs: relay.IDsUnknown, ParkedSince: longAgo, ParkReason: "401", ProbeAt: now.Add(time.Hour), Unauthorized: 2}),
		}},
		{"unauthorized by a URL that was replaced", card, unknown, relay.Result{Outcome: relay.Unauthorized}, facts{urlChanged: true}, want{state: relay.Waiting, rung: relay.RungCard, dest: same(unknown)}},

		{"the destination is gone", card, unknown, relay.Result{Outcome: relay.DestinationGone, Reason: "r", Detail: "d"}, facts{}, want{
			state: relay.Waiting, rung: relay.RungCard,
			dest: same(relay.Destination{IDs: relay.IDsUnknown, ParkedSince: now, ParkReason: "r", ParkDetail: "d", ProbeAt: now.Add(time.Hour)}),
		}},
		{"a probe that fails", tried(99, longAgo), parked, relay.Result{Outcome: relay.DestinationGone, Reason: "new"}, facts{}, want{
			state: relay.Waiting, rung: relay.RungCard, answers: 99,
			dest: same(relay.Destination{IDs: relay.IDsUnknown, ParkedSince: longAgo, ParkReason: "new", ProbeAt: now.Add(time.Hour), Unauthorized: 1}),
		}},
		{"a card refused by a URL that was replaced", card, unknown, relay.Result{Outcome: relay.ContentRefused}, facts{urlChanged: true}, want{state: relay.Waiting, rung: relay.RungCard, dest: same(unknown)}},
		{"the shortest form refused by a URL that was replaced", at(relay.RungShortest), unknown, relay.Result{Outcome: relay.ContentRefused}, facts{urlChanged: true}, want{state: relay.Waiting, rung: relay.RungShortest, dest: same(unknown)}},
		{"ids refused by a URL that was replaced", card, honoured, relay.Result{Outcome: relay.IDsRefused}, facts{urlChanged: true}, want{state: relay.Waiting, rung: relay.RungCard, dest: same(honoured)}},
		{"a text that is taken by a URL that was replaced says nothing of cards", at(relay.RungText), unknown, relay.Result{Outcome: relay.Posted}, facts{refused: refusedForms{card: true}, urlChanged: true}, want{state: relay.Done, rung: relay.RungText, dest: same(unknown)}},
		{"gone by a URL that was replaced", card, unknown, relay.Result{Outcome: relay.DestinationGone}, facts{urlChanged: true}, want{state: relay.Waiting, rung: relay.RungCard, dest: same(unknown)}},

		{"Google was not reached", card, unknown, relay.Result{Outcome: relay.Unreachable}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, dest: same(unknown)}},
		{"Google was not reached for days", tried(99, longAgo), unknown, relay.Result{Outcome: relay.Unreachable}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, answers: 99, dest: same(unknown)}},

		{"trouble at Google, ids unknown", card, unknown, relay.Result{Outcome: relay.ServerTrouble}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, repeats: true, answers: 1, rests: true, dest: same(unknown)}},
		{"trouble at Google, ids honoured", card, honoured, relay.Result{Outcome: relay.ServerTrouble}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, answers: 1, rests: true, dest: same(honoured)}},
		{"no answer, ids unknown", card, unknown, relay.Result{Outcome: relay.Ambiguous}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, repeats: true, answers: 1, rests: true, dest: same(unknown)}},
		{"no answer, ids honoured", card, honoured, relay.Result{Outcome: relay.Ambiguous}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, answers: 1, rests: true, dest: same(honoured)}},
		{"no answer, ids ignored", card, ignored, relay.Result{Outcome: relay.Ambiguous}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, repeats: true, answers: 1, rests: true, dest: same(ignored)}},
		{"no answer, ids not sent", card, relay.Destination{IDs: relay.IDsHonoured, RefusesIDs: true}, relay.Result{Outcome: relay.Ambiguous}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, repeats: true, answers: 1, rests: true, dest: same(relay.Destination{IDs: relay.IDsHonoured, RefusesIDs: true})}},
		{"a page in between, ids unknown", card, unknown, relay.Result{Outcome: relay.Unreachable, Status: 400}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, rests: true, dest: same(unknown)}},
		{"an answer that is not Google's, ids unknown", card, unknown, relay.Result{Outcome: relay.Unverified}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, repeats: true, rests: true, dest: same(unknown)}},
		{"an answer that is not Google's, ids honoured", card, honoured, relay.Result{Outcome: relay.Unverified}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, rests: true, dest: same(honoured)}},
		{"answers that are not Google's, for days", tried(99, longAgo), honoured, relay.Result{Outcome: relay.Unverified}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, answers: 99, rests: true, dest: same(honoured)}},
		{"an answer that is not Google's does not end a park", card, parked, relay.Result{Outcome: relay.Unverified}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, repeats: true, rests: true, dest: same(parked)}},
		{"an outcome that nobody knows", card, unknown, relay.Result{Outcome: "odd"}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, repeats: true, answers: 1, rests: true, dest: same(unknown)}},
		{"trouble for a day but few answers", tried(minAnswers-2, longAgo), honoured, relay.Result{Outcome: relay.ServerTrouble}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, answers: minAnswers - 1, rests: true, dest: same(honoured)}},
		{"many answers in less than a day", tried(99, longAgo.Add(time.Second)), honoured, relay.Result{Outcome: relay.ServerTrouble}, facts{}, want{state: relay.Waiting, rung: relay.RungCard, answers: 100, rests: true, dest: same(honoured)}},
		{"trouble for a day and many answers", tried(minAnswers-1, longAgo), honoured, relay.Result{Outcome: relay.ServerTrouble}, facts{}, want{state: relay.Dead, rung: relay.RungCard, answers: minAnswers, dest: same(honoured)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, d := tt.facts, tt.dest
			f.now = now
			got := applyResult(tt.post, &d, tt.result, f)
			if got.State != tt.want.state || got.Rung != tt.want.rung || got.MayRepeat != tt.want.repeats || got.Answers != tt.want.answers {
				t.Errorf("post: got %+v, want %+v", got, tt.want)
			}
			if rests := got.NotBefore.After(now); rests != tt.want.rests || !rests && !got.NotBefore.IsZero() {
				t.Errorf("NotBefore: got %v, want a rest: %v", got.NotBefore, tt.want.rests)
			}
			if got.Answers > 0 && got.FirstAnswer.IsZero() {
				t.Error("an answer without a time")
			}
			if !tt.want.dest(d) {
				t.Errorf("destination: got %+v, want %s", d, tt.want.destSays)
			}
		})
	}
}

func TestBackoffStaysWithinItsBounds(t *testing.T) {
	tests := []struct {
		name                string
		first, limit        time.Duration
		n                   int
		atLeast, atMostPlus time.Duration
	}{
		{"the first retry", retryFirst, retryMax, 1, 2 * time.Second, 2500 * time.Millisecond},
		{"the fifth retry", retryFirst, retryMax, 5, 32 * time.Second, 40 * time.Second},
		{"a late retry", retryFirst, retryMax, 30, 12 * time.Minute, 15 * time.Minute},
		{"a count beyond all measure", retryFirst, retryMax, 1 << 20, 12 * time.Minute, 15 * time.Minute},
		{"the first hold", holdFirst, holdMax, 1, 2 * time.Second, 2500 * time.Millisecond},
		{"the longest hold", holdFirst, holdMax, 50, 144 * time.Second, 180 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen := make(map[time.Duration]bool)
			for range 200 {
				got := jittered(doubled(tt.first, tt.n, tt.limit), tt.limit)
				if !between(got, tt.atLeast, tt.atMostPlus) {
					t.Fatalf("got %v, want %v to %v", got, tt.atLeast, tt.atMostPlus)
				}
				seen[got] = true
			}
			if len(seen) < 2 {
				t.Error("there is no jitter")
			}
		})
	}
}

func TestHoldDoublesFrom2sTo180s(t *testing.T) {
	var step, rest time.Duration
	want := []time.Duration{2, 4, 8, 16, 32, 64, 128, 180, 180}
	for i, w := range want {
		step, rest = nextHold(step, 0)
		if step != w*time.Second || rest > holdMax || rest < min(step, 144*time.Second) {
			t.Errorf("429 number %d: got step %v and rest %v, want a step of %v", i+1, step, rest, w*time.Second)
		}
	}
	if _, rest := nextHold(0, time.Minute); rest != time.Minute {
		t.Errorf("a larger Retry-After: got %v", rest)
	}
	if _, rest := nextHold(128*time.Second, time.Second); rest < 144*time.Second {
		t.Errorf("a smaller Retry-After: got %v", rest)
	}
	if _, rest := nextHold(0, 1000*time.Hour); rest != holdLimit {
		t.Errorf("an absurd Retry-After: got %v", rest)
	}
}

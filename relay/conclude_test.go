package relay

import (
	"testing"
	"time"
)

func TestConcludeDecidesWhatEachAnswerMeans(t *testing.T) {
	now := time.Unix(1772490000, 0)
	longAgo := now.Add(-minAge)
	parked := Destination{IDs: IDsUnknown, ParkedSince: longAgo, ParkReason: "old", ProbeAt: now, Unauthorized: 1}
	unknown, honoured, ignored := Destination{IDs: IDsUnknown}, Destination{IDs: IDsHonoured}, Destination{IDs: IDsIgnored}
	held := Destination{IDs: IDsHonoured, HoldStep: 8 * time.Second, HoldUntil: now}
	card := Post{State: Sending, Rung: RungCard, Tries: 1}
	at := func(r Rung) Post { return Post{State: Sending, Rung: r, Tries: 1} }
	tried := func(answers int, first time.Time) Post {
		return Post{State: Sending, Rung: RungCard, Tries: answers + 1, Answers: answers, FirstAnswer: first}
	}
	repeated := Post{State: Sending, Rung: RungCard, Tries: 2, Answers: 1, FirstAnswer: now, MayRepeat: true}

	type want struct {
		state    PostState
		rung     Rung
		repeats  bool
		answers  int
		rests    bool // NotBefore lies ahead
		dest     func(Destination) bool
		destSays string
	}
	same := func(d Destination) func(Destination) bool { return func(got Destination) bool { return got == d } }
	tests := []struct {
		name   string
		post   Post
		dest   Destination
		result Result
		facts  facts
		want   want
	}{
		{"posted", card, unknown, Result{Outcome: Posted}, facts{}, want{state: Done, rung: RungCard, dest: same(unknown)}},
		{"posted again after an unclear attempt", repeated, unknown, Result{Outcome: Posted}, facts{}, want{state: Done, rung: RungCard, repeats: true, answers: 1, dest: same(unknown)}},
		{"a replay proves that ids are honoured", repeated, unknown, Result{Outcome: Posted, Replayed: true}, facts{}, want{state: Done, rung: RungCard, answers: 1, dest: same(honoured)}},
		{"a collision proves it too", repeated, unknown, Result{Outcome: AlreadyPosted}, facts{}, want{state: Done, rung: RungCard, answers: 1, dest: same(honoured)}},
		{"a collision where ids were found to be ignored", repeated, ignored, Result{Outcome: AlreadyPosted}, facts{}, want{state: Done, rung: RungCard, repeats: true, answers: 1, dest: same(ignored)}},
		{"success ends a hold", card, held, Result{Outcome: Posted}, facts{}, want{state: Done, rung: RungCard, dest: same(honoured)}},
		{"success ends a park", card, parked, Result{Outcome: Posted}, facts{}, want{state: Done, rung: RungCard, dest: same(unknown)}},
		{"a text that is taken after its card was refused", at(RungText), unknown, Result{Outcome: Posted}, facts{refused: refusedForms{card: true}}, want{state: Done, rung: RungText, dest: same(Destination{IDs: IDsUnknown, RefusesCards: true})}},
		{"the shortest form that is taken says nothing of cards", at(RungShortest), unknown, Result{Outcome: Posted}, facts{refused: refusedForms{card: true}}, want{state: Done, rung: RungShortest, dest: same(unknown)}},
		{"a text that is taken after its thread was refused says nothing of cards", at(RungText), unknown, Result{Outcome: Posted}, facts{refused: refusedForms{thread: true}}, want{state: Done, rung: RungText, dest: same(unknown)}},
		{"a digest says nothing of other cards", Post{State: Sending, Kind: Digest, Rung: RungText, Tries: 2}, unknown, Result{Outcome: Posted}, facts{refused: refusedForms{card: true}}, want{state: Done, rung: RungText, dest: same(unknown)}},
		{"a collision says nothing of cards", at(RungText), honoured, Result{Outcome: AlreadyPosted}, facts{refused: refusedForms{card: true}}, want{state: Done, rung: RungText, dest: same(honoured)}},

		{"a refused card", card, unknown, Result{Outcome: ContentRefused}, facts{}, want{state: Waiting, rung: RungText, dest: same(unknown)}},
		{"a card refused in a thread", card, unknown, Result{Outcome: ContentRefused, Status: 400, Threaded: true}, facts{}, want{state: Waiting, rung: RungCard, dest: same(unknown)}},
		{"a text refused in a thread", at(RungText), unknown, Result{Outcome: ContentRefused, Status: 400, Threaded: true}, facts{}, want{state: Waiting, rung: RungText, dest: same(unknown)}},
		{"a card in a thread that is too large", card, unknown, Result{Outcome: ContentRefused, Status: 413, Threaded: true}, facts{}, want{state: Waiting, rung: RungText, dest: same(unknown)}},
		{"a refused text", at(RungText), unknown, Result{Outcome: ContentRefused}, facts{}, want{state: Waiting, rung: RungShortest, dest: same(unknown)}},
		{"the shortest form refused", at(RungShortest), unknown, Result{Outcome: ContentRefused}, facts{}, want{state: Dead, rung: RungShortest, dest: same(unknown)}},
		{"a refusal does not end a park", at(RungText), parked, Result{Outcome: ContentRefused}, facts{}, want{state: Waiting, rung: RungShortest, dest: same(parked)}},

		{"refused ids", card, unknown, Result{Outcome: IDsRefused}, facts{}, want{state: Waiting, rung: RungCard, dest: same(Destination{IDs: IDsUnknown, RefusesIDs: true})}},
		{"refused ids after an unclear attempt under them", tried(1, now), honoured, Result{Outcome: IDsRefused}, facts{}, want{state: Waiting, rung: RungCard, repeats: true, answers: 1, dest: same(Destination{IDs: IDsHonoured, RefusesIDs: true})}},
		{"refused ids that were not sent", card, Destination{RefusesIDs: true}, Result{Outcome: IDsRefused}, facts{}, want{state: Waiting, rung: RungText, dest: same(Destination{RefusesIDs: true})}},

		{"rate limited", card, unknown, Result{Outcome: RateLimited}, facts{}, want{
			state: Waiting, rung: RungCard, destSays: "a hold of 2 s and jitter",
			dest: func(d Destination) bool {
				return d.HoldStep == 2*time.Second && between(d.HoldUntil.Sub(now), 2*time.Second, 2500*time.Millisecond)
			},
		}},
		{"rate limited again", card, held, Result{Outcome: RateLimited}, facts{}, want{
			state: Waiting, rung: RungCard, destSays: "a hold of 16 s and jitter",
			dest: func(d Destination) bool {
				return d.HoldStep == 16*time.Second && between(d.HoldUntil.Sub(now), 16*time.Second, 20*time.Second)
			},
		}},
		{"rate limited for days does not kill", tried(99, longAgo), unknown, Result{Outcome: RateLimited, RetryAfter: 5 * time.Minute}, facts{}, want{
			state: Waiting, rung: RungCard, answers: 99, destSays: "a hold of what was asked for",
			dest: func(d Destination) bool { return d.HoldUntil.Equal(now.Add(5 * time.Minute)) },
		}},

		{"unauthorized once", card, unknown, Result{Outcome: Unauthorized}, facts{}, want{state: Waiting, rung: RungCard, dest: same(Destination{IDs: IDsUnknown, Unauthorized: 1})}},
		{"unauthorized a third time", card, Destination{Unauthorized: 2}, Result{Outcome: Unauthorized}, facts{}, want{state: Waiting, rung: RungCard, dest: same(Destination{Unauthorized: 3})}},
		{"unauthorized too often", card, Destination{Unauthorized: 3}, Result{Outcome: Unauthorized, Reason: "401", Detail: "d"}, facts{}, want{
			state: Waiting, rung: RungCard,
			dest: same(Destination{Unauthorized: 4, ParkedSince: now, ParkReason: "401", ParkDetail: "d", ProbeAt: now.Add(time.Hour)}),
		}},
		{"unauthorized as a probe", card, parked, Result{Outcome: Unauthorized, Reason: "401"}, facts{}, want{
			state: Waiting, rung: RungCard,
			dest: same(Destination{IDs: IDsUnknown, ParkedSince: longAgo, ParkReason: "401", ProbeAt: now.Add(time.Hour), Unauthorized: 2}),
		}},
		{"unauthorized by a URL that was replaced", card, unknown, Result{Outcome: Unauthorized}, facts{urlChanged: true}, want{state: Waiting, rung: RungCard, dest: same(unknown)}},

		{"the destination is gone", card, unknown, Result{Outcome: DestinationGone, Reason: "r", Detail: "d"}, facts{}, want{
			state: Waiting, rung: RungCard,
			dest: same(Destination{IDs: IDsUnknown, ParkedSince: now, ParkReason: "r", ParkDetail: "d", ProbeAt: now.Add(time.Hour)}),
		}},
		{"a probe that fails", tried(99, longAgo), parked, Result{Outcome: DestinationGone, Reason: "new"}, facts{}, want{
			state: Waiting, rung: RungCard, answers: 99,
			dest: same(Destination{IDs: IDsUnknown, ParkedSince: longAgo, ParkReason: "new", ProbeAt: now.Add(time.Hour), Unauthorized: 1}),
		}},
		{"gone by a URL that was replaced", card, unknown, Result{Outcome: DestinationGone}, facts{urlChanged: true}, want{state: Waiting, rung: RungCard, dest: same(unknown)}},

		{"Google was not reached", card, unknown, Result{Outcome: Unreachable}, facts{}, want{state: Waiting, rung: RungCard, dest: same(unknown)}},
		{"Google was not reached for days", tried(99, longAgo), unknown, Result{Outcome: Unreachable}, facts{}, want{state: Waiting, rung: RungCard, answers: 99, dest: same(unknown)}},

		{"trouble at Google, ids unknown", card, unknown, Result{Outcome: ServerTrouble}, facts{}, want{state: Waiting, rung: RungCard, repeats: true, answers: 1, rests: true, dest: same(unknown)}},
		{"trouble at Google, ids honoured", card, honoured, Result{Outcome: ServerTrouble}, facts{}, want{state: Waiting, rung: RungCard, answers: 1, rests: true, dest: same(honoured)}},
		{"no answer, ids unknown", card, unknown, Result{Outcome: Ambiguous}, facts{}, want{state: Waiting, rung: RungCard, repeats: true, answers: 1, rests: true, dest: same(unknown)}},
		{"no answer, ids honoured", card, honoured, Result{Outcome: Ambiguous}, facts{}, want{state: Waiting, rung: RungCard, answers: 1, rests: true, dest: same(honoured)}},
		{"no answer, ids ignored", card, ignored, Result{Outcome: Ambiguous}, facts{}, want{state: Waiting, rung: RungCard, repeats: true, answers: 1, rests: true, dest: same(ignored)}},
		{"no answer, ids not sent", card, Destination{IDs: IDsHonoured, RefusesIDs: true}, Result{Outcome: Ambiguous}, facts{}, want{state: Waiting, rung: RungCard, repeats: true, answers: 1, rests: true, dest: same(Destination{IDs: IDsHonoured, RefusesIDs: true})}},
		{"a page in between, ids unknown", card, unknown, Result{Outcome: Unreachable, Status: 400}, facts{}, want{state: Waiting, rung: RungCard, rests: true, dest: same(unknown)}},
		{"an answer that is not Google's, ids unknown", card, unknown, Result{Outcome: Unverified}, facts{}, want{state: Waiting, rung: RungCard, repeats: true, rests: true, dest: same(unknown)}},
		{"an answer that is not Google's, ids honoured", card, honoured, Result{Outcome: Unverified}, facts{}, want{state: Waiting, rung: RungCard, rests: true, dest: same(honoured)}},
		{"answers that are not Google's, for days", tried(99, longAgo), honoured, Result{Outcome: Unverified}, facts{}, want{state: Waiting, rung: RungCard, answers: 99, rests: true, dest: same(honoured)}},
		{"an answer that is not Google's does not end a park", card, parked, Result{Outcome: Unverified}, facts{}, want{state: Waiting, rung: RungCard, repeats: true, rests: true, dest: same(parked)}},
		{"an outcome that nobody knows", card, unknown, Result{Outcome: "odd"}, facts{}, want{state: Waiting, rung: RungCard, repeats: true, answers: 1, rests: true, dest: same(unknown)}},
		{"trouble for a day but few answers", tried(minAnswers-2, longAgo), honoured, Result{Outcome: ServerTrouble}, facts{}, want{state: Waiting, rung: RungCard, answers: minAnswers - 1, rests: true, dest: same(honoured)}},
		{"many answers in less than a day", tried(99, longAgo.Add(time.Second)), honoured, Result{Outcome: ServerTrouble}, facts{}, want{state: Waiting, rung: RungCard, answers: 100, rests: true, dest: same(honoured)}},
		{"trouble for a day and many answers", tried(minAnswers-1, longAgo), honoured, Result{Outcome: ServerTrouble}, facts{}, want{state: Dead, rung: RungCard, answers: minAnswers, dest: same(honoured)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, d := tt.facts, tt.dest
			f.now = now
			got := conclude(tt.post, &d, tt.result, f)
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

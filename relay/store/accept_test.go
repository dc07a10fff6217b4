package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vastrelay/relay"
)

func TestAcceptWritesEventAndOnePostForEachSpace(t *testing.T) {
	s := openNew(t)
	ev := eventN(1)
	mustAccept(t, s, ev, spaceA, spaceB, spaceA)

	for _, space := range []string{spaceA, spaceB} {
		want := relay.Post{
			ID: mustNext(t, s, space).ID, Space: space, Kind: relay.Single, State: relay.Waiting,
			Events: []relay.Event{ev}, CreatedAt: ev.ReceivedAt,
		}
		if got := mustNext(t, s, space); !reflect.DeepEqual(got, want) {
			t.Errorf("Next(%s) = %+v, want %+v", space, got, want)
		}
	}
	d := mustDetail(t, s, ev.ID)
	if len(d.Posts) != 2 || d.Verdict != relay.Accepted || d.Fate != relay.FateWaiting || !d.StoredAt.Equal(start) {
		t.Errorf("Detail = %+v, want two posts, accepted, waiting, stored at %v", d, start)
	}
	if !reflect.DeepEqual(d.Event, ev) {
		t.Errorf("Detail.Event = %+v, want %+v", d.Event, ev)
	}
}

func TestAcceptKnowsIDsAcrossRestarts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := openAt(t, path)
	mustAccept(t, s, eventN(1), spaceA)
	must(t, s.Close())

	s = openAt(t, path)
	again := eventN(1)
	again.Subject = "another text under the same id"
	if fresh, err := s.Accept(t.Context(), again, []string{spaceA}); fresh || err != nil {
		t.Errorf("second Accept = %v, %v; want false, nil", fresh, err)
	}
	if got := mustNext(t, s, spaceA).Events[0].Subject; got != eventN(1).Subject {
		t.Errorf("subject = %q, want the first delivery's", got)
	}
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != 1 || err != nil {
		t.Errorf("Backlog = %+v, %v; want one post", b, err)
	}
}

func TestAcceptOfOneEventBySixtyFourIsFreshOnce(t *testing.T) {
	s := openNew(t)
	release := holdWriter(t, s)
	var fresh atomic.Int32
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			is, err := s.Accept(t.Context(), eventN(1), []string{spaceA})
			if err != nil {
				t.Errorf("Accept: %v", err)
			}
			if is {
				fresh.Add(1)
			}
		})
	}
	waitQueued(s, 64)
	release()
	wg.Wait()
	if got := fresh.Load(); got != 1 {
		t.Errorf("%d of 64 were fresh, want 1", got)
	}
	if b, _ := s.Backlog(t.Context(), spaceA); b.Count != 1 {
		t.Errorf("%d posts wait, want 1", b.Count)
	}
}

func TestKnownOnesAreToldFromNewOnesThatArriveWithThem(t *testing.T) {
	s := openNew(t)
	ids := []string{"plain", "42", "1e3", "a\"b", "<b>&'", "zwölf", "\u2028", "a\\u0062", "a\x00b", strings.Repeat("long", 100)}
	event := func(id string) relay.Event {
		ev := eventN(1)
		ev.ID = id
		return ev
	}
	for _, id := range ids {
		mustAccept(t, s, event(id), spaceA)
	}
	mustDetail(t, s, ids[0]) // all of them are in the tables now

	release := holdWriter(t, s)
	var wg sync.WaitGroup
	for _, id := range ids {
		for of, want := range map[string]bool{id: false, "new " + id: true} {
			wg.Go(func() {
				if fresh, err := s.Accept(t.Context(), event(of), []string{spaceA}); fresh != want || err != nil {
					t.Errorf("Accept(%q) = %v, %v; want %v, nil", of, fresh, err, want)
				}
			})
		}
	}
	waitQueued(s, 2*len(ids))
	release()
	wg.Wait()
	if b, err := s.Backlog(t.Context(), spaceA); b.Count != 2*len(ids) || err != nil {
		t.Errorf("Backlog = %+v, %v; want %d posts", b, err, 2*len(ids))
	}
}

func TestAcceptWithoutSpacesKeepsTheEvent(t *testing.T) {
	s := openNew(t)
	mustAccept(t, s, eventN(1))
	if d := mustDetail(t, s, eventN(1).ID); d.Fate != relay.FateKept || len(d.Posts) != 0 {
		t.Errorf("Detail = %+v, want kept without posts", d)
	}
}

func TestAcceptWithoutReceivedAtUsesTheStoresClock(t *testing.T) {
	s := openNew(t)
	ev := eventN(1)
	ev.ReceivedAt, ev.OccurredAt = time.Time{}, time.Time{}
	mustAccept(t, s, ev, spaceA)
	p := mustNext(t, s, spaceA)
	if !p.CreatedAt.Equal(start) || !p.Events[0].ReceivedAt.Equal(start) || !p.Events[0].OccurredAt.IsZero() {
		t.Errorf("created %v, received %v, occurred %v; want %v twice and zero",
			p.CreatedAt, p.Events[0].ReceivedAt, p.Events[0].OccurredAt, start)
	}
}

func TestEventWithoutIDIsRefused(t *testing.T) {
	s := openNew(t)
	if _, err := s.Accept(t.Context(), relay.Event{}, nil); !errors.Is(err, errNoID) {
		t.Errorf("Accept = %v, want %v", err, errNoID)
	}
	if _, err := s.Keep(t.Context(), relay.Event{}, relay.Late); !errors.Is(err, errNoID) {
		t.Errorf("Keep = %v, want %v", err, errNoID)
	}
}

func TestKeepRemembersUnderItsVerdict(t *testing.T) {
	for verdict, fate := range map[relay.Verdict]relay.Fate{
		relay.Recorded:   relay.FateRecorded,
		relay.Late:       relay.FateLate,
		relay.Unreadable: relay.FateUnreadable,
	} {
		t.Run(string(verdict), func(t *testing.T) {
			s := openNew(t)
			for i, want := range []bool{true, false} {
				if fresh, err := s.Keep(t.Context(), eventN(1), verdict); fresh != want || err != nil {
					t.Errorf("Keep no. %d = %v, %v; want %v, nil", i+1, fresh, err, want)
				}
			}
			d := mustDetail(t, s, eventN(1).ID)
			if d.Verdict != verdict || d.Fate != fate || len(d.Posts) != 0 || !reflect.DeepEqual(d.Event, eventN(1)) {
				t.Errorf("Detail = %+v, want %s, %s, no posts, the event", d, verdict, fate)
			}
		})
	}
}

func TestKeepRefusesAVerdictThatIsPosted(t *testing.T) {
	s := openNew(t)
	if _, err := s.Keep(t.Context(), eventN(1), relay.Accepted); err == nil {
		t.Error("Keep(Accepted) = nil, want an error")
	}
}

func TestDeliveryAfterOneThatWasKept(t *testing.T) {
	for _, tc := range []struct {
		name  string
		kept  relay.Verdict
		fresh bool
		fate  relay.Fate
	}{
		{"a late event delivered in time is accepted", relay.Late, true, relay.FateWaiting},
		{"an unreadable event delivered whole is accepted", relay.Unreadable, true, relay.FateWaiting},
		{"an own test delivered again stays recorded", relay.Recorded, false, relay.FateRecorded},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := openNew(t)
			first := eventN(1)
			first.Payload = []byte("the first body")
			if _, err := s.Keep(t.Context(), first, tc.kept); err != nil {
				t.Fatal(err)
			}
			second := eventN(1)
			second.ReceivedAt = second.ReceivedAt.Add(time.Hour)
			fresh, err := s.Accept(t.Context(), second, []string{spaceA})
			if fresh != tc.fresh || err != nil {
				t.Fatalf("Accept = %v, %v; want %v, nil", fresh, err, tc.fresh)
			}
			d := mustDetail(t, s, first.ID)
			if d.Fate != tc.fate {
				t.Errorf("fate = %s, want %s", d.Fate, tc.fate)
			}
			if want := first; !tc.fresh && !reflect.DeepEqual(d.Event, want) {
				t.Errorf("event = %+v, want the first delivery", d.Event)
			}
			if tc.fresh && (!reflect.DeepEqual(d.Event, second) || d.Verdict != relay.Accepted || len(d.Posts) != 1) {
				t.Errorf("Detail = %+v, want the second delivery, accepted, one post", d)
			}
			if fresh, err := s.Accept(t.Context(), second, []string{spaceA}); fresh || err != nil {
				t.Errorf("third delivery: Accept = %v, %v; want false, nil", fresh, err)
			}
			if fresh, err := s.Keep(t.Context(), first, relay.Late); fresh || err != nil {
				t.Errorf("Keep afterwards = %v, %v; want false, nil", fresh, err)
			}
		})
	}
}

// hostile are texts that break careless stores.
var hostile = map[string]string{
	"NUL in the middle":      "before\x00after",
	"bytes that are no text": "\xff\xfe\x80 tail",
	"half a rune":            "caf\xc3",
	"quotes and SQL":         `'; DROP TABLE events; -- "`,
	"wildcards":              `100% _off_ \ done`,
	"a surrogate":            "\xed\xa0\x80",
	"one mebibyte":           strings.Repeat("ä", 1<<19),
	"control characters":     "a\x01\x1b[31m\r\n\u202eb",
	"empty":                  "",
}

func TestHostileTextsComeBackByteForByte(t *testing.T) {
	s := openNew(t)
	for name, text := range hostile {
		t.Run(name, func(t *testing.T) {
			ev := eventN(len(text))
			ev.ID = "id " + text
			ev.Type, ev.Subject, ev.Message, ev.Payload = text, text, text, []byte(text)
			ev.Role = relay.Role(text)
			mustAccept(t, s, ev, "space "+text)
			if fresh, err := s.Accept(t.Context(), ev, []string{spaceA}); fresh || err != nil {
				t.Errorf("second Accept = %v, %v; want false, nil", fresh, err)
			}
			got := mustNext(t, s, "space "+text)
			if len(ev.Payload) == 0 {
				got.Events[0].Payload = ev.Payload // an empty payload may come back as nil
			}
			if !reflect.DeepEqual(got.Events, []relay.Event{ev}) || got.Space != "space "+text {
				t.Errorf("event came back changed: %.80q", fmt.Sprintf("%+v", got))
			}
			if _, err := s.History.Events(t.Context(), relay.Query{Search: text, Type: text}); err != nil {
				t.Errorf("Events: %v", err)
			}
		})
	}
}

func TestIDsThatDifferOnlyBehindANULAreDifferent(t *testing.T) {
	s := openNew(t)
	for _, id := range []string{"x", "x\x00", "x\x00a", "X"} {
		ev := eventN(1)
		ev.ID = id
		mustAccept(t, s, ev, spaceA)
	}
}

func TestTimesBeyondTheCalendarAreDropped(t *testing.T) {
	for name, at := range map[string]time.Time{
		"far future": time.Date(292277, 1, 1, 0, 0, 0, 0, time.UTC),
		"before us":  time.Date(-400, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			s := openNew(t)
			ev := eventN(1)
			ev.OccurredAt = at
			mustAccept(t, s, ev, spaceA)
			if got := mustDetail(t, s, ev.ID).Event.OccurredAt; !got.IsZero() {
				t.Errorf("occurred at %v, want zero", got)
			}
		})
	}
}

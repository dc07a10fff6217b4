package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
	"vastrelay/relay/store/fulltext"
)

// clockStore opens a store whose clock the test moves.
func clockStore(t *testing.T) (s *Store, now *time.Time) {
	t.Helper()
	now = new(time.Time)
	*now = start
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "events.db"), Options{Now: func() time.Time { return *now }})
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s, now
}

// postAll marks all that waits in spaceA as posted.
func postAll(t testing.TB, s *Store) {
	t.Helper()
	must(t, s.writer.do(t.Context(), func(x *database.Tx) error {
		if _, err := x.Exec(`UPDATE posts SET state = 'posted'`); err != nil {
			return err
		}
		_, err := x.Exec(`UPDATE events SET fate = 'posted'`)
		return err
	}))
}

// counts counts the rows of the tables that hang together.
func counts(t *testing.T, s *Store) map[string]int {
	t.Helper()
	got := make(map[string]int)
	for _, table := range []string{"events", "event_ids", "payloads", "posts", "post_events", "attempts"} {
		var n int
		readRow(t, s, `SELECT COUNT(*) FROM `+table, &n)
		if n > 0 {
			got[table] = n
		}
	}
	return got
}

func TestRetainRemovesByAgeWhatIsNoLongerNeeded(t *testing.T) {
	const days = 24 * time.Hour
	for _, tc := range []struct {
		name    string
		prepare func(*testing.T, *Store)
		gone    bool
	}{
		{"posted", func(t *testing.T, s *Store) {
			mustAccept(t, s, eventN(1), spaceA)
			try(t, s, frozenPost(mustNext(t, s, spaceA)), relay.Posted, relay.Done)
		}, true},
		{"a dead letter", func(t *testing.T, s *Store) { deadPost(t, s, 1) }, true},
		{"kept", func(t *testing.T, s *Store) { mustAccept(t, s, eventN(1)) }, true},
		{"late", func(t *testing.T, s *Store) {
			_, err := s.Keep(t.Context(), eventN(1), relay.Late)
			must(t, err)
		}, true},
		{"waiting", func(t *testing.T, s *Store) { mustAccept(t, s, eventN(1), spaceA) }, false},
		{"under way", func(t *testing.T, s *Store) {
			mustBegin(t, s, frozenPost(waitingPost(t, s, 1)), start)
		}, false},
		{"dead in one space, waiting in another", func(t *testing.T, s *Store) {
			mustAccept(t, s, eventN(1), spaceA, spaceB)
			p := mustNext(t, s, spaceA)
			p.State = relay.Dead
			must(t, s.UpdatePost(t.Context(), p))
		}, false},
		{"posted, and asked for again", func(t *testing.T, s *Store) {
			mustAccept(t, s, eventN(1), spaceA)
			try(t, s, frozenPost(mustNext(t, s, spaceA)), relay.Posted, relay.Done)
			_, err := s.Resend(t.Context(), eventN(1).ID, spaceA, start)
			must(t, err)
		}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, now := clockStore(t)
			tc.prepare(t, s)
			*now = eventN(1).ReceivedAt.Add(90 * days)
			if got, err := s.History.Retain(t.Context(), Retention{}); got.Events != 0 || err != nil {
				t.Errorf("Retain after exactly 90 days = %+v, %v; want nothing removed", got, err)
			}
			*now = now.Add(time.Microsecond)
			got, err := s.History.Retain(t.Context(), Retention{})
			must(t, err)
			if gone := got.Events == 1; gone != tc.gone {
				t.Fatalf("Retain = %+v, want removed %v", got, tc.gone)
			}
			if !tc.gone {
				mustDetail(t, s, eventN(1).ID)
				return
			}
			if left := counts(t, s); len(left) != 1 || left["event_ids"] != 1 {
				t.Errorf("left: %v, want one id", left)
			}
			if _, err := s.Detail(t.Context(), eventN(1).ID); !errors.Is(err, relay.ErrNotFound) {
				t.Errorf("Detail = %v, want %v", err, relay.ErrNotFound)
			}
		})
	}
}

func TestDeadDigestKeepsItsMembersUntilAllAreTooOld(t *testing.T) {
	s, now := clockStore(t)
	digest, err := s.Fold(t.Context(), []relay.PostID{waitingPost(t, s, 1).ID, waitingPost(t, s, 2).ID})
	must(t, err)
	try(t, s, frozenPost(digest), relay.ContentRefused, relay.Dead)
	for _, tt := range []struct {
		after, removed int
	}{{1, 0}, {2, 2}} {
		*now = eventN(tt.after).ReceivedAt.Add(DefaultMaxAge + time.Microsecond)
		if got, err := s.History.Retain(t.Context(), Retention{}); got.Events != tt.removed || err != nil {
			t.Errorf("Retain once event %d is too old = %+v, %v; want %d events removed", tt.after, got, err, tt.removed)
		}
	}
}

func TestIDsAreRememberedForTwoYears(t *testing.T) {
	s, now := clockStore(t)
	for n := range 3 {
		mustAccept(t, s, eventN(n), spaceA)
	}
	for range 2 {
		try(t, s, frozenPost(mustNext(t, s, spaceA)), relay.Posted, relay.Done)
	}
	_, err := s.History.Retain(t.Context(), Retention{MaxAge: time.Microsecond})
	must(t, err)
	*now = start.AddDate(2, 0, 0)
	if got, err := s.History.Retain(t.Context(), Retention{}); got.IDs != 0 || got.Events != 2 || err != nil {
		t.Errorf("Retain after two years = %+v, %v; want the events gone and no id", got, err)
	}
	if fresh, err := s.Accept(t.Context(), eventN(0), []string{spaceA}); fresh || err != nil {
		t.Errorf("Accept = %v, %v; want the id known", fresh, err)
	}
	*now = now.Add(time.Microsecond)
	if got, err := s.History.Retain(t.Context(), Retention{}); got.IDs != 2 || err != nil {
		t.Errorf("Retain after more than two years = %+v, %v; want two ids gone", got, err)
	}
	mustAccept(t, s, eventN(0), spaceA)
	if fresh, err := s.Accept(t.Context(), eventN(2), []string{spaceA}); fresh || err != nil {
		t.Errorf("Accept of the waiting event = %v, %v; want the id known", fresh, err)
	}
}

func TestHighestNumberIsNeverGivenTwice(t *testing.T) {
	s, now := clockStore(t)
	mustAccept(t, s, eventN(1))
	*now = start.AddDate(5, 0, 0)
	_, err := s.History.Retain(t.Context(), Retention{})
	must(t, err)
	if left := counts(t, s); left["event_ids"] != 1 || len(left) != 1 {
		t.Errorf("left: %v, want the highest id", left)
	}
}

func TestLateEventThatIsGoneIsAcceptedAnew(t *testing.T) {
	s, now := clockStore(t)
	_, err := s.Keep(t.Context(), eventN(1), relay.Late)
	must(t, err)
	*now = start.AddDate(1, 0, 0)
	_, err = s.History.Retain(t.Context(), Retention{})
	must(t, err)
	mustAccept(t, s, eventN(1), spaceA)
	if got := mustNext(t, s, spaceA).Events[0].ID; got != eventN(1).ID {
		t.Errorf("Next = %s, want the event", got)
	}
}

// largeStore makes a store of n posted events of some kilobytes, indexed, and
// one that waits, the oldest of all.
func largeStore(t *testing.T, n int) *Store {
	t.Helper()
	s := openNew(t)
	var events []relay.Event
	for i := range n {
		ev := eventN(1 + i)
		ev.Payload = make([]byte, 3000)
		ev.Message = fmt.Sprintf("%0300d", i)
		events = append(events, ev)
	}
	acceptAll(t, s, events...)
	fillIndex(t, s)
	postAll(t, s)
	oldest := eventN(0)
	oldest.Payload = make([]byte, 3000)
	mustAccept(t, s, oldest, spaceA)
	return s
}

func TestPayloadsGoBeforeEvents(t *testing.T) {
	s := largeStore(t, 600)
	before, err := usageOf(t.Context(), s, Retention{})
	must(t, err)
	r := Retention{MaxBytes: before.Bytes * 6 / 10}
	got, err := s.History.Retain(t.Context(), r)
	must(t, err)
	if got.Payloads == 0 || got.Payloads >= 600 || got.Events != 0 || got.Usage.Bytes > r.MaxBytes || got.Usage.Limit != r.MaxBytes {
		t.Fatalf("Retain to %d = %+v, want some payloads gone and no event", r.MaxBytes, got)
	}
	for n, want := range map[int]bool{0: true, 1: false, got.Payloads: false, got.Payloads + 1: true, 600: true} {
		if d := mustDetail(t, s, eventN(n).ID); (len(d.Event.Payload) > 0) != want || d.Event.Message == "" {
			t.Errorf("event %d has a payload of %d bytes, want one: %v", n, len(d.Event.Payload), want)
		}
	}
	if again, err := s.History.Retain(t.Context(), r); again.Payloads+again.Events != 0 || err != nil {
		t.Errorf("second Retain = %+v, %v; want nothing to do", again, err)
	}
}

func TestEventsGoWhenPayloadsAreNotEnough(t *testing.T) {
	s := largeStore(t, 600)
	var before int64
	readRow(t, s, `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`, &before)
	got, err := s.History.Retain(t.Context(), Retention{MaxBytes: 350_000})
	must(t, err)
	if got.Payloads != 600 || got.Events == 0 || got.Events >= 600 || got.Usage.Bytes > 350_000 {
		t.Fatalf("Retain = %+v, want all payloads gone and some events", got)
	}
	left := counts(t, s)
	kept := 601 - got.Events
	if left["events"] != kept || left["posts"] != kept || left["post_events"] != kept || left["event_ids"] != 601 || left["payloads"] != 1 {
		t.Errorf("left: %v, want %d events with a post each, all ids and one payload", left, kept)
	}
	page := mustEvents(t, s, relay.Query{Limit: maxPage})
	if len(page) == 0 || page[0].ID != eventN(600).ID {
		t.Errorf("the newest event is gone: %v", page)
	}
	if got := mustNext(t, s, spaceA).Events[0]; got.ID != eventN(0).ID || len(got.Payload) != 3000 {
		t.Errorf("the event that waits is not what it was: %+v", got)
	}
	blocks := soundIndex(t, s)
	if want := kept/fulltext.BlockSize + 2; blocks > want {
		t.Errorf("%d blocks are left in the index, want at most %d", blocks, want)
	}
	// What was freed goes back to the system with the next checkpoint.
	must(t, s.Close())
	after, err := os.Stat(s.path)
	must(t, err)
	if after.Size() > before/2 {
		t.Errorf("the file has %d bytes, had %d", after.Size(), before)
	}
}

func TestWhatIsNotPostedStaysWhateverItsSize(t *testing.T) {
	s := openNew(t)
	deadPost(t, s, 1)
	waitingPost(t, s, 2)
	got, err := s.History.Retain(t.Context(), Retention{MaxBytes: 1})
	must(t, err)
	if got.Events+got.Payloads != 0 || !got.Usage.OverLimit() || got.Usage.NearLimit() {
		t.Errorf("Retain = %+v, want nothing removed and the limit exceeded", got)
	}
	if left := counts(t, s); left["events"] != 2 || left["payloads"] != 2 {
		t.Errorf("left: %v, want both", left)
	}
}

func TestUsageNearsTheLimitAtFourFifths(t *testing.T) {
	for bytes, want := range map[int64]bool{0: false, 159_999_999: false, 160_000_000: true, 200_000_000: true, 200_000_001: false} {
		if got := (Usage{Bytes: bytes, Limit: DefaultMaxBytes}).NearLimit(); got != want {
			t.Errorf("%d of %d bytes near the limit: %v, want %v", bytes, int64(DefaultMaxBytes), got, want)
		}
	}
	if u := (Usage{}); u.NearLimit() || u.OverLimit() {
		t.Error("a store that was not measured is nearly full")
	}
	s := openNew(t)
	u, err := usageOf(t.Context(), s, Retention{})
	if err != nil || u.Bytes <= 0 || u.Limit != 200_000_000 || u.NearLimit() {
		t.Errorf("Usage of an empty store = %+v, %v", u, err)
	}
	var events []relay.Event
	for n := range 300 {
		ev := eventN(n)
		ev.ID += fmt.Sprintf("%0500d", n)
		ev.Subject, ev.Message, ev.Payload = "", "", nil
		events = append(events, ev)
	}
	acceptAll(t, s, events...)
	after, err := usageOf(t.Context(), s, Retention{})
	if err != nil || after.Bytes-u.Bytes > 120_000 {
		t.Errorf("Usage = %+v, %v; want the 300,000 bytes of ids not to count", after, err)
	}
}

func TestStoreThatIsHeldAtItsLimitIsNotNearlyFull(t *testing.T) {
	s := largeStore(t, 600)
	before, err := usageOf(t.Context(), s, Retention{})
	must(t, err)
	r := Retention{MaxBytes: before.Bytes * 11 / 10}
	if u, err := usageOf(t.Context(), s, r); err != nil || !u.NearLimit() || u.Shrunk {
		t.Errorf("before anything was removed: %+v, %v; want it nearly full", u, err)
	}
	r.MaxBytes = before.Bytes * 9 / 10
	got, err := s.History.Retain(t.Context(), r)
	must(t, err)
	if got.Payloads == 0 || float64(got.Usage.Bytes) < 0.8*float64(got.Usage.Limit) || !got.Usage.Shrunk || got.Usage.NearLimit() || got.Usage.OverLimit() {
		t.Errorf("Retain = %+v, want the store held at its limit and nothing to tell", got)
	}
}

func TestRetainEndsWithItsContext(t *testing.T) {
	s := largeStore(t, 100)
	release := holdWriter(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		_, err := s.History.Retain(ctx, Retention{MaxBytes: 1})
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Retain = %v, want %v", err, context.Canceled)
	}
	release()
}

// TestRemovalsFollowTheIndexOfTimes is about the time that one step holds the
// writer: with a million events, going through all payloads takes a second.
func TestRemovalsFollowTheIndexOfTimes(t *testing.T) {
	s := openNew(t)
	for name, r := range map[string]removal{"events that are too old": tooOld, "settled events": settled, "payloads": payloads} {
		t.Run(name, func(t *testing.T) {
			plan := planOf(t, s, r.candidates(), 0, 1, removeAtOnce)
			if !strings.Contains(plan, "SEARCH e USING INDEX events_by_time") || strings.Contains(plan, "TEMP") {
				t.Errorf("the plan is\n%s\nwant events_by_time without sorting", plan)
			}
		})
	}
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// waitingPost accepts the nth event into spaceA and returns its post.
func waitingPost(t testing.TB, s *Store, n int) relay.Post {
	t.Helper()
	ev := eventN(n)
	mustAccept(t, s, ev, spaceA)
	p := mustDetail(t, s, ev.ID).Posts[0].Post
	p.Events = []relay.Event{ev}
	return p
}

// postOf returns a post as it is stored, by one of its events.
func postOf(t testing.TB, s *Store, p relay.Post) relay.PostDetail {
	t.Helper()
	for _, d := range mustDetail(t, s, p.Events[0].ID).Posts {
		if d.Post.ID == p.ID {
			return d
		}
	}
	t.Fatalf("post %d is gone", p.ID)
	return relay.PostDetail{}
}

func TestNextReturnsTheOldestPostThatIsDue(t *testing.T) {
	s := openNew(t)
	first, second := waitingPost(t, s, 1), waitingPost(t, s, 2)
	if _, err := s.Next(t.Context(), spaceB, start); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("Next of an empty lane = %v, want %v", err, relay.ErrNotFound)
	}
	if got := mustNext(t, s, spaceA).ID; got != first.ID {
		t.Errorf("Next = post %d, want %d", got, first.ID)
	}

	first.NotBefore = start.Add(time.Hour)
	must(t, s.UpdatePost(t.Context(), first))
	for _, tc := range []struct {
		at   time.Time
		want relay.PostID
	}{
		{start.Add(time.Hour - time.Microsecond), second.ID},
		{start.Add(time.Hour), first.ID},
	} {
		if got, err := s.Next(t.Context(), spaceA, tc.at); got.ID != tc.want || err != nil {
			t.Errorf("Next at %v = post %d, %v; want %d", tc.at, got.ID, err, tc.want)
		}
	}
}

func TestFoldableListsWhatIsDueInOrder(t *testing.T) {
	s := openNew(t)
	for i := range 5 {
		waitingPost(t, s, i)
	}
	held := mustNext(t, s, spaceA)
	held.NotBefore = start.Add(time.Hour)
	must(t, s.UpdatePost(t.Context(), held))
	for _, tc := range []struct {
		limit int
		want  []int
	}{{3, []int{1, 2, 3}}, {100, []int{1, 2, 3, 4}}, {0, []int{1}}, {-1, []int{1}}, {1 << 40, []int{1, 2, 3, 4}}} {
		posts, err := s.Foldable(t.Context(), spaceA, start, tc.limit)
		if err != nil || len(posts) != len(tc.want) {
			t.Fatalf("Foldable(limit %d) = %d posts, %v; want %d", tc.limit, len(posts), err, len(tc.want))
		}
		for i, n := range tc.want {
			if got := posts[i].Events[0].ID; got != eventN(n).ID {
				t.Errorf("Foldable(limit %d)[%d] = %s, want event %d", tc.limit, i, got, n)
			}
		}
	}
}

func TestUrgentPostsGoFirst(t *testing.T) {
	s := openNew(t)
	for i, typ := range []string{"rental_started", "new_message", "low_credit", "", "outbid"} {
		ev := eventN(i)
		ev.Type = typ
		mustAccept(t, s, ev, spaceA)
	}
	order := func() (ids []string) {
		t.Helper()
		posts, err := s.Foldable(t.Context(), spaceA, start, 10)
		must(t, err)
		for _, p := range posts {
			ids = append(ids, p.Events[0].ID)
		}
		return ids
	}
	want := []string{eventN(2).ID, eventN(4).ID, eventN(0).ID, eventN(1).ID, eventN(3).ID}
	if got := order(); !slices.Equal(got, want) {
		t.Errorf("Foldable = %q, want %q", got, want)
	}
	if got := mustNext(t, s, spaceA).Events[0].ID; got != want[0] {
		t.Errorf("Next = %s, want the oldest urgent one", got)
	}

	// A digest is urgent when one of its members is, even the youngest.
	_, err := s.Fold(t.Context(), []relay.PostID{2, 5})
	must(t, err)
	if got := mustNext(t, s, spaceA); got.ID != 2 || got.Kind != relay.Digest {
		t.Errorf("Next = %+v, want the digest with an urgent member, which is the oldest", got)
	}
	try(t, s, frozenPost(mustNext(t, s, spaceA)), relay.Posted, relay.Done)
	if got := mustNext(t, s, spaceA).Events[0].ID; got != eventN(2).ID {
		t.Errorf("Next = %s, want the urgent one that is left", got)
	}
}

func TestBacklogDescribesOneLane(t *testing.T) {
	s := openNew(t)
	if b, err := s.Backlog(t.Context(), spaceA); b != (relay.Backlog{}) || err != nil {
		t.Errorf("Backlog of an empty lane = %+v, %v; want zero", b, err)
	}
	one, two := waitingPost(t, s, 1), waitingPost(t, s, 2)
	mustAccept(t, s, eventN(3), spaceB)
	want := relay.Backlog{Count: 2, Oldest: one.CreatedAt, NextAt: one.CreatedAt}
	if b, err := s.Backlog(t.Context(), spaceA); b != want || err != nil {
		t.Errorf("Backlog = %+v, %v; want %+v", b, err, want)
	}

	if _, err := s.BeginAttempt(t.Context(), one, start); err != nil {
		t.Fatal(err)
	}
	two.NotBefore = start.Add(time.Hour)
	must(t, s.UpdatePost(t.Context(), two))
	want.NextAt = two.NotBefore
	if b, err := s.Backlog(t.Context(), spaceA); b != want || err != nil {
		t.Errorf("Backlog with one under way = %+v, %v; want %+v", b, err, want)
	}

	two.State = relay.Dead
	must(t, s.UpdatePost(t.Context(), two))
	want = relay.Backlog{Count: 1, Oldest: one.CreatedAt}
	if b, err := s.Backlog(t.Context(), spaceA); b != want || err != nil {
		t.Errorf("Backlog with nothing waiting = %+v, %v; want %+v", b, err, want)
	}
}

func TestQuestionsOfALaneAreAnsweredFromTheIndex(t *testing.T) {
	s := openNew(t)
	for _, query := range []string{
		`SELECT id FROM posts WHERE space = 'x' AND state = 'waiting' AND not_before <= 5 ORDER BY urgent DESC, id LIMIT 1`,
		`SELECT COUNT(*), MIN(created_at), MIN(not_before) FROM posts
			WHERE space = 'x' AND (state = 'waiting' OR state = 'sending')`,
	} {
		if plan := planOf(t, s, query); !strings.Contains(plan, "COVERING INDEX posts_open") || strings.Contains(plan, "TEMP") {
			t.Errorf("plan of %s:\n%s\nwant posts_open alone", query, plan)
		}
	}
}

// planOf explains how SQLite would run query.
func planOf(t testing.TB, s *Store, query string, args ...any) string {
	t.Helper()
	var plan []string
	must(t, s.reads.read(t.Context(), "explain a query", func(r database.Querier) error {
		return database.ForEach(t.Context(), r, func(rows *sql.Rows) error {
			var id, parent, unused int
			var line string
			err := rows.Scan(&id, &parent, &unused, &line)
			plan = append(plan, line)
			return err
		}, "EXPLAIN QUERY PLAN "+query, args...)
	}))
	return strings.Join(plan, "\n")
}

func TestUpdatePostWritesWhatMayChange(t *testing.T) {
	s := openNew(t)
	p := waitingPost(t, s, 1)
	want := p
	want.Events = nil
	want.State, want.Rung, want.MayRepeat = relay.Dead, relay.RungText, true
	want.NotBefore, want.FirstAnswer = start.Add(time.Minute), start.Add(time.Second)
	want.Tries, want.Answers = 7, 5

	change := want
	change.Events, change.Space, change.Kind, change.MessageID = nil, spaceB, relay.Digest, "client-other"
	must(t, s.UpdatePost(t.Context(), change))
	if got := postOf(t, s, p).Post; !reflect.DeepEqual(got, want) {
		t.Errorf("post = %+v, want %+v", got, want)
	}
}

func TestUpdatePostRefuses(t *testing.T) {
	s := openNew(t)
	p, busy := waitingPost(t, s, 1), waitingPost(t, s, 2)
	if _, err := s.BeginAttempt(t.Context(), busy, start); err != nil {
		t.Fatal(err)
	}
	sending, unknown, empty := p, p, p
	sending.State, unknown.ID, empty.State = relay.Sending, 999, ""
	if err := s.UpdatePost(t.Context(), unknown); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("unknown post: %v, want %v", err, relay.ErrNotFound)
	}
	if err := s.UpdatePost(t.Context(), busy); !errors.Is(err, errUnderWay) {
		t.Errorf("post with an attempt under way: %v, want %v", err, errUnderWay)
	}
	for _, p := range []relay.Post{sending, empty} {
		if err := s.UpdatePost(t.Context(), p); err == nil {
			t.Errorf("state %q was accepted", p.State)
		}
	}
}

func TestKeepWaitingKeepsWhatWasThere(t *testing.T) {
	s := openWithClock(t, filepath.Join(t.TempDir(), "events.db"), start.Add(time.Minute))
	one := waitingPost(t, s, 1)
	mustAccept(t, s, eventN(2), spaceA, spaceB)
	underWay, late := waitingPost(t, s, 3), waitingPost(t, s, 4)
	if _, err := s.BeginAttempt(t.Context(), underWay, start); err != nil {
		t.Fatal(err)
	}
	if n, err := s.KeepWaiting(t.Context(), underWay.CreatedAt); n != 3 || err != nil {
		t.Errorf("KeepWaiting = %d, %v; want 3, nil", n, err)
	}
	for n, want := range map[int]relay.Fate{
		1: relay.FateKept, 2: relay.FateKept, 3: relay.FateWaiting, 4: relay.FateWaiting,
	} {
		if got := mustDetail(t, s, eventN(n).ID).Fate; got != want {
			t.Errorf("event %d is %s, want %s", n, got, want)
		}
	}
	if got := mustNext(t, s, spaceA).ID; got != late.ID {
		t.Errorf("Next = post %d, want %d", got, late.ID)
	}
	if _, err := s.BeginAttempt(t.Context(), one, start); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("attempt at a kept post = %v, want %v", err, relay.ErrNotFound)
	}
	if n, err := s.KeepWaiting(t.Context(), start.AddDate(-1, 0, 0)); n != 0 || err != nil {
		t.Errorf("KeepWaiting of nothing = %d, %v; want 0, nil", n, err)
	}
}

// TestKeepWaitingKeepsWhatWasThereBeforeTheClockWasSetBack: such a post is older than
// its time says.
func TestKeepWaitingKeepsWhatWasThereBeforeTheClockWasSetBack(t *testing.T) {
	now := start.Add(2 * time.Second)
	s := openWithClock(t, filepath.Join(t.TempDir(), "events.db"), now)
	for n := 1; n <= 3; n++ {
		waitingPost(t, s, n)
	}
	if n, err := s.KeepWaiting(t.Context(), now.Add(-500*time.Millisecond)); n != 2 || err != nil {
		t.Errorf("KeepWaiting = %d, %v; want 2, nil", n, err)
	}
	for n, want := range map[int]relay.Fate{1: relay.FateKept, 2: relay.FateWaiting, 3: relay.FateKept} {
		if got := mustDetail(t, s, eventN(n).ID).Fate; got != want {
			t.Errorf("event %d is %s, want %s", n, got, want)
		}
	}
}

func TestShiftRetryClocksMovesClocksThatRun(t *testing.T) {
	s := openNew(t)
	clocked, free, dead := waitingPost(t, s, 1), waitingPost(t, s, 2), waitingPost(t, s, 3)
	clocked.NotBefore, clocked.FirstAnswer = start.Add(time.Minute), start
	dead.NotBefore, dead.FirstAnswer, dead.State = start, start, relay.Dead
	for _, p := range []relay.Post{clocked, dead} {
		must(t, s.UpdatePost(t.Context(), p))
	}
	held := relay.Destination{Space: spaceA, HoldUntil: start, ProbeAt: start.Add(time.Hour), ParkedSince: start}
	idle := relay.Destination{Space: spaceB}
	for _, d := range []relay.Destination{held, idle} {
		must(t, s.SaveDestination(t.Context(), d))
	}

	const pause = 90 * time.Minute
	must(t, s.ShiftRetryClocks(t.Context(), pause))

	clocked.NotBefore, clocked.FirstAnswer = clocked.NotBefore.Add(pause), clocked.FirstAnswer.Add(pause)
	held.HoldUntil, held.ProbeAt = held.HoldUntil.Add(pause), held.ProbeAt.Add(pause)
	for name, want := range map[string]relay.Post{"clocked": clocked, "free": free, "dead": dead} {
		got := postOf(t, s, want).Post
		want.Events = nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s post = %+v, want %+v", name, got, want)
		}
	}
	if got, err := s.Destinations(t.Context()); !reflect.DeepEqual(got, []relay.Destination{held, idle}) || err != nil {
		t.Errorf("Destinations = %+v, %v; want %+v", got, err, []relay.Destination{held, idle})
	}
}

func TestDestinationsAreReplacedBySpace(t *testing.T) {
	s := openNew(t)
	if got, err := s.Destinations(t.Context()); len(got) != 0 || err != nil {
		t.Errorf("Destinations = %v, %v; want none", got, err)
	}
	first := relay.Destination{Space: spaceB, Label: "Ops"}
	full := relay.Destination{
		Space: spaceA, Label: "Alerts \x00 ü", IDs: relay.IDsHonoured, RefusesIDs: true, RefusesCards: true,
		ParkedSince: start, ParkReason: "token_missing", ParkDetail: "The URL was refused.",
		ProbeAt: start.Add(time.Hour), Unauthorized: 3, HoldUntil: start.Add(time.Minute),
		HoldStep: 2*time.Second + 345*time.Nanosecond,
	}
	for _, d := range []relay.Destination{first, {Space: spaceA, Label: "old"}, full} {
		must(t, s.SaveDestination(t.Context(), d))
	}
	want := []relay.Destination{full, first}
	if got, err := s.Destinations(t.Context()); !reflect.DeepEqual(got, want) || err != nil {
		t.Errorf("Destinations = %+v, %v; want %+v", got, err, want)
	}
	if err := s.SaveDestination(t.Context(), relay.Destination{}); err == nil {
		t.Error("a destination without a space was saved")
	}
}

func TestPauseSurvivesARestart(t *testing.T) {
	path := t.TempDir() + "/events.db"
	s := openAt(t, path)
	if p, err := s.Pause(t.Context()); p.Active() || err != nil {
		t.Errorf("Pause = %+v, %v; want none", p, err)
	}
	pause := relay.Pause{Since: start, Until: start.Add(time.Hour)}
	must(t, s.SavePause(t.Context(), pause))
	must(t, s.Close())

	s = openAt(t, path)
	if p, err := s.Pause(t.Context()); p != pause || err != nil {
		t.Errorf("Pause = %+v, %v; want %+v", p, err, pause)
	}
	for _, p := range []relay.Pause{{Since: start}, {}} {
		must(t, s.SavePause(t.Context(), p))
		if got, err := s.Pause(t.Context()); got != p || err != nil {
			t.Errorf("Pause = %+v, %v; want %+v", got, err, p)
		}
	}
}

func TestUsageGrowsWithWhatIsStored(t *testing.T) {
	s := openNew(t)
	before, err := usageOf(t.Context(), s, Retention{})
	if err != nil || before.Bytes <= 0 {
		t.Fatalf("Usage = %+v, %v; want some", before, err)
	}
	ev := eventN(1)
	ev.Payload = make([]byte, 1<<20)
	mustAccept(t, s, ev, spaceA)
	if after, err := usageOf(t.Context(), s, Retention{}); after.Bytes < before.Bytes+1<<20 || err != nil {
		t.Errorf("Usage = %+v, %v; want at least %d bytes", after, err, before.Bytes+1<<20)
	}
}

func TestReadsEndWithTheirContext(t *testing.T) {
	s := openNew(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, read := range map[string]func() error{
		"Next":         func() error { _, err := s.Next(ctx, spaceA, start); return err },
		"Backlog":      func() error { _, err := s.Backlog(ctx, spaceA); return err },
		"Foldable":     func() error { _, err := s.Foldable(ctx, spaceA, start, 1); return err },
		"DeadPosts":    func() error { _, err := s.DeadPosts(ctx); return err },
		"Destinations": func() error { _, err := s.Destinations(ctx); return err },
		"Pause":        func() error { _, err := s.Pause(ctx); return err },
		"Usage":        func() error { _, err := usageOf(ctx, s, Retention{}); return err },
		"Events":       func() error { _, err := s.History.Events(ctx, relay.Query{}); return err },
		"Detail":       func() error { _, err := s.Detail(ctx, "x"); return err },
		"Tally":        func() error { _, err := s.History.Tally(ctx, start); return err },
	} {
		if err := read(); !errors.Is(err, context.Canceled) || errors.Is(err, relay.ErrStoreUnavailable) {
			t.Errorf("%s = %v, want %v alone", name, err, context.Canceled)
		}
	}
}

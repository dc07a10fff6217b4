package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"vastrelay/relay"
)

// idsOf returns the ids of a page.
func idsOf(page []relay.Summary) []string {
	var ids []string
	for _, e := range page {
		ids = append(ids, e.ID)
	}
	return ids
}

// mustEvents returns the page that q selects.
func mustEvents(t testing.TB, s *Store, q relay.Query) []relay.Summary {
	t.Helper()
	page, err := s.History.Events(t.Context(), q)
	if err != nil {
		t.Fatalf("Events(%+v): %v", q, err)
	}
	return page
}

func TestEventsListsNewestFirst(t *testing.T) {
	s := openNew(t)
	if page := mustEvents(t, s, relay.Query{}); len(page) != 0 {
		t.Errorf("page of an empty store = %v", page)
	}
	for _, n := range []int{2, 1, 3} {
		ev := eventN(n)
		ev.CaughtUp = n == 2
		mustAccept(t, s, ev, spaceA)
	}
	bare := relay.Event{ID: "bare", Role: relay.RoleHost, Type: "low_disk_space", ReceivedAt: start}
	if _, err := s.Keep(t.Context(), bare, relay.Late); err != nil {
		t.Fatal(err)
	}
	want := []relay.Summary{
		{ID: eventN(3).ID, Role: "client", Type: "outbid", Title: "Instance 3 outbid", ReceivedAt: eventN(3).ReceivedAt, Fate: relay.FateWaiting, Unread: true},
		{ID: eventN(2).ID, Role: "client", Type: "outbid", Title: "Instance 2 outbid", ReceivedAt: eventN(2).ReceivedAt, Fate: relay.FateWaiting, CaughtUp: true, Unread: true},
		{ID: eventN(1).ID, Role: "client", Type: "outbid", Title: "Instance 1 outbid", ReceivedAt: eventN(1).ReceivedAt, Fate: relay.FateWaiting, Unread: true},
		{ID: "bare", Role: "host", Type: "low_disk_space", Title: "Low disk space", ReceivedAt: start, Fate: relay.FateLate, Unread: true},
	}
	if got := mustEvents(t, s, relay.Query{}); !reflect.DeepEqual(got, want) {
		t.Errorf("Events = %+v, want %+v", got, want)
	}
	if !mustDetail(t, s, eventN(2).ID).Event.CaughtUp || !mustNext(t, s, spaceA).Events[0].CaughtUp {
		t.Error("the detail or the post of the event that was caught up does not say so")
	}
}

func TestRowsOfGapsSayWhatTheyAreWordedFrom(t *testing.T) {
	s := openNew(t)
	note := relay.NoteOf(relay.Gap{Start: start.Add(-time.Hour), End: start, Cause: relay.GapSleep, MayLose: true}, 2)
	told, earlier, other := ownEvent(3), ownEvent(2), eventN(1)
	told.Payload, earlier.Payload, other.Payload = note.Payload(), nil, note.Payload()
	for _, ev := range []relay.Event{told, earlier, other} {
		mustAccept(t, s, ev, spaceA)
	}
	var got []relay.GapNote
	for _, row := range mustEvents(t, s, relay.Query{}) {
		got = append(got, row.Note)
	}
	if want := []relay.GapNote{relay.ReadGapNote(note.Payload()), {}, {}}; !slices.Equal(got, want) || got[0].Left != 2 {
		t.Errorf("got %+v, want the note of the first alone", got)
	}
	if got := mustDetail(t, s, told.ID).Event.Payload; string(got) != string(note.Payload()) {
		t.Errorf("the event has %s, want the note", got)
	}
}

func TestEventsArePagedByTimeAndID(t *testing.T) {
	s := openNew(t)
	var want []string
	for i := range 23 {
		ev := eventN(i)
		ev.ReceivedAt = start.Add(time.Duration(i/5) * time.Microsecond) // five share a moment
		ev.ID = fmt.Sprintf("%03d", (i*7)%23)                            // ids do not rise with time
		want = append(want, fmt.Sprintf("%d %s", ev.ReceivedAt.UnixMicro(), ev.ID))
		mustAccept(t, s, ev, spaceA)
	}
	slices.Sort(want)
	slices.Reverse(want)
	for _, size := range []int{1, 4, 5, 7, 100} {
		var got []string
		q := relay.Query{Limit: size}
		for {
			page := mustEvents(t, s, q)
			for _, e := range page {
				got = append(got, fmt.Sprintf("%d %s", e.ReceivedAt.UnixMicro(), e.ID))
			}
			if len(page) < size {
				break
			}
			last := page[len(page)-1]
			q.BeforeTime, q.BeforeID = last.ReceivedAt, last.ID
		}
		if !slices.Equal(got, want) {
			t.Errorf("pages of %d = %v, want %v", size, got, want)
		}
	}
}

func TestEventsBoundsThePage(t *testing.T) {
	s := openNew(t)
	var events []relay.Event
	for i := range maxPage + 1 {
		events = append(events, eventN(i))
	}
	acceptAll(t, s, events...)
	for limit, want := range map[int]int{-1: 100, 0: 100, 1: 1, 500: 500, 501: 500} {
		if got := len(mustEvents(t, s, relay.Query{Limit: limit})); got != want {
			t.Errorf("limit %d gives %d rows, want %d", limit, got, want)
		}
	}
}

func TestEventsFiltersByTypeAndFate(t *testing.T) {
	s := openNew(t)
	for i, typ := range []string{"outbid", "outbid", "low_credit", "low_credit", ""} {
		ev := eventN(i)
		ev.Type = typ
		mustAccept(t, s, ev, spaceA)
		if i%2 == 0 {
			try(t, s, frozenPost(mustNext(t, s, spaceA)), relay.Posted, relay.Done)
		} else {
			p := mustNext(t, s, spaceA)
			p.State = relay.Dead
			must(t, s.UpdatePost(t.Context(), p))
		}
	}
	for _, tc := range []struct {
		q    relay.Query
		want []int
	}{
		{relay.Query{Type: "outbid"}, []int{1, 0}},
		{relay.Query{Fate: relay.FatePosted}, []int{4, 2, 0}},
		{relay.Query{Fate: relay.FateFailed}, []int{3, 1}},
		{relay.Query{Fate: relay.FateFailed, Type: "outbid"}, []int{1}},
		{relay.Query{Fate: relay.FatePosted, Type: "low_credit"}, []int{2}},
		{relay.Query{Fate: relay.FatePosted, Type: "low_credit", Search: "instance 2"}, []int{2}},
		{relay.Query{Since: eventN(3).ReceivedAt}, []int{4, 3}},
		{relay.Query{Since: eventN(1).ReceivedAt, Fate: relay.FateFailed}, []int{3, 1}},
		{relay.Query{Since: eventN(1).ReceivedAt, Search: "instance 0"}, nil},
		{relay.Query{Since: eventN(1).ReceivedAt, BeforeTime: eventN(3).ReceivedAt, BeforeID: eventN(3).ID}, []int{2, 1}},
		{relay.Query{Since: eventN(9).ReceivedAt}, nil},
		{relay.Query{Until: eventN(2).ReceivedAt}, []int{1, 0}},
		{relay.Query{Since: eventN(1).ReceivedAt, Until: eventN(4).ReceivedAt}, []int{3, 2, 1}},
		{relay.Query{Until: eventN(2).ReceivedAt, Fate: relay.FateFailed}, []int{1}},
		{relay.Query{Until: eventN(4).ReceivedAt, Search: "instance 3"}, []int{3}},
		{relay.Query{Until: eventN(3).ReceivedAt, Search: "instance 3"}, nil},
		{relay.Query{Until: eventN(3).ReceivedAt, AfterTime: eventN(1).ReceivedAt, AfterID: eventN(1).ID}, []int{2}},
		{relay.Query{Fate: relay.FateWaiting}, nil},
		{relay.Query{Type: "no_such"}, nil},
		{relay.Query{Fate: "no_such"}, nil},
	} {
		var want []string
		for _, n := range tc.want {
			want = append(want, eventN(n).ID)
		}
		if got := idsOf(mustEvents(t, s, tc.q)); !slices.Equal(got, want) {
			t.Errorf("Events(%+v) = %v, want %v", tc.q, got, want)
		}
	}
}

func TestPagesAreReadAlongAnIndex(t *testing.T) {
	s := openNew(t)
	before := relay.Query{BeforeTime: start, BeforeID: "x"}
	for name, tc := range map[string]struct {
		q     relay.Query
		index string
	}{
		"all":                  {relay.Query{}, "events_by_time"},
		"all, a later page":    {before, "events_by_time"},
		"a search":             {relay.Query{Search: "a b"}, "events_by_time"},
		"a type":               {relay.Query{Type: "x"}, "events_by_type"},
		"a fate":               {relay.Query{Fate: relay.FateFailed}, "events_by_fate"},
		"a rare fate and type": {relay.Query{Fate: relay.FateFailed, Type: "x"}, "events_by_fate"},
		"posted and a type":    {relay.Query{Fate: relay.FatePosted, Type: "x", BeforeTime: start}, "events_by_type"},
	} {
		page := selectEvents(tc.q)
		query, args := page.statement()
		plan := planOf(t, s, query, args...)
		// Only events of the very same moment are sorted, never the whole.
		if !strings.Contains(plan, tc.index) ||
			strings.Contains(plan, "TEMP B-TREE") && !strings.Contains(plan, "LAST TERM") {
			t.Errorf("%s: plan\n%s\nwant %s in order", name, plan, tc.index)
		}
	}
}

func TestDetailOfAnUnknownEvent(t *testing.T) {
	s := openNew(t)
	if _, err := s.Detail(t.Context(), "unknown"); !errors.Is(err, relay.ErrNotFound) {
		t.Errorf("Detail = %v, want %v", err, relay.ErrNotFound)
	}
}

func TestTallyCountsByFateSinceATime(t *testing.T) {
	s := openNew(t)
	if got, err := s.History.Tally(t.Context(), start); got.Total != 0 || !got.LastEvent.IsZero() || err != nil {
		t.Errorf("Tally of an empty store = %+v, %v; want zero", got, err)
	}
	for i := range 5 {
		waitingPost(t, s, i)
	}
	try(t, s, frozenPost(mustNext(t, s, spaceA)), relay.Posted, relay.Done)
	try(t, s, frozenPost(mustNext(t, s, spaceA)), relay.Posted, relay.Done)
	if _, err := s.Keep(t.Context(), eventN(9), relay.Late); err != nil {
		t.Fatal(err)
	}
	mustAccept(t, s, ownEvent(20), spaceA) // posted like any other, and no news of Vast.ai
	mustAccept(t, s, ownEvent(21))
	want := relay.Tally{
		Total:     4, // The late one was not taken in.
		ByFate:    map[relay.Fate]int{relay.FatePosted: 1, relay.FateWaiting: 3, relay.FateLate: 1},
		LastEvent: eventN(4).ReceivedAt,
	}
	if got, err := s.History.Tally(t.Context(), eventN(1).ReceivedAt); !reflect.DeepEqual(got, want) || err != nil {
		t.Errorf("Tally = %+v, %v; want %+v", got, err, want)
	}
	got, err := s.History.Tally(t.Context(), start.AddDate(1, 0, 0))
	if got.Total != 0 || !got.LastEvent.Equal(want.LastEvent) || err != nil {
		t.Errorf("Tally of the future = %+v, %v; want none, and the last event all the same", got, err)
	}
}

// derive says what becomes of an event by its verdict and posts, in words of
// its own, to hold the stored column against.
func derive(d relay.Detail) (fate relay.Fate, mayRepeat bool) {
	if fate, ok := fateKept(d.Verdict); ok {
		return fate, false
	}
	has := make(map[relay.PostState]bool)
	for _, p := range d.Posts {
		has[p.Post.State] = true
		mayRepeat = mayRepeat || p.Post.MayRepeat
	}
	switch {
	case has[relay.Dead]:
		fate = relay.FateFailed
	case has[relay.Waiting], has[relay.Sending]:
		fate = relay.FateWaiting
	case has[relay.Done]:
		fate = relay.FatePosted
	default:
		fate = relay.FateKept
	}
	return fate, mayRepeat
}

func TestStoredFateAlwaysFollowsFromThePosts(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := openWithClock(t, filepath.Join(t.TempDir(), "events.db"), start.Add(time.Hour))
			w := &walk{t: t, s: s, r: rand.New(rand.NewPCG(seed, 1))}
			for range 30 {
				for range 5 {
					w.step()
				}
				w.check()
			}
		})
	}
}

// walk does things to a store at random.
type walk struct {
	t      *testing.T
	s      *Store
	r      *rand.Rand
	events int
	open   map[relay.AttemptID]relay.Post
}

func (w *walk) step() {
	t, s, ctx := w.t, w.s, w.t.Context()
	states := []relay.PostState{relay.Waiting, relay.Done, relay.Dead, relay.Kept}
	space := []string{spaceA, spaceB}[w.r.IntN(2)]
	switch w.r.IntN(12) {
	case 0, 1, 2:
		w.events++
		mustAccept(t, s, eventN(w.events), [][]string{{spaceA}, {spaceA, spaceB}, {}}[w.r.IntN(3)]...)
	case 3:
		_, err := s.Keep(ctx, eventN(w.events+w.r.IntN(2)), relay.Late)
		must(t, err)
		_, err = s.Accept(ctx, eventN(1+w.r.IntN(w.events+1)), []string{space})
		must(t, err)
		w.events++
	case 4, 5:
		if p, err := s.Next(ctx, space, start.AddDate(1, 0, 0)); err == nil {
			p.MayRepeat = p.MayRepeat || w.r.IntN(4) == 0
			id := mustBegin(t, s, p, start)
			if w.open == nil {
				w.open = make(map[relay.AttemptID]relay.Post)
			}
			w.open[id] = p
		}
	case 6, 7:
		for id, p := range w.open {
			p.State = states[w.r.IntN(len(states))]
			must(t, s.FinishAttempt(ctx, id, start, relay.Result{Outcome: relay.Unreachable}, p))
			delete(w.open, id)
			break
		}
	case 8:
		posts, err := s.Foldable(ctx, space, start.AddDate(1, 0, 0), 3)
		must(t, err)
		var ids []relay.PostID
		for _, p := range posts {
			ids = append(ids, p.ID)
		}
		if _, err := s.Fold(ctx, ids); err != nil && len(ids) > 1 && !errors.Is(err, relay.ErrFrozen) {
			t.Fatal(err)
		}
	case 10:
		id := eventN(1 + w.r.IntN(w.events+1)).ID
		if _, err := s.Resend(ctx, id, space, start); err != nil && !errors.Is(err, relay.ErrNotFound) {
			t.Fatal(err)
		}
		if err := s.Promote(ctx, id, []string{space}, start); err != nil && !errors.Is(err, relay.ErrNotFound) {
			t.Fatal(err)
		}
	case 11:
		dead, err := s.DeadPosts(ctx)
		must(t, err)
		if len(dead) > 0 {
			must(t, s.Revive(ctx, dead[w.r.IntN(len(dead))].ID, start))
		}
	case 9:
		if w.r.IntN(3) == 0 {
			_, err := s.KeepWaiting(ctx, start.Add(time.Duration(w.r.IntN(w.events+1))*time.Second))
			must(t, err)
		} else {
			_, err := s.Interrupted(ctx, start)
			must(t, err)
			clear(w.open)
		}
	}
}

func (w *walk) check() {
	w.t.Helper()
	for _, e := range mustEvents(w.t, w.s, relay.Query{Limit: 500}) {
		d := mustDetail(w.t, w.s, e.ID)
		fate, mayRepeat := derive(d)
		if e.Fate != fate || d.Fate != fate || e.MayRepeat != mayRepeat {
			w.t.Fatalf("event %s: stored %s, %v; its posts say %s, %v: %+v", e.ID, e.Fate, e.MayRepeat, fate, mayRepeat, d)
		}
	}
}

func TestIDsByTheirBeginning(t *testing.T) {
	s := openNew(t)
	for _, id := range []string{"aab1", "aab2", "aac", "b", "ä1"} {
		mustAccept(t, s, relay.Event{ID: id, Role: relay.RoleClient, ReceivedAt: start}, spaceA)
	}
	for name, tc := range map[string]struct {
		prefix string
		limit  int
		want   []string
	}{
		"several, in their order":        {"aa", 5, []string{"aab1", "aab2", "aac"}},
		"no more than the limit":         {"aa", 2, []string{"aab1", "aab2"}},
		"a whole id":                     {"aac", 5, []string{"aac"}},
		"a letter beyond ASCII":          {"ä", 5, []string{"ä1"}},
		"none":                           {"ab", 5, nil},
		"no pattern of the database":     {"aa%", 5, nil},
		"an id that is longer than all":  {"aab11", 5, nil},
		"every id begins with no letter": {"", 9, []string{"aab1", "aab2", "aac", "b", "ä1"}},
	} {
		got, err := s.History.IDs(t.Context(), tc.prefix, tc.limit)
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, tc.want)
		}
	}
}

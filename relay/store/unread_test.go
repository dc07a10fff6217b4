package store

import (
	"path/filepath"
	"slices"
	"testing"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
)

// unreadIDs lists the ids of what is unread in the list, and checks that the count
// agrees.
func unreadIDs(t *testing.T, s *Store) (ids []string) {
	t.Helper()
	for _, e := range mustEvents(t, s, relay.Query{}) {
		if e.Unread {
			ids = append(ids, e.ID)
		}
	}
	n, err := s.History.Unread(t.Context())
	must(t, err)
	if n != len(ids) {
		t.Errorf("Unread = %d, the list has %q", n, ids)
	}
	return ids
}

func TestUnread(t *testing.T) {
	one, two, three := eventN(1).ID, eventN(2).ID, eventN(3).ID
	read := func(ids ...string) func(t *testing.T, s *Store) {
		return func(t *testing.T, s *Store) { t.Helper(); must(t, s.History.MarkRead(t.Context(), ids...)) }
	}
	all := func(t *testing.T, s *Store) { t.Helper(); must(t, s.History.MarkAllRead(t.Context())) }
	for name, tt := range map[string]struct {
		do   []func(t *testing.T, s *Store)
		want []string // newest first
	}{
		"what arrives is unread":             {nil, []string{three, two, one}},
		"what is opened is read":             {[]func(*testing.T, *Store){read(two)}, []string{three, one}},
		"in any order":                       {[]func(*testing.T, *Store){read(three), read(one)}, []string{two}},
		"several at once":                    {[]func(*testing.T, *Store){read(one, two)}, []string{three}},
		"twice is once":                      {[]func(*testing.T, *Store){read(one), read(one, "unknown")}, []string{three, two}},
		"nothing marked changes nothing":     {[]func(*testing.T, *Store){read()}, []string{three, two, one}},
		"one by one until nothing is left":   {[]func(*testing.T, *Store){read(one), read(two), read(three)}, nil},
		"all at once":                        {[]func(*testing.T, *Store){read(two), all}, nil},
		"what arrives afterwards is unread":  {[]func(*testing.T, *Store){all, func(t *testing.T, s *Store) { t.Helper(); mustAccept(t, s, eventN(4), spaceA) }}, []string{eventN(4).ID}},
		"also where each was read by itself": {[]func(*testing.T, *Store){read(one, two, three), func(t *testing.T, s *Store) { t.Helper(); mustAccept(t, s, eventN(4), spaceA) }}, []string{eventN(4).ID}},
	} {
		t.Run(name, func(t *testing.T) {
			s := openNew(t)
			for n := 1; n <= 3; n++ {
				mustAccept(t, s, eventN(n), spaceA)
			}
			for _, do := range tt.do {
				do(t, s)
			}
			if got := unreadIDs(t, s); !slices.Equal(got, tt.want) {
				t.Errorf("unread are %q, want %q", got, tt.want)
			}
			must(t, s.Close())
			if got := unreadIDs(t, openAt(t, s.path)); !slices.Equal(got, tt.want) {
				t.Errorf("after a restart %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOwnTestsAreNotThereToBeRead(t *testing.T) {
	s := openNew(t)
	_, err := s.Keep(t.Context(), eventN(1), relay.Recorded)
	must(t, err)
	_, err = s.Keep(t.Context(), eventN(2), relay.Late)
	must(t, err)
	if got, want := unreadIDs(t, s), []string{eventN(2).ID}; !slices.Equal(got, want) {
		t.Errorf("unread are %q, want %q", got, want)
	}
}

func TestUnreadIsCountedToABound(t *testing.T) {
	s := openNew(t)
	var events []relay.Event
	for n := range MaxUnread + 5 {
		events = append(events, eventN(n))
	}
	acceptAll(t, s, events...)
	if n, err := s.History.Unread(t.Context()); n != MaxUnread || err != nil {
		t.Errorf("Unread = %d, %v; want %d", n, err, MaxUnread)
	}
}

func TestEventsOfOlderVersionsCountAsRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	databaseOf(t, path, 7)
	old, err := database.Connect(t.Context(), path, nil)
	must(t, err)
	for _, query := range []string{
		`INSERT INTO event_ids VALUES (7, 'old', 'accepted', 1)`,
		`INSERT INTO events (num, context, type, user_id, received_at, stored_at, delivery, fate, subject, message)
			VALUES (7, 'client', 'outbid', 0, 1, 1, 1, 'posted', 'kept', 'words')`,
	} {
		_, err := old.Exec(query)
		must(t, err)
	}
	must(t, old.Close())
	s := openAt(t, path)
	mustAccept(t, s, eventN(1), spaceA)
	if got, want := unreadIDs(t, s), []string{eventN(1).ID}; !slices.Equal(got, want) {
		t.Errorf("unread are %q, want %q", got, want)
	}
	if got := mustDetail(t, s, "old").Event; got.Subject != "kept" || got.Message != "words" {
		t.Errorf("the event of the older version is %+v", got)
	}
}

func TestHeadersStayWithThePayload(t *testing.T) {
	headers := []relay.Header{{Name: "User-Agent", Value: "Vast.ai"}, {Name: "X-Vast-Timestamp", Value: "1"}}
	s := openNew(t)
	accepted, late := eventN(1), eventN(2)
	accepted.Headers, late.Headers = headers, headers
	mustAccept(t, s, accepted, spaceA)
	_, err := s.Keep(t.Context(), late, relay.Late)
	must(t, err)
	mustAccept(t, s, eventN(3), spaceA)
	must(t, s.Close())
	s = openAt(t, s.path)
	for id, want := range map[string][]relay.Header{accepted.ID: headers, late.ID: headers, eventN(3).ID: nil} {
		if got := mustDetail(t, s, id).Event.Headers; !slices.Equal(got, want) {
			t.Errorf("%s has the headers %v, want %v", id, got, want)
		}
	}
}

func TestPayloadsWithoutHeadersOfTheVersionBeforeStay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	databaseOf(t, path, 8)
	old, err := database.Connect(t.Context(), path, nil)
	must(t, err)
	for _, query := range []string{
		`INSERT INTO event_ids VALUES (7, 'old', 'accepted', 1)`,
		`INSERT INTO events (num, context, type, user_id, received_at, stored_at, delivery, fate, subject, message, seen)
			VALUES (7, 'client', 'outbid', 0, 1, 1, 1, 'posted', 's', 'm', 1)`,
		`INSERT INTO payloads VALUES (7, x'7b7d')`,
	} {
		_, err := old.Exec(query)
		must(t, err)
	}
	must(t, old.Close())
	if got := mustDetail(t, openAt(t, path), "old").Event; string(got.Payload) != "{}" || got.Headers != nil {
		t.Errorf("got the payload %q and the headers %v", got.Payload, got.Headers)
	}
}

func TestPagesGoBothWays(t *testing.T) {
	s := openNew(t)
	for n := range 10 {
		ev := eventN(n)
		ev.ReceivedAt = eventN(n / 3).ReceivedAt // three share a moment
		mustAccept(t, s, ev, spaceA)
	}
	all := mustEvents(t, s, relay.Query{})
	for at, row := range all {
		for _, limit := range []int{1, 4, 100} {
			got := mustEvents(t, s, relay.Query{Limit: limit, AfterTime: row.ReceivedAt, AfterID: row.ID})
			if want := all[max(0, at-limit):at]; !slices.Equal(idsOf(got), idsOf(want)) {
				t.Errorf("%d rows after row %d are %q, want %q", limit, at, idsOf(got), idsOf(want))
			}
		}
	}
	searched := mustEvents(t, s, relay.Query{Limit: 2, Search: "outbid", AfterTime: all[8].ReceivedAt, AfterID: all[8].ID})
	if got, want := idsOf(searched), idsOf(all[6:8]); !slices.Equal(got, want) {
		t.Errorf("a search finds %q after row 8, want %q", got, want)
	}
}

func TestEventsByTheirIDs(t *testing.T) {
	s := openNew(t)
	for n := range 5 {
		mustAccept(t, s, eventN(n), spaceA)
	}
	q := relay.Query{IDs: []string{eventN(1).ID, eventN(3).ID, "unknown"}}
	if got, want := idsOf(mustEvents(t, s, q)), []string{eventN(3).ID, eventN(1).ID}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	q.Search = "instance 1"
	if got, want := idsOf(mustEvents(t, s, q)), []string{eventN(1).ID}; !slices.Equal(got, want) {
		t.Errorf("with a search got %q, want %q", got, want)
	}
}

package store

import (
	"archive/zip"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/store/database"
	"vastrelay/relay/store/journal"
)

// versionFile names the file into which TestWriteVersion writes.
const versionFile = "VASTRELAY_TEST_WRITE_VERSION"

// TestWriteVersion makes the file of the present version that
// TestStoresOfAllVersionsOpen reads: what a kill of the program leaves of a store in
// which everything occurs.
func TestWriteVersion(t *testing.T) {
	target := os.Getenv(versionFile)
	if target == "" {
		t.Skip("writes the fixture of a new version of the schema: set " + versionFile)
	}
	path := filepath.Join(t.TempDir(), "events.db")
	s := openAt(t, path)
	fillVersion(t, s)
	fillIndex(t, s)
	must(t, s.Close())
	leaveArrival(t, path)
	file, err := os.Create(target) //nolint:gosec // Whoever runs this names it.
	must(t, err)
	archive := zip.NewWriter(file)
	for suffix, content := range filesOf(t, path) {
		w, err := archive.Create("events.db" + suffix)
		must(t, err)
		_, err = w.Write(content)
		must(t, err)
	}
	must(t, archive.Close())
	must(t, file.Close())
}

// versionsFolder holds a store of each version of the schema, each written by the
// program of its time with TestWriteVersion.
const versionsFolder = "testdata/versions"

// unpackVersion returns the path of a copy of the store that the version left.
func unpackVersion(t *testing.T, version int) (path string) {
	t.Helper()
	archive, err := zip.OpenReader(filepath.Join(versionsFolder, fmt.Sprint(version)+".zip"))
	if err != nil {
		t.Fatalf("%v: write it with %s=FILE go test -run TestWriteVersion", err, versionFile)
	}
	dir := t.TempDir()
	must(t, os.CopyFS(dir, archive))
	must(t, archive.Close())
	path = filepath.Join(dir, "events.db")
	must(t, os.Chmod(path, 0o600))
	return path
}

// contents is everything that a person or the outbox gets of a store.
type contents struct {
	Details      map[string]relay.Detail
	List         []relay.Summary
	Destinations []relay.Destination
	Pause        relay.Pause
	Dead         []relay.Post
	Next         []relay.Post // to each space
	Gaps         []relay.Gap
	Found        []string // the ids that a search finds
}

// contentsOf reads all of s.
func contentsOf(t *testing.T, s *Store) (c contents) {
	t.Helper()
	fillIndex(t, s)
	c.Details, c.List = make(map[string]relay.Detail), mustEvents(t, s, relay.Query{})
	for _, e := range c.List {
		c.Details[e.ID] = mustDetail(t, s, e.ID)
	}
	var err error
	c.Destinations, err = s.Destinations(t.Context())
	must(t, err)
	c.Pause, err = s.Pause(t.Context())
	must(t, err)
	c.Dead, err = s.DeadPosts(t.Context())
	must(t, err)
	for _, space := range []string{spaceA, spaceB} {
		c.Next = append(c.Next, mustNext(t, s, space))
	}
	c.Gaps, err = s.Gaps.Recent(t.Context(), 10)
	must(t, err)
	c.Found = idsOf(mustEvents(t, s, relay.Query{Search: "köln ist"}))
	return c
}

// asOf is c as a store of an earlier version can have it at most.
func (c contents) asOf(version int) contents {
	change := func(id string, to func(*relay.Event)) {
		d := c.Details[id]
		to(&d.Event)
		c.Details[id] = d
	}
	if version < 4 { // in which nothing waits to be entered
		delete(c.Details, eventN(31).ID)
		c.List = slices.DeleteFunc(c.List, func(e relay.Summary) bool { return e.ID == eventN(31).ID })
	}
	if version < 6 {
		c.Gaps = nil
	}
	for i := range c.List {
		if version < 7 {
			c.List[i].CaughtUp = false
		}
		// What was there when the step ran counts as read; what was entered since does not.
		if version < 8 {
			c.List[i].Unread = c.List[i].ID == eventN(31).ID
		}
	}
	change(eventN(11).ID, func(ev *relay.Event) {
		ev.CaughtUp = ev.CaughtUp && version >= 7
		if version < 9 {
			ev.Headers = nil
		}
	})
	return c
}

func TestStoresOfAllVersionsOpen(t *testing.T) {
	for version := 1; version <= schema().Latest(); version++ {
		t.Run(fmt.Sprint("version ", version), func(t *testing.T) {
			present := openNew(t)
			fillVersion(t, present)
			mustAccept(t, present, eventN(31), spaceA)
			want := contentsOf(t, present).asOf(version)

			s := openAt(t, unpackVersion(t, version))
			if got := contentsOf(t, s); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
			for id, d := range want.Details {
				fresh, err := s.Accept(t.Context(), d.Event, []string{spaceA})
				if accepted := d.Verdict == relay.Accepted; fresh == accepted || err != nil {
					t.Errorf("%s (%s), delivered again: got %v, %v, want those that were accepted known", id, d.Verdict, fresh, err)
				}
			}
			if posts, err := s.Interrupted(t.Context(), start.Add(time.Hour)); err != nil || len(posts) != 1 || posts[0].MessageID != "client-eight" {
				t.Errorf("interrupted: got %+v, %v, want the post that was under way", posts, err)
			}
			mustAccept(t, s, eventN(40), spaceB)
		})
	}
}

// fillVersion puts into s one of everything.
func fillVersion(t *testing.T, s *Store) {
	t.Helper()
	for n := 1; n <= 12; n++ {
		ev := eventN(n)
		switch n {
		case 2:
			ev.Role, ev.Type, ev.Subject = relay.RoleHost, "machine_offline", "Maschine 7 in Köln ist fort 🦊"
		case 9:
			ev.Payload = nil
		case 10:
			ev.OccurredAt = time.Time{}
			ev.BodyID = "body-10"
		case 11:
			ev.CaughtUp = true
			ev.Headers = []relay.Header{{Name: "User-Agent", Value: "Vast"}}
		}
		spaces := []string{spaceA}
		if n == 12 {
			spaces = []string{spaceA, spaceB}
		}
		mustAccept(t, s, ev, spaces...)
	}
	for i, verdict := range []relay.Verdict{relay.Late, relay.Unreadable} {
		if fresh, err := s.Keep(t.Context(), eventN(21+i), verdict); !fresh || err != nil {
			t.Fatalf("Keep = %v, %v", fresh, err)
		}
	}
	tryPost(t, s, openPost(t, s, 1), relay.Done, relay.Result{
		Outcome: relay.Posted, Status: 200, Name: "spaces/AAAAaaaa111/messages/one", Thread: "spaces/AAAAaaaa111/threads/one", Took: 150 * time.Millisecond,
	})
	tryPost(t, s, openPost(t, s, 2), relay.Dead, relay.Result{Outcome: relay.ServerTrouble, Status: 503, Reason: "chat_down", Detail: "Google Chat is down.", RetryAfter: time.Minute})
	var ids []relay.PostID
	for n := 3; n <= 5; n++ {
		ids = append(ids, openPost(t, s, n).ID)
	}
	digest, err := s.Fold(t.Context(), ids)
	must(t, err)
	tryPost(t, s, digest, relay.Done, relay.Result{Outcome: relay.Posted, Status: 200, Name: "spaces/AAAAaaaa111/messages/digest"})
	repeated := openPost(t, s, 6)
	repeated.MayRepeat, repeated.MessageID, repeated.Rung = true, "client-six", relay.RungCard
	tryPost(t, s, repeated, relay.Waiting, relay.Result{Outcome: relay.Ambiguous, Reason: "no_answer", Detail: "No answer came."})
	kept := openPost(t, s, 7)
	kept.State = relay.Kept
	must(t, s.UpdatePost(t.Context(), kept))
	sending := openPost(t, s, 8)
	sending.State, sending.MessageID, sending.Rung = relay.Sending, "client-eight", relay.RungText
	mustBegin(t, s, sending, start.Add(time.Minute))

	must(t, s.SaveDestination(t.Context(), relay.Destination{
		Space: spaceA, Label: "Alerts", IDs: relay.IDsHonoured, RefusesIDs: true, ParkedSince: start, ParkReason: "token_missing",
		ParkDetail: "The URL is not whole.", ProbeAt: start.Add(time.Hour), Unauthorized: 2, HoldUntil: start.Add(time.Minute), HoldStep: 30 * time.Second,
	}))
	must(t, s.SavePause(t.Context(), relay.Pause{Since: start, Until: start.Add(time.Hour)}))
	_, err = s.Gaps.Save(t.Context(), relay.Gap{Start: start, End: start.Add(time.Hour), Cause: relay.GapSleep, MayLose: true, CaughtUp: 2, ToldAt: start.Add(time.Hour)})
	must(t, err)
	must(t, s.History.MarkRead(t.Context(), eventN(1).ID, eventN(12).ID))
}

// openPost returns the open post of the event with that number to spaceA.
func openPost(t *testing.T, s *Store, n int) relay.Post {
	t.Helper()
	d := mustDetail(t, s, eventN(n).ID)
	if len(d.Posts) != 1 {
		t.Fatalf("event %d has %d posts, want one", n, len(d.Posts))
	}
	p := d.Posts[0].Post
	p.Events = []relay.Event{d.Event}
	return p
}

// tryPost tries p once, with that result, which leaves it in that state.
func tryPost(t *testing.T, s *Store, p relay.Post, state relay.PostState, r relay.Result) {
	t.Helper()
	p.State, p.Rung = relay.Sending, relay.RungCard
	id := mustBegin(t, s, p, start.Add(time.Minute))
	p.State, p.Tries = state, p.Tries+1
	if r.Outcome != relay.Posted {
		p.Answers, p.FirstAnswer, p.NotBefore = 1, start.Add(time.Minute), start.Add(time.Hour)
	}
	must(t, s.FinishAttempt(t.Context(), id, start.Add(2*time.Minute), r, p))
}

// leaveArrival puts into the closed database at path an event that was accepted, and
// entered into no table before the program was killed.
func leaveArrival(t *testing.T, path string) {
	t.Helper()
	conn, err := database.Connect(t.Context(), path, nil)
	must(t, err)
	j := journal.New(noTables{})
	must(t, j.Load(t.Context(), conn))
	must(t, j.Append(conn, start, []*journal.Arrival{journal.NewArrival(journal.Entry{Event: eventN(31), Spaces: []string{spaceA}})}))
	must(t, conn.Close())
}

// noTables holds no event.
type noTables struct{}

func (noTables) IDOf(*database.Tx, string) (string, error)         { return "", nil }
func (noTables) Accepted(*database.Tx, []string) ([]string, error) { return nil, nil }
func (noTables) Enter(*database.Tx, journal.Entry) error           { return nil }

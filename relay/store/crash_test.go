package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"vastrelay/relay"
)

// crashEnv names the database that a child process writes to until it is
// killed, and crashFirst the number of its first event.
const (
	crashEnv   = "VASTRELAY_STORE_CRASH_DB"
	crashFirst = "VASTRELAY_STORE_CRASH_FIRST"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		var first int
		if _, err := fmt.Sscan(os.Getenv(crashFirst), &first); err != nil {
			panic(err)
		}
		acceptForEver(path, first)
	}
	if path := os.Getenv(powerEnv); path != "" {
		os.Exit(acceptAndTell(path, os.Getenv(powerEvents)))
	}
	os.Exit(m.Run())
}

// acceptForEver accepts events from several goroutines and prints each id
// after Accept has returned, until somebody kills the process.
func acceptForEver(path string, first int) {
	s, err := Open(context.Background(), path, Options{})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	const callers = 8
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for n := first + c; ; n += callers {
				fresh, err := s.Accept(context.Background(), eventN(n), []string{spaceA})
				if err != nil || !fresh {
					fmt.Println("error", n, fresh, err)
					os.Exit(1)
				}
				// One write for each line: a line is printed whole or not at all.
				_, _ = os.Stdout.WriteString(eventN(n).ID + "\n")
			}
		})
	}
	wg.Wait()
}

// killAfter runs a child on the database and kills it after it has
// acknowledged n events. It returns all ids that the child acknowledged.
func killAfter(t *testing.T, path string, first, n int) []string {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashEnv+"="+path, fmt.Sprintf("%s=%d", crashFirst, first))
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	must(t, child.Start())
	var ids []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "error") {
			t.Errorf("the child says: %s", lines.Text())
			break
		}
		ids = append(ids, lines.Text())
		if len(ids) == n {
			must(t, child.Process.Kill())
		}
	}
	_ = child.Wait()
	if len(ids) < n {
		t.Fatalf("the child ended after %d acknowledged events, want %d", len(ids), n)
	}
	return ids
}

func TestKillLosesNothingThatWasAcknowledgedAndDoublesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	acknowledged := make(map[string]bool)
	const kills, most = 20, 100_000
	for kill := range kills {
		// From the very first event to some hundred, at uneven points.
		for _, id := range killAfter(t, path, kill*most, 1+kill*kill*2/3) {
			acknowledged[id] = true
		}
	}
	s := openAt(t, path)
	for id := range acknowledged {
		d := mustDetail(t, s, id)
		if len(d.Posts) != 1 || d.Posts[0].Post.State != relay.Waiting {
			t.Errorf("event %s has the posts %+v, want one that waits", id, d.Posts)
		}
	}
	var events, ids, members int
	readRow(t, s, `SELECT (SELECT COUNT(*) FROM events), (SELECT COUNT(DISTINCT id) FROM event_ids),
		(SELECT COUNT(*) FROM post_events)`, &events, &ids, &members)
	if events != ids || events != members || events < len(acknowledged) {
		t.Errorf("%d events, %d ids, %d members for %d acknowledged; want as many of each and none missing",
			events, ids, members, len(acknowledged))
	}
	var verdict string
	readRow(t, s, `PRAGMA integrity_check`, &verdict)
	if verdict != "ok" {
		t.Errorf("integrity check: %s", verdict)
	}
}

func TestAcceptedEventIsInTheFilesBeforeAcceptReturns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.db")
	s := openAt(t, path)
	for n := range 5 {
		mustAccept(t, s, eventN(n), spaceA)
		copied := openAt(t, copyDatabase(t, path))
		for i := range n + 1 {
			if d := mustDetail(t, copied, eventN(i).ID); len(d.Posts) != 1 {
				t.Errorf("event %d in the copy = %+v, want it with its post", i, d)
			}
		}
		must(t, copied.Close())
	}
}

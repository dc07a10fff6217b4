package store

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/relay"
	"vastrelay/relay/intake"
	"vastrelay/relay/outbox"
	"vastrelay/relay/store/database"
)

// powerEnv names the database that a child process fills under the eyes of
// strace, and powerEvents how many events it accepts.
const (
	powerEnv    = "VASTRELAY_STORE_POWER_DB"
	powerEvents = "VASTRELAY_STORE_POWER_EVENTS"
)

// powerSecret signs the deliveries.
const powerSecret = "stub-secret-0001"

// acceptAndTell serves the program's receiver on the store at path, and sends
// it signed deliveries over several connections. Its answers are the
// acknowledgements. The write-ahead log is moved into the database often, and
// what arrived is entered into the tables in between, so that cuts fall into
// that too.
func acceptAndTell(path, count string) int {
	n, err := strconv.Atoi(count)
	if err != nil {
		return 1
	}
	if err := serveDeliveries(path, n); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func serveDeliveries(path string, n int) error {
	ctx := context.Background()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	if err := s.writer.do(ctx, func(x *database.Tx) error {
		x.Conn.LogPages = 5
		return nil
	}); err != nil {
		return err
	}
	quiet := slog.New(slog.DiscardHandler)
	outbox := outbox.New(outbox.Options{Store: s, Sender: nobody{}, Logger: quiet})
	if _, err := outbox.AddDestination(ctx, spaceA, ""); err != nil {
		return err
	}
	verifier := intake.NewVerifier()
	verifier.AddSecret(relay.RoleClient, relay.NewSecret(powerSecret))
	server := httptest.NewServer(intake.NewReceiver(intake.Options{Store: outbox, Verifier: verifier, Logger: quiet}))
	defer server.Close()

	const callers = 4
	failed := make(chan error, n)
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			client := &http.Client{Transport: &http.Transport{}} // a connection of its own
			for i := c; i < n; i += callers {
				err := deliver(ctx, client, server.URL, eventN(i).Payload)
				if i%3 == 0 {
					_, read := s.Backlog(ctx, spaceA)
					err = errors.Join(err, read)
				}
				failed <- err
			}
			client.CloseIdleConnections()
		})
	}
	wg.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			return err
		}
	}
	return s.Close()
}

// nobody is a Sender for an outbox that never runs.
type nobody struct{}

func (nobody) Send(context.Context, relay.Message) relay.Result { return relay.Result{} }

// deliver posts body as Vast.ai does; only a 204 is no error.
func deliver(ctx context.Context, client *http.Client, origin string, body []byte) error {
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(powerSecret))
	mac.Write([]byte(stamp + "." + string(body)))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, origin+relay.RoleClient.Path(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("X-Vast-Timestamp", stamp)
	req.Header.Set("X-Vast-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the receiver answers %s", resp.Status)
	}
	return nil
}

// TestPowerCutAtAnySyncLosesNothingThatWasAcknowledged records every system
// call by which a process with the receiver changes its files and answers on
// its connections. It then builds, for every sync, the files as a power cut
// just before it would leave them, and opens the store on them: each event
// whose 204 had begun to leave by then must be there.
func TestPowerCutAtAnySyncLosesNothingThatWasAcknowledged(t *testing.T) {
	slow := os.Getenv("VASTRELAY_SLOW") == "1"
	events := 12
	if slow {
		events = 60
	}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	calls := traceChild(t, filepath.Join(dir, "events.db"), events, os.Getenv("CI") == "true")
	d := &disk{
		t: t, dir: dir, open: make(map[int64]string), now: make(map[string]*file), kept: make(map[string]*file),
		heard: make(map[int64]string),
	}
	for _, c := range calls {
		d.apply(c)
	}
	d.cut() // long after the last sync
	if len(d.acknowledged) != events || d.syncs < events/4 || d.cuts < d.syncs {
		t.Fatalf("%d acknowledgements, %d syncs, %d cuts; want %d events and the syncs that cover them",
			len(d.acknowledged), d.syncs, d.cuts, events)
	}
	t.Logf("%d events, %d syncs, %d cuts", events, d.syncs, d.cuts)
}

// call is a system call, at the line of the trace where it counts: what gives the
// process something, or keeps something for it, where it has returned, anything else
// where it began. A call that began may be held by strace while others run.
type call struct {
	at     int
	name   string
	args   string
	result int64
}

// traced are the calls that change files or what names stand for, and those
// that carry requests and answers.
const traced = "?open,openat,close,read,write,pwrite64,?pwritev,fsync,fdatasync,ftruncate,fallocate,?rename,renameat,renameat2,?unlink,unlinkat"

// traceChild runs the child under strace and returns its calls in order.
func traceChild(t *testing.T, path string, events int, required bool) []call {
	t.Helper()
	missing := t.Skipf
	if required {
		missing = t.Fatalf
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		missing("strace is needed to see system calls: %v", err)
	}
	trace := filepath.Join(t.TempDir(), "trace")
	if out, err := exec.CommandContext(t.Context(), strace, "-f", "-o", trace, "true").CombinedOutput(); err != nil {
		missing("strace is not allowed here: %v: %s", err, out)
	}
	self, err := os.Executable()
	must(t, err)
	child := exec.CommandContext(t.Context(), strace, "-f", "-xx", "-s", "4000000", "-e", "trace="+traced, "-e", "signal=none",
		"-o", trace, self)
	child.Env = append(os.Environ(), powerEnv+"="+path, fmt.Sprintf("%s=%d", powerEvents, events))
	var out, errs bytes.Buffer
	child.Stdout, child.Stderr = &out, &errs
	if err := child.Run(); err != nil {
		t.Fatalf("the child: %v, %s%s", err, out.String(), errs.String())
	}
	raw, err := os.ReadFile(trace)
	must(t, err)
	return parseTrace(t, string(raw))
}

// The forms of a line: a call that began but has not returned while another
// thread makes one, its return, and a whole one.
var (
	lineForm    = regexp.MustCompile(`^(\d+) +(.*)$`)
	resumedForm = regexp.MustCompile(`^<\.\.\. (\w+) resumed>(.*)$`)
	wholeForm   = regexp.MustCompile(`^(\w+)\((.*)\) += (-?\d+)`)
)

// parseTrace returns the calls of a trace that did not fail, in the order in which they
// count.
func parseTrace(t *testing.T, trace string) []call {
	t.Helper()
	type half struct {
		text string
		at   int
	}
	var calls []call
	begun := make(map[string]half)
	for at, text := range strings.Split(trace, "\n") {
		m := lineForm.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		thread, body, began := m[1], m[2], at
		if start, ok := strings.CutSuffix(body, "<unfinished ...>"); ok {
			begun[thread] = half{start, at}
			continue
		}
		if r := resumedForm.FindStringSubmatch(body); r != nil {
			body, began = begun[thread].text+r[2], begun[thread].at
		}
		w := wholeForm.FindStringSubmatch(body)
		if w == nil {
			continue // the end of a process
		}
		result, err := strconv.ParseInt(w[3], 10, 64)
		must(t, err)
		c := call{at: began, name: w[1], args: w[2], result: result}
		switch c.name {
		case "open", "openat", "read", "fsync", "fdatasync":
			c.at = at
		}
		if result >= 0 {
			calls = append(calls, c)
		}
	}
	slices.SortStableFunc(calls, func(a, b call) int { return a.at - b.at })
	return calls
}

// TestTheTraceOfAReadThatIsOvertaken has a read that begins before an answer leaves, and
// returns what came because of it: the server looks for the next request early.
func TestTheTraceOfAReadThatIsOvertaken(t *testing.T) {
	trace := strings.Join([]string{
		`7 read(5, <unfinished ...>`,
		`8 write(5, "\x48", 1) = 1`,
		`9 openat(AT_FDCWD, "\x61", O_RDONLY <unfinished ...>`,
		`8 close(6 <unfinished ...>`,
		`8 <... close resumed>) = 0`,
		`9 <... openat resumed>) = 6`,
		`7 <... read resumed>"\x50", 1) = 1`,
	}, "\n")
	var got []string
	for _, c := range parseTrace(t, trace) {
		got = append(got, c.name)
	}
	if want := []string{"write", "close", "openat", "read"}; !slices.Equal(got, want) {
		t.Errorf("the calls count as %v, want %v", got, want)
	}
}

// change is a write to a file, or a new length when data is nil.
type change struct {
	at   int64
	data []byte
}

// file is a file with the changes that no sync has covered.
type file struct {
	synced  []byte
	pending []change
}

// apply makes changes to content.
func applyTo(content []byte, changes []change) []byte {
	content = slices.Clone(content)
	for _, c := range changes {
		end := c.at + int64(len(c.data))
		if c.data == nil {
			content = content[:min(int64(len(content)), end)]
		}
		if grow := end - int64(len(content)); grow > 0 {
			content = append(content, make([]byte, grow)...)
		}
		copy(content[c.at:], c.data)
	}
	return content
}

// disk replays calls on files in one folder.
type disk struct {
	t    *testing.T
	dir  string
	open map[int64]string // paths by descriptor
	now  map[string]*file // what names stand for
	kept map[string]*file // what they stood for when the folder was last synced

	heard        map[int64]string // what came in by descriptor since the last answer there
	acknowledged []string
	syncs, cuts  int
}

// quoted is a string as -xx prints it.
var quoted = regexp.MustCompile(`"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?`)

// strings returns the strings among a call's arguments.
func (d *disk) strings(c call) (all []string) {
	for _, m := range quoted.FindAllStringSubmatch(c.args, -1) {
		b, err := hex.DecodeString(strings.ReplaceAll(m[1], `\x`, ""))
		if err != nil || m[2] != "" {
			d.t.Fatalf("%s: a string is cut short: %v", c.name, err)
		}
		all = append(all, string(b))
	}
	return all
}

// number returns the nth of a call's arguments.
func (d *disk) number(c call, n int) int64 {
	d.t.Helper()
	v, err := strconv.ParseInt(strings.TrimSpace(strings.Split(c.args, ",")[n]), 0, 64)
	if err != nil {
		d.t.Fatalf("%s(%.80s): %v", c.name, c.args, err)
	}
	return v
}

// ours reports whether path is in the folder and worth looking at: the index
// of the write-ahead log is rebuilt after every crash.
func (d *disk) ours(path string) bool {
	return filepath.Dir(path) == d.dir && !strings.HasSuffix(path, "-shm")
}

func (d *disk) apply(c call) {
	switch c.name {
	case "open", "openat":
		path := d.strings(c)[0]
		d.open[c.result] = path
		if d.ours(path) && strings.Contains(c.args, "O_CREAT") && d.now[path] == nil {
			d.now[path] = new(file)
		}
	case "close":
		delete(d.open, d.number(c, 0))
		delete(d.heard, d.number(c, 0))
	case "read":
		if all := d.strings(c); len(all) > 0 {
			d.heard[d.number(c, 0)] += all[0]
		}
	case "write":
		d.written(c)
	case "pwrite64":
		if f := d.file(c); f != nil {
			data := d.strings(c)[0]
			args := strings.Split(c.args, ",")
			at, err := strconv.ParseInt(strings.TrimSpace(args[len(args)-1]), 10, 64)
			must(d.t, err)
			f.pending = append(f.pending, change{at, []byte(data)[:c.result]})
		}
	case "ftruncate":
		if f := d.file(c); f != nil {
			f.pending = append(f.pending, change{at: d.number(c, 1)})
		}
	case "fsync", "fdatasync":
		d.synced(c)
	case "unlink", "unlinkat":
		delete(d.now, d.strings(c)[0])
	default:
		if f := d.file(c); f != nil || strings.HasPrefix(c.name, "rename") {
			d.t.Fatalf("the replay does not know %s(%.200s)", c.name, c.args)
		}
	}
}

// file returns the file of ours that a call's descriptor stands for, or nil.
func (d *disk) file(c call) *file {
	return d.now[d.open[d.number(c, 0)]]
}

// delivered is the event in a request.
var delivered = regexp.MustCompile(`"event_id":"([^"]+)"`)

// written looks for answers: a 204 acknowledges the event of the request that
// came in on the same connection.
func (d *disk) written(c call) {
	if d.file(c) != nil {
		d.t.Fatalf("the replay does not know where write(%.200s) writes", c.args)
	}
	connection := d.number(c, 0)
	request := d.heard[connection]
	if !strings.HasPrefix(request, "POST ") || !strings.HasPrefix(d.strings(c)[0], "HTTP/1.1 204 ") {
		return
	}
	if m := delivered.FindStringSubmatch(request); m != nil {
		d.acknowledged = append(d.acknowledged, m[1])
	}
	delete(d.heard, connection)
}

// synced cuts the power just before a sync takes effect, and then lets it.
func (d *disk) synced(c call) {
	path := d.open[d.number(c, 0)]
	f := d.now[path]
	if f == nil && path != d.dir {
		return
	}
	d.syncs++
	d.cut()
	if path == d.dir {
		d.kept = maps.Clone(d.now)
		return
	}
	f.synced, f.pending = applyTo(f.synced, f.pending), nil
}

// cut opens the store on what a power cut at this moment may leave.
func (d *disk) cut() {
	for name, survive := range map[string]func([]change) []change{
		"nothing that was not synced": func([]change) []change { return nil },
		"the first half of it": func(all []change) []change {
			if len(all) == 0 {
				return nil
			}
			// The last write of the half is torn.
			half := slices.Clone(all[:(len(all)+1)/2])
			last := &half[len(half)-1]
			if last.data != nil {
				last.data = last.data[:(len(last.data)+1)/2]
			}
			return half
		},
		"all of it but the first": func(all []change) []change { return all[min(1, len(all)):] },
	} {
		names := d.now
		if name == "nothing that was not synced" {
			names = d.kept
		}
		to := filepath.Join(d.t.TempDir(), "events.db")
		for path, f := range names {
			content := applyTo(f.synced, survive(f.pending))
			must(d.t, os.WriteFile(filepath.Join(filepath.Dir(to), filepath.Base(path)), content, 0o600))
		}
		d.cuts++
		if err := d.check(to); err != nil {
			d.t.Errorf("before sync %d, after %d acknowledgements, with %s: %v", d.syncs, len(d.acknowledged), name, err)
		}
		must(d.t, os.RemoveAll(filepath.Dir(to)))
	}
}

// check opens the store at path and looks for what was acknowledged.
func (d *disk) check(path string) error {
	ctx := d.t.Context()
	s, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	for _, id := range d.acknowledged {
		if got, err := s.Detail(ctx, id); err != nil || len(got.Posts) != 1 {
			return fmt.Errorf("event %s has %d posts, %w", id, len(got.Posts), err)
		}
	}
	var events, members int
	if err := s.reads.readTables("count", func(r database.Querier) error {
		return database.Row(ctx, r, `SELECT (SELECT COUNT(*) FROM events), (SELECT COUNT(*) FROM post_events)`, nil, &events, &members)
	}); err != nil || events != members {
		return errors.Join(fmt.Errorf("%d events with %d posts", events, members), err)
	}
	_, err = s.Accept(ctx, eventN(1_000_000), []string{spaceA})
	return err
}

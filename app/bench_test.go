package app_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/relay/googlechat"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// The size of the benchmark.
const (
	benchRounds = 7
	benchSlot   = 3 * time.Second // at most, for one contender's turn
	burstEvents = 10_000
	burstConns  = 64
	postSamples = 200

	// quietRounds is how often in a row the contenders must be found idle: what
	// is put off begins a moment after a turn.
	quietRounds = 6

	sustainedParts  = 6
	sustainedEvents = 10_000

	receiverPath = "/vast/client"
)

// benchLoads are the loads of the table: how many keep-alive connections, each
// sending the next request when the answer to the last has come, and how many
// requests in all.
var benchLoads = []struct{ conns, requests int }{{1, 600}, {16, 6_000}, {64, 16_000}}

// turn is what one contender did in one round.
type turn struct {
	rate     float64 // accepted a second
	p50, p99 time.Duration
}

// BenchmarkAccept measures accepted deliveries over loopback, side by side:
// the contenders take turns in each round, so that noise of the machine hits
// all alike, and the table shows medians of the rounds.
func BenchmarkAccept(b *testing.B) {
	for range b.N {
		var servers []*contender
		for _, name := range contenders() {
			servers = append(servers, startContender(b, name))
		}
		rows := make(map[string][]turn)
		for round := range benchRounds {
			for _, load := range benchLoads {
				for _, s := range servers {
					prefix := fmt.Sprintf("r%d-c%d", round, load.conns)
					requests := benchRequests(prefix, receiverPath, s.address, benchSecret, load.requests)
					settle(servers)
					key := fmt.Sprint(s.name, load.conns)
					rows[key] = append(rows[key], play(b, s.address, load.conns, requests))
				}
			}
		}
		fmt.Println(acceptTable(b, servers, rows)) // b.Log would cut it short
	}
}

func acceptTable(b *testing.B, servers []*contender, rows map[string][]turn) string {
	b.Helper()
	var table strings.Builder
	fmt.Fprintf(&table, "\n%s/%s, %d CPUs, medians of %d rounds\n\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), benchRounds)
	fmt.Fprintln(&table, "| connections | contender | accepted/s | p50 ms | p99 ms | of bare | of file | peak memory MB |")
	fmt.Fprintln(&table, "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
	for _, load := range benchLoads {
		turns := func(name string) []turn { return rows[fmt.Sprint(name, load.conns)] }
		for _, s := range servers {
			m := median(turns(s.name))
			ofBare, ofFile := ratio(turns(s.name), turns(bareHandler)), ratio(turns(s.name), turns(fileHandler))
			fmt.Fprintf(&table, "| %d | %s | %.0f | %.2f | %.2f | %.2f | %.2f | %s |\n", load.conns, s.name, m.rate,
				m.p50.Seconds()*1000, m.p99.Seconds()*1000, ofBare, ofFile, peakMemory(s.cmd.Process.Pid))
			if s.name == ourReceiver && load.conns == 64 {
				b.ReportMetric(m.rate, "accepted/s")
				b.ReportMetric(ofBare, "of-bare")
				b.ReportMetric(ofFile, "of-file")
				b.ReportMetric(m.p99.Seconds()*1000, "p99-ms")
			}
		}
	}
	return table.String()
}

// BenchmarkSustained sends more events at a stretch than may be behind, and
// shows how fast they are accepted before and after that.
func BenchmarkSustained(b *testing.B) {
	for range b.N {
		server := startContender(b, ourReceiver)
		var rates []string
		for part := range sustainedParts {
			requests := benchRequests(fmt.Sprint("s", part), receiverPath, server.address, benchSecret, sustainedEvents)
			t := play(b, server.address, burstConns, requests)
			rates = append(rates, fmt.Sprintf("%.0f (p99 %.1f ms)", t.rate, t.p99.Seconds()*1000))
		}
		fmt.Printf("\n%d events at a stretch over %d connections, accepted/s by %d: %s; peak memory %s MB\n", sustainedParts*sustainedEvents,
			burstConns, sustainedEvents, strings.Join(rates, ", "), peakMemory(server.cmd.Process.Pid))
	}
}

// median takes the median of each figure of its own.
func median(turns []turn) turn {
	var rates []float64
	var p50s, p99s []time.Duration
	for _, t := range turns {
		rates, p50s, p99s = append(rates, t.rate), append(p50s, t.p50), append(p99s, t.p99)
	}
	return turn{middle(rates), middle(p50s), middle(p99s)}
}

// ratio compares the rates of two contenders round by round, since a machine
// may be twice as fast a minute later, and takes the median of that.
func ratio(turns, reference []turn) float64 {
	ratios := make([]float64, len(turns))
	for i := range turns {
		ratios[i] = turns[i].rate / reference[i].rate
	}
	return middle(ratios)
}

func middle[T int | float64 | time.Duration](of []T) T {
	slices.Sort(of)
	return of[len(of)/2]
}

// contender is the process of one contender.
type contender struct {
	name    string
	address string
	cmd     *exec.Cmd
}

func startContender(b *testing.B, name string) *contender {
	b.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestBenchContender$", "-test.v", "-test.timeout=0") //nolint:gosec // The test binary itself.
	cmd.Env = append(os.Environ(), contenderVariable+"="+name, folderVariable+"="+b.TempDir())
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	c := &contender{name: name, cmd: cmd}
	lines := bufio.NewScanner(out)
	for c.address == "" && lines.Scan() {
		c.address, _ = strings.CutPrefix(lines.Text(), addressMark)
		if !strings.HasPrefix(lines.Text(), addressMark) {
			c.address = ""
		}
	}
	if c.address == "" {
		b.Fatalf("%s does not listen", name)
	}
	drained := make(chan struct{})
	go func() { _, _ = io.Copy(io.Discard, out); close(drained) }()
	b.Cleanup(func() {
		_ = in.Close()
		<-drained
		if err := cmd.Wait(); err != nil {
			b.Errorf("%s ended with %v", name, err)
		}
	})
	return c
}

// play sends requests over so many connections, until all are answered or the
// slot is over. Anything but a 204 ends the benchmark. The client reads and
// writes prepared bytes, so that it costs little beside what it measures.
func play(b testing.TB, address string, conns int, requests [][]byte) turn {
	b.Helper()
	lanes := make([]net.Conn, conns)
	defer func() {
		for _, conn := range lanes {
			if conn != nil {
				_ = conn.Close()
			}
		}
	}()
	for i := range lanes {
		var err error
		if lanes[i], err = net.Dial("tcp", address); err != nil {
			b.Fatal(err)
		}
	}
	took := make([][]time.Duration, conns)
	failed := make(chan error, conns)
	share := len(requests) / conns
	runtime.GC() // not in the middle of the turn
	var group sync.WaitGroup
	began := time.Now()
	end := began.Add(benchSlot)
	for i, conn := range lanes {
		mine := requests[i*share : (i+1)*share]
		took[i] = make([]time.Duration, 0, share)
		group.Go(func() {
			var buffer [1024]byte
			last := time.Now()
			for _, request := range mine {
				if err := exchange(conn, request, buffer[:]); err != nil {
					failed <- err
					return
				}
				now := time.Now()
				took[i] = append(took[i], now.Sub(last))
				if last = now; now.After(end) {
					return
				}
			}
		})
	}
	group.Wait()
	elapsed := time.Since(began)
	select {
	case err := <-failed:
		b.Fatal(err)
	default:
	}
	all := slices.Concat(took...)
	slices.Sort(all)
	return turn{float64(len(all)) / elapsed.Seconds(), all[len(all)/2], all[len(all)*99/100]}
}

// exchange sends one request and reads its answer, which must be a 204 and
// so has no body.
func exchange(conn net.Conn, request, buffer []byte) error {
	if _, err := conn.Write(request); err != nil {
		return err
	}
	for n := 0; ; {
		m, err := conn.Read(buffer[n:])
		if n += m; bytes.HasSuffix(buffer[:n], []byte("\r\n\r\n")) {
			if !bytes.HasPrefix(buffer, []byte("HTTP/1.1 204 ")) {
				return fmt.Errorf("got the answer %.80q, want 204", buffer[:n])
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("read an answer after %.80q: %w", buffer[:n], err)
		}
		if n == len(buffer) {
			return errors.New("the answer is too long")
		}
	}
}

// settle waits until no contender works any more, such as at an index that is
// filled later: nobody's turn may cost another.
func settle(servers []*contender) {
	ticks := func() (sum int) {
		for _, s := range servers {
			stat, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.cmd.Process.Pid), "stat"))
			_, after, _ := strings.Cut(string(stat), ") ")
			if fields := strings.Fields(after); len(fields) > 12 {
				user, _ := strconv.Atoi(fields[11])
				system, _ := strconv.Atoi(fields[12])
				sum += user + system
			}
		}
		return sum
	}
	before := ticks()
	for quiet, rounds := 0, 0; quiet < quietRounds && rounds < 300; rounds++ {
		time.Sleep(50 * time.Millisecond) // other processes are being watched
		now := ticks()
		if quiet++; now-before > 1 {
			quiet = 0
		}
		before = now
	}
}

// peakMemory is the largest resident size that a process has had, in MB; "?"
// where the system does not say.
func peakMemory(pid int) string {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	if err != nil {
		return "?"
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kB, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
			if err == nil {
				return strconv.FormatFloat(float64(kB)/1000, 'f', 1, 64)
			}
		}
	}
	return "?"
}

// BenchmarkEventToPost measures how long it takes from the first byte of a
// delivery until its message stands in Chat, with a lane that is free.
func BenchmarkEventToPost(b *testing.B) {
	for range b.N {
		eventToPost(b)
	}
}

func eventToPost(b *testing.B) {
	b.Helper()
	stored := make(chan time.Time, 1)
	chat := chattest.New(chattest.Options{OnMessage: func(string, chattest.StoredMessage) { stored <- time.Now() }})
	defer chat.Close()
	sender := googlechat.New(googlechat.Options{})
	defer sender.Close()
	e := startEngine(b, b.TempDir(), 0, sender)
	defer e.stop()
	requests := benchRequests("post", receiverPath, e.address, benchSecret, postSamples+1)
	conn, err := net.Dial("tcp", e.address)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	var toAnswer, toPost []time.Duration
	var buffer [1024]byte
	for i, request := range requests {
		// A new space each time: its lane is free, and owes Chat no pause.
		name := fmt.Sprintf("SPACE%d", i)
		url, err := googlechat.ParseURL(chat.SpaceURL(name), googlechat.ParseOptions{ExtraHosts: []string{chat.Host()}})
		if err != nil {
			b.Fatal(err)
		}
		sender.SetURL(url)
		if _, err := e.outbox.AddDestination(b.Context(), name, ""); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := exchange(conn, request, buffer[:]); err != nil {
			b.Fatal(err)
		}
		answered := time.Since(began)
		posted := (<-stored).Sub(began)
		e.outbox.RemoveDestination(name)
		if i > 0 { // the first opens the connection to Chat
			toAnswer, toPost = append(toAnswer, answered), append(toPost, posted)
		}
	}
	slices.Sort(toPost)
	p50, p99 := middle(toPost), toPost[len(toPost)*99/100]
	b.ReportMetric(p50.Seconds()*1000, "p50-ms")
	b.ReportMetric(p99.Seconds()*1000, "p99-ms")
	fmt.Printf("\nevent to post over %d samples: p50 %.2f ms, p99 %.2f ms; of these until the 204: p50 %.2f ms\n",
		len(toPost), p50.Seconds()*1000, p99.Seconds()*1000, middle(toAnswer).Seconds()*1000)
}

// BenchmarkBurst sends a burst to the real program and measures its memory.
func BenchmarkBurst(b *testing.B) {
	for range b.N {
		b.Run("", func(b *testing.B) { burst(b) })
	}
}

func burst(b *testing.B) {
	b.Helper()
	w, listen := newOwnURLWorld(b, vasttest.Options{}, chattest.Options{Pace: true})
	said, address := &lockedBuffer{}, freeAddress(b)
	cmd, _ := w.bare(b, said, nil, "--status-addr", address)
	relaying(b, address, said)
	secret := w.vast.Secret(w.hooks()[0].ID)
	idle := peakMemory(cmd.Process.Pid)
	requests := benchRequests("burst", receiverPath, listen, secret, burstEvents)
	t := play(b, listen, burstConns, requests)
	peak := peakMemory(cmd.Process.Pid)
	if mb, err := strconv.ParseFloat(peak, 64); err == nil {
		b.ReportMetric(mb, "peak-MB")
	}
	fmt.Printf("\nthe whole program, %d events over %d connections: %.0f accepted/s, p50 %.2f ms, p99 %.2f ms; peak memory %s MB, before the burst %s MB\n",
		burstEvents, burstConns, t.rate, t.p50.Seconds()*1000, t.p99.Seconds()*1000, peak, idle)
}

package app_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vastrelay/app/status"
	"vastrelay/relay/googlechat/chattest"
	"vastrelay/vastapi/vasttest"
)

// formerVariable names an older build of the program, which the benchmark of
// attacks measures in the same run.
const formerVariable = "VASTRELAY_FORMER_PROGRAM"

// The sizes of the attacks with bodies: about as many connections as stand open
// for long, and as many as the server ever lets stand.
const (
	quickBodies  = 256 // in the quick suite
	manyBodies   = 504
	mostBodies   = 2_048
	tunnelBodies = 240
	withheld     = 10 // bytes that a stalled body lacks

	// attackPause is how long an attacker that was cut off leaves it at that. It
	// shares the processors with the program.
	attackPause = time.Second
	// attackTime bounds the benchmark of one attack.
	attackTime = 15 * time.Second

	// attackMemory is what the program may come to under attack.
	attackMemory = 100.0 // MB
)

// attacker is one connection's behaviour, over and over until ctx ends: it opens
// a connection, sends, and reads until the connection is closed.
type attacker func(conn net.Conn)

// dialing opens an attacker's connection.
type dialing func(ctx context.Context) (net.Conn, error)

// directly dials the program itself.
func directly(address string) dialing {
	return func(ctx context.Context) (net.Conn, error) {
		return (&net.Dialer{Timeout: attackPause}).DialContext(ctx, "tcp", address)
	}
}

// throughTunnel dials the program's public address.
func throughTunnel(w *world) dialing {
	dialer := &tls.Dialer{NetDialer: &net.Dialer{}, Config: &tls.Config{RootCAs: w.edge.CAs(), ServerName: publicHost, MinVersion: tls.VersionTLS12}}
	return func(ctx context.Context) (net.Conn, error) {
		return dialer.DialContext(ctx, "tcp", w.edge.PublicAddr())
	}
}

// besiege runs n attackers at once, and returns after each has sent for the
// first time. Connections that the program closes are opened anew until ctx ends.
func besiege(ctx context.Context, dial dialing, n int, send attacker) (wait func()) {
	var begun, all sync.WaitGroup
	for range n {
		begun.Add(1)
		all.Go(func() {
			first := sync.OnceFunc(begun.Done)
			defer first()
			for ctx.Err() == nil {
				conn, err := dial(ctx)
				if err != nil {
					first()
					continue
				}
				stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
				begunSoon := time.AfterFunc(time.Second, first) // whoever is not read cannot send all
				send(conn)
				begunSoon.Stop()
				first()
				_, _ = io.Copy(io.Discard, conn)
				stop()
				_ = conn.Close()
				time.Sleep(attackPause) // or the attackers' own work would be measured
			}
		})
	}
	begun.Wait()
	return all.Wait
}

// forgedHeader begins a delivery whose signature has the right form, with a
// fresh time. length is the Content-Length; below zero the body is chunked.
func forgedHeader(length int) string {
	size := fmt.Sprintf("Content-Length: %d\r\n", length)
	if length < 0 {
		size = "Transfer-Encoding: chunked\r\n"
	}
	return "POST " + receiverPath + " HTTP/1.1\r\nHost: " + publicHost + "\r\nContent-Type: application/json\r\n" + size +
		"X-Vast-Timestamp: " + strconv.FormatInt(time.Now().Unix(), 10) + "\r\nX-Vast-Signature-256: sha256=" + strings.Repeat("0", 64) + "\r\n\r\n"
}

// stalled sends a body of the given length but for its last bytes.
func stalled(length int) attacker {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, forgedHeader(length))
		_, _ = conn.Write(filling[:length-withheld])
	}
}

// stalledChunks sends a body of the given length without saying how long it is,
// and never ends it.
func stalledChunks(length int) attacker {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, forgedHeader(-1)+fmt.Sprintf("%x\r\n", length))
		_, _ = conn.Write(filling[:length-withheld])
	}
}

// trickling sends a large body in small pieces, one after the other.
func trickling(conn net.Conn) {
	_, _ = io.WriteString(conn, forgedHeader(len(filling)))
	for sent := 0; sent < len(filling)-withheld; sent += 1 << 10 {
		if _, err := conn.Write(filling[:1<<10]); err != nil {
			return
		}
		time.Sleep(20 * time.Millisecond) // the pace is the attack
	}
}

// forged sends a whole body whose signature is wrong.
func forged(conn net.Conn) {
	_, _ = io.WriteString(conn, forgedHeader(len(filling)))
	_, _ = conn.Write(filling)
}

// longHeader sends a header that never ends.
func longHeader(conn net.Conn) {
	_, _ = io.WriteString(conn, "POST "+receiverPath+" HTTP/1.1\r\nHost: relay\r\n")
	for i := range 60 {
		if _, err := fmt.Fprintf(conn, "X-Filler-%d: %s\r\n", i, filling[:1000]); err != nil {
			return
		}
	}
}

// filling is what large bodies consist of.
var filling = []byte(strings.Repeat("x", 1<<20))

// bodyAttack is so many connections that all send the same.
type bodyAttack struct {
	name  string
	conns int
	send  attacker
	quick bool // it is part of the tests, beside the benchmark
}

// String names the attack in the benchmark's table.
func (a bodyAttack) String() string {
	if a.conns == mostBodies {
		return "2,048 " + a.name
	}
	return fmt.Sprintf("%d %s", a.conns, a.name)
}

// bodyAttacks are attacks on the memory of the program.
func bodyAttacks() []bodyAttack {
	return []bodyAttack{
		{"bodies of 1 MiB but for their end", manyBodies, stalled(1 << 20), true},
		{"bodies of 1 MiB but for their end", mostBodies, stalled(1 << 20), true},
		{"such bodies in chunks", mostBodies, stalledChunks(1 << 20), true},
		{"bodies that trickle", manyBodies, trickling, false},
		{"bodies of 16 KiB but for their end", mostBodies, stalled(16 << 10), true},
		{"whole bodies of 1 MiB, forged", manyBodies, forged, false},
		{"long headers without an end", mostBodies, longHeader, true},
	}
}

// TestBodiesOfStrangersCostLittleMemory has the machine to itself: valid
// deliveries are answered beside an attack only where there is processor time.
// The quick suite opens fewer connections, which is enough to see that a body is
// kept; the slow one opens as many as the server ever lets stand.
func TestBodiesOfStrangersCostLittleMemory(t *testing.T) {
	tested := map[string]bool{}
	for _, tt := range bodyAttacks() {
		conns := tt.conns
		if !slowSuite() {
			conns = min(conns, quickBodies)
		}
		name := fmt.Sprintf("%d %s", conns, tt.name)
		if !tt.quick || tested[name] {
			continue
		}
		tested[name] = true
		t.Run(name, func(t *testing.T) {
			w, listen := newOwnURLWorld(t, vasttest.Options{}, chattest.Options{})
			suffer(t, w, directly(listen), conns, tt.send)
		})
	}
}

// TestBodiesThroughTheTunnelCostLittleMemory is about what the tunnel keeps of
// bodies that nobody reads.
func TestBodiesThroughTheTunnelCostLittleMemory(t *testing.T) {
	for name, send := range map[string]attacker{
		"bodies that stall": stalled(1 << 20),
		"bodies without a signature": func(conn net.Conn) {
			_, _ = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", receiverPath, publicHost, len(filling))
			_, _ = conn.Write(filling[:len(filling)-withheld])
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			conns := tunnelBodies
			if !slowSuite() {
				conns /= 2
			}
			suffer(t, w, throughTunnel(w), conns, send)
		})
	}
}

// suffer attacks the program of w and looks at how much memory it came to.
func suffer(t *testing.T, w *world, dial dialing, conns int, send attacker) {
	t.Helper()
	if raceEnabled {
		t.Skip("the race detector takes many times the memory")
	}
	c := w.start(t, nil)
	c.reach(status.Relaying)
	ctx, cancel := context.WithCancel(t.Context())
	end := besiege(ctx, dial, conns, send)
	w.emit(t, vasttest.Emission{Subject: "under attack"})
	peak, err := strconv.ParseFloat(peakMemory(c.cmd.Process.Pid), 64)
	cancel()
	end()
	if err != nil {
		t.Skip("this system does not tell how much memory a process has")
	}
	t.Logf("peak memory: %.0f MB", peak)
	if peak > attackMemory {
		t.Errorf("got a peak of %.0f MB, want at most %.0f", peak, attackMemory)
	}
}

// BenchmarkOverload measures valid deliveries to the whole program, one after
// the other, while others attack, and the memory that it comes to.
func BenchmarkOverload(b *testing.B) {
	for range b.N {
		fmt.Print("\n| valid deliveries during | answered | cut off and repeated | p50 ms | p99 ms | peak memory MB |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
		if former := os.Getenv(formerVariable); former != "" {
			now := os.Getenv(programVariable)
			b.Setenv(programVariable, former)
			overload(b, ", before", bodyAttacksOnly)
			b.Setenv(programVariable, now)
		}
		overload(b, "", nil)
	}
}

// overload prints the rows of one build of the program. Each attack meets a
// process of its own, so that none pays for another.
func overload(b *testing.B, build string, only func(name string) bool) {
	b.Helper()
	for i, attack := range attacks() {
		if only == nil || only(attack.name) {
			b.Run(attack.name+build, func(b *testing.B) { underAttack(b, i, attack, build) })
		}
	}
}

func underAttack(b *testing.B, i int, a attack, build string) {
	b.Helper()
	w, listen := newOwnURLWorld(b, vasttest.Options{}, chattest.Options{})
	said, address := &lockedBuffer{}, freeAddress(b)
	cmd, _ := w.bare(b, said, nil, "--status-addr", address)
	relaying(b, address, said)
	secret := w.vast.Secret(w.hooks()[0].ID)
	ctx, cancel := context.WithCancel(b.Context())
	end := a.start(ctx, b, listen)
	t, answered, repeated := fresh(b, listen, benchRequests(fmt.Sprintf("overload-%d", i), receiverPath, listen, secret, 500))
	peak := peakMemory(cmd.Process.Pid)
	cancel()
	end()
	fmt.Printf("\n| %s%s | %d | %d | %.2f | %.2f | %s |\n", a.name, build, answered, repeated, t.p50.Seconds()*1000, t.p99.Seconds()*1000, peak)
	b.ReportMetric(t.p99.Seconds()*1000, "p99-ms")
}

// attack is one row of the table.
type attack struct {
	name  string
	start func(ctx context.Context, b *testing.B, address string) (end func())
}

func attacks() []attack {
	rows := []attack{
		{"nothing else", func(context.Context, *testing.B, string) func() { return func() {} }},
		{"1,000 half-open connections", func(ctx context.Context, b *testing.B, address string) func() {
			return holdOpen(ctx, b, address, halfOpen)
		}},
		{"a flood of unsigned and forged requests", func(ctx context.Context, b *testing.B, address string) func() {
			wait := flood(ctx, address, floodWorkers)
			return func() {
				if _, err := wait(); err != nil {
					b.Error(err)
				}
			}
		}},
	}
	for _, a := range bodyAttacks() {
		rows = append(rows, attack{a.String(), func(ctx context.Context, _ *testing.B, address string) func() {
			return besiege(ctx, directly(address), a.conns, a.send)
		}})
	}
	return rows
}

// bodyAttacksOnly leaves out what an older build has been measured with before.
func bodyAttacksOnly(name string) bool { return strings.Contains(name, "bodies") }

// fresh sends each request on a new connection, as a stranger to the server,
// and measures from the dial to the answer. A connection that is cut off is
// tried again, as Vast.ai does, and counted. It ends early after attackTime.
func fresh(b *testing.B, address string, requests [][]byte) (t turn, answered, repeated int) {
	b.Helper()
	end := time.Now().Add(attackTime)
	var took []time.Duration
	var buffer [1024]byte
	for _, request := range requests {
		began := time.Now()
		if began.After(end) {
			break
		}
		for {
			conn, err := net.Dial("tcp", address)
			if err == nil {
				err = exchange(conn, request, buffer[:])
				_ = conn.Close()
			}
			if err == nil {
				break
			}
			if repeated++; repeated > len(requests) {
				b.Fatal(err)
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return turn{p50: took[len(took)/2], p99: took[len(took)*99/100]}, len(took), repeated
}

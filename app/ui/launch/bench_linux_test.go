//go:build linux && !ci

package launch

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vastrelay/app/ui/tray/traytest"
)

// How long a window stands before its processor time is taken, and over how
// long that is. Some screens stand side by side with an empty window, a display
// each, so that what is compared is measured under the same load.
const (
	benchSettle  = 5 * time.Second
	benchMeasure = 10 * time.Second
	benchBatch   = 4
)

// BenchmarkIdle measures what each screen costs while nothing happens, with the
// keyboard's focus and without, beside an empty window of the toolkit: at most
// 5 ms of processor a second more.
func BenchmarkIdle(b *testing.B) {
	traytest.Require(b, "Xvfb", "xdotool")
	names := append([]string{emptyEntry}, slices.Sorted(maps.Keys(screens()))...)
	for b.Loop() {
		for batch := range slices.Chunk(names, benchBatch) {
			measureBatch(b, batch)
		}
	}
}

// measureBatch shows screens side by side with an empty window and logs what
// each costs.
func measureBatch(b *testing.B, names []string) {
	b.Helper()
	var shown []*measured
	for _, name := range append([]string{emptyScreen}, names...) {
		for _, focused := range []bool{true, false} {
			shown = append(shown, &measured{shownScreen: show(b, name, focused, "1280x800")})
		}
	}
	for _, s := range shown {
		s.await(b)
	}
	time.Sleep(benchSettle)
	for _, s := range shown {
		s.before = s.cpu(b)
	}
	began := time.Now()
	time.Sleep(benchMeasure)
	for _, s := range shown {
		s.cost = float64((s.cpu(b) - s.before).Milliseconds()) / time.Since(began).Seconds()
		s.stop()
	}
	for i, s := range shown {
		fmt.Printf("%-26s %-10s %6.1f ms/s, %+6.1f\n", s.name, map[bool]string{true: "focused", false: "unfocused"}[s.focused], s.cost, s.cost-shown[i%2].cost)
	}
}

// measured is a screen with what it costs.
type measured struct {
	*shownScreen
	before time.Duration
	cost   float64 // milliseconds of processor a second
}

// cpu is the processor time that the program has used.
func (s *measured) cpu(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.program.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond // USER_HZ is 100 everywhere Linux runs.
}

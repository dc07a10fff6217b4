package drivers

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	seeded   = 20_000 // events in each database before anything is measured
	listed   = 100    // events in a page
	absent   = "a word that is nowhere"
	pageName = "page of 100 events"
	scanName = "20,000 rows looked through"
)

// task is one row of the table: what is timed, how many times a round, and how
// many events one time is worth.
type task struct {
	name  string
	times int
	worth int
	do    func(*database) error
}

// tasks are what is measured, in the order of the table.
func tasks() []task {
	var list []task
	add := func(what string, do func(*database, int) error) {
		for _, batch := range []struct{ size, times int }{{1, 400}, {16, 150}, {64, 60}} {
			list = append(list, task{
				name: fmt.Sprintf("%s, %d in a commit", what, batch.size), times: batch.times, worth: batch.size,
				do: func(d *database) error { return do(d, batch.size) },
			})
		}
	}
	add("arrive", (*database).arrive)
	add("enter", (*database).enter)
	return append(list,
		task{name: pageName, times: 100, worth: 1, do: func(d *database) error {
			return counted(listed)(d.page(listed))
		}},
		task{name: scanName, times: 5, worth: 1, do: func(d *database) error {
			return counted(0)(d.search(seeded, absent))
		}})
}

// counted turns a count that is not the wanted one into an error.
func counted(want int) func(int, error) error {
	return func(got int, err error) error {
		if err == nil && got != want {
			return fmt.Errorf("read %d events, want %d", got, want)
		}
		return err
	}
}

// figures are what one driver did of one task in one round.
type figures struct {
	rate     float64 // events, pages or searches a second
	p50, p99 time.Duration
}

// BenchmarkDrivers measures both drivers side by side; every iteration is a
// round, and the table shows medians of the rounds.
func BenchmarkDrivers(b *testing.B) {
	both := []*database{create(b, inGo), create(b, inC)}
	for _, d := range both {
		if err := d.enter(seeded); err != nil {
			b.Fatal(err)
		}
	}
	rounds := make(map[string][]figures)
	for b.Loop() {
		for _, task := range tasks() {
			for _, d := range both {
				key := task.name + d.driver
				rounds[key] = append(rounds[key], perform(b, d, task))
			}
			slices.Reverse(both) // so that nobody is always first
		}
	}
	slices.SortFunc(both, func(a, b *database) int { return strings.Compare(a.driver, b.driver) })
	fmt.Println(table(b, both, rounds)) // b.Log would cut it short
}

// perform times a task after the garbage of others is gone.
func perform(b *testing.B, d *database, task task) figures {
	b.Helper()
	runtime.GC()
	took := make([]time.Duration, task.times)
	var sum time.Duration
	for i := range took {
		begun := time.Now()
		if err := task.do(d); err != nil {
			b.Fatalf("%s: %s: %v", d.driver, task.name, err)
		}
		took[i] = time.Since(begun)
		sum += took[i]
	}
	slices.Sort(took)
	return figures{
		rate: float64(task.times*task.worth) / sum.Seconds(),
		p50:  took[len(took)/2], p99: took[len(took)*99/100],
	}
}

// table words the medians.
func table(b *testing.B, both []*database, rounds map[string][]figures) string {
	b.Helper()
	var t strings.Builder
	fmt.Fprintf(&t, "\n%s/%s, %d CPUs, medians of %d rounds", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), b.N)
	for _, d := range both {
		fmt.Fprintf(&t, "; %s with SQLite %s", titles[d.driver], d.version(b))
	}
	fmt.Fprint(&t, "\n\n| work | driver | a second | p50 ms | p99 ms | of C |\n| --- | --- | ---: | ---: | ---: | ---: |\n")
	for _, task := range tasks() {
		reference := median(rounds[task.name+inC])
		for _, d := range both {
			m := median(rounds[task.name+d.driver])
			fmt.Fprintf(&t, "| %s | %s | %.0f | %.2f | %.2f | %.2f |\n", task.name, titles[d.driver], m.rate,
				m.p50.Seconds()*1000, m.p99.Seconds()*1000, m.rate/reference.rate)
		}
	}
	return t.String()
}

// median takes the median of each figure of its own.
func median(rounds []figures) figures {
	var rates []float64
	var p50s, p99s []time.Duration
	for _, f := range rounds {
		rates, p50s, p99s = append(rates, f.rate), append(p50s, f.p50), append(p99s, f.p99)
	}
	slices.Sort(rates)
	slices.Sort(p50s)
	slices.Sort(p99s)
	return figures{rate: rates[len(rates)/2], p50: p50s[len(p50s)/2], p99: p99s[len(p99s)/2]}
}

package systemd

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/status"
	"vastrelay/app/words"
)

// rig is a Notifier in a bubble, with a service manager that remembers.
type rig struct {
	t      *testing.T
	began  time.Time
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	told    []string // "1s READY=1"
	refuses error    // why nothing can be sent
	ready   error
	hangs   chan struct{} // the question whether it is ready waits for its end; nil: it does not hang
	parts   [2]func(ctx context.Context) error
	now     status.Status
	changed func(status.Change)
}

// play runs a Notifier in a bubble while the test plays. prepare may be nil.
func play(t *testing.T, watchdog time.Duration, prepare, plot func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, began: time.Now(), done: make(chan struct{}), now: status.Status{Phase: status.Starting, Headline: words.Verbatim("Connecting…"), Cause: words.Verbatim("Starting.")}}
		well := func(context.Context) error { return nil }
		r.parts = [2]func(context.Context) error{well, well}
		ask := func(i int) func(context.Context) error {
			return func(ctx context.Context) error {
				r.mu.Lock()
				part := r.parts[i]
				r.mu.Unlock()
				return part(ctx)
			}
		}
		n := New(Options{
			Ready: func(context.Context) error {
				if r.hangs != nil {
					<-r.hangs
				}
				r.mu.Lock()
				defer r.mu.Unlock()
				return r.ready
			},
			Alive:  []Check{{"the first", ask(0)}, {"the second", ask(1)}},
			Status: func() status.Status { r.mu.Lock(); defer r.mu.Unlock(); return r.now },
			Watch:  func(f func(status.Change)) func() { r.changed = f; return func() {} },
		})
		n.notify, n.watchdog = r.notify, watchdog
		if prepare != nil {
			prepare(r)
		}
		ctx, cancel := context.WithCancel(t.Context())
		r.cancel = cancel
		go func() { defer close(r.done); _ = n.Run(ctx) }()
		synctest.Wait()
		plot(r)
		cancel()
		<-r.done
	})
}

func (r *rig) notify(state string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuses != nil {
		return r.refuses
	}
	r.told = append(r.told, time.Since(r.began).String()+" "+strings.ReplaceAll(state, "\n", " "))
	return nil
}

// do changes the rig and lets d pass.
func (r *rig) do(d time.Duration, change func()) {
	if change != nil {
		r.mu.Lock()
		change()
		r.mu.Unlock()
	}
	time.Sleep(d)
	synctest.Wait()
}

// become changes the status.
func (r *rig) become(s status.Status) {
	r.do(0, func() { r.now = s })
	r.changed(status.StatusChanged)
	synctest.Wait()
}

// want checks all that was told since the last call.
func (r *rig) want(want ...string) {
	r.t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.told, want) {
		r.t.Errorf("got %q, want %q", r.told, want)
	}
	r.told = nil
}

func TestStartedAndStopped(t *testing.T) {
	play(t, 0, func(r *rig) { r.ready = errors.New("not yet") }, func(r *rig) {
		r.do(time.Minute, nil)
		r.want("0s STATUS=Connecting… Starting.")
		r.do(time.Second, func() { r.ready = nil })
		r.want("1m1s READY=1 STATUS=Connecting… Starting.")
		r.become(status.Status{Phase: status.Relaying, Headline: words.Verbatim("Relaying to Google Chat"), Cause: words.Verbatim("No event yet")})
		r.become(status.Status{Phase: status.Relaying, Headline: words.Verbatim("Relaying to Google Chat"), Cause: words.Verbatim("Last event 09:12")})
		r.want("1m1s STATUS=Relaying to Google Chat")
		r.become(status.Status{Phase: status.Attention, Headline: words.Verbatim("ngrok does not accept the token"), Cause: words.Verbatim("Paste another.\nWATCHDOG=1")})
		r.want("1m1s STATUS=ngrok does not accept the token. Paste another. WATCHDOG=1.")
		r.do(time.Hour, nil)
		r.want()
		r.cancel()
		<-r.done
		r.want("1h1m1s STOPPING=1 STATUS=Stopping.")
	})
}

func TestPingsWhileAllPartsAnswer(t *testing.T) {
	play(t, 30*time.Second, nil, func(r *rig) {
		r.want("0s STATUS=Connecting… Starting.", "0s READY=1 STATUS=Connecting… Starting.")
		r.do(30*time.Second, nil)
		r.want("10s WATCHDOG=1", "20s WATCHDOG=1", "30s WATCHDOG=1")
	})
}

// TestAPartThatHangs has each part hang in each way: it does not return, also not
// with the end of its context, or says that it hangs.
func TestAPartThatHangs(t *testing.T) {
	for _, tt := range []struct {
		name string
		hang func(released <-chan struct{}) func(context.Context) error
	}{
		{"and hears nothing", func(released <-chan struct{}) func(context.Context) error {
			return func(context.Context) error { <-released; return nil }
		}},
		{"until it is broken off", func(<-chan struct{}) func(context.Context) error {
			return func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		}},
		{"and says so", func(<-chan struct{}) func(context.Context) error {
			return func(context.Context) error { return errors.New("stuck") }
		}},
	} {
		for i, part := range []string{"the first part", "the second part"} {
			t.Run(part+" "+tt.name, func(t *testing.T) {
				play(t, 30*time.Second, nil, func(r *rig) {
					r.do(15*time.Second, nil)
					r.want("0s STATUS=Connecting… Starting.", "0s READY=1 STATUS=Connecting… Starting.", "10s WATCHDOG=1")
					released := make(chan struct{})
					well := r.parts[i]
					r.do(time.Hour, func() { r.parts[i] = tt.hang(released) })
					r.want()
					close(released) // it goes on all the same: nobody has ended the program
					r.do(time.Minute, func() { r.parts[i] = well })
					r.mu.Lock()
					pings := len(r.told)
					r.told = nil
					r.mu.Unlock()
					if pings < 4 {
						t.Errorf("got %d pings in a minute after it answers again", pings)
					}
				})
			})
		}
	}
}

// TestAHangingStart is not ready, and stops all the same.
func TestAHangingStart(t *testing.T) {
	play(t, 30*time.Second, func(r *rig) { r.hangs = make(chan struct{}) }, func(r *rig) {
		r.do(time.Hour, nil)
		r.want("0s STATUS=Connecting… Starting.")
		began := time.Now()
		r.cancel()
		<-r.done
		if took := time.Since(began); took > stopWithin {
			t.Errorf("stopping took %v, want at most %v", took, stopWithin)
		}
		r.want("1h0m0s STOPPING=1 STATUS=Stopping.")
		close(r.hangs)
	})
}

func TestAPartThatHangsDoesNotHoldUpAStop(t *testing.T) {
	play(t, 30*time.Second, nil, func(r *rig) {
		released := make(chan struct{})
		defer close(released)
		r.do(15*time.Second, func() { r.parts[1] = func(context.Context) error { <-released; return nil } })
		began := time.Now()
		r.cancel()
		<-r.done
		if took := time.Since(began); took > stopWithin {
			t.Errorf("stopping took %v, want at most %v", took, stopWithin)
		}
		r.want("0s STATUS=Connecting… Starting.", "0s READY=1 STATUS=Connecting… Starting.", "15s STOPPING=1 STATUS=Stopping.")
	})
}

func TestAServiceManagerThatDoesNotListen(t *testing.T) {
	play(t, 30*time.Second, func(r *rig) { r.refuses = errors.New("no socket") }, func(r *rig) {
		r.do(time.Minute, nil)
		r.do(10*time.Second, func() { r.refuses = nil })
		r.want("1m10s WATCHDOG=1")
	})
}

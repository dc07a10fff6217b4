package tunnel

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// play runs a Runner whose attempts end at once as told, one after another; the last
// one stays online until the run ends, which is at the end of the test. It returns
// what was reported, with the time since the beginning, and what was logged.
func play(t *testing.T, pauses Pauses, attempts ...Attempt) (reported []string, logged string) {
	t.Helper()
	var log bytes.Buffer
	r := NewRunner(slog.New(slog.NewTextHandler(&log, nil)))
	r.Pauses = pauses
	began := time.Now()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	report := func(l Link) {
		line := time.Since(began).String() + " " + string(l.State)
		if !l.RetryAt.IsZero() {
			line += " in " + time.Until(l.RetryAt).String()
		}
		reported = append(reported, strings.TrimSpace(line+" "+l.Headline))
	}
	err := r.Run(ctx, report, func(_ context.Context, rep *Reporter) Attempt {
		if len(attempts) == 0 {
			rep.Set(Link{State: Online})
			stop()
			return Attempt{WasOnline: true}
		}
		made := attempts[0]
		attempts = attempts[1:]
		return made
	})
	if refusal, ok := errors.AsType[*PermanentError](err); ok {
		reported = append(reported, "ended: "+refusal.Headline)
	} else if err != nil {
		t.Fatal(err)
	}
	return reported, log.String()
}

func TestRun(t *testing.T) {
	t.Parallel()
	refused := Attempt{Failure: Failure{Err: errors.New("refused"), Refusal: Refusal{Answer: "4711", Headline: "Refused.", Seldom: true}}}
	lost := Attempt{Failure: Failure{Err: errors.New("lost")}}
	pauses := Pauses{First: time.Hour, Longest: 2 * time.Hour, Slow: 24 * time.Hour}
	between := pauses
	between.Between = time.Minute
	for _, tt := range []struct {
		name     string
		pauses   Pauses
		attempts []Attempt
		want     []string
	}{
		{"an attempt that works is the only one", pauses, nil, []string{"0s connecting", "0s online", "0s stopped"}},
		{
			"a restart is answered at once", pauses,
			[]Attempt{{Restart: true, WasOnline: true}},
			[]string{"0s connecting", "0s reconnecting", "0s online", "0s stopped"},
		},
		{
			"a failure that has been dealt with is not reported", pauses,
			[]Attempt{{Again: true, Failure: lost.Failure}},
			[]string{"0s connecting", "0s online", "0s stopped"},
		},
		{
			"what only a person can help with ends the run", pauses,
			[]Attempt{{Failure: Failure{Permanent: &PermanentError{Headline: "No key."}}}},
			[]string{"0s connecting", "0s stopped", "ended: No key."},
		},
		{
			"time lies between two attempts, also at a restart", between,
			[]Attempt{{Restart: true}, {Again: true}},
			[]string{"0s connecting", "0s connecting", "2m0s online", "2m0s stopped"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if got, _ := play(t, tt.pauses, tt.attempts...); !slices.Equal(got, tt.want) {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		})
	}
	t.Run("a refusal is told at its second time, and waited for longer", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			got, _ := play(t, pauses, refused, lost, refused)
			if len(got) != 9 || strings.Contains(got[1]+got[3], "Refused.") || !strings.HasSuffix(got[5], "connecting in 24h0m0s Refused.") {
				t.Errorf("got %q", got)
			}
		})
	})
	t.Run("the same cause is a warning once in a row", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			if _, log := play(t, pauses, lost, lost, lost, refused); strings.Count(log, "lost") != 1 || strings.Count(log, "refused") != 1 {
				t.Errorf("got the log:\n%s", log)
			}
		})
	})
}

func TestARestartEndsThePause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := NewRunner(slog.New(slog.DiscardHandler))
		r.Pauses = Pauses{First: time.Hour, Longest: 8 * time.Hour}
		ctx, stop := context.WithCancel(t.Context())
		var attempts []time.Duration
		done := make(chan error)
		began := time.Now()
		go func() {
			done <- r.Run(ctx, nil, func(context.Context, *Reporter) Attempt {
				attempts = append(attempts, time.Since(began))
				return Attempt{Failure: Failure{Err: errors.New("lost")}}
			})
		}()
		synctest.Wait()
		if err := r.Run(ctx, nil, nil); !errors.Is(err, ErrRunning) {
			t.Errorf("a second Run: got %v, want ErrRunning", err)
		}
		for range 4 {
			time.Sleep(time.Minute)
			r.Restart()
			synctest.Wait()
		}
		time.Sleep(time.Hour) // a restart begins the count anew, so this is the longest that the first pause lasts
		synctest.Wait()
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if len(attempts) != 6 || !slices.Equal(attempts[:5], []time.Duration{0, time.Minute, 2 * time.Minute, 3 * time.Minute, 4 * time.Minute}) {
			t.Errorf("got attempts after %v, want one at each restart and one more", attempts)
		}
		r.Restart()
		if len(r.Restarts()) != 0 {
			t.Error("a restart without a Run is kept for the next")
		}
	})
}

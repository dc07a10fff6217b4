package bridge

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/checks"
	"vastrelay/app/datadir"
	"vastrelay/app/health"
	"vastrelay/app/proofs"
	"vastrelay/app/reach"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/relay/tunnel"
	"vastrelay/vastapi"
)

// proofFile is a file that fails at will. One bridge at a time uses it.
type proofFile struct {
	content    []byte
	load, save error
}

func (f *proofFile) Load() (p proofs.Proofs, err error) {
	if f.load != nil || len(f.content) == 0 {
		return p, f.load
	}
	return p, json.Unmarshal(f.content, &p)
}

func (f *proofFile) Save(p proofs.Proofs) (err error) {
	if f.save == nil {
		f.content, err = json.Marshal(p)
		return err
	}
	return f.save
}

func (f *proofFile) text() string { return string(f.content) }

// shiftTimes moves every time in the file, as a clock that is set does with
// what was written before.
func (f *proofFile) shiftTimes(t *testing.T, by time.Duration) {
	t.Helper()
	p, err := f.Load()
	if err != nil {
		t.Fatal(err)
	}
	for i := range p.Ways {
		p.Ways[i].At = p.Ways[i].At.Add(by)
	}
	for i := range p.Tests {
		p.Tests[i].At = p.Tests[i].At.Add(by)
	}
	if err := f.Save(p); err != nil {
		t.Fatal(err)
	}
}

// restarts has one run of the program follow another behind an address that
// only a test can prove, and returns how many tests they asked for.
func restarts(t *testing.T, file proofs.File, runs int, each func(t *testing.T, r *rig)) (tests int) {
	t.Helper()
	for range runs {
		playOnce(t, func(t *testing.T, r *rig) {
			r.core.proofs.File, r.probe = file, reach.ErrCannotCheck
			if err := r.vault.Set(t.Context(), secrets.WebhookSecret(1), relay.NewSecret("the webhook's secret")); err != nil {
				t.Fatal(err)
			}
			if each != nil {
				each(t, r)
			}
		}, func(_ *testing.T, r *rig) {
			r.link(online())
			time.Sleep(4 * time.Second)
			synctest.Wait()
			tests += r.count("test")
		})
	}
	return tests
}

func TestTestsAcrossRestarts(t *testing.T) {
	failing := func(err error) func(*testing.T, *rig) {
		return func(_ *testing.T, r *rig) { r.test = func() error { return err } }
	}
	for _, tt := range []struct {
		name    string
		between func(t *testing.T, f *proofFile) // the first run and the others; nil: nothing
		each    func(t *testing.T, r *rig)       // before each run
		others  func(t *testing.T, r *rig)       // before each run but the first
		tests   int
	}{
		{name: "one test proves the address for all", tests: 1},
		{name: "a test that is refused is made once as well", each: failing(&vastapi.Error{Class: vastapi.NotDeliverable}), tests: 1},
		{name: "a test without an answer is made once as well", each: failing(&vastapi.Error{Class: vastapi.Unreachable, Unclear: true}), tests: 1},
		{name: "so is one that never arrives", each: failing(nil), tests: 1},
		{name: "a test that Vast.ai puts off is asked for once a minute", each: failing(&vastapi.Error{Class: vastapi.RateLimited}), tests: 2},
		{name: "another secret is proven by a test of its own", others: func(t *testing.T, r *rig) {
			t.Helper()
			if err := r.vault.Set(t.Context(), secrets.WebhookSecret(1), relay.NewSecret("a renewed one")); err != nil {
				t.Fatal(err)
			}
		}, tests: 2},
		{name: "what is fifteen minutes old holds no longer", between: func(t *testing.T, f *proofFile) {
			f.shiftTimes(t, -proofs.TestEvery)
		}, tests: 2},
		{name: "what is from before the clock was set back holds nothing up", between: func(t *testing.T, f *proofFile) {
			f.shiftTimes(t, 24*time.Hour)
		}, tests: 2},
		{name: "a file that is gone costs one test", between: func(_ *testing.T, f *proofFile) { f.content = nil }, tests: 2},
		{name: "a damaged file costs one test", between: func(_ *testing.T, f *proofFile) { f.content = []byte(`{"salt":`) }, tests: 2},
		{name: "a file of another kind costs one test", between: func(_ *testing.T, f *proofFile) { f.content = []byte(`{"tests":[{"key":"x"}]}`) }, tests: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				file := &proofFile{}
				tests := restarts(t, file, 1, tt.each)
				if tt.between != nil {
					tt.between(t, file)
				}
				tests += restarts(t, file, 20, func(t *testing.T, r *rig) {
					if tt.each != nil {
						tt.each(t, r)
					}
					if tt.others != nil {
						tt.others(t, r)
					}
				})
				if tests != tt.tests {
					t.Errorf("got %d tests in 21 starts, want %d", tests, tt.tests)
				}
			})
		})
	}
}

func TestAddressesThatChangeWithEachStartAreTestedSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file, tests := &proofFile{}, 0
		for i := range 20 {
			playOnce(t, func(_ *testing.T, r *rig) { r.core.proofs.File, r.probe = file, reach.ErrCannotCheck }, func(_ *testing.T, r *rig) {
				r.link(tunnel.Link{State: tunnel.Online, URL: "https://" + strings.Repeat("a", i+1) + ".example"})
				tests += r.count("test")
			})
		}
		if tests != proofs.MostTests {
			t.Errorf("got %d tests in 20 starts, want %d", tests, proofs.MostTests)
		}
	})
}

func TestWhatWasProvenIsBelievedAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := datadir.NewFile[proofs.Proofs](filepath.Join(t.TempDir(), "proofs.json"))
		restarts(t, file, 1, nil)
		playOnce(t, func(t *testing.T, r *rig) {
			r.core.proofs.File, r.probe = file, reach.ErrCannotCheck
			_ = r.vault.Set(t.Context(), secrets.WebhookSecret(1), relay.NewSecret("the webhook's secret"))
			r.test = func() error { return errors.New("the address is believed, not tested") }
		}, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Relaying, "")
			time.Sleep(proofs.TestEvery - time.Minute)
			synctest.Wait()
			if got := r.count("test"); got != 0 {
				t.Errorf("got %d tests within 15 minutes of the proof, want none", got)
			}
			r.do(func() { r.test = nil })
			time.Sleep(2 * recheckEvery)
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
			if got := r.count("test"); got == 0 {
				t.Error("got no test later on, want the proof renewed")
			}
		})
	})
}

func TestAFailedTestIsNotRepeatedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := &proofFile{}
		lost := func(_ *testing.T, r *rig) { r.test = func() error { return nil } }
		restarts(t, file, 1, lost)
		time.Sleep(time.Minute)
		playOnce(t, func(t *testing.T, r *rig) {
			r.core.proofs.File, r.probe = file, reach.ErrCannotCheck
			_ = r.vault.Set(t.Context(), secrets.WebhookSecret(1), relay.NewSecret("the webhook's secret"))
		}, func(t *testing.T, r *rig) {
			r.link(online())
			r.wantPhase(t, status.Attention, "The public address is not checked yet")
			r.Woke()
			synctest.Wait()
			r.link(tunnel.Link{State: tunnel.Reconnecting})
			r.link(online())
			if got := r.count("test"); got != 0 {
				t.Errorf("got %d tests after a sleep, want none: it mends nothing", got)
			}
			if h := r.Status().Hop(health.HopAddress); h.Severity == health.Person || !strings.Contains(h.Next.String(), "The next test is at ") {
				t.Errorf("got hop %+v, want it to say when the next test is", h)
			}
			if err := r.Perform(t.Context(), health.ActionRetry); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
			if got := r.count("test"); got != 1 {
				t.Errorf("got %d tests, want the one that the person asked for", got)
			}
		})
	})
	t.Run("by itself after fifteen minutes", func(t *testing.T) {
		play(t, func(_ *testing.T, r *rig) {
			r.probe, r.test = reach.ErrCannotCheck, func() error { return nil }
		}, func(t *testing.T, r *rig) {
			r.link(online())
			time.Sleep(proofs.TestEvery - time.Minute)
			synctest.Wait()
			r.wantPhase(t, status.Attention, "A test from Vast.ai did not arrive")
			if got := r.count("test"); got != 1 {
				t.Errorf("got %d tests within 15 minutes, want one", got)
			}
			r.do(func() { r.test = nil })
			time.Sleep(2*time.Minute + checks.ArrivalGrace)
			synctest.Wait()
			r.wantPhase(t, status.Relaying, "")
		})
	})
}

func TestNoTestThatCannotBeNoted(t *testing.T) {
	full := &fs.PathError{Op: "write", Path: "/home/ada/proofs.json", Err: errors.New("no space left on device")}
	play(t, func(_ *testing.T, r *rig) {
		r.probe, r.core.proofs.File = reach.ErrCannotCheck, &proofFile{save: full}
	}, func(t *testing.T, r *rig) {
		r.link(online())
		time.Sleep(time.Hour)
		synctest.Wait()
		r.wantPhase(t, status.Attention, "A file of this program cannot be used")
		if got := r.count("test"); got != 0 {
			t.Errorf("got %d tests that a restart would forget, want none", got)
		}
	})
}

func TestProofsThatCannotBeReadAreNone(t *testing.T) {
	play(t, func(_ *testing.T, r *rig) {
		r.probe, r.core.proofs.File = reach.ErrCannotCheck, &proofFile{load: os.ErrPermission}
	}, func(t *testing.T, r *rig) {
		r.link(online())
		r.wantPhase(t, status.Relaying, "")
	})
}

func TestProofsHoldNoSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := &proofFile{}
		restarts(t, file, 2, func(t *testing.T, r *rig) {
			_ = r.vault.Set(t.Context(), secrets.NameNgrokToken, relay.NewSecret("planted-token-1f2e"))
			_ = r.vault.Set(t.Context(), secrets.WebhookSecret(1), relay.NewSecret("planted-secret-3d4c"))
		})
		if text := file.text(); text == "" || strings.Contains(text, "planted") {
			t.Errorf("got %q, want hashes alone", text)
		}
	})
}

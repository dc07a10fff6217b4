package webhooks

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

// crash is what a test panics with where the program is to die.
type crash struct{}

// crashing runs op on a fresh executor that dies at the n-th time it passes
// point, and reports whether it did.
func (w *world) crashing(point string, op func(*Executor) error) (died bool, err error) {
	e := w.executor()
	e.step = func(p string) {
		if p == point {
			panic(crash{})
		}
	}
	defer func() {
		if r := recover(); r != nil {
			if _, ours := r.(crash); !ours {
				panic(r)
			}
			died = true
		}
	}()
	return false, op(e)
}

// cancelled runs op on a fresh executor whose context ends at point.
func (w *world) cancelled(point string, op func(context.Context, *Executor) error) (reached bool) {
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	e := w.executor()
	e.step = func(p string) {
		if p == point {
			reached = true
			cancel()
		}
	}
	_ = op(ctx, e)
	return reached
}

// situations are the ways into create and rotate.
func situations() map[string]func(*world) func(context.Context, *Executor) error {
	ensure := func(ctx context.Context, e *Executor) error {
		_, err := e.Ensure(ctx, []Desired{want("https://a.example")})
		return err
	}
	return map[string]func(*world) func(context.Context, *Executor) error{
		"create": func(*world) func(context.Context, *Executor) error { return ensure },
		"create after the old one was deleted": func(w *world) func(context.Context, *Executor) error {
			w.vast.RemoveWebhook(w.ensure(want("https://a.example"))[0].ID)
			return ensure
		},
		"rotate for a missing secret": func(w *world) func(context.Context, *Executor) error {
			id := w.ensure(want("https://a.example"))[0].ID
			_ = w.vault.Delete(w.t.Context(), fmt.Sprintf("webhook-secret-%d", id))
			return ensure
		},
		"rotate of one found by its address": func(w *world) func(context.Context, *Executor) error {
			w.vast.SeedWebhook(w.account, newHook("https://a.example/vast/client", "made by hand"))
			return ensure
		},
		"rotate that was asked for": func(w *world) func(context.Context, *Executor) error {
			w.ensure(want("https://a.example"))
			return func(ctx context.Context, e *Executor) error { return e.Rotate(ctx, want("https://a.example")) }
		},
		"replace": func(w *world) func(context.Context, *Executor) error {
			var id int64
			for i := range 4 {
				id = w.vast.SeedWebhook(w.account, newHook(fmt.Sprintf("https://other.example/%d", i), "other"))
			}
			return func(ctx context.Context, e *Executor) error { return e.Replace(ctx, want("https://a.example"), id) }
		},
	}
}

func newHook(url, name string) vastapi.NewWebhook {
	return vastapi.NewWebhook{URL: url, Name: name, EventTypes: []string{"client:outbid"}}
}

// everyPoint lists the points between which a crash can fall.
func everyPoint() []string {
	return []string{pointIntent, pointSent, pointAnswered, pointSaved, pointReadBack, pointCleared}
}

func TestCrashAtEachStepLeavesOneWebhookAndIsNeverDeaf(t *testing.T) {
	// After the crash the tunnel comes back with the same address or another.
	for _, after := range []string{"https://a.example", "https://b.example"} {
		for name, prepare := range situations() {
			for _, point := range everyPoint() {
				t.Run(name+", "+point+", then at "+after, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := newWorld(t)
						op := prepare(w)
						died, err := w.crashing(point, func(e *Executor) error { return op(t.Context(), e) })
						if !died {
							t.Fatalf("never came to %q (%v)", point, err)
						}
						w.restart()
						w.ensure(want(after))
						w.healthy(want(after))
						w.settled(want(after))
					})
				})
			}
		}
	}
}

// settled fails when one more start changes anything at Vast.ai.
func (w *world) settled(desired ...Desired) {
	w.t.Helper()
	w.vast.ForgetCalls()
	w.restart()
	w.ensure(desired...)
	w.healthy(desired...)
	if got := w.mutations(); got != 0 {
		w.t.Errorf("the next start made %d changes: %+v", got, w.vast.Calls())
	}
}

func TestStopAtEachStepLeavesOneWebhookAndIsNeverDeaf(t *testing.T) {
	for name, prepare := range situations() {
		for _, point := range everyPoint() {
			t.Run(name+", "+point, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					op := prepare(w)
					if !w.cancelled(point, op) {
						t.Fatalf("never came to %q", point)
					}
					w.restart()
					w.ensure(want("https://a.example"))
					w.healthy(want("https://a.example"))
				})
			})
		}
	}
}

func TestStopAfterTheAnswerStillKeepsTheSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.cancelled(pointAnswered, situations()["create"](w))
		w.restart()
		w.vast.ForgetCalls()
		w.ensure(want("https://a.example"))
		w.healthy(want("https://a.example"))
		if got := w.mutations(); got != 0 {
			t.Errorf("the next start made %d changes, want none", got)
		}
	})
}

func TestLostAnswers(t *testing.T) {
	routes := map[string]vasttest.Fault{
		"of a create":  {Method: "POST", Route: "/webhooks/"},
		"of a rotate":  {Method: "POST", Route: "/webhooks/{id}/rotate-secret/"},
		"of an update": {Method: "PUT", Route: "/webhooks/{id}/"},
	}
	for name, fault := range routes {
		for situation, prepare := range situations() {
			for _, performed := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s in %s, performed %v", name, situation, performed), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						w := newWorld(t)
						op := prepare(w)
						fault.Perform, fault.Drop, fault.Times = performed, true, 1
						defer w.vast.Inject(fault)()
						_ = op(t.Context(), w.executor())
						w.restart()
						w.ensure(want("https://a.example"))
						w.healthy(want("https://a.example"))
						w.settled(want("https://a.example"))
					})
				})
			}
		}
	}
}

func TestLostAnswerIsHealedWithinOneEnsure(t *testing.T) {
	for _, route := range []string{"/webhooks/", "/webhooks/{id}/rotate-secret/"} {
		t.Run(route, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.vast.SeedWebhook(w.account, newHook("https://a.example/vast/client", Name("desk", installation, relay.RoleClient)))
				if route == "/webhooks/" {
					w.vast.RemoveWebhook(w.vast.Webhooks(w.account)[0].ID)
				}
				w.vast.Inject(vasttest.Fault{Method: "POST", Route: route, Perform: true, Drop: true})
				w.ensure(want("https://a.example"))
				w.healthy(want("https://a.example"))
			})
		})
	}
}

func TestReceiverIsToldBeforeARotateLeavesAndAtOnceAfterIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ensure(want("https://a.example"))
		w.vast.ForgetCalls()
		started, loaded := -1, -1
		var unsaved bool
		w.gate.hook = func(what string) {
			switch what {
			case "rotate started":
				started = w.vast.CountCalls("POST", "")
			case "secret loaded":
				loaded = w.vast.CountCalls("POST", "")
				records, _ := w.file.Load()
				unsaved = records[relay.RoleClient].Intent != nil
			}
		}
		if err := w.executor().Rotate(t.Context(), want("https://a.example")); err != nil {
			t.Fatal(err)
		}
		if started != 0 || loaded != 1 || !unsaved {
			t.Errorf("told of the rotate after %d calls, of the secret after %d, intent standing %v", started, loaded, unsaved)
		}
		w.healthy(want("https://a.example"))
	})
}

func TestRotateWhoseAnswerIsLateHoldsTheIntentMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ensure(want("https://a.example"))
		hold := make(chan struct{})
		w.vast.Inject(vasttest.Fault{Route: "/webhooks/{id}/rotate-secret/", Perform: true, Hold: hold})
		time.AfterFunc(5*time.Second, func() {
			records, _ := w.file.Load()
			if records[relay.RoleClient].Intent == nil {
				t.Error("no intent on disk while the rotate is under way")
			}
			close(hold)
		})
		if err := w.executor().Rotate(t.Context(), want("https://a.example")); err != nil {
			t.Fatal(err)
		}
		w.healthy(want("https://a.example"))
	})
}

func TestReceiverTakesASecretInDoubtWithoutAMomentOfTrust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ensure(want("https://a.example"))
		if died, _ := w.crashing(pointSent, func(e *Executor) error { return e.Rotate(t.Context(), want("https://a.example")) }); !died {
			t.Fatal("never sent")
		}
		w.restart()
		w.vast.Inject(vasttest.Fault{Status: 500})
		_, _ = w.executor().Ensure(t.Context(), []Desired{want("https://a.example")})
		got := w.gate.told
		if want := []string{"expect client", "rotate started client", "secret loaded client", "rotate started client"}; !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	})
}

package webhooks

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/secrets"
	"vastrelay/relay"
	"vastrelay/relay/intake"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

// takesAll is a store that takes every event.
type takesAll struct {
	mu       sync.Mutex
	accepted []string
}

func (i *takesAll) Accept(_ context.Context, ev relay.Event) (bool, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if slices.Contains(i.accepted, ev.ID) {
		return false, nil
	}
	i.accepted = append(i.accepted, ev.ID)
	return true, nil
}

func (i *takesAll) Keep(context.Context, relay.Event, relay.Verdict) (bool, error) { return true, nil }

func (i *takesAll) Known(context.Context, relay.Event) (bool, error) { return false, nil }

// receiving is a world whose deliveries reach the program's real receiver.
type receiving struct {
	*world
	verifier *intake.Verifier
	receiver http.Handler
	events   *takesAll
}

// newReceiving returns one whose Vast.ai waits so long between attempts.
func newReceiving(t *testing.T, wait time.Duration) *receiving {
	t.Helper()
	r := &receiving{events: &takesAll{}}
	vast := vasttest.New(vasttest.Options{
		InMemory: true,
		Schedule: slices.Repeat([]time.Duration{wait}, 30),
		// The receiver changes with each start of the program.
		Deliver: vasttest.InProcess(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { r.receiver.ServeHTTP(w, req) })),
	})
	t.Cleanup(vast.Close)
	r.world = &world{t: t, vast: vast, vault: &testVault{Memory: secrets.NewMemory()}, file: &memoryFile{}}
	r.account = vast.AddAccount(testKey)
	api, err := vastapi.New(vastapi.Options{BaseURL: vast.URL(), Key: vastapi.NewKey(testKey), Transport: vast.Transport(), Gap: -1})
	if err != nil {
		t.Fatal(err)
	}
	r.api = api
	r.start()
	return r
}

// start is a start of the program: nothing but disk and keyring is left.
func (r *receiving) start() *Executor {
	r.verifier = intake.NewVerifier()
	r.receiver = intake.NewReceiver(intake.Options{Store: r.events, Verifier: r.verifier, Logger: slog.New(slog.DiscardHandler)})
	return New(Options{API: r.api, Secrets: r.vault, Records: r.file, Gate: r.verifier})
}

// refusedForGood lists the deliveries that lost their event.
func (r *receiving) refusedForGood() []vasttest.Delivery {
	return slices.DeleteFunc(r.vast.Deliveries(), func(d vasttest.Delivery) bool { return d.Outcome() != vasttest.Refused })
}

func TestDeliveriesOnEitherSideOfARotateArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiving(t, time.Second)
		e := r.start()
		results, err := e.Ensure(t.Context(), []Desired{want("https://a.example")})
		if err != nil {
			t.Fatal(err)
		}
		old := r.vast.Secret(results[0].ID)
		hold := make(chan struct{})
		r.vast.Inject(vasttest.Fault{Route: "/webhooks/{id}/rotate-secret/", Perform: true, Hold: hold})
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := e.Rotate(t.Context(), want("https://a.example")); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		// Signed with the secret that the program is about to learn.
		wg.Go(func() {
			if _, err := r.vast.Emit(t.Context(), vasttest.Emission{Type: "client:outbid", EventID: "new"}); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(3500 * time.Millisecond)
		if len(r.events.accepted) != 0 {
			t.Errorf("accepted %v before the secret was known", r.events.accepted)
		}
		close(hold)
		wg.Wait()
		// Signed before the rotate, on its way ever since.
		time.Sleep(5 * time.Minute)
		if _, err := r.vast.Emit(t.Context(), vasttest.Emission{Type: "client:outbid", EventID: "old", Secret: old}); err != nil {
			t.Error(err)
		}
		if got := r.events.accepted; !slices.Equal(got, []string{"new", "old"}) || len(r.refusedForGood()) != 0 {
			t.Errorf("accepted %v, refused %+v", got, r.refusedForGood())
		}
	})
}

func TestDeliveryBeforeTheAnswerToACreateArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReceiving(t, time.Second)
		e := r.start()
		hold := make(chan struct{})
		r.vast.Inject(vasttest.Fault{Method: "POST", Route: "/webhooks/", Perform: true, Hold: hold})
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := e.Ensure(t.Context(), []Desired{want("https://a.example")}); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if _, err := r.vast.Emit(t.Context(), vasttest.Emission{Type: "client:outbid", EventID: "early"}); err != nil {
				t.Error(err)
			}
		})
		time.Sleep(2500 * time.Millisecond)
		close(hold)
		wg.Wait()
		if got := r.events.accepted; !slices.Equal(got, []string{"early"}) || len(r.refusedForGood()) != 0 {
			t.Errorf("accepted %v, refused %+v", got, r.refusedForGood())
		}
	})
}

func TestAfterACrashNothingIsRefusedWhileTheAPIIsAway(t *testing.T) {
	for name, prepare := range situations() {
		for _, point := range everyPoint() {
			t.Run(name+", "+point, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					r := newReceiving(t, time.Minute)
					r.restart() // the world's own gate serves the first life
					op := prepare(r.world)
					if died, err := r.crashing(point, func(e *Executor) error { return op(t.Context(), e) }); !died {
						t.Fatalf("never came to %q (%v)", point, err)
					}
					records, _ := r.file.Load()
					if _, recorded := records[relay.RoleClient]; !recorded {
						// Nothing on disk says that there could be a webhook
						// of ours: only the list can tell.
						return
					}
					e := r.start()
					r.verifier.AddSecret(relay.RoleClient, relay.NewSecret("of a webhook made by hand"))
					remove := r.vast.Inject(vasttest.Fault{Status: 500, Times: -1})
					if _, err := e.Ensure(t.Context(), []Desired{want("https://a.example")}); err == nil {
						t.Fatal("the API is away and nothing was said")
					}
					var wg sync.WaitGroup
					wg.Go(func() {
						_, err := r.vast.Emit(t.Context(), vasttest.Emission{Type: "client:outbid", EventID: "e"})
						if err != nil && !errors.Is(err, vasttest.ErrNoTaker) {
							t.Error(err)
						}
					})
					// Longer than a mismatch stays open after a rotate has ended.
					time.Sleep(intake.RotateGrace + 90*time.Second)
					remove()
					if _, err := e.Ensure(t.Context(), []Desired{want("https://a.example")}); err != nil {
						t.Fatal(err)
					}
					wg.Wait()
					for _, d := range r.refusedForGood() {
						if d.EventID == "e" && ours(r, d.Webhook) {
							t.Errorf("an event was lost: %+v", d)
						}
					}
				})
			})
		}
	}
}

// ours reports whether the webhook leads to this program.
func ours(r *receiving, id int64) bool {
	return slices.ContainsFunc(r.vast.Webhooks(r.account), func(w vastapi.Webhook) bool {
		return w.ID == id && w.URL == want("https://a.example").URL
	})
}

func TestDeliveriesBeforeTheFirstLookOfAStart(t *testing.T) {
	tests := []struct {
		name   string
		before func(r *receiving, id int64)
		status int
	}{
		{"are taken under the stored secret", nil, http.StatusNoContent},
		{"are asked to come again while the secret is lost", func(r *receiving, id int64) {
			if err := r.vault.Delete(r.t.Context(), secrets.WebhookSecret(id)); err != nil {
				r.t.Fatal(err)
			}
		}, http.StatusServiceUnavailable},
		{"are asked to come again after a create that nothing was heard of", func(r *receiving, _ int64) {
			if err := r.file.Save(Records{relay.RoleClient: {Intent: &Intent{Kind: IntentCreate, URL: want("https://a.example").URL}}}); err != nil {
				r.t.Fatal(err)
			}
		}, http.StatusServiceUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newReceiving(t, time.Second)
				results, err := r.start().Ensure(t.Context(), []Desired{want("https://a.example")})
				if err != nil {
					t.Fatal(err)
				}
				if tt.before != nil {
					tt.before(r, results[0].ID)
				}
				next := r.start()
				r.vast.ForgetCalls()
				if err := next.Recall(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := r.vast.Calls(); len(got) != 0 {
					t.Errorf("got calls %+v, want Vast.ai left alone", got)
				}
				sent, err := r.vast.Emit(t.Context(), vasttest.Emission{Type: "client:outbid", Attempts: 1})
				if err != nil || len(sent.Deliveries) != 1 || sent.Deliveries[0].Status != tt.status {
					t.Errorf("got %+v, %v, want the delivery answered %d", sent.Deliveries, err, tt.status)
				}
			})
		})
	}
	t.Run("a keyring that cannot be read is said", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.ensure(want("https://a.example"))
			w.vault.getErr = &secrets.StateError{State: secrets.Locked}
			var state *secrets.StateError
			if err := w.executor().Recall(t.Context()); !errors.As(err, &state) {
				t.Errorf("got %v, want the keyring's state", err)
			}
		})
	})
}

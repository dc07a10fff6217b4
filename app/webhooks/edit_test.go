package webhooks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"vastrelay/relay"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

// edits are what a person can change of a webhook at Vast.ai's console.
func edits() map[string]vastapi.Change {
	elsewhere, mine := "https://elsewhere.example/hook", "mine"
	return map[string]vastapi.Change{
		"the address":    {URL: &elsewhere},
		"the types":      {EventTypes: []string{"client:outbid", "client:low_credit"}},
		"the name":       {Name: &mine},
		"all at once":    {URL: &elsewhere, EventTypes: []string{"client:low_credit"}, Name: &mine},
		"types and name": {EventTypes: []string{"client:low_credit"}, Name: &mine},
	}
}

// eachEdit plays the test for each edit of a webhook that is well.
func eachEdit(t *testing.T, play func(t *testing.T, w *world, id int64, change vastapi.Change)) {
	t.Helper()
	for name, change := range edits() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				id := w.ensure(want("https://a.example"))[0].ID
				if _, err := w.api.Update(t.Context(), id, change); err != nil {
					t.Fatal(err)
				}
				w.vast.ForgetCalls()
				play(t, w, id, change)
			})
		})
	}
}

// listedAs returns the webhook of that id as Vast.ai lists it.
func (w *world) listedAs(id int64) vastapi.Webhook {
	w.t.Helper()
	all := w.vast.Webhooks(w.account)
	i := slices.IndexFunc(all, func(h vastapi.Webhook) bool { return h.ID == id })
	if i < 0 {
		w.t.Fatalf("webhook %d is not listed", id)
	}
	return all[i]
}

func TestWhatAPersonChangedIsNotOverwritten(t *testing.T) {
	eachEdit(t, func(t *testing.T, w *world, id int64, change vastapi.Change) {
		edited := w.listedAs(id)
		for range 2 { // nor at the next start
			results, err := w.executor().Ensure(t.Context(), []Desired{want("https://a.example")})
			told, moved := errors.AsType[*ErrEdited](err)
			var got Edit
			switch {
			case moved:
				got = told.Edit
			case err != nil || len(results) != 1:
				t.Fatalf("got %+v and %v", results, err)
			default:
				got = results[0].Edit
			}
			if moved != (change.URL != nil) {
				t.Errorf("got error %v", err)
			}
			if (got.URL != nil) != (change.URL != nil) || !slices.Equal(got.Types, change.EventTypes) || (got.Name != nil) != (change.Name != nil) {
				t.Errorf("got %+v, want to be told what was changed", got)
			}
			if !moved && change.EventTypes != nil && !slices.Equal(results[0].Types, change.EventTypes) {
				t.Errorf("got types %q, want those that it has", results[0].Types)
			}
		}
		if got := w.mutations(); got != 0 {
			t.Errorf("got %d changes at Vast.ai, want none", got)
		}
		if now := w.listedAs(id); now.URL != edited.URL || now.Name != edited.Name || !slices.Equal(now.EventTypes, edited.EventTypes) {
			t.Errorf("got %+v, want %+v", now, edited)
		}
	})
}

func TestRestore(t *testing.T) {
	eachEdit(t, func(t *testing.T, w *world, id int64, _ vastapi.Change) {
		d := want("https://a.example")
		if err := w.executor().Restore(t.Context(), []Desired{d}); err != nil {
			t.Fatal(err)
		}
		if got := w.ensure(d)[0]; got.ID != id || !got.Edit.IsZero() {
			t.Errorf("got %+v, want the same webhook as it was", got)
		}
		w.healthy(d)
		w.settled(d)
	})
}

func TestRestoreLeavesTheListedTypesWhileNobodyConfirmedTheSettings(t *testing.T) {
	eachEdit(t, func(t *testing.T, w *world, id int64, _ vastapi.Change) {
		d := want("https://a.example")
		edited := w.listedAs(id)
		if err := w.executor().Restore(t.Context(), unconfirmed("https://a.example", "client:outbid")); err != nil {
			t.Fatal(err)
		}
		if got := w.listedAs(id); !slices.Equal(got.EventTypes, edited.EventTypes) || got.URL != d.URL || got.Name != d.Name {
			t.Errorf("got %+v, want our address and name, and the types %q", got, edited.EventTypes)
		}
	})
}

func TestMovedFindsEveryWebhookThatAnErrorJoins(t *testing.T) {
	client, host := &ErrEdited{Role: relay.RoleClient}, &ErrEdited{Role: relay.RoleHost}
	for _, tt := range []struct {
		name string
		err  error
		want []*ErrEdited
	}{
		{"nothing went wrong", nil, nil},
		{"something else went wrong", errors.New("x"), nil},
		{"one alone", client, []*ErrEdited{client}},
		{"both", errors.Join(client, host), []*ErrEdited{client, host}},
		{"both among others, joined in steps", errors.Join(errors.New("x"), errors.Join(client, errors.New("y")), host), []*ErrEdited{client, host}},
	} {
		if got := Moved(tt.err); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestAccept(t *testing.T) {
	eachEdit(t, func(t *testing.T, w *world, id int64, change vastapi.Change) {
		d := want("https://a.example")
		edited := w.listedAs(id)
		types, err := w.executor().Accept(t.Context(), []Desired{d})
		if err != nil {
			t.Fatal(err)
		}
		if change.URL == nil && !slices.Equal(types[relay.RoleClient], change.EventTypes) {
			t.Errorf("got types %q to choose, want %q", types[relay.RoleClient], change.EventTypes)
		}
		if chosen := types[relay.RoleClient]; chosen != nil {
			d.Types = chosen
		}
		got := w.ensure(d)[0]
		if !got.Edit.IsZero() || (got.ID == id) != (change.URL == nil) {
			t.Errorf("got %+v, want another webhook where the address was left to somebody else, else this one", got)
		}
		if now := w.listedAs(id); now.URL != edited.URL || now.Name != edited.Name || !slices.Equal(now.EventTypes, edited.EventTypes) {
			t.Errorf("got %+v, want it as it was changed: %+v", now, edited)
		}
		w.vast.ForgetCalls()
		w.ensure(d)
		if got := w.mutations(); got != 0 {
			t.Errorf("the next start made %d changes", got)
		}
	})
}

func TestTypesThatAreListedAsBareSlugsAreChosenByTheirKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.vast.ListBareSlugs(true)
		d := want("https://a.example")
		id := w.ensure(d)[0].ID
		theirs := []string{"client:outbid", "client:low_credit"}
		if _, err := w.api.Update(t.Context(), id, vastapi.Change{EventTypes: theirs}); err != nil {
			t.Fatal(err)
		}
		types, err := w.executor().Accept(t.Context(), []Desired{d})
		if got := types[relay.RoleClient]; err != nil || !slices.Equal(got, theirs) {
			t.Errorf("got %q and %v, want %q", got, err, theirs)
		}
	})
}

func TestALaterChoiceOutranksTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		d := want("https://a.example")
		id := w.ensure(d)[0].ID
		rename := func(name string) {
			t.Helper()
			if _, err := w.api.Update(t.Context(), id, vastapi.Change{Name: &name}); err != nil {
				t.Fatal(err)
			}
		}
		rename("mine")
		if _, err := w.executor().Accept(t.Context(), []Desired{d}); err != nil {
			t.Fatal(err)
		}
		rename("mine, too")
		if got := w.ensure(d)[0].Edit; got.Name == nil {
			t.Fatal("got nothing of the second name")
		}
		if err := w.executor().Restore(t.Context(), []Desired{d}); err != nil {
			t.Fatal(err)
		}
		w.ensure(d)
		w.healthy(d)
	})
}

func TestAReleasedWebhookThatComesBackIsOurs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		d := want("https://a.example")
		id := w.ensure(d)[0].ID
		elsewhere := "https://elsewhere.example/hook"
		if _, err := w.api.Update(t.Context(), id, vastapi.Change{URL: &elsewhere}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.executor().Accept(t.Context(), []Desired{d}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.api.Update(t.Context(), id, vastapi.Change{URL: &d.URL}); err != nil {
			t.Fatal(err)
		}
		if got := w.ensure(d)[0]; got.ID != id {
			t.Errorf("got webhook %d, want the one that delivers to us again", got.ID)
		}
		w.healthy(d)
	})
}

// stopsAfterUpdate ends the run with the answer to a change.
type stopsAfterUpdate struct {
	API
	stop func()
}

func (a stopsAfterUpdate) Update(ctx context.Context, id int64, c vastapi.Change) (vastapi.Webhook, error) {
	defer a.stop()
	return a.API.Update(ctx, id, c)
}

// TestOurOwnChangeIsNobodysEdit loses the answer to a change, and moves on before
// anybody has looked again.
func TestOurOwnChangeIsNobodysEdit(t *testing.T) {
	changes := map[string]func(d *Desired){
		"of the address": func(d *Desired) { d.URL = "https://b.example/vast/client" },
		"of the types":   func(d *Desired) { d.Types = []string{"client:low_credit"} },
	}
	for name, change := range changes {
		for _, performed := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, made %v", name, performed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t)
					d := want("https://a.example")
					w.ensure(d)
					next := d
					change(&next)
					ctx, cancel := context.WithCancel(t.Context())
					mend := w.vast.Inject(vasttest.Fault{Method: "PUT", Route: "/webhooks/{id}/", Perform: performed, Drop: true, Times: -1})
					_, err := New(Options{API: stopsAfterUpdate{w.api, cancel}, Secrets: w.vault, Records: w.file, Gate: w.gate}).Ensure(ctx, []Desired{next})
					if err == nil {
						t.Fatal("got no error, want a change whose answer is lost")
					}
					mend()
					if at := w.vast.Webhooks(w.account)[0]; SameURL(at.URL, next.URL) != performed && name == "of the address" {
						t.Fatalf("got %+v, want the change made: %v", at, performed)
					}
					w.restart()
					last := want("https://c.example")
					if got := w.ensure(last)[0]; !got.Edit.IsZero() {
						t.Errorf("got edit %+v, want our own change known for ours", got.Edit)
					}
					w.healthy(last)
				})
			})
		}
	}
}

// TestASecondChangeDoesNotHideTheFirst makes a change whose answer is lost, and after
// it one that never arrives.
func TestASecondChangeDoesNotHideTheFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ensure(want("https://a.example"))
		for _, step := range []struct {
			origin    string
			performed bool
		}{{"https://b.example", true}, {"https://c.example", false}, {"https://d.example", false}} {
			ctx, cancel := context.WithCancel(t.Context())
			mend := w.vast.Inject(vasttest.Fault{Method: "PUT", Route: "/webhooks/{id}/", Perform: step.performed, Drop: true, Times: -1})
			_, err := New(Options{API: stopsAfterUpdate{w.api, cancel}, Secrets: w.vault, Records: w.file, Gate: w.gate}).Ensure(ctx, []Desired{want(step.origin)})
			if err == nil || len(Moved(err)) > 0 {
				t.Fatalf("at %s: got %v, want a change whose answer is lost", step.origin, err)
			}
			mend()
		}
		last := want("https://e.example")
		w.ensure(last)
		w.healthy(last)
	})
}

// TestHowAnotherWebhookWasLeftSaysNothingOfThisOne ends a run between a new secret
// and the record of how its webhook is, and moves the address.
func TestHowAnotherWebhookWasLeftSaysNothingOfThisOne(t *testing.T) {
	elsewhere := "https://b.example/vast/client"
	tests := map[string]func(w *world, e *Executor, id int64){
		"made": func(w *world, e *Executor, _ int64) {
			_, _ = e.Ensure(w.t.Context(), []Desired{want("https://b.example")})
		},
		"found by its name": func(w *world, e *Executor, _ int64) {
			w.vast.SeedWebhook(w.account, newHook(elsewhere, Name("desk", installation, relay.RoleClient)))
			_, _ = e.Ensure(w.t.Context(), []Desired{want("https://c.example")})
		},
	}
	for name, begin := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				id := w.ensure(want("https://a.example"))[0].ID
				if err := w.api.Delete(t.Context(), id); err != nil {
					t.Fatal(err)
				}
				e := w.executor()
				e.step = func(point string) {
					if point == pointCleared {
						panic(point)
					}
				}
				func() {
					defer func() { _ = recover() }()
					begin(w, e, id)
				}()
				w.restart()
				last := want("https://d.example")
				w.ensure(last)
				w.healthy(last)
			})
		})
	}
}

func TestAnAcceptedEditStaysOneUntilItIsChosen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		d := want("https://a.example")
		id := w.ensure(d)[0].ID
		theirs := []string{"client:low_credit"}
		if _, err := w.api.Update(t.Context(), id, vastapi.Change{EventTypes: theirs}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.executor().Accept(t.Context(), []Desired{d}); err != nil {
			t.Fatal(err)
		}
		w.ensure(d) // the choice could not be kept
		if got := w.listedAs(id).EventTypes; !slices.Equal(got, theirs) {
			t.Errorf("got types %q, want those that the person has just accepted", got)
		}
	})
}

func TestAReleasedWebhookStaysSomebodyElsesWhenItsRoleIsNotWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		client, host := want("https://a.example"), wantOf(relay.RoleHost, "https://a.example", "host:machine_offline")
		id := w.ensure(client, host)[1].ID
		elsewhere := "https://elsewhere.example/hook"
		if _, err := w.api.Update(t.Context(), id, vastapi.Change{URL: &elsewhere}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.executor().Accept(t.Context(), []Desired{client, host}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			w.ensure(client)
		}
		if now := w.listedAs(id); now.URL != elsewhere {
			t.Errorf("got %+v, want it as it was changed", now)
		}
		saves := w.file.saves
		w.gate.told = nil
		e := w.executor()
		if err := e.Recall(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.ensure(client)
		if w.file.saves != saves || slices.Contains(w.gate.told, "expect host") || slices.Contains(w.gate.told, "forget host") {
			t.Errorf("got %d saves and told %q, want nothing done for the other role", w.file.saves-saves, w.gate.told)
		}
		w.ensure(client, host)
		if now := w.listedAs(id); now.URL != elsewhere {
			t.Errorf("got %+v, want it as it was changed", now)
		}
	})
}

func TestRemoveAll(t *testing.T) {
	both := []Desired{want("https://a.example"), wantOf(relay.RoleHost, "https://a.example", "host:machine_offline")}
	tests := []struct {
		name    string
		prepare func(w *world)
		deleted int
		left    int // records, after it
		fails   bool
	}{
		{"both roles", func(w *world) { w.ensure(both...) }, 2, 0, false},
		{"a second one of ours, which a crash has left", func(w *world) {
			w.ensure(both...)
			w.vast.SeedWebhook(w.account, newHook("https://b.example/vast/client", Name("desk", installation, relay.RoleClient)))
		}, 3, 0, false},
		{"nothing of ours", func(*world) {}, 0, 0, false},
		{"none that a person left to somebody else", func(w *world) {
			id := w.ensure(want("https://a.example"))[0].ID
			elsewhere := "https://elsewhere.example/hook"
			if _, err := w.api.Update(w.t.Context(), id, vastapi.Change{URL: &elsewhere}); err != nil {
				w.t.Fatal(err)
			}
			if _, err := w.executor().Accept(w.t.Context(), []Desired{want("https://a.example")}); err != nil {
				w.t.Fatal(err)
			}
		}, 0, 1, false}, // else the next start would take it for ours, by its name
		{"as far as Vast.ai lets us", func(w *world) {
			w.ensure(both...)
			w.vast.Inject(vasttest.Fault{Method: "DELETE", Status: 500, Times: -1})
		}, 0, 2, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				foreign := w.vast.SeedWebhook(w.account, newHook("https://other.example/", "theirs"))
				tt.prepare(w)
				theirs := w.listedAs(foreign)
				deleted, err := w.executor().RemoveAll(t.Context(), installation)
				if deleted != tt.deleted || (err != nil) != tt.fails {
					t.Errorf("got %d deleted and %v, want %d", deleted, err, tt.deleted)
				}
				if now := w.listedAs(foreign); now.URL != theirs.URL || now.Name != theirs.Name || now.UpdatedAt != theirs.UpdatedAt {
					t.Errorf("got %+v, want the webhook of somebody else untouched", now)
				}
				records, _ := w.file.Load()
				if len(records) != tt.left {
					t.Errorf("got records %+v, want %d", records, tt.left)
				}
				if !tt.fails && len(w.gate.secret) != 0 {
					t.Errorf("the receiver still knows %d secrets", len(w.gate.secret))
				}
				if again, err := w.executor().RemoveAll(t.Context(), installation); again != 0 || (err != nil) != tt.fails {
					t.Errorf("the second time: got %d deleted and %v, want none", again, err)
				}
			})
		})
	}
}

func TestAWebhookThatStaysDoesNotKeepTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ensure(want("https://a.example"), wantOf(relay.RoleHost, "https://a.example", "host:machine_offline"))
		w.vast.SeedWebhook(w.account, newHook("https://b.example/vast/client", Name("desk", installation, relay.RoleClient)))
		w.vast.Inject(vasttest.Fault{Method: "DELETE", Status: 400})
		if deleted, err := w.executor().RemoveAll(t.Context(), installation); deleted != 2 || err == nil {
			t.Errorf("got %d deleted and %v, want the two that Vast.ai lets go, and its refusal", deleted, err)
		}
		if deleted, err := w.executor().RemoveAll(t.Context(), installation); deleted != 1 || err != nil {
			t.Errorf("the second time: got %d deleted and %v, want the one that stayed", deleted, err)
		}
	})
}

func TestReplaceTypesOfTheRolesThatAreNamed(t *testing.T) {
	chosen := []string{"client:outbid", "host:machine_offline", "client:low_credit"}
	tests := []struct {
		name  string
		types map[relay.Role][]string
		want  []string
	}{
		{"none", nil, chosen},
		{"one side", map[relay.Role][]string{relay.RoleHost: {"host:machine_online"}}, []string{"client:outbid", "client:low_credit", "host:machine_online"}},
		{"one side, of which none is left", map[relay.Role][]string{relay.RoleHost: {}}, []string{"client:outbid", "client:low_credit"}},
		{"both sides", map[relay.Role][]string{relay.RoleHost: {"host:a"}, relay.RoleClient: {"client:b"}}, []string{"client:b", "host:a"}},
	}
	for _, tt := range tests {
		if got := ReplaceTypes(chosen, tt.types); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	if !slices.Equal(chosen, []string{"client:outbid", "host:machine_offline", "client:low_credit"}) {
		t.Errorf("got what was given changed: %q", chosen)
	}
}

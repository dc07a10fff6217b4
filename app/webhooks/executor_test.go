package webhooks

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/app/datadir"
	"vastrelay/app/secrets"
	"vastrelay/relay"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

func TestFirstStartCreatesAndTheNextChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		both := []Desired{want("https://a.example"), wantOf(relay.RoleHost, "https://a.example", "host:machine_error", "host:low_disk_space")}
		results := w.ensure(both...)
		if len(results) != 2 || !results[0].Changed || results[1].Role != relay.RoleHost || results[1].URL != "https://a.example/vast/host" {
			t.Errorf("got %+v", results)
		}
		w.healthy(both...)
		w.settled(both...)
		if again := w.ensure(both...); again[0].Changed || again[0].ID != results[0].ID {
			t.Errorf("got %+v on the second start", again)
		}
	})
}

func TestOnlyWhatDiffersIsSent(t *testing.T) {
	tests := []struct {
		name   string
		change func(*world, int64, *Desired)
		want   string // the body of the one PUT; empty: none
	}{
		{"a changed address", func(_ *world, _ int64, d *Desired) { d.URL = "https://b.example/vast/client" }, `{"webhook_url":"https://b.example/vast/client"}`},
		{"changed types", func(_ *world, _ int64, d *Desired) { d.Types = []string{"client:outbid", "client:low_credit"} }, `{"event_types":["client:outbid","client:low_credit"]}`},
		{"the same types in another order", func(_ *world, _ int64, d *Desired) { slices.Reverse(d.Types) }, ""},
		{"types that the server lists as bare slugs", func(w *world, _ int64, _ *Desired) { w.vast.ListBareSlugs(true) }, ""},
		{"another computer name", func(_ *world, _ int64, d *Desired) { d.Name = Name("renamed", installation, d.Role) }, ""},
		{"a channel that was switched off", func(w *world, _ int64, _ *Desired) {
			w.vast.SetPreference(w.account, "client:outbid", "webhooks", false)
		}, ""},
		{"a server that refuses a repeated address", func(w *world, _ int64, d *Desired) {
			w.vast.RefuseOwnURL(true)
			d.Types = []string{"client:low_credit"}
		}, `{"event_types":["client:low_credit"]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				d := want("https://a.example")
				d.Types = []string{"client:outbid", "client:near_end_date"}
				id := w.ensure(d)[0].ID
				tt.change(w, id, &d)
				w.vast.ForgetCalls()
				if got := w.ensure(d)[0]; got.ID != id || got.Changed != (tt.want != "") {
					t.Errorf("got %+v", got)
				}
				var bodies []string
				for _, c := range w.vast.Calls() {
					if c.Method != http.MethodGet {
						bodies = append(bodies, c.Body)
					}
				}
				if got := strings.Join(bodies, " "); got != tt.want {
					t.Errorf("sent %s, want %s", got, tt.want)
				}
				w.vast.ForgetCalls()
				w.ensure(d)
				if got := w.mutations(); got != 0 {
					t.Errorf("the next start made %d changes", got)
				}
			})
		})
	}
}

func TestWebhookDeletedAtVastIsCreatedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		old := w.ensure(want("https://a.example"))[0].ID
		w.vast.RemoveWebhook(old)
		if got := w.ensure(want("https://a.example"))[0]; got.ID == old || !got.Changed {
			t.Errorf("got %+v", got)
		}
		w.healthy(want("https://a.example"))
		if _, err := w.vault.Get(t.Context(), secrets.WebhookSecret(old)); !errors.Is(err, secrets.ErrNotFound) {
			t.Errorf("the old webhook's secret is still kept (%v)", err)
		}
	})
}

func TestWebhookDeletedWhileItIsChangedIsCreatedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.ensure(want("https://a.example"))[0].ID
		w.vast.Inject(vasttest.Fault{Method: "PUT", Status: 404, Body: `{"success": false, "msg": "Webhook not found"}`})
		w.gate.hook = func(string) {}
		e := w.executor()
		listed := false
		e.api = apiHook{API: w.api, update: func() { w.vast.RemoveWebhook(id); listed = true }}
		if _, err := e.Ensure(t.Context(), []Desired{want("https://b.example")}); err != nil || !listed {
			t.Fatalf("got %v", err)
		}
		w.healthy(want("https://b.example"))
	})
}

func TestMissingSecretIsRotated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.ensure(want("https://a.example"))[0].ID
		_ = w.vault.Delete(t.Context(), secrets.WebhookSecret(id))
		w.restart()
		w.vast.ForgetCalls()
		w.ensure(want("https://a.example"))
		w.healthy(want("https://a.example"))
		if got := w.vast.CountCalls("POST", "/webhooks/{id}/rotate-secret/"); got != 1 || w.mutations() != 1 {
			t.Errorf("got %d rotates of %d changes, want 1 of 1", got, w.mutations())
		}
	})
}

func TestLockedKeyringIsNotTakenForAMissingSecret(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ensure(want("https://a.example"))
		w.vast.ForgetCalls()
		locked := errors.New("the keyring is locked")
		w.vault.getErr = locked
		if _, err := w.executor().Ensure(t.Context(), []Desired{want("https://a.example")}); !errors.Is(err, locked) {
			t.Errorf("got %v", err)
		}
		if got := len(w.vast.Calls()); got != 0 {
			t.Errorf("made %d calls", got)
		}
	})
}

func TestSecretIsKnownToTheReceiverWhileTheAPIIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.ensure(want("https://a.example"))[0].ID
		w.restart()
		w.vast.Inject(vasttest.Fault{Status: 503, Times: -1})
		if _, err := w.executor().Ensure(t.Context(), []Desired{want("https://a.example")}); vastapi.ClassOf(err) != vastapi.Unavailable {
			t.Errorf("got %v", err)
		}
		if got := w.gate.secret[relay.RoleClient]; got != w.vast.Secret(id) {
			t.Error("the receiver does not know the secret")
		}
	})
}

func TestSecretThatCannotBeStored(t *testing.T) {
	broken := errors.New("the keyring broke")
	tests := []struct {
		name string
		set  func(*testVault)
		want error
	}{
		{"a keyring that refuses", func(v *testVault) { v.setErr = broken }, broken},
		{"a keyring that keeps something else", func(v *testVault) { v.altered = true }, errNotKept},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				tt.set(w.vault)
				e := w.executor()
				_, err := e.Ensure(t.Context(), []Desired{want("https://a.example")})
				if !errors.Is(err, tt.want) {
					t.Fatalf("got %v", err)
				}
				hooks := w.vast.Webhooks(w.account)
				if len(hooks) != 1 || w.gate.secret[relay.RoleClient] != w.vast.Secret(hooks[0].ID) {
					t.Fatal("this run is deaf")
				}
				// The same run stores it later without a rotate.
				w.vast.ForgetCalls()
				w.vault.setErr, w.vault.altered = nil, false
				if _, err := e.Ensure(t.Context(), []Desired{want("https://a.example")}); err != nil || w.mutations() != 0 {
					t.Errorf("got %v with %d changes", err, w.mutations())
				}
				w.healthy(want("https://a.example"))
			})
		})
		t.Run(tt.name+" until the next start", func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				tt.set(w.vault)
				_, _ = w.executor().Ensure(t.Context(), []Desired{want("https://a.example")})
				w.vault.setErr, w.vault.altered = nil, false
				w.restart()
				w.ensure(want("https://a.example"))
				w.healthy(want("https://a.example"))
			})
		})
	}
}

func TestDiskThatCannotBeWrittenStopsBeforeTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		full := errors.New("no space left")
		w.file.saveErr = full
		if _, err := w.executor().Ensure(t.Context(), []Desired{want("https://a.example")}); !errors.Is(err, full) {
			t.Errorf("got %v", err)
		}
		if got := w.mutations(); got != 0 {
			t.Errorf("made %d changes without an intent on disk", got)
		}
	})
}

func TestDamagedRecordsAreAsGoodAsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		id := w.ensure(want("https://a.example"))[0].ID
		w.file.content, w.file.loadErr = nil, &datadir.DamagedError{Path: "webhooks.json", Aside: "webhooks.json.bad", Err: errors.New("no JSON")}
		if got := w.ensure(want("https://b.example"))[0].ID; got != id {
			t.Errorf("got webhook %d, want %d", got, id)
		}
		w.healthy(want("https://b.example"))
	})
}

func TestFourForeignWebhooksLeadToAChoiceAndAreNotTouched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for i := range 4 {
			w.vast.SeedWebhook(w.account, newHook(fmt.Sprintf("https://other.example/%d", i), "Vast Relay on desk · zzzzzzzz"))
		}
		before := w.vast.Webhooks(w.account)
		_, err := w.executor().Ensure(t.Context(), []Desired{want("https://a.example")})
		choose, ok := errors.AsType[*ErrChoose](err)
		if !ok || len(choose.Webhooks) != 4 || choose.Role != relay.RoleClient {
			t.Fatalf("got %v", err)
		}
		if got := w.mutations(); got != 0 {
			t.Errorf("made %d changes", got)
		}
		if err := w.executor().Replace(t.Context(), want("https://a.example"), choose.Webhooks[2].ID); err != nil {
			t.Fatal(err)
		}
		w.healthy(want("https://a.example"))
		w.settled(want("https://a.example"))
		after := w.vast.Webhooks(w.account)
		for i := range before {
			if i != 2 && (before[i].URL != after[i].URL || before[i].UpdatedAt != after[i].UpdatedAt) {
				t.Errorf("webhook %d was touched", before[i].ID)
			}
		}
	})
}

func TestChoiceForOneContextDoesNotStopTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for i := range 3 {
			w.vast.SeedWebhook(w.account, newHook(fmt.Sprintf("https://other.example/%d", i), "other"))
		}
		host := wantOf(relay.RoleHost, "https://a.example", "host:machine_error")
		results, err := w.executor().Ensure(t.Context(), []Desired{want("https://a.example"), host})
		choose, ok := errors.AsType[*ErrChoose](err)
		if !ok || choose.Role != relay.RoleHost || len(choose.Webhooks) != 3 {
			t.Errorf("got %v", err)
		}
		if len(results) != 1 || results[0].Role != relay.RoleClient {
			t.Errorf("got %+v", results)
		}
		w.healthy(want("https://a.example"))
	})
}

func TestACreateThatFailsDoesNotStopTheOtherContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.vast.Inject(vasttest.Fault{Method: "POST", Status: 401, Body: `{"msg": "no access to route api.webhooks"}`})
		host := wantOf(relay.RoleHost, "https://a.example", "host:machine_error")
		results, err := w.executor().Ensure(t.Context(), []Desired{want("https://a.example"), host})
		if err == nil || len(results) != 1 || results[0].Role != relay.RoleHost {
			t.Errorf("got %+v and %v, want the webhook for hosts alone", results, err)
		}
	})
}

func TestAddressThatIsTakenElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		other := w.vast.AddAccount("another-key")
		w.vast.SeedWebhook(other, newHook("https://a.example/vast/client", "other account"))
		for _, prepare := range []func(){func() {}, func() { w.ensure(want("https://b.example")) }} {
			prepare()
			_, err := w.executor().Ensure(t.Context(), []Desired{want("https://a.example")})
			taken, ok := errors.AsType[*ErrURLTaken](err)
			if !ok || taken.Role != relay.RoleClient || vastapi.ClassOf(err) != vastapi.URLTaken {
				t.Errorf("got %v", err)
			}
		}
		w.ensure(want("https://c.example"))
		w.healthy(want("https://c.example"))
	})
}

func TestAddressThatWasRegisteredSinceTheListIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		e := w.executor()
		e.api = apiHook{API: w.api, create: func() {
			if len(w.vast.Webhooks(w.account)) == 0 {
				w.vast.SeedWebhook(w.account, newHook("https://a.example/vast/client", ""))
			}
		}}
		if _, err := e.Ensure(t.Context(), []Desired{want("https://a.example")}); err != nil {
			t.Fatal(err)
		}
		w.healthy(want("https://a.example"))
	})
}

func TestUnsubscribedContextIsRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		host := wantOf(relay.RoleHost, "https://a.example", "host:machine_error")
		gone := w.ensure(want("https://a.example"), host)[1].ID
		foreign := w.vast.SeedWebhook(w.account, newHook("https://other.example/", "other"))
		w.ensure(want("https://a.example"))
		w.healthy(want("https://a.example"))
		ids := []int64{}
		for _, h := range w.vast.Webhooks(w.account) {
			ids = append(ids, h.ID)
		}
		if slices.Contains(ids, gone) || !slices.Contains(ids, foreign) || len(ids) != 2 {
			t.Errorf("got webhooks %v", ids)
		}
		if !slices.Contains(w.gate.told, "forget host") {
			t.Errorf("the receiver was not told: %v", w.gate.told)
		}
		if _, err := w.vault.Get(t.Context(), secrets.WebhookSecret(gone)); !errors.Is(err, secrets.ErrNotFound) {
			t.Errorf("its secret is still kept (%v)", err)
		}
		w.settled(want("https://a.example"))
	})
}

func TestSecretOfARoleThatIsNotWantedGoesAlsoWhereItsWebhookIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		host := wantOf(relay.RoleHost, "https://a.example", "host:machine_error")
		gone := w.ensure(want("https://a.example"), host)[1].ID
		if err := w.api.Delete(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		w.ensure(want("https://a.example"))
		if _, err := w.vault.Get(t.Context(), secrets.WebhookSecret(gone)); !errors.Is(err, secrets.ErrNotFound) {
			t.Errorf("its secret is still kept (%v)", err)
		}
		w.settled(want("https://a.example"))
	})
}

func TestRefusedRotateKeepsTheSecretAndTellsTheReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.ensure(want("https://a.example"))
		w.vast.Inject(vasttest.Fault{Route: "/webhooks/{id}/rotate-secret/", Status: 401, Body: `{"msg": "no access to route api.webhooks"}`})
		if err := w.executor().Rotate(t.Context(), want("https://a.example")); vastapi.ClassOf(err) != vastapi.MissingPermission {
			t.Errorf("got %v", err)
		}
		if last := w.gate.told[len(w.gate.told)-1]; last != "rotate ended client" {
			t.Errorf("told %q last", last)
		}
		w.healthy(want("https://a.example"))
	})
}

func TestRefusedCreateLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		d := want("https://a.example")
		d.Types = []string{"client:no_such_type"}
		_, err := w.executor().Ensure(t.Context(), []Desired{d})
		if vastapi.ClassOf(err) != vastapi.Invalid || !strings.Contains(err.Error(), "Unknown event type: client:no_such_type") {
			t.Errorf("got %v", err)
		}
		records, _ := w.file.Load()
		if r := records[relay.RoleClient]; r.Intent != nil || r.ID != 0 {
			t.Errorf("got record %+v", r)
		}
		if last := w.gate.told[len(w.gate.told)-1]; last != "forget client" {
			t.Errorf("told %q last", last)
		}
	})
}

func TestRotateWithoutAWebhook(t *testing.T) {
	w := newWorld(t)
	if err := w.executor().Rotate(t.Context(), want("https://a.example")); !errors.Is(err, errNoWebhook) {
		t.Errorf("got %v", err)
	}
}

func TestReplaceOfAWebhookThatIsGone(t *testing.T) {
	w := newWorld(t)
	if err := w.executor().Replace(t.Context(), want("https://a.example"), 99); vastapi.ClassOf(err) != vastapi.WebhookGone {
		t.Errorf("got %v", err)
	}
	if w.file.saves != 0 {
		t.Error("a record was written for it")
	}
}

func TestNoSecretInRecordsOrErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.vault.altered = true
		_, err := w.executor().Ensure(t.Context(), []Desired{want("https://a.example")})
		secret := w.vast.Secret(w.vast.Webhooks(w.account)[0].ID)
		if strings.Contains(fmt.Sprintf("%v %#v", err, err), secret) || strings.Contains(string(w.file.content), secret) {
			t.Error("the secret is in an error or in the records")
		}
	})
}

func TestChannelsOff(t *testing.T) {
	w := newWorld(t)
	d := want("https://a.example")
	d.Types = []string{"client:outbid", "client:low_credit"}
	results := w.ensure(d)
	w.vast.SetPreference(w.account, "client:low_credit", "webhooks", false)
	p, err := w.api.Preferences(t.Context(), w.account)
	if err != nil {
		t.Fatal(err)
	}
	if got := ChannelsOff(p, results); !slices.Equal(got, []string{"client:low_credit"}) {
		t.Errorf("got %v", got)
	}
}

func TestSecretThatCouldNotBeStoredIsDroppedWhenAnotherRotateCameBetween(t *testing.T) {
	for name, broken := range map[string]error{"that was stored": nil, "that could not be stored either": errors.New("the keyring broke")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				first := w.executor()
				w.vault.setErr = errors.New("the keyring broke")
				_, _ = first.Ensure(t.Context(), []Desired{want("https://a.example")})
				w.vault.setErr = broken
				time.Sleep(time.Second)
				if err := w.executor().Rotate(t.Context(), want("https://a.example")); !errors.Is(err, broken) {
					t.Fatal(err)
				}
				w.vault.setErr = nil
				if _, err := first.Ensure(t.Context(), []Desired{want("https://a.example")}); err != nil {
					t.Fatal(err)
				}
				w.healthy(want("https://a.example"))
			})
		})
	}
}

func TestLimitThatTheListDoesNotExplain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.vast.Inject(vasttest.Fault{Method: "POST", Times: -1, Status: 400, Body: `{"success": false, "msg": "Maximum of 4 webhooks per user"}`})
		_, err := w.executor().Ensure(t.Context(), []Desired{want("https://a.example")})
		if vastapi.ClassOf(err) != vastapi.LimitReached || w.mutations() != 1 {
			t.Errorf("got %v after %d calls", err, w.mutations())
		}
	})
}

func TestErrorsNameTheContextAndNoAddress(t *testing.T) {
	choose := &ErrChoose{Role: relay.RoleHost, Webhooks: make([]vastapi.Webhook, 4)}
	if got, want := choose.Error(), "make the host webhook: the account has 4 others, which is the limit"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	taken := &ErrURLTaken{Role: relay.RoleClient, Err: &vastapi.Error{Class: vastapi.URLTaken}}
	if got, want := taken.Error(), "give the client webhook our address: a webhook that is not listed has it"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

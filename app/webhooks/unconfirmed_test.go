package webhooks

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"vastrelay/app/datadir"
	"vastrelay/app/secrets"
	"vastrelay/relay"
	"vastrelay/vastapi"
	"vastrelay/vastapi/vasttest"
)

// unconfirmed is what is desired while nobody has confirmed the settings: the
// client webhook with the given types, and the host webhook if there is one.
func unconfirmed(origin string, types ...string) []Desired {
	client, host := wantOf(relay.RoleClient, origin, types...), wantOf(relay.RoleHost, origin)
	client.KeepListed, host.KeepListed, host.IfListed = true, true, true
	return []Desired{client, host}
}

func TestNothingIsTakenAwayWhileNobodyConfirmedTheSettings(t *testing.T) {
	const before, after = "https://a.example", "https://b.example"
	many := wantOf(relay.RoleClient, before, "client:low_credit", "client:outbid")
	host := wantOf(relay.RoleHost, before, "host:machine_error")
	both := []Desired{wantOf(relay.RoleClient, after, many.Types...), wantOf(relay.RoleHost, after, host.Types...)}
	for _, tt := range []struct {
		name     string
		existing []Desired
		forget   bool // the records are lost as well
		want     []Desired
	}{
		{"a webhook with more types keeps them", []Desired{many}, false, []Desired{wantOf(relay.RoleClient, after, many.Types...)}},
		{"a webhook for hosting stays and follows the address", []Desired{many, host}, false, both},
		{"the same without any record", []Desired{many, host}, true, both},
		{"where there is none, what is chosen is made", nil, false, []Desired{wantOf(relay.RoleClient, after, "client:outbid")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				w.ensure(tt.existing...)
				if tt.forget {
					w.file.content = nil
				}
				w.restart()
				results := w.ensure(unconfirmed(after, "client:outbid")...)
				w.healthy(tt.want...)
				if len(results) != len(tt.want) || len(w.vast.Webhooks(w.account)) != len(tt.want) {
					t.Errorf("got %+v and %d webhooks, want %d", results, len(w.vast.Webhooks(w.account)), len(tt.want))
				}
				for i, r := range results {
					if !slices.Equal(r.Types, tt.want[i].Types) {
						t.Errorf("got types %v, want those that are listed: %v", r.Types, tt.want[i].Types)
					}
				}
				// Once somebody has confirmed, what is chosen counts again.
				w.ensure(wantOf(relay.RoleClient, after, "client:outbid"))
				w.healthy(wantOf(relay.RoleClient, after, "client:outbid"))
				if got := len(w.vast.Webhooks(w.account)); got != 1 {
					t.Errorf("after it was confirmed: got %d webhooks, want 1", got)
				}
			})
		})
	}
}

func TestPlanDeletesNothingWhileNobodyConfirmedTheSettings(t *testing.T) {
	const here, there = "https://a.example/vast/client", "https://old.example/vast/client"
	mine := Name("desk", installation, relay.RoleClient)
	hooks := []vastapi.Webhook{listed(1, here, mine), listed(2, there, mine), listed(3, "https://a.example/vast/host", "by id")}
	stored := map[relay.Role]Stored{relay.RoleClient: {ID: 1, HasSecret: true}, relay.RoleHost: {ID: 3, HasSecret: true}}
	client := want("https://a.example")
	client.KeepListed = true
	if got, want := describe(Plan([]Desired{client}, hooks, stored)), "keep client 1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// recordsOnDisk keeps the records of w in a real file, with its copy.
func (w *world) recordsOnDisk(t *testing.T) (path string, executor func(told *[]*datadir.DamagedError) *Executor) {
	path = filepath.Join(t.TempDir(), "webhooks.json")
	return path, func(told *[]*datadir.DamagedError) *Executor {
		w.restart()
		return New(Options{
			API: w.api, Secrets: w.vault, Gate: w.gate, Records: datadir.NewFile[Records](path),
			OnDamaged: func(d *datadir.DamagedError) { *told = append(*told, d) },
		})
	}
}

func TestRestoredRecordsAreAnOpenIntent(t *testing.T) {
	for _, tt := range []struct {
		name         string
		file, copied string // what the files hold afterwards; "=": what they held, "-": nothing is there
		restored     bool
	}{
		{"the file is empty", "", "=", true},
		{"the file is all zeros", strings.Repeat("\x00", 256), "=", true},
		{"the file is truncated", `{"client":{"id":`, "=", true},
		{"the file holds JSON of another shape", `{"installation_id":"abcd1234"}`, "=", true},
		{"the file holds a list", `[]`, "=", true},
		{"the file is gone", "-", "=", true},
		{"both are damaged", "{", "[", false},
		{"the file is damaged and the copy gone", "{", "-", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				path, executor := w.recordsOnDisk(t)
				var told []*datadir.DamagedError
				d := want("https://a.example")
				if _, err := executor(&told).Ensure(t.Context(), []Desired{d}); err != nil || len(told) > 0 {
					t.Fatalf("before the damage: %v, told %v", err, told)
				}
				id := w.vast.Webhooks(w.account)[0].ID
				// The copy may be from before a rotate: the secret that belongs to it
				// is worthless.
				old := relay.NewSecret("whsec_of_another_time")
				if err := w.vault.Set(t.Context(), secrets.WebhookSecret(id), old); err != nil {
					t.Fatal(err)
				}
				for suffix, content := range map[string]string{"": tt.file, ".last-good": tt.copied} {
					switch content {
					case "=":
					case "-":
						if err := os.Remove(path + suffix); err != nil {
							t.Fatal(err)
						}
					default:
						if err := os.WriteFile(path+suffix, []byte(content), 0o600); err != nil {
							t.Fatal(err)
						}
					}
				}

				e := executor(&told)
				if err := e.Recall(t.Context()); err != nil {
					t.Fatal(err)
				}
				if tt.restored && !slices.Contains(w.gate.told, "rotate started client") {
					t.Errorf("the receiver was told %v, want that the secret is in doubt", w.gate.told)
				}
				if len(told) != 1 || told[0].Restored != tt.restored {
					t.Errorf("told %v, want one damage, restored %v", told, tt.restored)
				}
				if _, err := e.Ensure(t.Context(), []Desired{d}); err != nil {
					t.Fatal(err)
				}
				secret, err := w.vault.Get(t.Context(), secrets.WebhookSecret(id))
				if err != nil || secret.Reveal() != w.vast.Secret(id) || w.gate.secret[d.Role] != w.vast.Secret(id) {
					t.Errorf("the secret was not renewed (%v)", err)
				}
				records, err := datadir.NewFile[Records](path).Load()
				if r := records[d.Role]; err != nil || r.ID != id || r.Intent != nil {
					t.Errorf("got %+v, %v, want a sound record without an intent", records, err)
				}
			})
		})
	}
}

func TestWhatIsRemovedIsInNeitherCopyOfTheRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		path, executor := w.recordsOnDisk(t)
		client, host := want("https://a.example"), wantOf(relay.RoleHost, "https://a.example", "host:machine_error")
		for _, desired := range [][]Desired{{client, host}, {client}} {
			if _, err := executor(nil).Ensure(t.Context(), desired); err != nil {
				t.Fatal(err)
			}
		}
		for _, suffix := range []string{"", ".last-good"} {
			content, err := os.ReadFile(path + suffix)
			if err != nil || strings.Contains(string(content), "host") || !strings.Contains(string(content), "client") {
				t.Errorf("webhooks.json%s: got %s, %v, want the client's record alone", suffix, content, err)
			}
		}
	})
}

func TestRecordsOfANewerVersionAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		path, executor := w.recordsOnDisk(t)
		d := want("https://a.example")
		if _, err := executor(nil).Ensure(t.Context(), []Desired{d}); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		newer := strings.Replace(string(content), `"client": {`, `"format": 7, "serverless": {"id": 9, "key": "x"}, "client": {"made_by": "2.0",`, 1)
		if err := os.WriteFile(path, []byte(newer), 0o600); err != nil {
			t.Fatal(err)
		}
		// A move makes the record be written, and an unwanted role would be
		// forgotten with it.
		d = want("https://b.example")
		if _, err := executor(nil).Ensure(t.Context(), []Desired{d}); err != nil {
			t.Fatal(err)
		}
		content, err = os.ReadFile(path)
		for _, part := range []string{`"format": 7`, `"serverless"`, `"id": 9`, `"made_by": "2.0"`, "b.example"} {
			if !strings.Contains(string(content), part) {
				t.Errorf("got %s, %v, want %s in it", content, err, part)
			}
		}
		if slices.ContainsFunc(w.gate.told, func(what string) bool { return strings.Contains(what, "serverless") }) {
			t.Errorf("the receiver was told of what nobody knows: %v", w.gate.told)
		}
	})
}

func TestRestoredRecordsThatCannotBeWrittenAreInForceAllTheSame(t *testing.T) {
	w := newWorld(t)
	w.file.loadErr = &datadir.DamagedError{Path: "webhooks.json", Err: errors.New("gone"), Restored: true}
	w.file.saveErr = errors.New("no room")
	if err := w.executor().Recall(t.Context()); err != nil {
		t.Errorf("Recall = %v, want what is known to be told to the receiver", err)
	}
}

func TestARestoredRecordDoesNotSayHowItsWebhookWasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		path, executor := w.recordsOnDisk(t)
		var told []*datadir.DamagedError
		ensure := func(origin string) error {
			_, err := executor(&told).Ensure(t.Context(), []Desired{want(origin)})
			return err
		}
		if err := ensure("https://a.example"); err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := ensure("https://b.example"); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.Remove(path), os.WriteFile(path+".last-good", before, 0o600)); err != nil {
			t.Fatal(err)
		}
		mend := w.vast.Inject(vasttest.Fault{Method: "PUT", Route: "/webhooks/{id}/", Status: 500, Times: -1})
		if err := ensure("https://c.example"); err == nil || len(told) != 1 {
			t.Fatalf("got %v, told %v, want a change that fails under restored records", err, told)
		}
		mend()
		if err := ensure("https://c.example"); err != nil {
			t.Errorf("got %v, want our own address of before known for ours", err)
		}
	})
}

package webhooks

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"vastrelay/relay"
	"vastrelay/vastapi"
)

// apiHook does something between a decision and its call.
type apiHook struct {
	API
	update, create func()
}

func (a apiHook) Update(ctx context.Context, id int64, c vastapi.Change) (vastapi.Webhook, error) {
	if a.update != nil {
		a.update()
	}
	return a.API.Update(ctx, id, c)
}

func (a apiHook) Create(ctx context.Context, w vastapi.NewWebhook) (vastapi.Created, error) {
	if a.create != nil {
		a.create()
	}
	return a.API.Create(ctx, w)
}

// listed makes a listed webhook with the types of want.
func listed(id int64, url, name string) vastapi.Webhook {
	return vastapi.Webhook{ID: id, URL: url, Name: name, EventTypes: []string{"client:outbid"}}
}

func TestPlan(t *testing.T) {
	const here, there = "https://a.example/vast/client", "https://old.example/vast/client"
	mine := Name("desk", installation, relay.RoleClient)
	mineHost := Name("desk", installation, relay.RoleHost)
	others := Name("desk", "zzzzzzzz", relay.RoleClient)
	whole := Stored{ID: 1, HasSecret: true}
	foreign := []vastapi.Webhook{listed(5, "https://5", ""), listed(6, "https://6", ""), listed(7, "https://7", ""), listed(8, "https://8", "")}
	tests := []struct {
		name   string
		listed []vastapi.Webhook
		stored *Stored
		want   string
	}{
		{"nothing listed is created", nil, nil, "create client 0"},
		{"ours by id is kept", []vastapi.Webhook{listed(1, here, mine)}, &whole, "keep client 1"},
		{"ours by id, at another address, is updated", []vastapi.Webhook{listed(1, there, mine)}, &whole, "update client 1 url"},
		{"ours by id, renamed, gets its name back", []vastapi.Webhook{listed(1, here, "x")}, &whole, "update client 1 name"},
		{"ours by id without a secret is rotated", []vastapi.Webhook{listed(1, here, mine)}, &Stored{ID: 1}, "rotate client 1"},
		{"ours by id without a secret at another address is rotated first", []vastapi.Webhook{listed(1, there, mine)}, &Stored{ID: 1}, "rotate client 1, update client 1 url"},
		{"a rotate intent rotates", []vastapi.Webhook{listed(1, here, mine)}, &Stored{ID: 1, HasSecret: true, Intent: &Intent{Kind: IntentRotate, ID: 1}}, "rotate client 1"},
		{"a create intent with the webhook listed rotates", []vastapi.Webhook{listed(2, here, mine)}, &Stored{Intent: &Intent{Kind: IntentCreate, URL: here}}, "rotate client 2"},
		{"a create intent with nothing listed creates", nil, &Stored{Intent: &Intent{Kind: IntentCreate, URL: here}}, "create client 0"},
		{"a create intent finds a nameless webhook at its old address", []vastapi.Webhook{listed(2, there, "")}, &Stored{Intent: &Intent{Kind: IntentCreate, URL: there}}, "rotate client 2, update client 2 url name"},
		{"ours by address is taken over", []vastapi.Webhook{listed(3, here, "")}, nil, "rotate client 3, update client 3 name"},
		{"ours by address from another installation is taken over", []vastapi.Webhook{listed(3, here, others)}, nil, "rotate client 3, update client 3 name"},
		{"ours by name is taken over", []vastapi.Webhook{listed(3, there, mine)}, nil, "rotate client 3, update client 3 url"},
		{"another installation's is foreign", []vastapi.Webhook{listed(3, there, others)}, nil, "create client 0"},
		{"the other role's is not ours", []vastapi.Webhook{listed(3, "https://a.example/vast/host", mineHost)}, &Stored{}, "delete host 3, create client 0"},
		{"a name that only holds the id elsewhere is foreign", []vastapi.Webhook{listed(3, there, installation+" relay")}, nil, "create client 0"},
		{"a second one of ours is deleted", []vastapi.Webhook{listed(1, here, mine), listed(2, there, mine)}, &whole, "delete client 2, keep client 1"},
		{"a second one of ours that has our address is deleted first", []vastapi.Webhook{listed(1, there, mine), listed(2, here, mine)}, &whole, "delete client 2, update client 1 url"},
		{"one made by hand that has our address is taken over and ours deleted", []vastapi.Webhook{listed(1, there, mine), listed(2, here, "by hand")}, &whole, "delete client 1, rotate client 2, update client 2 name"},
		{"ours by address, spelt in another way, keeps that", []vastapi.Webhook{listed(1, "https://A.example:443/vast/client", mine)}, &whole, "keep client 1"},
		{"one by hand at our address, spelt in another way, is taken over", []vastapi.Webhook{listed(3, "https://A.Example./vast/%63lient", "")}, nil, "rotate client 3, update client 3 name"},
		{"another program below another path of our host is foreign", []vastapi.Webhook{listed(3, "https://a.example/hooks/vast/client", "")}, nil, "create client 0"},
		{"ours below another path of our host is updated", []vastapi.Webhook{listed(1, "https://a.example/hooks/vast/client", mine)}, &whole, "update client 1 url"},
		{"our path with a final slash is another", []vastapi.Webhook{listed(1, here+"/", mine)}, &whole, "update client 1 url"},
		{"an id that is listed no more is created again", foreign[:3], &whole, "create client 0"},
		{"four foreign need a choice", foreign, nil, "choose client 0 of 4"},
		{"a second one of ours makes room", append(slices.Clone(foreign[:2]), listed(1, here, mine), listed(2, there, mine)), &whole, "delete client 2, keep client 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			stored := map[relay.Role]Stored{}
			if tt.stored != nil {
				stored[relay.RoleClient] = *tt.stored
			}
			got := describe(Plan([]Desired{want("https://a.example")}, tt.listed, stored))
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPlanOfUnwantedContexts(t *testing.T) {
	hooks := []vastapi.Webhook{listed(1, "https://a.example/vast/client", "x"), listed(2, "https://a.example/vast/host", "y"), listed(3, "https://z", "z")}
	stored := map[relay.Role]Stored{relay.RoleClient: {ID: 1}, relay.RoleHost: {ID: 2}}
	if got, want := describe(Plan(nil, hooks, stored)), "delete client 1, delete host 2, forget client 1, forget host 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := describe(Plan(nil, hooks[2:], stored)), "forget client 1, forget host 2"; got != want {
		t.Errorf("no longer listed: got %q, want %q", got, want)
	}
}

func TestAChoiceDoesNotOfferWhatIsDeleted(t *testing.T) {
	mine := Name("desk", installation, relay.RoleClient)
	hooks := []vastapi.Webhook{listed(1, "https://1", mine), listed(2, "https://2", mine), listed(5, "https://5", ""), listed(6, "https://6", ""), listed(7, "https://7", "")}
	desired := []Desired{want("https://a.example"), wantOf(relay.RoleHost, "https://a.example", "host:machine_error")}
	if got, want := describe(Plan(desired, hooks, map[relay.Role]Stored{relay.RoleClient: {ID: 1, HasSecret: true}})), "delete client 2, update client 1 url, choose host 0 of 3"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPlanDeletesAWebhookOnceThatIsOursByTwoSigns(t *testing.T) {
	mine := Name("desk", installation, relay.RoleClient)
	hooks := []vastapi.Webhook{listed(1, "https://1", mine), listed(2, "https://a.example/vast/client", mine)}
	stored := map[relay.Role]Stored{relay.RoleClient: {ID: 2, HasSecret: true}, relay.RoleHost: {ID: 1}}
	if got, want := describe(Plan([]Desired{want("https://a.example")}, hooks, stored)), "delete client 1, forget host 1, keep client 2"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPlanNeverTouchesForeignWebhooks(t *testing.T) {
	const here, there = "https://a.example/vast/client", "https://old.example/vast/client"
	names := []string{"", "x", Name("desk", "zzzzzzzz", relay.RoleClient), Name("desk", installation, relay.RoleClient)}
	for i, first := range names {
		for j, second := range names {
			for _, id := range []int64{0, 1, 2} {
				for _, url := range []string{here, there} {
					hooks := []vastapi.Webhook{listed(1, url, first), listed(2, "https://foreign.example", second)}
					stored := map[relay.Role]Stored{relay.RoleClient: {ID: id}}
					for _, a := range Plan([]Desired{want("https://a.example")}, hooks, stored) {
						foreign := (a.ID == 1 && id != 1 && i != 3 && url != here) || (a.ID == 2 && id != 2 && j != 3)
						if foreign {
							t.Errorf("names %d and %d, stored %d, at %s: %+v", i, j, id, url, a)
						}
					}
				}
			}
		}
	}
}

// describe writes actions in words.
func describe(actions []Action) string {
	parts := make([]string, 0, len(actions))
	for _, a := range actions {
		text := fmt.Sprintf("%s %s %d", a.Kind, a.Role, a.ID)
		if a.Change.URL != nil {
			text += " url"
		}
		if a.Change.EventTypes != nil {
			text += " types"
		}
		if a.Change.Name != nil {
			text += " name"
		}
		if a.Kind == Choose {
			text += fmt.Sprintf(" of %d", len(a.Foreign))
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

func TestName(t *testing.T) {
	tests := []struct {
		name string
		host string
		c    relay.Role
		want string
	}{
		{"a plain host", "desk", relay.RoleClient, "Vast Relay on desk · ab12cd34"},
		{"the host role", "desk", relay.RoleHost, "Vast Relay on desk · ab12cd34 · host"},
		{"no host name", "", relay.RoleClient, "Vast Relay on this computer · ab12cd34"},
		{"control characters", "de\x00s\nk\u0085", relay.RoleClient, "Vast Relay on desk · ab12cd34"},
		{"bytes that are no UTF-8", "de\xffsk", relay.RoleClient, "Vast Relay on desk · ab12cd34"},
		{"a long host name", strings.Repeat("ü", 300), relay.RoleHost, "Vast Relay on " + strings.Repeat("ü", 88) + " · ab12cd34 · host"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Name(tt.host, installation, tt.c)
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if err := vastapi.ValidateName(got); err != nil || utf8.RuneCountInString(got) > 120 {
				t.Errorf("refused: %v", err)
			}
			for _, role := range relay.Roles() {
				if carries(got, installation, role) != (role == tt.c) {
					t.Errorf("carries(%q, %s) = %v", got, role, role != tt.c)
				}
			}
			if carries(got, "", tt.c) || carries(got, "cd34", tt.c) {
				t.Error("another installation's id is found in it")
			}
		})
	}
}

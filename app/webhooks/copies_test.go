package webhooks

import (
	"testing"

	"vastrelay/relay"
	"vastrelay/vastapi"
)

func TestCountOtherCopies(t *testing.T) {
	desired := []Desired{{Role: relay.RoleClient, URL: "https://ours.example/vast/client", InstallationID: "abcd1234"}}
	tests := []struct {
		name   string
		listed vastapi.Webhook
		want   int
	}{
		{"ours by its id", vastapi.Webhook{Name: Name("h", "abcd1234", relay.RoleClient), URL: "https://old.example/"}, 0},
		{"ours of the other role", vastapi.Webhook{Name: Name("h", "abcd1234", relay.RoleHost)}, 0},
		{"ours by its address, under another copy's name", vastapi.Webhook{Name: Name("h", "zzzz9999", relay.RoleClient), URL: desired[0].URL}, 0},
		{"another copy's", vastapi.Webhook{Name: Name("laptop", "zzzz9999", relay.RoleClient), URL: "https://theirs.example/"}, 1},
		{"another program's", vastapi.Webhook{Name: "pager", URL: "https://theirs.example/"}, 0},
		{"one without a name", vastapi.Webhook{URL: "https://theirs.example/"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := countOtherCopies([]vastapi.Webhook{tt.listed}, desired); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

package vastapi

import (
	"slices"
	"strings"
	"testing"
)

func TestCatalogue(t *testing.T) {
	types := Catalogue()
	if len(types) != 31 {
		t.Errorf("got %d types, want 31", len(types))
	}
	topics := map[string]int{}
	slugs := map[string]int{}
	for _, n := range types {
		topics[n.Topic]++
		slugs[n.Slug]++
		if n.Key != n.Context+":"+n.Slug || n.DisplayName == "" || n.Meaning == "" || n.Unreleased {
			t.Errorf("got %+v", n)
		}
		if on, known := n.DefaultPreferences["webhooks"]; on || !known {
			t.Errorf("%s: the webhook channel is not off by default", n.Key)
		}
		if n.SecurityCritical && !n.MandatoryEmail {
			t.Errorf("%s: security-critical without a mandatory e-mail", n.Key)
		}
	}
	if topics["instance"] != 16 || topics["billing"] != 4 || topics["account"] != 4 || topics["machine"] != 7 {
		t.Errorf("got topics %v", topics)
	}
	for slug, n := range slugs {
		if ambiguous := slug == "low_disk_space" || slug == "near_end_date"; (n == 2) != ambiguous {
			t.Errorf("%s is in %d contexts", slug, n)
		}
	}
	types[0].Key = "changed"
	if Catalogue()[0].Key == "changed" {
		t.Error("the caller does not own what it got")
	}
}

func TestPreselection(t *testing.T) {
	chosen := Preselection()
	if err := ValidateEventTypes(chosen); err != nil || len(chosen) != 11 {
		t.Errorf("got %d types, %v", len(chosen), err)
	}
	known := map[string]NotificationType{}
	for _, n := range Catalogue() {
		known[n.Key] = n
	}
	for _, key := range chosen {
		if n, ok := known[key]; !ok || n.SecurityCritical || n.Context != "client" {
			t.Errorf("%s: got %+v", key, n)
		}
	}
}

func TestCompareTypes(t *testing.T) {
	tests := []struct {
		name, want, listed, missing, extra string
	}{
		{"the same", "client:outbid client:low_credit", "client:outbid client:low_credit", "", ""},
		{"another order", "client:outbid client:low_credit", "client:low_credit client:outbid", "", ""},
		{"one missing", "client:outbid client:low_credit", "client:outbid", "client:low_credit", ""},
		{"one too many", "client:outbid", "client:outbid host:machine_error", "", "host:machine_error"},
		{"a bare slug with one context", "client:outbid", "outbid", "", ""},
		{"a bare slug with two contexts counts as the wanted one", "client:low_disk_space", "low_disk_space", "", ""},
		{"a bare slug with two contexts counts as both", "client:low_disk_space host:low_disk_space", "low_disk_space", "", ""},
		{"a full key does not count for the other context", "client:low_disk_space", "host:low_disk_space", "client:low_disk_space", "host:low_disk_space"},
		{"a bare slug that is not wanted", "client:outbid", "outbid machine_error", "", "machine_error"},
		{"a bare slug that no catalogue has", "client:brand_new", "brand_new", "", ""},
		{"nothing listed", "client:outbid", "", "client:outbid", ""},
		{"repeats", "client:outbid", "client:outbid outbid client:outbid", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			missing, extra := CompareTypes(strings.Fields(tt.want), strings.Fields(tt.listed))
			if !slices.Equal(missing, strings.Fields(tt.missing)) || !slices.Equal(extra, strings.Fields(tt.extra)) {
				t.Errorf("got missing %v, extra %v", missing, extra)
			}
		})
	}
}

package relay

import "testing"

func TestKindOfFindsWordsAndPages(t *testing.T) {
	const (
		instances = "https://cloud.vast.ai/instances/"
		billing   = "https://cloud.vast.ai/billing/"
		machines  = "https://cloud.vast.ai/host/machines/"
		console   = "https://cloud.vast.ai/"
	)
	for name, tc := range map[string]struct {
		role     Role
		slug     string
		want     string
		page     string
		severity Severity
		urgent   bool
	}{
		"an urgent type":                           {RoleClient, "outbid", "Instance outbid", instances, SeverityCritical, true},
		"a slug of both roles, from a renter":      {RoleClient, "near_end_date", "Instance expiring soon", instances, SeverityWarning, false},
		"a slug of both roles, from a host":        {RoleHost, "near_end_date", "Machine listing ending soon", machines, SeverityWarning, false},
		"about money":                              {RoleClient, "low_credit", "Balance running low", billing, SeverityCritical, true},
		"about the account":                        {RoleClient, "email_change", "Email change", console, SeverityAccount, false},
		"a machine that fails costs its host rent": {RoleHost, "machine_error", "Machine issue detected", machines, SeverityCritical, true},
		"a machine that is offline as well":        {RoleHost, "machine_offline", "Machine offline", machines, SeverityCritical, true},
		"a report can wait":                        {RoleHost, "receive_reports", "Machine reported by renter", machines, SeverityWarning, false},
		"a type that moved to the hosts":           {RoleHost, "outbid", "Instance outbid", machines, SeverityCritical, true},
		"a type that moved to the renters":         {RoleClient, "machine_offline", "Machine offline", instances, SeverityCritical, true},
		"a new type of the renters":                {RoleClient, "brand_new_type", "Brand new type", console, SeverityNotice, false},
		"a new type about an instance":             {RoleClient, "instance_moved", "Instance moved", instances, SeverityNotice, false},
		"a new type of the hosts":                  {RoleHost, "brand_new_type", "Brand new type", machines, SeverityNotice, false},
		"a test":                                   {RoleClient, TestType, "Test from Vast.ai", console, SeverityNotice, false},
		"a test of the hosts' webhook":             {RoleHost, TestType, "Test from Vast.ai", console, SeverityNotice, false},
		"no type":                                  {RoleClient, "", "Notification", console, SeverityNotice, false},
		"no type, from a host":                     {RoleHost, "", "Notification", machines, SeverityNotice, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := KindOf(tc.role, tc.slug)
			if k.Role != tc.role || k.Slug != tc.slug {
				t.Errorf("got the kind of %s %q", k.Role, k.Slug)
			}
			if k.Name != tc.want || k.Group.Page() != tc.page {
				t.Errorf("got %q on %s, want %q on %s", k.Name, k.Group.Page(), tc.want, tc.page)
			}
			if k.Severity != tc.severity || k.Urgent != tc.urgent {
				t.Errorf("got severity %d, urgent %t, want %d, %t", k.Severity, k.Urgent, tc.severity, tc.urgent)
			}
		})
	}
}

func TestKindsAreComplete(t *testing.T) {
	seen := make(map[kindKey]bool)
	for _, k := range Kinds() {
		key := kindKey{k.Role, k.Slug}
		if seen[key] {
			t.Errorf("%s:%s stands in the table twice", k.Role, k.Slug)
		}
		seen[key] = true
		if k.Urgent && k.Severity != SeverityCritical {
			t.Errorf("%s:%s is urgent and not critical", k.Role, k.Slug)
		}
		if got := KindOf(k.Role, k.Slug); got != k {
			t.Errorf("KindOf(%s, %s) = %+v, want %+v", k.Role, k.Slug, got, k)
		}
	}
}

// TestKindOfAllocatesNothing holds because it is asked for every event that is
// accepted.
func TestKindOfAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { _ = KindOf(RoleClient, "outbid").Urgent }); n > 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

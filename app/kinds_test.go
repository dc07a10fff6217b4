package app

import (
	"testing"

	"vastrelay/relay"
	"vastrelay/vastapi"
)

// TestKindsAgreeWithTheVendorsCatalogue compares the two tables of event types:
// what the relay knows of a type, and the built-in copy of Vast.ai's list, which
// knows nothing of the relay.
func TestKindsAgreeWithTheVendorsCatalogue(t *testing.T) {
	listed := make(map[string]vastapi.NotificationType)
	for _, n := range vastapi.Catalogue() {
		listed[n.Key] = n
	}
	for _, k := range relay.Kinds() {
		key := string(k.Role) + ":" + k.Slug
		n, ok := listed[key]
		if !ok {
			t.Errorf("%s is not in the catalogue", key)
			continue
		}
		delete(listed, key)
		if n.DisplayName != k.Name || n.Topic != string(k.Group) {
			t.Errorf("%s: the catalogue says %q of %q, the table %q of %q", key, n.DisplayName, n.Topic, k.Name, k.Group)
		}
		if n.SecurityCritical && k.Severity != relay.SeverityAccount {
			t.Errorf("%s is about the account's security, and its severity is %d", key, k.Severity)
		}
	}
	for key := range listed {
		t.Errorf("%s is missing from the table", key)
	}
}

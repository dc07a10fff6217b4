package relay

import (
	"strings"
	"sync"
)

// Group says what the events of a type are about. Its values are the topics of
// Vast.ai's catalogue.
type Group string

// The groups of event types.
const (
	GroupOther    Group = ""
	GroupInstance Group = "instance"
	GroupBilling  Group = "billing"
	GroupAccount  Group = "account"
	GroupMachine  Group = "machine"
)

// Page is the page of the Vast.ai console that shows more of the group.
func (g Group) Page() string {
	switch g {
	case GroupInstance:
		return "https://cloud.vast.ai/instances/"
	case GroupBilling:
		return "https://cloud.vast.ai/billing/"
	case GroupMachine:
		return "https://cloud.vast.ai/host/machines/"
	default:
		return "https://cloud.vast.ai/"
	}
}

// Severity is how much an event asks of the person. A higher one asks for more.
type Severity uint8

// The severities, from the lowest.
const (
	SeverityNotice   Severity = iota
	SeverityGood              // something got better or was done
	SeverityAccount           // about the account itself
	SeverityWarning           // look at it soon
	SeverityCritical          // work or money is at stake now
)

// Kind is what is known of an event type.
type Kind struct {
	Role     Role
	Slug     string // notif_type, without its role: "outbid"
	Name     string // as the Vast.ai console calls it: "Instance outbid"
	Verb     string // what happened, to stand before the number of what it happened to: "Outbid"
	Group    Group
	Severity Severity

	// Urgent events are posted before all others: somebody loses work or money
	// while they wait.
	Urgent bool
}

// Kinds lists the event types that are known, in the order of Vast.ai's
// catalogue. It serves words, pages and order only: an event of any other type
// is posted all the same. The caller owns the list.
//
// Sources: https://docs.vast.ai/guides/reference/notifications and
// https://docs.vast.ai/host/notifications .
func Kinds() []Kind {
	const (
		client, host = RoleClient, RoleHost

		notice, good, account = SeverityNotice, SeverityGood, SeverityAccount
		warning, critical     = SeverityWarning, SeverityCritical

		urgent = true
	)
	return []Kind{
		{client, "instance_created", "Instance created", "Created", GroupInstance, good, !urgent},
		{client, "instance_started", "Instance started", "Started", GroupInstance, good, !urgent},
		{client, "instance_stopped", "Instance stopped", "Stopped", GroupInstance, warning, !urgent},
		{client, "instance_resumed", "Instance resumed", "Resumed", GroupInstance, good, !urgent},
		{client, "instance_deleted", "Instance deleted", "Deleted", GroupInstance, notice, !urgent},
		{client, "outbid", "Instance outbid", "Outbid", GroupInstance, critical, urgent},
		{client, "machine_maintenance", "Instance maintenance scheduled", "Maintenance", GroupInstance, warning, !urgent},
		{client, "upcoming_downtime", "Upcoming instance downtime", "Downtime ahead", GroupInstance, critical, urgent},
		{client, "instance_offline", "Instance offline", "Offline", GroupInstance, critical, urgent},
		{client, "instance_online", "Instance back online", "Back online", GroupInstance, good, !urgent},
		{client, "error_msgs", "Instance error detected", "Error", GroupInstance, critical, !urgent},
		{client, "low_disk_space", "Instance disk space low", "Disk low", GroupInstance, warning, !urgent},
		{client, "storage_full", "Instance storage full", "Storage full", GroupInstance, critical, !urgent},
		{client, "idle_gpu", "Instance GPU idle", "GPU idle", GroupInstance, warning, !urgent},
		{client, "near_end_date", "Instance expiring soon", "Expiring soon", GroupInstance, warning, !urgent},
		{client, "new_end_date", "Instance contract extended", "Extended", GroupInstance, good, !urgent},
		{client, "low_credit", "Balance running low", "", GroupBilling, critical, urgent},
		{client, "payment_receipt", "Payment receipt", "", GroupBilling, good, !urgent},
		{client, "credit_received", "Credit transfer received", "", GroupBilling, good, !urgent},
		{client, "billing_failed", "Payment failed", "", GroupBilling, critical, urgent},
		{client, "email_verification", "Email verification", "", GroupAccount, account, !urgent},
		{client, "password_reset", "Password reset", "", GroupAccount, account, !urgent},
		{client, "email_change", "Email change", "", GroupAccount, account, !urgent},
		{client, "team_invitation", "Team invitation", "", GroupAccount, notice, !urgent},

		// A machine that is offline or faulty earns nothing while its host does
		// not know; a failed verification or a report can wait for a digest.
		{host, "machine_offline", "Machine offline", "Machine offline", GroupMachine, critical, urgent},
		{host, "machine_unverified", "Machine verification failed", "Machine not verified", GroupMachine, warning, !urgent},
		{host, "machine_error", "Machine issue detected", "Machine error", GroupMachine, critical, urgent},
		{host, "receive_reports", "Machine reported by renter", "Machine reported", GroupMachine, warning, !urgent},
		{host, "low_disk_space", "Machine disk space low", "Machine disk low", GroupMachine, warning, !urgent},
		{host, "near_end_date", "Machine listing ending soon", "Listing ends", GroupMachine, warning, !urgent},
		{host, "maintenance_scheduled", "Maintenance window confirmed", "Maintenance set", GroupMachine, notice, !urgent},
	}
}

// Key is the full key by which Vast.ai's catalogue and the settings name a type:
// "client:outbid".
func (k Kind) Key() string { return string(k.Role) + ":" + k.Slug }

// kindKey names a type: a slug can mean different things to renters and hosts.
type kindKey struct {
	role Role
	slug string
}

var kindIndex = sync.OnceValue(func() map[kindKey]Kind {
	index := make(map[kindKey]Kind)
	for _, k := range Kinds() {
		index[kindKey{k.Role, k.Slug}] = k
	}
	return index
})

// KindOf returns what is known of the type slug as role has it. A type that is
// known only from the other role keeps its name and severity; one that is
// not known at all is named by its slug in words.
func KindOf(role Role, slug string) Kind {
	index := kindIndex()
	if k, ok := index[kindKey{role, slug}]; ok {
		return k
	}
	switch slug {
	case TestType:
		return Kind{Role: role, Slug: slug, Name: "Test from Vast.ai"}
	case GapType:
		return Kind{Role: role, Slug: slug, Name: TypeWords(slug), Severity: SeverityWarning}
	}
	for _, other := range Roles() {
		if k, ok := index[kindKey{other, slug}]; ok {
			k.Role, k.Group = role, GroupInstance
			if role == RoleHost {
				k.Group = GroupMachine
			}
			return k
		}
	}
	k := Kind{Role: role, Slug: slug, Name: TypeWords(slug)}
	if slug == "" {
		k.Name = "Notification"
	}
	switch {
	case role == RoleHost:
		k.Group = GroupMachine
	case strings.HasPrefix(slug, "instance_"):
		k.Group = GroupInstance
	}
	return k
}

// TypeWords turns a type slug into words: "low_disk_space" becomes
// "Low disk space". An empty slug gives an empty string, and the program's own type
// what it is about.
func TypeWords(slug string) string {
	if slug == GapType {
		return "Not reachable"
	}
	words := []byte(slug)
	for i, b := range words {
		if b == '_' {
			words[i] = ' '
		}
	}
	if len(words) > 0 && 'a' <= words[0] && words[0] <= 'z' {
		words[0] -= 'a' - 'A'
	}
	return string(words)
}

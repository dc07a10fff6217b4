package googlechat

import "vastrelay/relay"

// The pages of the Vast.ai console that buttons lead to.
const (
	pageBilling   = "https://cloud.vast.ai/billing/"
	pageInstances = "https://cloud.vast.ai/instances/"
	pageMachines  = "https://cloud.vast.ai/host/machines/"
	pageConsole   = "https://cloud.vast.ai/"
)

// topic groups types by the page that shows more of them.
type topic uint8

const (
	topicOther topic = iota
	topicInstance
	topicBilling
	topicAccount
	topicMachine
)

// button returns the words and target of the topic's button.
func (t topic) button() (words, target string) {
	switch t {
	case topicInstance:
		return "Open instances", pageInstances
	case topicBilling:
		return "Open billing", pageBilling
	case topicMachine:
		return "Open machines", pageMachines
	default:
		return "Open Vast.ai", pageConsole
	}
}

// severity is how much an event asks of the person.
type severity uint8

const (
	notice   severity = iota
	good              // something got better or was done
	account           // about the account itself
	warning           // look at it soon
	critical          // work or money is at stake now
)

// mark is the sign that precedes a title.
func (s severity) mark() string {
	switch s {
	case good:
		return "🟢"
	case account:
		return "🔒"
	case warning:
		return "🟠"
	case critical:
		return "🔴"
	default:
		return "🔵"
	}
}

// kind is what is known of an event type.
type kind struct {
	name     string // as the Vast.ai console calls it
	topic    topic
	severity severity
}

// kindOf looks type up as context sends it. An unknown type is named by its
// slug in words.
func kindOf(context relay.Context, slug string) kind {
	table := clientKinds
	other := topicInstance
	if context == relay.ContextHost {
		table, other = hostKinds, topicMachine
	}
	if k, ok := table[slug]; ok {
		return k
	}
	if slug == relay.TestType {
		return kind{"Test from Vast.ai", topicOther, notice}
	}
	// A type that moved to the other context is still known by its name.
	for _, known := range []map[string]kind{clientKinds, hostKinds} {
		if k, ok := known[slug]; ok {
			return kind{k.name, other, k.severity}
		}
	}
	name := relay.TypeWords(slug)
	if name == "" {
		name = "Notification"
	}
	return kind{name, topicOther, notice}
}

// clientKinds holds the types for those who rent, by slug; hostKinds those for
// hosts. Both are fallbacks for words and pages only: an event of any other
// type is posted all the same. Never written to.
// Source: https://docs.vast.ai/guides/reference/notifications .
var clientKinds = map[string]kind{
	"instance_created":    {"Instance created", topicInstance, good},
	"instance_started":    {"Instance started", topicInstance, good},
	"instance_stopped":    {"Instance stopped", topicInstance, warning},
	"instance_resumed":    {"Instance resumed", topicInstance, good},
	"instance_deleted":    {"Instance deleted", topicInstance, notice},
	"outbid":              {"Instance outbid", topicInstance, critical},
	"machine_maintenance": {"Instance maintenance scheduled", topicInstance, warning},
	"upcoming_downtime":   {"Upcoming instance downtime", topicInstance, critical},
	"instance_offline":    {"Instance offline", topicInstance, critical},
	"instance_online":     {"Instance back online", topicInstance, good},
	"error_msgs":          {"Instance error detected", topicInstance, critical},
	"low_disk_space":      {"Instance disk space low", topicInstance, warning},
	"storage_full":        {"Instance storage full", topicInstance, critical},
	"idle_gpu":            {"Instance GPU idle", topicInstance, warning},
	"near_end_date":       {"Instance expiring soon", topicInstance, warning},
	"new_end_date":        {"Instance contract extended", topicInstance, good},
	"low_credit":          {"Balance running low", topicBilling, critical},
	"payment_receipt":     {"Payment receipt", topicBilling, good},
	"credit_received":     {"Credit transfer received", topicBilling, good},
	"billing_failed":      {"Payment failed", topicBilling, critical},
	"email_verification":  {"Email verification", topicAccount, account},
	"password_reset":      {"Password reset", topicAccount, account},
	"email_change":        {"Email change", topicAccount, account},
	"team_invitation":     {"Team invitation", topicAccount, notice},
}

var hostKinds = map[string]kind{
	"machine_offline":       {"Machine offline", topicMachine, critical},
	"machine_unverified":    {"Machine verification failed", topicMachine, warning},
	"machine_error":         {"Machine issue detected", topicMachine, critical},
	"receive_reports":       {"Machine reported by renter", topicMachine, warning},
	"low_disk_space":        {"Machine disk space low", topicMachine, warning},
	"near_end_date":         {"Machine listing ending soon", topicMachine, warning},
	"maintenance_scheduled": {"Maintenance window confirmed", topicMachine, notice},
}

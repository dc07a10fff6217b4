package vastapi

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// The two sides of an account, as keys and the API name them.
const (
	roleClient = "client"
	roleHost   = "host"
)

// NotificationType is one entry of the catalogue of Vast.ai's notifications.
// Source: https://docs.vast.ai/api-reference/notifications/list-notification-types .
type NotificationType struct {
	Key         string // "client:outbid"
	Slug        string // "outbid"
	Context     string // "client" or "host"
	Topic       string // "instance", "billing", "account" or "machine"
	Category    string // "transactional" on every known entry
	DisplayName string // "Instance outbid"
	Meaning     string // one line in our words; empty for a type that the built-in catalogue lacks

	DefaultPreferences map[string]bool // by channel
	MandatoryEmail     bool            // the e-mail cannot be switched off
	SecurityCritical   bool            // its text may hold account links
	Unreleased         bool            // to be hidden unless subscribed already
}

// NotificationTypes fetches the catalogue as Vast.ai has it now. Entries
// without a usable key are left out.
func (c *Client) NotificationTypes(ctx context.Context) ([]NotificationType, error) {
	op := operation{name: "list notification types", method: http.MethodGet, route: "/notification-types/", repeats: true}
	return fetch(ctx, c, op, 0, nil, decodeTypes)
}

// decodeTypes decodes the catalogue. Role and slug are taken from the key, by which
// types are subscribed.
func decodeTypes(body []byte) ([]NotificationType, error) {
	var answer struct {
		Types []json.RawMessage `json:"notification_types"`
	}
	if err := decodeObject(body, &answer); err != nil {
		return nil, err
	}
	if answer.Types == nil {
		return nil, errNoField
	}
	meanings := make(map[string]string)
	for _, t := range Catalogue() {
		meanings[t.Key] = t.Meaning
	}
	types := make([]NotificationType, 0, len(answer.Types))
	for _, raw := range answer.Types {
		var entry struct {
			Key              looseText       `json:"key"`
			Topic            looseText       `json:"topic"`
			Category         looseText       `json:"category"`
			DisplayName      looseText       `json:"display_name"`
			Defaults         json.RawMessage `json:"default_preferences"`
			MandatoryEmail   looseBool       `json:"mandatory_email"`
			SecurityCritical looseBool       `json:"security_critical"`
			Unreleased       looseBool       `json:"unreleased"`
		}
		if decodeObject(raw, &entry) != nil || !validType(string(entry.Key)) {
			continue
		}
		role, slug, _ := strings.Cut(string(entry.Key), ":")
		types = append(types, NotificationType{
			Key: string(entry.Key), Slug: slug, Context: role,
			Topic: string(entry.Topic), Category: string(entry.Category), DisplayName: string(entry.DisplayName),
			Meaning: meanings[string(entry.Key)], DefaultPreferences: decodeChannels(entry.Defaults),
			MandatoryEmail: bool(entry.MandatoryEmail), SecurityCritical: bool(entry.SecurityCritical),
			Unreleased: bool(entry.Unreleased),
		})
	}
	return types, nil
}

// Flags of a line of the built-in catalogue.
const (
	byEmail   = 1 << iota // e-mail is on by default
	mandatory             // e-mail cannot be switched off
	inbox                 // shown in the console's inbox by default
	offInbox              // can be shown in the inbox, and is not by default
	critical              // security-critical
)

// builtIn returns the catalogue as it was published in August 2026.
// Sources: https://docs.vast.ai/guides/reference/notifications and
// https://docs.vast.ai/host/notifications for names and meanings.
func builtIn() []line {
	return []line{
		{"client:instance_created", "instance", "Instance created", 0, "An instance was made and is being set up."},
		{"client:instance_started", "instance", "Instance started", inbox, "An instance is up and running for the first time."},
		{"client:instance_stopped", "instance", "Instance stopped", 0, "An instance was stopped; its storage still costs."},
		{"client:instance_resumed", "instance", "Instance resumed", inbox, "An interruptible instance got its GPU back."},
		{"client:instance_deleted", "instance", "Instance deleted", 0, "An instance was destroyed and its data removed."},
		{"client:outbid", "instance", "Instance outbid", inbox, "An interruptible instance lost its bid and is paused."},
		{"client:machine_maintenance", "instance", "Instance maintenance scheduled", byEmail, "The host planned maintenance that affects an instance."},
		{"client:upcoming_downtime", "instance", "Upcoming instance downtime", byEmail | mandatory, "Advance notice that an instance will be down."},
		{"client:instance_offline", "instance", "Instance offline", 0, "An instance is down because of a problem at the host."},
		{"client:instance_online", "instance", "Instance back online", 0, "An instance that was offline has recovered."},
		{"client:error_msgs", "instance", "Instance error detected", 0, "Something failed, such as a container that did not start."},
		{"client:low_disk_space", "instance", "Instance disk space low", inbox, "An instance's disk is running low."},
		{"client:storage_full", "instance", "Instance storage full", inbox, "An instance's disk is nearly or completely full."},
		{"client:idle_gpu", "instance", "Instance GPU idle", inbox, "An instance has run for over a day with an idle GPU."},
		{"client:near_end_date", "instance", "Instance expiring soon", byEmail | mandatory, "An instance's rental contract nears its end."},
		{"client:new_end_date", "instance", "Instance contract extended", offInbox, "An instance's contract end was moved later."},
		{"client:low_credit", "billing", "Balance running low", byEmail, "The balance fell below the threshold set on the billing page."},
		{"client:payment_receipt", "billing", "Payment receipt", 0, "A payment succeeded."},
		{"client:credit_received", "billing", "Credit transfer received", inbox, "Another user sent credit."},
		{"client:billing_failed", "billing", "Payment failed", byEmail | mandatory, "A charge failed."},
		{"client:email_verification", "account", "Email verification", byEmail | mandatory | critical, "An e-mail address is to be confirmed."},
		{"client:password_reset", "account", "Password reset", byEmail | mandatory | critical, "A password reset was asked for."},
		{"client:email_change", "account", "Email change", byEmail | mandatory | critical, "The account's e-mail address changes."},
		{"client:team_invitation", "account", "Team invitation", byEmail | mandatory, "Someone invites you to a team."},
		{"host:machine_offline", "machine", "Machine offline", byEmail, "A machine you host stopped responding."},
		{"host:machine_unverified", "machine", "Machine verification failed", byEmail | inbox, "A machine you host failed or lost verification."},
		{"host:machine_error", "machine", "Machine issue detected", byEmail | inbox, "A problem was found on a machine you host."},
		{"host:receive_reports", "machine", "Machine reported by renter", inbox, "A renter filed a report on a machine you host."},
		{"host:low_disk_space", "machine", "Machine disk space low", inbox, "The storage volume of a machine you host runs low."},
		{"host:near_end_date", "machine", "Machine listing ending soon", byEmail | inbox, "A listing ends within seven days."},
		{"host:maintenance_scheduled", "machine", "Maintenance window confirmed", byEmail | mandatory, "Confirms a maintenance window that you planned."},
	}
}

// line is one entry of the built-in catalogue.
type line struct {
	key, topic, name string
	flags            int
	meaning          string
}

// Catalogue returns the built-in catalogue, for when Vast.ai cannot be asked.
// The caller owns it.
func Catalogue() []NotificationType {
	lines := builtIn()
	types := make([]NotificationType, 0, len(lines))
	for _, l := range lines {
		role, slug, _ := strings.Cut(l.key, ":")
		channels := map[string]bool{"email": l.flags&byEmail != 0, "webhooks": false, "sms": false, "whatsapp": false}
		if l.flags&(inbox|offInbox) != 0 {
			channels["in_app"] = l.flags&inbox != 0
		}
		types = append(types, NotificationType{
			Key: l.key, Slug: slug, Context: role, Topic: l.topic, Category: "transactional",
			DisplayName: l.name, Meaning: l.meaning, DefaultPreferences: channels,
			MandatoryEmail: l.flags&mandatory != 0, SecurityCritical: l.flags&critical != 0,
		})
	}
	return types
}

// Preselection returns the keys of the types that are relayed as long as nothing
// was chosen: those about a renter's running work and money. The security-critical
// ones are not among them.
func Preselection() []string {
	return []string{
		"client:low_credit", "client:billing_failed",
		"client:instance_created", "client:instance_started", "client:instance_stopped",
		"client:outbid", "client:upcoming_downtime",
		"client:instance_offline", "client:instance_online",
		"client:error_msgs", "client:near_end_date",
	}
}

// ExpandType returns the full keys that key stands for: a full key itself; for a
// bare slug one for each role that has it in the built-in catalogue, or one for
// each role where neither does.
func ExpandType(key string) []string {
	if strings.Contains(key, ":") {
		return []string{key}
	}
	var full []string
	for _, l := range builtIn() {
		if _, slug, _ := strings.Cut(l.key, ":"); slug == key {
			full = append(full, l.key)
		}
	}
	if full == nil {
		full = []string{roleClient + ":" + key, roleHost + ":" + key}
	}
	return full
}

// CompareTypes compares the types that are wanted, as full keys, with those that a
// webhook lists, in any order. Vast.ai may list a bare slug for a type that was
// subscribed by its full key, so a bare slug stands for each of its keys that is
// wanted, and is extra only where none is. Both results are sorted; both are empty
// when the subscription is as wanted.
func CompareTypes(want, listed []string) (missing, extra []string) {
	wanted := keySet(want)
	have := make(map[string]bool)
	surplus := make(map[string]bool)
	for _, key := range listed {
		known := false
		for _, full := range ExpandType(key) {
			if wanted[full] {
				have[full], known = true, true
			}
		}
		if !known {
			surplus[key] = true
		}
	}
	for key := range wanted {
		if !have[key] {
			missing = append(missing, key)
		}
	}
	slices.Sort(missing)
	return missing, slices.Sorted(maps.Keys(surplus))
}

// keySet returns the full keys of types as a set.
func keySet(types []string) map[string]bool {
	set := make(map[string]bool, len(types))
	for _, key := range types {
		for _, full := range ExpandType(key) {
			set[full] = true
		}
	}
	return set
}

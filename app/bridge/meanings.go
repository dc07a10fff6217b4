package bridge

import (
	"slices"
	"strings"

	"vastrelay/relay"
	"vastrelay/vastapi"
)

// meaning is one line on a notification type, for those that we know; empty
// for the others. Source: https://docs.vast.ai/guides/reference/notifications
// and https://docs.vast.ai/host/notifications .
func meaning(key string) string {
	return map[string]string{
		"client:instance_created":    "An instance was made and is being set up.",
		"client:instance_started":    "An instance is up and running for the first time.",
		"client:instance_stopped":    "An instance was stopped; its storage still costs.",
		"client:instance_resumed":    "An interruptible instance got its GPU back.",
		"client:instance_deleted":    "An instance was destroyed and its data removed.",
		"client:outbid":              "An interruptible instance lost its bid and is paused.",
		"client:machine_maintenance": "The host planned maintenance that affects an instance.",
		"client:upcoming_downtime":   "An instance will be down soon.",
		"client:instance_offline":    "An instance is down through a problem at the host.",
		"client:instance_online":     "An instance that was offline is back.",
		"client:error_msgs":          "Something failed, for example a container did not start.",
		"client:low_disk_space":      "The disk of an instance is running low.",
		"client:storage_full":        "The disk of an instance is nearly full.",
		"client:idle_gpu":            "An instance has run for a day with an idle GPU.",
		"client:near_end_date":       "The rental contract of an instance ends soon.",
		"client:new_end_date":        "The end of a rental contract moved later.",
		"client:low_credit":          "The credit fell below the threshold set on the Billing page.",
		"client:payment_receipt":     "A payment went through.",
		"client:credit_received":     "Another user sent credit.",
		"client:billing_failed":      "A charge failed.",
		"client:email_verification":  "An e-mail address is to be confirmed.",
		"client:password_reset":      "A new password was asked for.",
		"client:email_change":        "The e-mail address is to be changed.",
		"client:team_invitation":     "You were invited to a team.",
		"host:machine_offline":       "A machine of yours stopped responding.",
		"host:machine_unverified":    "A machine failed or lost its verification.",
		"host:machine_error":         "A problem was found on a machine of yours.",
		"host:receive_reports":       "A renter reported a machine of yours.",
		"host:low_disk_space":        "The storage of a machine of yours is running low.",
		"host:near_end_date":         "A listing of yours ends within a week.",
		"host:maintenance_scheduled": "A maintenance window that you planned is confirmed.",
	}[key]
}

// catalogue groups types for choosing: by topic, renters' before hosts', the
// security-critical last in their group. Types that are not released are
// hidden unless chosen already.
func (b *Bridge) catalogue(types []vastapi.NotificationType, live bool) Catalogue {
	chosen := chosenTypes(b.o.Settings.Settings())
	c := Catalogue{Live: live}
	index := map[string]int{}
	for _, t := range types {
		picked := slices.Contains(chosen, t.Key)
		if t.Unreleased && !picked {
			continue
		}
		group := t.Context + ":" + t.Topic
		at, ok := index[group]
		if !ok {
			at = len(c.Topics)
			index[group] = at
			c.Topics = append(c.Topics, Topic{Name: topicName(t.Topic), Context: relay.Context(t.Context)})
		}
		name := t.DisplayName
		if name == "" {
			name = relay.TypeWords(t.Slug)
		}
		c.Topics[at].Types = append(c.Topics[at].Types, Choice{
			Key: t.Key, Name: name, Meaning: meaning(t.Key), Chosen: picked, Critical: t.SecurityCritical,
		})
	}
	slices.SortStableFunc(c.Topics, func(x, y Topic) int { return rank(x) - rank(y) })
	for _, t := range c.Topics {
		slices.SortStableFunc(t.Types, func(x, y Choice) int {
			switch {
			case x.Critical == y.Critical:
				return 0
			case x.Critical:
				return 1
			default:
				return -1
			}
		})
	}
	return c
}

// rank puts the renters' topics before the hosts'.
func rank(t Topic) int {
	if t.Context == relay.ContextHost {
		return 1
	}
	return 0
}

func topicName(topic string) string {
	if topic = strings.TrimSpace(topic); topic == "" {
		return "Other"
	}
	return relay.TypeWords(topic)
}

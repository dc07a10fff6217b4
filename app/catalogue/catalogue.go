// Package catalogue groups the notification types of Vast.ai for a person to choose
// from. It holds no state, and its functions may be called from any goroutine.
package catalogue

import (
	"slices"
	"strings"

	"vastrelay/app/kinds"
	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// Group groups types for choosing: by topic, renters' before hosts', the
// security-critical last in their group. Types that are not released are
// hidden unless they are among chosen, as full keys.
func Group(types []vastapi.NotificationType, chosen []string, live bool) status.Catalogue {
	types = append(slices.Clone(types), unlisted(chosen, types)...)
	c := status.Catalogue{Live: live}
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
			c.Topics = append(c.Topics, status.Topic{Name: kinds.Topic(relay.CleanLine(t.Topic)), Role: relay.Role(t.Context)})
		}
		c.Topics[at].Types = append(c.Topics[at].Types, status.Choice{
			Key: t.Key, Name: kinds.Listed(relay.Role(t.Context), t.Slug, t.DisplayName),
			Meaning: kinds.Meaning(relay.Role(t.Context), t.Slug, relay.CleanLine(t.Meaning)), Chosen: picked, Critical: t.SecurityCritical,
		})
	}
	slices.SortStableFunc(c.Topics, func(x, y status.Topic) int { return rank(x) - rank(y) })
	for _, t := range c.Topics {
		slices.SortStableFunc(t.Types, func(x, y status.Choice) int {
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

// unlisted makes types of the chosen keys that are in no list, so that they are
// shown, and kept unless a person unticks them.
func unlisted(chosen []string, types []vastapi.NotificationType) []vastapi.NotificationType {
	var missing []vastapi.NotificationType
	for _, key := range chosen {
		if slices.ContainsFunc(types, func(t vastapi.NotificationType) bool { return t.Key == key }) {
			continue
		}
		context, _, _ := strings.Cut(key, ":")
		if context != string(relay.RoleHost) {
			context = string(relay.RoleClient)
		}
		missing = append(missing, vastapi.NotificationType{Key: key, Context: context, Topic: kinds.UnlistedTopic, DisplayName: key})
	}
	return missing
}

// rank puts the renters' topics before the hosts'.
func rank(t status.Topic) int {
	if t.Role == relay.RoleHost {
		return 1
	}
	return 0
}

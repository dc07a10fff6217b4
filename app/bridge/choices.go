package bridge

import (
	"context"
	"slices"
	"strings"

	"vastrelay/app/status"
	"vastrelay/relay"
	"vastrelay/vastapi"
)

// Catalogue fetches the notification types with what is chosen; the built-in
// list when Vast.ai cannot be asked.
func (b *Bridge) Catalogue(ctx context.Context) (status.Catalogue, error) {
	api, err := b.account.client(ctx)
	if err == nil {
		var types []vastapi.NotificationType
		if types, err = api.NotificationTypes(ctx); err == nil {
			return catalogue(types, b.chosenNow(), true), nil
		}
	}
	b.core.log.Info("using the built-in list of notifications", "err", err)
	return catalogue(vastapi.Catalogue(), b.chosenNow(), false), nil
}

// catalogue groups types for choosing: by topic, renters' before hosts', the
// security-critical last in their group. Types that are not released are
// hidden unless they are among chosen, as full keys.
func catalogue(types []vastapi.NotificationType, chosen []string, live bool) status.Catalogue {
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
			c.Topics = append(c.Topics, status.Topic{Name: topicName(relay.CleanLine(t.Topic)), Role: relay.Role(t.Context)})
		}
		name := relay.CleanLine(t.DisplayName)
		if name == "" {
			name = relay.TypeWords(t.Slug)
		}
		c.Topics[at].Types = append(c.Topics[at].Types, status.Choice{
			Key: t.Key, Name: name, Meaning: relay.CleanLine(t.Meaning), Chosen: picked, Critical: t.SecurityCritical,
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

// unlistedTopic is the topic of what is chosen and not in Vast.ai's list.
const unlistedTopic = "not_known_to_this_version"

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
		missing = append(missing, vastapi.NotificationType{Key: key, Context: context, Topic: unlistedTopic, DisplayName: key})
	}
	return missing
}

// chosenNow are the types that are chosen; while nobody has confirmed the
// settings, those that our webhooks have, which a person who saves should see.
func (b *Bridge) chosenNow() []string {
	s := b.core.o.Settings.Settings()
	chosen := chosenTypes(s)
	if !s.Unconfirmed {
		return chosen
	}
	for _, w := range b.Status().Webhooks {
		chosen = slices.DeleteFunc(slices.Clone(chosen), func(key string) bool {
			return strings.HasPrefix(key, string(w.Role)+":") && !slices.Contains(w.Types, key)
		})
		for _, key := range w.Types {
			if !slices.Contains(chosen, key) {
				chosen = append(chosen, key)
			}
		}
	}
	return chosen
}

// rank puts the renters' topics before the hosts'.
func rank(t status.Topic) int {
	if t.Role == relay.RoleHost {
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

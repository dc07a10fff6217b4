package bridge

import (
	"slices"
	"strings"

	"vastrelay/relay"
	"vastrelay/vastapi"
)

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
			Key: t.Key, Name: name, Meaning: t.Meaning, Chosen: picked, Critical: t.SecurityCritical,
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

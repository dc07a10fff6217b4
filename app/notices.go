package app

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"vastrelay/app/config"
	"vastrelay/app/datadir"
	"vastrelay/app/health"
	"vastrelay/relay/store"
)

// notices is what a person should know that needs no action now. It is safe for
// concurrent use.
type notices struct {
	mu       sync.Mutex
	damage   []string // what was damaged and what was done about it
	usage    store.Usage
	beat     string             // why the heartbeat does not get through; empty mostly
	settings effective          // set together with tell
	tell     func(words string) // shows them; nil: nobody is there yet
}

// connect names where the settings are read and who shows the notices.
func (n *notices) connect(settings effective, tell func(words string)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.settings, n.tell = settings, tell
}

// addDamage adds a sentence about something that was damaged, once, and shows
// it as soon as that is possible.
func (n *notices) addDamage(words string) {
	n.mu.Lock()
	if !slices.Contains(n.damage, words) {
		n.damage = append(n.damage, words)
	}
	n.mu.Unlock()
	n.show()
}

// addDamagedRecords tells of webhook records that were damaged.
func (n *notices) addDamagedRecords(d *datadir.DamagedError) {
	words := "the record of our webhooks was damaged and restored; their secrets are renewed"
	if !d.Restored {
		words = "the record of our webhooks was damaged; they are found by their address and name"
	}
	n.addDamage(words)
}

// setHeartbeat says how the last call of the heartbeat URL went.
func (n *notices) setHeartbeat(err error) {
	words := ""
	if p, ok := errors.AsType[health.Problem](err); ok {
		words = strings.TrimSuffix(strings.ToLower(p.Headline[:1])+p.Headline[1:]+": "+p.Cause, ".")
	}
	n.mu.Lock()
	n.beat = words
	n.mu.Unlock()
	n.show()
}

func (n *notices) setUsage(u store.Usage) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.usage = u
}

// show shows the notices as they are now.
func (n *notices) show() {
	n.mu.Lock()
	settings, tell := n.settings, n.tell
	n.mu.Unlock()
	if tell != nil {
		s := settings.Settings()
		tell(n.words(s, settings.UnknownValues(s)))
	}
}

// words are all notices, with those about the settings in force and what they
// hold that this version does not know.
func (n *notices) words(s config.Settings, unknown []string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var parts []string
	if s.Unconfirmed {
		parts = append(parts, unconfirmedWords)
	}
	parts = append(parts, n.damage...)
	if n.beat != "" {
		parts = append(parts, n.beat)
	}
	if len(unknown) > 0 {
		parts = append(parts, "the settings hold what this version does not know and keeps: "+strings.Join(unknown, ", "))
	}
	return notice(strings.Join(parts, "; "), n.usage)
}

// unconfirmedWords say why nothing is changed at Vast.ai that could be missed.
const unconfirmedWords = "the settings were damaged and restored; until they are saved or confirmed, nothing that Vast.ai sends is taken away"

// notice joins damage and what a person should know of the history: that events
// in it cannot be read, and that its room gets short.
func notice(damage string, u store.Usage) string {
	var parts []string
	if damage != "" {
		parts = append(parts, damage)
	}
	if u.SetAside > 0 {
		parts = append(parts, "some events were damaged before they could be posted; look at the console of Vast.ai")
	}
	switch {
	case u.OverLimit():
		parts = append(parts, "the history is full of events that are not posted, which are never removed")
	case u.NearLimit():
		parts = append(parts, "the history is nearly full; the oldest events are removed first")
	}
	return strings.Join(parts, "; ")
}

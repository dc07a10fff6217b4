package app

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"vastrelay/app/config"
	"vastrelay/app/datadir"
	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay/store"
)

// notices is what a person should know that needs no action now. It is safe for
// concurrent use.
type notices struct {
	mu       sync.Mutex
	damage   []words.Sentence // what was damaged and what was done about it
	usage    store.Usage
	beat     words.Sentence       // why the heartbeat does not get through; empty mostly
	settings effective            // set together with tell
	tell     func(words.Sentence) // shows them; nil: nobody is there yet
}

// connect names where the settings are read and who shows the notices.
func (n *notices) connect(settings effective, tell func(words.Sentence)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.settings, n.tell = settings, tell
}

// addDamage adds a sentence about something that was damaged, once, and shows
// it as soon as that is possible.
func (n *notices) addDamage(what words.Sentence) {
	n.mu.Lock()
	if !slices.Contains(n.damage, what) {
		n.damage = append(n.damage, what)
	}
	n.mu.Unlock()
	n.show()
}

// addDamagedRecords tells of webhook records that were damaged.
func (n *notices) addDamagedRecords(d *datadir.DamagedError) {
	what := words.New("notice.records_restored")
	if !d.Restored {
		what = words.New("notice.records_lost")
	}
	n.addDamage(what)
}

// setHeartbeat says how the last call of the heartbeat URL went.
func (n *notices) setHeartbeat(err error) {
	var beat words.Sentence
	if p, ok := errors.AsType[health.Problem](err); ok {
		beat = p.Short().WithoutStop()
	}
	n.mu.Lock()
	n.beat = beat
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
		tell(n.sentence(s, settings.UnknownValues(s)))
	}
}

// sentence is all notices, with those about the settings in force and what they
// hold that this version does not know.
func (n *notices) sentence(s config.Settings, unknown []string) words.Sentence {
	n.mu.Lock()
	defer n.mu.Unlock()
	var parts []words.Sentence
	if s.Unconfirmed {
		parts = append(parts, words.New("notice.unconfirmed"))
	}
	parts = append(parts, n.damage...)
	if !n.beat.IsZero() {
		parts = append(parts, n.beat)
	}
	if len(unknown) > 0 {
		parts = append(parts, words.New("notice.unknown_settings", words.Args{"Names": strings.Join(unknown, ", ")}))
	}
	return notice(words.Join(parts, "; "), n.usage)
}

// notice joins damage and what a person should know of the history: that events
// in it cannot be read, and that its room gets short.
func notice(damage words.Sentence, u store.Usage) words.Sentence {
	var parts []words.Sentence
	if !damage.IsZero() {
		parts = append(parts, damage)
	}
	if u.SetAside > 0 {
		parts = append(parts, words.New("notice.set_aside"))
	}
	switch {
	case u.OverLimit():
		parts = append(parts, words.New("notice.history_full"))
	case u.NearLimit():
		parts = append(parts, words.New("notice.history_nearly_full"))
	}
	return words.Join(parts, "; ")
}

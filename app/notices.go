package app

import (
	"context"
	"slices"
	"strings"
	"sync"

	"vastrelay/app/config"
	"vastrelay/app/health"
	"vastrelay/relay/store"
)

// notices is what there is to know that needs nobody to act now. It is safe for
// concurrent use.
type notices struct {
	mu     sync.Mutex
	damage []string // what was damaged and what was done about it
	usage  store.Usage
}

// addDamage adds a sentence about something that was damaged, once.
func (n *notices) addDamage(words string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Contains(n.damage, words) {
		n.damage = append(n.damage, words)
	}
}

func (n *notices) setUsage(u store.Usage) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.usage = u
}

// words are all notices, with those about the settings in force.
func (n *notices) words(s config.Settings) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var parts []string
	if s.Unconfirmed {
		parts = append(parts, unconfirmedWords)
	}
	parts = append(parts, n.damage...)
	if unknown := s.UnknownValues(); len(unknown) > 0 {
		parts = append(parts, "the settings hold what this version does not know and keeps: "+strings.Join(unknown, ", "))
	}
	return notice(strings.Join(parts, "; "), n.usage)
}

// unconfirmedWords say why nothing is changed at Vast.ai that could be missed.
const unconfirmedWords = "the settings were damaged and restored; until they are saved or confirmed, nothing that Vast.ai sends is taken away"

// recordsDamaged tells the person of webhook records that were damaged.
func (p *Program) recordsDamaged(d *config.DamagedError) {
	words := "the record of our webhooks was damaged and restored; their secrets are renewed"
	if !d.Restored {
		words = "the record of our webhooks was damaged; they are found by their address and name"
	}
	p.tellDamage(words)
}

// tellDamage tells the person of something that was damaged, at once or, before
// there is anybody to tell, at the start.
func (p *Program) tellDamage(words string) {
	p.notices.addDamage(words)
	if p.Bridge != nil {
		p.showNotice()
	}
}

// showNotice shows the notices as they stand.
func (p *Program) showNotice() { p.Reports().Notice(p.notices.words(p.settings.Settings())) }

// Perform does what the button of a says.
func (p *Program) Perform(ctx context.Context, a health.Action) error {
	err := p.Bridge.Perform(ctx, a)
	if a == health.ActionConfirmSettings {
		p.showNotice()
	}
	return err
}

package checks

import (
	"maps"
	"slices"
	"testing"

	"vastrelay/relay"
)

// gate is what a Gate was told last of each role.
type gate map[relay.Role]bool

func (g gate) Suspect(role relay.Role, on bool) { g[role] = on }

func TestSuspects(t *testing.T) {
	g := gate{}
	s := &Suspects{Gate: g}
	s.Trust(relay.RoleHost) // whom nobody suspects
	if !s.Add(relay.RoleClient) || s.Add(relay.RoleClient) {
		t.Error("only the first suspicion is news")
	}
	if !s.Has(relay.RoleClient) || s.Has(relay.RoleHost) || !slices.Equal(s.All(), []relay.Role{relay.RoleClient}) {
		t.Errorf("got %v, want the client suspected", s.All())
	}
	if want := (gate{relay.RoleClient: true, relay.RoleHost: false}); !maps.Equal(g, want) {
		t.Errorf("the gate was told %v, want %v", g, want)
	}
	s.Trust(relay.RoleClient)
	if s.Has(relay.RoleClient) || len(s.All()) != 0 || g[relay.RoleClient] {
		t.Errorf("got %v, and the gate %v, want nobody suspected", s.All(), g)
	}
	if !s.Add(relay.RoleClient) {
		t.Error("a suspicion after trust is no news")
	}
}

// lockedGate sees whether it is told of a decision before another one can be made: else
// it might hear of two in the wrong order, and turn deliveries away for good.
type lockedGate struct {
	t *testing.T
	s *Suspects
}

func (g lockedGate) Suspect(relay.Role, bool) {
	if g.s.mu.TryLock() {
		g.s.mu.Unlock()
		g.t.Error("the gate is told while the decision may already be another")
	}
}

func TestTheGateHearsDecisionsInTheirOrder(t *testing.T) {
	s := &Suspects{}
	s.Gate = lockedGate{t, s}
	s.Add(relay.RoleClient)
	s.Trust(relay.RoleClient)
}

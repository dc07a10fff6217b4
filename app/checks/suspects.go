package checks

import (
	"sync"

	"vastrelay/relay"
)

// Gate is told which roles are suspected. It may be called from any goroutine, and must
// not call Suspects.
type Gate interface {
	// Suspect says whether deliveries of role may be signed with a secret that is not
	// known here: a wrong signature is then answered so that the delivery comes again.
	Suspect(role relay.Role, on bool)
}

// Suspects are the roles whose deliveries carry wrong signatures. While one is
// suspected the gate answers so that its deliveries come again. It is safe for
// concurrent use.
type Suspects struct {
	Gate Gate

	mu  sync.Mutex
	set map[relay.Role]bool
}

// Add suspects role and reports whether it was not before.
func (s *Suspects) Add(role relay.Role) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock() // after the gate, which would else keep what was decided before
	if s.set == nil {
		s.set = make(map[relay.Role]bool)
	}
	news = !s.set[role]
	s.set[role] = true
	s.Gate.Suspect(role, true)
	return news
}

// Trust ends the suspicion that the secret of role is wrong.
func (s *Suspects) Trust(role relay.Role) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.set, role)
	s.Gate.Suspect(role, false)
}

// Has reports whether role is suspected.
func (s *Suspects) Has(role relay.Role) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set[role]
}

// All lists the suspected roles in order.
func (s *Suspects) All() []relay.Role {
	var all []relay.Role
	for _, role := range relay.Roles() {
		if s.Has(role) {
			all = append(all, role)
		}
	}
	return all
}

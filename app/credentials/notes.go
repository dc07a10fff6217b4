package credentials

import (
	"reflect"
	"sync"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
)

// Notes is what is known of the credentials, without ever holding one. The zero
// value knows nothing. It is safe for concurrent use.
type Notes struct {
	mu       sync.Mutex
	byKind   map[Kind]Credential
	revision int
}

// Revision returns a number that differs whenever a note does.
func (n *Notes) Revision() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.revision
}

// All describes the credentials in the order of Kinds.
func (n *Notes) All() []Credential {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]Credential, 0, len(Kinds()))
	for _, kind := range Kinds() {
		c := n.byKind[kind]
		c.Kind = kind
		if c.State == "" {
			c.State = Missing
		}
		all = append(all, c)
	}
	return all
}

// State says where a credential is.
func (n *Notes) State(kind Kind) State {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s := n.byKind[kind].State; s != "" {
		return s
	}
	return Missing
}

// SetState notes where a credential is.
func (n *Notes) SetState(kind Kind, state State) {
	n.change(kind, func(c *Credential) { c.State = state })
}

// SetProblem notes why a credential does not work.
func (n *Notes) SetProblem(kind Kind, p health.Problem) {
	n.change(kind, func(c *Credential) { c.Problem = &p })
}

// Blame notes p at the credential whose replacement mends it, if there is one.
func (n *Notes) Blame(p health.Problem) {
	for _, kind := range Kinds() {
		if p.Action != health.ActionNone && p.Action == kind.ReplaceAction() {
			n.SetProblem(kind, p)
		}
	}
}

// Checked notes that a credential has just proved to work, and whose it is; an
// empty detail leaves what is known of that.
func (n *Notes) Checked(kind Kind, detail words.Sentence) {
	n.change(kind, func(c *Credential) {
		c.CheckedAt, c.Problem = time.Now(), nil
		if !detail.IsZero() {
			c.Detail = detail
		}
	})
}

// Renew forgets what is known of a credential, and notes where the new one is
// and whose.
func (n *Notes) Renew(kind Kind, state State, detail words.Sentence) {
	n.change(kind, func(c *Credential) { *c = Credential{State: state, Detail: detail} })
}

func (n *Notes) change(kind Kind, f func(*Credential)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.byKind == nil {
		n.byKind = make(map[Kind]Credential)
	}
	c := n.byKind[kind]
	f(&c)
	if !reflect.DeepEqual(n.byKind[kind], c) {
		n.revision++
	}
	n.byKind[kind] = c
}

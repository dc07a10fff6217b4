package webhooks

import (
	"maps"
	"slices"
	"time"

	"vastrelay/relay"
	"vastrelay/vastapi"
)

// Desired is a webhook as it should be.
type Desired struct {
	Role           relay.Role
	URL            string   // the address with the role's path
	Types          []string // full keys of this role
	Name           string   // see Name
	InstallationID string

	// KeepListed says that nobody has confirmed what is chosen: where the webhook
	// is listed, its types are those that are listed, and nothing of ours is
	// deleted, in any role.
	KeepListed bool
	// IfListed says that the webhook is wanted only where there is one.
	IfListed bool
}

// IntentKind says what was about to be done.
type IntentKind string

// The kinds of intents.
const (
	IntentCreate IntentKind = "create"
	IntentRotate IntentKind = "rotate"
)

// Intent is the note on disk that a call which makes a new secret is about to be
// sent. Until it is cleared, the stored secret may not be valid.
type Intent struct {
	Kind IntentKind `json:"kind"`
	ID   int64      `json:"id,omitempty"`  // of the webhook; 0 for a create
	URL  string     `json:"url,omitempty"` // of the webhook that is created
	At   time.Time  `json:"at"`
}

// Stored is what was kept of a role's webhook.
type Stored struct {
	ID        int64  // 0: none
	Left      Shape  // how it was left; without an address: not known
	Sent      *Shape // what a change that may have arrived was to make of it; nil: none is open
	HasSecret bool   // a secret is kept for ID
	Intent    *Intent
	Released  []int64 // webhooks that a person left to somebody else
}

// onlyReleased reports whether nothing is kept but what was left to somebody else.
func (s Stored) onlyReleased() bool {
	return s.ID == 0 && s.Intent == nil && len(s.Released) > 0
}

// ActionKind says what is to be done.
type ActionKind string

// The kinds of actions.
const (
	Keep   ActionKind = "keep"   // the webhook is as it should be
	Create ActionKind = "create" // make one
	Update ActionKind = "update" // change what differs
	Rotate ActionKind = "rotate" // get a secret that is known here
	Delete ActionKind = "delete" // remove one of ours that is not needed
	Forget ActionKind = "forget" // drop the record of a role that is not wanted
	Choose ActionKind = "choose" // a person must choose a webhook to replace
	Edited ActionKind = "edited" // somebody changed it: a person must choose whose it is to be
)

// Action is one step towards what is wanted. The actions of a role are
// listed in the order in which they must be done.
type Action struct {
	Kind    ActionKind
	Role    relay.Role
	ID      int64             // the webhook; 0 for Create, Choose and an empty record
	Change  vastapi.Change    // for Update: only what differs
	Foreign []vastapi.Webhook // for Choose: what there is to choose from
	Edit    Edit              // for Edited: what was changed
}

// keepListed reports whether nothing of ours may be deleted.
func keepListed(desired []Desired) bool {
	return slices.ContainsFunc(desired, func(d Desired) bool { return d.KeepListed })
}

// resolve returns desired with what depends on the listing filled in: the types of
// those that keep the listed ones; without those that are wanted only if listed, and
// are not.
func resolve(desired []Desired, listed []vastapi.Webhook, stored map[relay.Role]Stored) []Desired {
	p := planner{listed: listed, stored: stored, claimed: make(map[int64]bool)}
	ours := p.find(desired)
	var settled []Desired
	for _, d := range desired {
		hook, found := ours[d.Role]
		if d.IfListed && !found {
			continue
		}
		if d.KeepListed && found {
			d.Types = slices.Clone(hook.EventTypes)
		}
		settled = append(settled, d)
	}
	return settled
}

// Plan compares what is wanted with what Vast.ai lists and with what was kept,
// and returns what is to be done: deletions first, which make room and free
// addresses, then each desired role in order. Every desired role gets at
// least one action. Plan changes nothing and calls nobody.
func Plan(desired []Desired, listed []vastapi.Webhook, stored map[relay.Role]Stored) []Action {
	p := planner{listed: listed, stored: stored, claimed: make(map[int64]bool)}
	ours := p.find(desired)
	deletions := p.deletions(desired)
	actions := slices.Clone(deletions)
	count := len(listed)
	for _, a := range deletions {
		if a.Kind == Delete {
			count--
		}
	}
	for _, d := range desired {
		hook, found := ours[d.Role]
		switch {
		case found:
			actions = append(actions, adjust(d, hook, stored[d.Role])...)
		case count < vastapi.MaxWebhooks:
			count++
			actions = append(actions, Action{Kind: Create, Role: d.Role})
		default:
			actions = append(actions, Action{Kind: Choose, Role: d.Role, Foreign: p.foreign()})
		}
	}
	return actions
}

// planner holds what Plan works on.
type planner struct {
	listed  []vastapi.Webhook
	stored  map[relay.Role]Stored
	claimed map[int64]bool // webhooks that are some role's
	deleted map[int64]bool // webhooks to be deleted
}

// find returns the webhook of each desired role that has one. Each sign is tried for
// all roles before the next, less certain one, so that no role takes the webhook of
// another.
func (p *planner) find(desired []Desired) map[relay.Role]vastapi.Webhook {
	ours := make(map[relay.Role]vastapi.Webhook, len(desired))
	signs := []func(Desired, vastapi.Webhook) bool{
		func(d Desired, w vastapi.Webhook) bool { return w.ID == p.stored[d.Role].ID && !p.addressTaken(d, w) },
		func(d Desired, w vastapi.Webhook) bool { return SameURL(w.URL, d.URL) },
		func(d Desired, w vastapi.Webhook) bool {
			return carries(w.Name, d.InstallationID, d.Role) && !slices.Contains(p.stored[d.Role].Released, w.ID)
		},
		// It may be from a create whose answer was lost, with an address that has
		// changed since.
		func(d Desired, w vastapi.Webhook) bool {
			intent := p.stored[d.Role].Intent
			return intent != nil && intent.Kind == IntentCreate && intent.URL != "" && SameURL(w.URL, intent.URL)
		},
	}
	for _, sign := range signs {
		for _, d := range desired {
			if _, done := ours[d.Role]; done {
				continue
			}
			for _, w := range p.listed {
				if !p.claimed[w.ID] && sign(d, w) {
					ours[d.Role], p.claimed[w.ID] = w, true
					break
				}
			}
		}
	}
	return ours
}

// addressTaken reports whether w, which is ours by its id, cannot get our address
// because a webhook without our name has it. That one is taken over instead, since
// its deliveries arrive here.
func (p *planner) addressTaken(d Desired, w vastapi.Webhook) bool {
	return !SameURL(w.URL, d.URL) && slices.ContainsFunc(p.listed, func(other vastapi.Webhook) bool {
		return other.ID != w.ID && SameURL(other.URL, d.URL) && !carries(other.Name, d.InstallationID, d.Role)
	})
}

// deletions returns the removal of what is ours and not needed: second webhooks
// of a role, which a crash can leave, and the webhooks of roles that are
// no longer wanted.
func (p *planner) deletions(desired []Desired) []Action {
	p.deleted = make(map[int64]bool)
	if keepListed(desired) {
		return nil
	}
	var actions []Action
	remove := func(role relay.Role, w vastapi.Webhook) {
		if !p.claimed[w.ID] && !p.deleted[w.ID] {
			p.deleted[w.ID] = true
			actions = append(actions, Action{Kind: Delete, Role: role, ID: w.ID})
		}
	}
	installation := ""
	wanted := make(map[relay.Role]bool, len(desired))
	for _, d := range desired {
		installation = d.InstallationID
		wanted[d.Role] = true
	}
	for _, w := range p.listed {
		for _, role := range relay.Roles() {
			if slices.Contains(p.stored[role].Released, w.ID) {
				continue
			}
			if carries(w.Name, installation, role) || (!wanted[role] && w.ID == p.stored[role].ID) {
				remove(role, w)
			}
		}
	}
	for _, role := range slices.Sorted(maps.Keys(p.stored)) {
		if !wanted[role] && !p.stored[role].onlyReleased() {
			actions = append(actions, Action{Kind: Forget, Role: role, ID: p.stored[role].ID})
		}
	}
	return actions
}

// foreign returns the listed webhooks that are not ours.
func (p *planner) foreign() []vastapi.Webhook {
	var list []vastapi.Webhook
	for _, w := range p.listed {
		if !p.claimed[w.ID] && !p.deleted[w.ID] {
			list = append(list, w)
		}
	}
	return list
}

// adjust returns what brings a found webhook to what is desired. The secret comes
// first, so that deliveries to the new address can be verified at once. What somebody
// else changed is left to a person. Where that is the address, the secret is left
// too: somebody else may use it by now.
func adjust(d Desired, hook vastapi.Webhook, s Stored) []Action {
	edit := editOf(d, hook, s)
	if edit.URL != nil {
		return []Action{{Kind: Edited, Role: d.Role, ID: hook.ID, Edit: edit}}
	}
	var actions []Action
	if s.ID != hook.ID || !s.HasSecret || s.Intent != nil {
		actions = append(actions, Action{Kind: Rotate, Role: d.Role, ID: hook.ID})
	}
	change := difference(d, hook, s.Left.Name)
	if edit.Types != nil {
		change.EventTypes = nil
	}
	if edit.Name != nil {
		change.Name = nil
	}
	if !change.Empty() {
		actions = append(actions, Action{Kind: Update, Role: d.Role, ID: hook.ID, Change: change})
	}
	if !edit.IsZero() {
		actions = append(actions, Action{Kind: Edited, Role: d.Role, ID: hook.ID, Edit: edit})
	}
	if actions == nil {
		actions = append(actions, Action{Kind: Keep, Role: d.Role, ID: hook.ID})
	}
	return actions
}

// difference returns only what differs. Re-sending the types would switch
// channels on again that a person has switched off, and re-sending the URL may
// be refused as a duplicate. A name is left as it is while it carries our
// installation id, or is the accepted one.
func difference(d Desired, hook vastapi.Webhook, accepted string) vastapi.Change {
	var change vastapi.Change
	if !SameURL(hook.URL, d.URL) {
		change.URL = &d.URL
	}
	if !sameTypes(d.Types, hook.EventTypes) {
		change.EventTypes = d.Types
	}
	if hook.Name != d.Name && (accepted == "" || hook.Name != accepted) && !carries(hook.Name, d.InstallationID, d.Role) {
		change.Name = &d.Name
	}
	return change
}

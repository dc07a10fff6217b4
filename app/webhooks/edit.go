package webhooks

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vastrelay/relay"
	"vastrelay/vastapi"
)

// Shape is what this program sets of a webhook.
type Shape struct {
	URL   string   `json:"url,omitempty"`
	Types []string `json:"types,omitempty"` // full keys
	Name  string   `json:"name,omitempty"`
}

// Edit is what somebody changed of a webhook of ours, at Vast.ai's console or
// with another program. The zero Edit is none.
type Edit struct {
	URL   *string  // the address that it has now
	Types []string // the types that it has now
	Name  *string  // the name that it has now
}

// IsZero reports whether nothing was changed.
func (e Edit) IsZero() bool { return e.URL == nil && e.Types == nil && e.Name == nil }

// ErrEdited means that somebody gave a webhook of ours another address: a person
// must choose whether it gets ours back, by Restore, or is theirs, by Accept.
type ErrEdited struct {
	Role relay.Role
	ID   int64
	Edit Edit
}

// Error implements error.
func (e *ErrEdited) Error() string {
	return fmt.Sprintf("the %s webhook was given another address", e.Role)
}

// Moved returns the webhooks that somebody gave another address, of all that err
// joins.
func Moved(err error) []*ErrEdited {
	switch e := err.(type) { //nolint:errorlint // Every branch is looked at, not the first that fits.
	case *ErrEdited:
		return []*ErrEdited{e}
	case interface{ Unwrap() []error }:
		var all []*ErrEdited
		for _, part := range e.Unwrap() {
			all = append(all, Moved(part)...)
		}
		return all
	default:
		return nil
	}
}

// editOf returns what of hook is neither as we left it nor as it should be. Where
// it is not certain how we left it, there is none.
func editOf(d Desired, hook vastapi.Webhook, s Stored) Edit {
	if s.ID != hook.ID || s.Intent != nil || s.Left.URL == "" {
		return Edit{}
	}
	known := []Shape{{URL: d.URL, Types: d.Types, Name: d.Name}, s.Left}
	if s.Sent != nil {
		known = append(known, *s.Sent)
	}
	var edit Edit
	if !slices.ContainsFunc(known, func(k Shape) bool { return SameURL(k.URL, hook.URL) }) {
		edit.URL = &hook.URL
	}
	if !slices.ContainsFunc(known, func(k Shape) bool { return sameTypes(k.Types, hook.EventTypes) }) {
		edit.Types = fullKeys(d.Role, hook.EventTypes)
	}
	named := slices.ContainsFunc(known, func(k Shape) bool { return k.Name == hook.Name })
	if s.Left.Name != "" && !named && !carries(hook.Name, d.InstallationID, d.Role) {
		edit.Name = &hook.Name
	}
	return edit
}

// fullKeys returns types as full keys: Vast.ai may list bare slugs.
func fullKeys(role relay.Role, types []string) []string {
	keys := make([]string, len(types))
	for i, t := range types {
		keys[i] = t
		if !strings.Contains(t, ":") {
			keys[i] = string(role) + ":" + t
		}
	}
	return keys
}

// TypesOf returns the types of a webhook that are of the role, as full keys.
func TypesOf(role relay.Role, hook vastapi.Webhook) []string {
	return slices.DeleteFunc(fullKeys(role, hook.EventTypes), func(key string) bool {
		return !strings.HasPrefix(key, string(role)+":")
	})
}

// ReplaceTypes returns the full keys of chosen with those of each role that types names
// in place of that role's.
func ReplaceTypes(chosen []string, types map[relay.Role][]string) []string {
	kept := slices.DeleteFunc(slices.Clone(chosen), func(key string) bool {
		role, _, _ := strings.Cut(key, ":")
		return types[relay.Role(role)] != nil
	})
	for _, role := range relay.Roles() {
		kept = append(kept, types[role]...)
	}
	return kept
}

func sameTypes(a, b []string) bool {
	missing, extra := vastapi.CompareTypes(a, b)
	return len(missing)+len(extra) == 0
}

// Restore gives each webhook of ours that somebody changed what it should be, by a
// person's word.
func (e *Executor) Restore(ctx context.Context, desired []Desired) error {
	return e.settle(ctx, desired, func(records Records, d Desired, hook vastapi.Webhook, _ Edit) error {
		if err := e.update(ctx, records, d, hook.ID, difference(d, hook, "")); err != nil {
			return err
		}
		r := records[d.Role]
		r.Name = "" // a name that was accepted once is ours again
		records[d.Role] = r
		return e.recordWebhook(records, d, hook.ID, Edit{})
	})
}

// Accept takes what somebody changed for what is wanted, by a person's word. It
// returns the types of each role whose types were changed; they are the caller's to
// choose from now on, and stay somebody's change until it has. A webhook with another
// address is not ours any more, and the next Ensure makes another one.
func (e *Executor) Accept(ctx context.Context, desired []Desired) (types map[relay.Role][]string, err error) {
	types = make(map[relay.Role][]string)
	err = e.settle(ctx, desired, func(records Records, d Desired, hook vastapi.Webhook, edit Edit) error {
		r := records[d.Role]
		if edit.URL != nil {
			e.gate.Forget(d.Role)
			e.deleteSecret(ctx, hook.ID)
			return e.save(records, d.Role, Record{Released: append(slices.Clone(r.Released), hook.ID), unknown: r.unknown})
		}
		if edit.Types != nil {
			types[d.Role] = edit.Types
		}
		if edit.Name != nil {
			r.Name = *edit.Name
		}
		return e.save(records, d.Role, r)
	})
	return types, err
}

// settle calls do for each webhook of ours that somebody changed.
func (e *Executor) settle(ctx context.Context, desired []Desired, do func(Records, Desired, vastapi.Webhook, Edit) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	records, err := e.load()
	if err != nil {
		return err
	}
	stored, err := e.recall(ctx, desired, records)
	if err != nil {
		return err
	}
	listed, err := e.api.Webhooks(ctx)
	if err != nil {
		return fmt.Errorf("look at the webhooks at Vast.ai: %w", err)
	}
	noteArrived(records, listed)
	desired = resolve(desired, listed, stored)
	p := planner{listed: listed, stored: stored, claimed: make(map[int64]bool)}
	ours := p.find(desired)
	for _, d := range desired {
		hook, found := ours[d.Role]
		if !found {
			continue
		}
		if edit := editOf(d, hook, stored[d.Role]); !edit.IsZero() {
			if err := do(records, d, hook, edit); err != nil {
				return err
			}
		}
	}
	return nil
}

// RemoveAll deletes every webhook of this installation, forgets their secrets and
// records, and returns how many it deleted. It goes on after a failure; what could
// not be deleted stays on record, and the error joins why.
func (e *Executor) RemoveAll(ctx context.Context, installationID string) (deleted int, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	records, err := e.load()
	if err != nil {
		return 0, err
	}
	listed, err := e.api.Webhooks(ctx)
	if err != nil {
		return 0, fmt.Errorf("look at the webhooks at Vast.ai: %w", err)
	}
	var errs []error
	for _, role := range relay.Roles() {
		r := records[role]
		var failed error
		for _, w := range listed {
			ours := w.ID == r.ID || carries(w.Name, installationID, role) && !slices.Contains(r.Released, w.ID)
			if !ours {
				continue
			}
			if err := e.deleteWebhook(ctx, w.ID); err != nil {
				failed = errors.Join(failed, err)
				continue
			}
			deleted++
		}
		if _, recorded := records[role]; recorded && failed == nil {
			failed = e.forgetRole(ctx, records, role, r.ID)
		}
		errs = append(errs, failed)
	}
	return deleted, errors.Join(errs...)
}

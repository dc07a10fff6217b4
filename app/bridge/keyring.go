package bridge

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
)

const (
	lookDeadline = 2 * time.Second // of one look at the keyring
	lookInterval = 2 * time.Second // between two that the window asks for
)

// Keyring describes the keyring in words, as it was when it was last looked at,
// and has it looked at again, soon; what changed is told as any change is. It
// returns at once: a keyring may take seconds to answer.
func (b *Bridge) Keyring() credentials.KeyringState {
	if b.o.Keyring == nil {
		if b.credentials.IsEphemeral() {
			return credentials.KeyringState{State: string(secrets.Unavailable), Words: secrets.Unavailable.Words()}
		}
		return credentials.KeyringState{State: string(secrets.Ready), Words: "Secrets are sealed in a file of the data folder."}
	}
	select {
	case b.look <- struct{}{}:
	default:
	}
	b.mu.Lock()
	state := b.keyring
	b.mu.Unlock()
	if state.Words == "" {
		state.Words = secrets.State("").Words()
	}
	if b.credentials.IsEphemeral() {
		state.Action = health.ActionLookAgain
	}
	return state
}

// lookLoop looks at the keyring when the window asks, until ctx ends.
func (b *Bridge) lookLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.look:
		}
		b.lookAtKeyring(ctx)
		timer := time.NewTimer(lookInterval)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// watchKeyring looks at the keyring whenever somebody else changed it, until ctx
// ends: it may be started, or unlocked, long after this program. Everything is
// brought up anew once it can be read.
func (b *Bridge) watchKeyring(ctx context.Context) {
	changed := make(chan struct{}, 1)
	var watching sync.WaitGroup
	watching.Go(func() {
		b.o.Keyring.Watch(ctx, func() {
			select {
			case changed <- struct{}{}:
			default:
			}
		})
	})
	defer watching.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		b.mu.Lock()
		before := b.keyring
		b.mu.Unlock()
		if before.State == "" {
			continue // the first pass looks by itself
		}
		after := b.lookAtKeyring(ctx)
		if after == before || ctx.Err() != nil {
			continue
		}
		b.log.Info("the keyring changed", "before", before.State, "now", after.State)
		if after.Action == health.ActionNone {
			b.redo()
		} else {
			b.poke() // which says so, and disturbs nothing that works
		}
	}
}

// lookAtKeyring looks at the keyring, which there is, and tells of a change.
func (b *Bridge) lookAtKeyring(ctx context.Context) credentials.KeyringState {
	looking, cancel := context.WithTimeout(ctx, lookDeadline)
	defer cancel()
	state := b.o.Keyring.Look(looking)
	if ctx.Err() != nil {
		return state // cut short: it says nothing
	}
	b.mu.Lock()
	same := b.keyring == state
	b.keyring = state
	b.mu.Unlock()
	if !same {
		b.publish()
	}
	return state
}

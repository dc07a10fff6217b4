package bridge

import (
	"context"
	"sync"
	"time"

	"vastrelay/app/credentials"
	"vastrelay/app/health"
	"vastrelay/app/secrets"
	"vastrelay/app/status"
	"vastrelay/app/words"
)

const (
	lookDeadline = 2 * time.Second // of one look at the keyring
	lookInterval = 2 * time.Second // between two that the window asks for
)

// keyringWatch knows the state of the system keyring.
type keyringWatch struct {
	*core
	look chan struct{} // holds at most one; the keyring is looked at on each

	mu    sync.Mutex
	state credentials.KeyringState // as it was last seen; zero before the first look
}

// describe returns the state of the keyring in words, as it was when it was last looked at,
// and has it looked at again, soon; what changed is told as any change is. It
// returns at once: a keyring may take seconds to answer.
func (k *keyringWatch) describe() credentials.KeyringState {
	if k.o.Keyring == nil {
		if k.credentials.IsEphemeral() {
			return credentials.KeyringState{State: string(secrets.Unavailable), Words: secrets.Unavailable.Words()}
		}
		return credentials.KeyringState{State: string(secrets.Ready), Words: words.New("hop.keyring.sealed")}
	}
	signal(k.look)
	k.mu.Lock()
	state := k.state
	k.mu.Unlock()
	if state.Words.IsZero() {
		state.Words = secrets.State("").Words()
	}
	if k.credentials.IsEphemeral() {
		state.Action = health.ActionLookAgain
		if state.State == string(secrets.SetAside) {
			state.Action = health.ActionUnlockKeyring
		}
	}
	state.InUse = state.Action != health.ActionNone && k.board.hop(health.HopKeyring).State == health.HopUntested // see keyringTrouble
	return state
}

// run looks at the keyring when the window asks, until ctx ends.
func (k *keyringWatch) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.look:
		}
		k.lookNow(ctx)
		select {
		case <-ctx.Done():
			return
		case <-time.After(lookInterval):
		}
	}
}

// follow looks at the keyring whenever somebody else changed it, until ctx
// ends: it may be started, or unlocked, long after this program. Everything is
// brought up anew once it can be read.
func (k *keyringWatch) follow(ctx context.Context) {
	changed := make(chan struct{}, 1)
	var watching sync.WaitGroup
	watching.Go(func() {
		k.o.Keyring.Watch(ctx, func() { signal(changed) })
	})
	defer watching.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
		k.mu.Lock()
		before := k.state
		k.mu.Unlock()
		if before.State == "" {
			continue // the first pass looks by itself
		}
		after := k.lookNow(ctx)
		if after == before || ctx.Err() != nil {
			continue
		}
		k.log.Info("the keyring changed", "before", before.State, "now", after.State)
		if after.Action == health.ActionNone {
			k.requests.Restart()
		} else {
			k.requests.Wake() // which says so, and disturbs nothing that works
		}
	}
}

// lookNow looks at the keyring, which there is, and tells of a change.
func (k *keyringWatch) lookNow(ctx context.Context) credentials.KeyringState {
	looking, cancel := context.WithTimeout(ctx, lookDeadline)
	defer cancel()
	state := k.o.Keyring.Look(looking)
	if ctx.Err() != nil {
		return state // cut short: it says nothing
	}
	k.mu.Lock()
	same := k.state == state
	k.state = state
	k.mu.Unlock()
	if !same {
		k.board.publish(status.CredentialsChanged)
	}
	return state
}

// unreadable says that the keyring cannot be read in that state.
func unreadable(state credentials.KeyringState) health.Problem {
	return health.New(health.KeyringUnreadable, words.Args{"State": state.Words}).With(state.State).Needs(state.Action)
}

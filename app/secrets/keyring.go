package secrets

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"vastrelay/relay"
)

// Backend is a system keyring as Keyring drives it. Look and Stored never
// prompt and are quick; Get, Set and Delete may block for ever. Keyring never
// makes two calls at once, except that an abandoned one may still be running.
type Backend interface {
	// Look says whether Get, Set and Delete can be called without a prompt:
	// Ready, Locked, NoCollection or Unavailable. An error is the cause of a
	// state other than Ready.
	Look(ctx context.Context) (State, error)
	// Stored reports whether the service has any entry.
	Stored(ctx context.Context, service string) (bool, error)
	// Get returns an entry, or ErrNotFound.
	Get(service, name string) (string, error)
	// Set creates or replaces an entry.
	Set(service, name, value string) error
	// Delete removes an entry, or returns ErrNotFound.
	Delete(service, name string) error
	// Unlock asks the person to unlock the keyring, or to create a collection
	// where there is none. It returns ErrDismissed when they decline.
	Unlock(ctx context.Context) error
}

// watcher is a Backend that tells of changes. Watch blocks until ctx ends, or
// returns where there is nothing to tell.
type watcher interface {
	Watch(ctx context.Context, changed func())
}

// KeyringOptions says how to build a Keyring.
type KeyringOptions struct {
	Service string       // the name of our entries; empty: Service
	Logger  *slog.Logger // nil: nothing is logged
	Backend Backend      // nil: the keyring of this system
}

// Keyring is the Vault in the system keyring. Every operation first looks,
// without prompting, whether the keyring can be used, and fails with a
// *StateError when it cannot; only Unlock ever leads to a prompt.
//
// An operation takes at most 2 seconds, or 60 under Interactive, waiting for
// its turn included. Past that it fails with a *StateError that says Locked
// and wraps ErrTimeout. The call behind it may still be running: it is
// abandoned, and until it returns every further operation fails at once as
// Locked, so that calls never pile up. The outcome of an abandoned call is not
// known: an abandoned Set may still store, for instance when the person
// answers a late prompt. Its result is dropped.
type Keyring struct {
	service string
	log     *slog.Logger
	backend Backend
	asking  atomic.Pointer[State] // what an open prompt is to mend, one that nobody waits for any more included; nil: none is open

	mu      sync.Mutex
	running *call // the call under way; nil when there is none
}

// NewKeyring returns a Keyring. It calls nothing yet.
func NewKeyring(o KeyringOptions) *Keyring {
	if o.Service == "" {
		o.Service = Service
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Backend == nil {
		o.Backend = systemBackend{}
	}
	return &Keyring{service: o.Service, log: o.Logger, backend: o.Backend}
}

// State looks at the keyring. It never prompts and never fails: one whose prompt
// waits for the person is Locked, one that does not answer in time is Unresponsive,
// what cannot be reached is Unavailable.
func (k *Keyring) State(ctx context.Context) State {
	var stored bool // Not read unless the call returned: an abandoned one may still write it.
	err := k.do(ctx, func(ctx context.Context) (err error) {
		stored, err = k.backend.Stored(ctx, k.service)
		return err
	})
	var state State
	var stateErr *StateError
	asked := k.asking.Load()
	switch {
	case err == nil && stored:
		return Ready
	case err == nil:
		return Empty
	case asked != nil: // its window stands open still
		state = *asked
	case errors.Is(err, ErrTimeout), ctx.Err() != nil:
		state = Unresponsive
	case errors.As(err, &stateErr):
		state = stateErr.State
	default:
		state = Unavailable
	}
	k.log.Debug("keyring cannot be used", "state", state, "err", err)
	return state
}

// Watch calls changed, which must return fast, whenever the state may have
// changed by somebody else's doing, until ctx ends.
func (k *Keyring) Watch(ctx context.Context, changed func()) {
	if w, ok := k.backend.(watcher); ok {
		w.Watch(ctx, changed)
	}
}

// Get returns the secret under name: ErrNotFound when the keyring works and
// has none, a *StateError when it cannot be used.
func (k *Keyring) Get(ctx context.Context, name string) (relay.Secret, error) {
	var value string
	err := k.do(ctx, func(context.Context) (err error) {
		value, err = k.backend.Get(k.service, name)
		return err
	})
	if err != nil {
		return relay.Secret{}, fmt.Errorf("read %s from the keyring: %w", name, err)
	}
	return relay.NewSecret(value), nil
}

// Set keeps s under name, reads it back and compares. It returns ErrNotKept
// when the keyring gave back something else, a *StateError when it cannot be
// used.
func (k *Keyring) Set(ctx context.Context, name string, s relay.Secret) error {
	if s.Empty() {
		return ErrEmpty
	}
	err := k.do(ctx, func(context.Context) error {
		if err := k.backend.Set(k.service, name, s.Reveal()); err != nil {
			return without(err, s)
		}
		kept, err := k.backend.Get(k.service, name)
		if errors.Is(err, ErrNotFound) || err == nil && subtle.ConstantTimeCompare([]byte(kept), []byte(s.Reveal())) != 1 {
			return ErrNotKept
		}
		return without(err, s)
	})
	if err != nil {
		return fmt.Errorf("store %s in the keyring: %w", name, err)
	}
	return nil
}

// Delete removes the secret under name; it is no error when there is none.
func (k *Keyring) Delete(ctx context.Context, name string) error {
	err := k.do(ctx, func(context.Context) error { return k.backend.Delete(k.service, name) })
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("delete %s from the keyring: %w", name, err)
	}
	return nil
}

// Unlock asks the person to unlock the keyring or, where there is no
// collection, to create one; the keyring shows its own window for that. Call
// it only after a click. It waits up to 60 seconds and returns nil once the
// keyring can be used, ErrDismissed when the person declined to unlock it,
// ErrNotCreated when they declined to create one, or a *StateError.
func (k *Keyring) Unlock(ctx context.Context) error {
	var creating atomic.Bool
	err := k.start(Interactive(ctx), func(ctx context.Context) error {
		state, err := k.backend.Look(ctx)
		switch state {
		case Unavailable:
			return &StateError{State: Unavailable, Err: err}
		case Ready:
			return nil
		}
		creating.Store(state == NoCollection)
		k.asking.Store(&state)
		err = k.backend.Unlock(ctx)
		k.asking.Store(nil)
		if err != nil {
			return err
		}
		return k.look(ctx)
	})
	switch {
	case creating.Load() && errors.Is(err, ErrDismissed):
		err = ErrNotCreated
	case creating.Load() && errors.Is(err, ErrTimeout):
		err = &StateError{State: NoCollection, Err: ErrTimeout}
	}
	if err != nil {
		return fmt.Errorf("unlock the keyring: %w", err)
	}
	return nil
}

// do runs op in its turn if a look says that it will not prompt.
func (k *Keyring) do(ctx context.Context, op func(context.Context) error) error {
	return k.start(ctx, func(ctx context.Context) error {
		if err := k.look(ctx); err != nil {
			return err
		}
		err := op(ctx)
		if err == nil || errors.Is(err, ErrNotFound) {
			return err
		}
		// The keyring may have been locked in between, which some providers
		// report by a text alone: what a second look sees is more reliable.
		if lookErr := k.look(ctx); lookErr != nil {
			return lookErr
		}
		return err
	})
}

func (k *Keyring) look(ctx context.Context) error {
	state, err := k.backend.Look(ctx)
	if state.Usable() {
		return nil
	}
	return &StateError{State: state, Err: err}
}

// without keeps the value of s out of err, should the keyring have put it into
// a message. Errors that a caller branches on keep their type.
func without(err error, s relay.Secret) error {
	if err == nil || !strings.Contains(err.Error(), s.Reveal()) {
		return err
	}
	masked := errors.New(strings.ReplaceAll(err.Error(), s.Reveal(), s.String()))
	var stateErr *StateError
	switch {
	case errors.As(err, &stateErr):
		return &StateError{State: stateErr.State, Err: masked}
	case errors.Is(err, ErrTooLarge):
		return ErrTooLarge
	default:
		return masked
	}
}

// call is one call to the keyring, from its start to its return.
type call struct {
	done      chan struct{} // closed when it has returned; err is valid then
	abandoned chan struct{} // closed when it has outlived its deadline
	err       error
}

// start waits for its turn, runs op in a goroutine and waits for it. op gets a
// context that ends at the operation's deadline.
func (k *Keyring) start(ctx context.Context, op func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	deadline := time.Now().Add(deadlineFor(ctx))
	c := &call{done: make(chan struct{}), abandoned: make(chan struct{})}
	if err := k.take(ctx, deadline, c); err != nil {
		return err
	}
	go k.run(context.WithoutCancel(ctx), deadline, c, op)
	select {
	case <-c.done:
		return c.err
	case <-c.abandoned:
		return &StateError{State: Locked, Err: ErrTimeout}
	case <-ctx.Done():
		// The caller gave up first. The call keeps its turn until it returns;
		// only when it outlives its own deadline is it abandoned.
		return ctx.Err()
	}
}

// take makes c the call under way once no other is.
func (k *Keyring) take(ctx context.Context, deadline time.Time, c *call) error {
	late := time.After(time.Until(deadline))
	for {
		k.mu.Lock()
		before := k.running
		if before == nil {
			k.running = c
			k.mu.Unlock()
			return nil
		}
		k.mu.Unlock()
		select {
		case <-before.done:
			continue
		default:
		}
		select {
		case <-before.done:
		case <-before.abandoned:
			return &StateError{State: Locked, Err: ErrTimeout}
		case <-late:
			return &StateError{State: Locked, Err: ErrTimeout}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// run makes the call c. base carries no cancellation: a call whose caller has given
// up counts as abandoned only after its own deadline.
func (k *Keyring) run(base context.Context, deadline time.Time, c *call, op func(context.Context) error) {
	ctx, stop := context.WithDeadline(base, deadline)
	defer stop()
	timer := time.AfterFunc(time.Until(deadline), func() {
		k.log.Warn("keyring call abandoned")
		close(c.abandoned)
	})
	err := op(ctx)
	if timer.Stop() {
		c.err = err
	} else {
		c.err = &StateError{State: Locked, Err: ErrTimeout}
		k.log.Info("abandoned keyring call returned")
	}
	k.mu.Lock()
	k.running = nil
	k.mu.Unlock()
	close(c.done)
}

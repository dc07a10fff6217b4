package secrets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vastrelay/relay"
)

func always(s State) func(context.Context) (State, error) {
	return func(context.Context) (State, error) { return s, nil }
}

// wantState holds err to being a StateError of that state.
func wantState(t *testing.T, what string, err error, want State) {
	t.Helper()
	var stateErr *StateError
	if !errors.As(err, &stateErr) || stateErr.State != want {
		t.Errorf("%s: got %v, want a StateError that says %s", what, err, want)
	}
}

func TestKeyringKeepsWhatEveryVaultPromises(t *testing.T) {
	fake := newFake()
	exerciseVault(t, NewKeyring(KeyringOptions{Backend: fake}))
	for key := range fake.entries {
		if !strings.HasPrefix(key, "app.vastrelay.desktop/") {
			t.Errorf("got entry %q, want it under the application id", key)
		}
	}
}

func TestStateTellsAllFiveApart(t *testing.T) {
	errBus := errors.New("no bus")
	for _, c := range []struct {
		name   string
		look   func(context.Context) (State, error)
		stored func(context.Context) (bool, error)
		want   State
	}{
		{"entries of ours", always(Ready), func(context.Context) (bool, error) { return true, nil }, Ready},
		{"no entries", always(Ready), func(context.Context) (bool, error) { return false, nil }, Empty},
		{"locked", always(Locked), nil, Locked},
		{"no collection", always(NoCollection), nil, NoCollection},
		{"no keyring", always(Unavailable), nil, Unavailable},
		{"a look that fails", func(context.Context) (State, error) { return Unavailable, errBus }, nil, Unavailable},
		{"a search that fails", always(Ready), func(context.Context) (bool, error) { return false, errBus }, Unavailable},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := newFake()
			fake.look, fake.stored = c.look, c.stored
			if got := NewKeyring(KeyringOptions{Backend: fake}).State(t.Context()); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestEveryStateHasWordsOfItsOwn(t *testing.T) {
	seen := make(map[string]State)
	for _, s := range []State{Ready, Empty, Locked, NoCollection, Unavailable, Unresponsive, SetAside} {
		words := s.Words()
		if !strings.HasSuffix(words.String(), ".") || words == State("?").Words() {
			t.Errorf("%s: got words %q, want a sentence of its own", s, words)
		}
		if other, ok := seen[words.String()]; ok {
			t.Errorf("%s and %s share their words", s, other)
		}
		seen[words.String()] = s
		if want := s == Ready || s == Empty; s.Usable() != want {
			t.Errorf("%s: got usable %v, want %v", s, s.Usable(), want)
		}
	}
}

func TestNothingIsCalledUnlessTheLookSaysReady(t *testing.T) {
	for _, state := range []State{Locked, NoCollection, Unavailable} {
		t.Run(string(state), func(t *testing.T) {
			fake := newFake()
			fake.look = always(state)
			k := NewKeyring(KeyringOptions{Backend: fake})
			ctx := Interactive(t.Context())
			_, err := k.Get(ctx, "n")
			wantState(t, "get", err, state)
			wantState(t, "set", k.Set(ctx, "n", relay.NewSecret("v")), state)
			wantState(t, "delete", k.Delete(ctx, "n"), state)
			if got := fake.calls.Load(); got != 0 {
				t.Errorf("got %d calls, want none", got)
			}
		})
	}
}

func TestACallThatHangsIsAbandonedAtItsDeadline(t *testing.T) {
	for _, c := range []struct {
		name string
		ctx  func(context.Context) context.Context
		want time.Duration
	}{
		{"at start-up", func(ctx context.Context) context.Context { return ctx }, 2 * time.Second},
		{"while a person waits", Interactive, 60 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				fake := newFake()
				fake.get = func(string) (string, error) { <-release; return "late", nil }
				k := NewKeyring(KeyringOptions{Backend: fake})
				begun := time.Now()
				_, err := k.Get(c.ctx(t.Context()), "n")
				wantState(t, "get", err, Locked)
				if !errors.Is(err, ErrTimeout) || time.Since(begun) != c.want {
					t.Errorf("got %v after %v, want ErrTimeout after %v", err, time.Since(begun), c.want)
				}

				// Nothing piles up behind it.
				begun = time.Now()
				_, err = k.Get(t.Context(), "n")
				wantState(t, "the next call", err, Locked)
				if got := k.State(t.Context()); got != Unresponsive {
					t.Errorf("state: got %s, want unresponsive", got)
				}
				if time.Since(begun) != 0 || fake.calls.Load() != 1 {
					t.Errorf("got an answer after %v and %d calls, want at once and 1", time.Since(begun), fake.calls.Load())
				}

				// Once it returns, the keyring is itself again.
				close(release)
				synctest.Wait()
				fake.get = nil
				if _, err := k.Get(t.Context(), "n"); !errors.Is(err, ErrNotFound) {
					t.Errorf("after its return: got %v, want ErrNotFound", err)
				}
			})
		})
	}
}

func TestAKeyringWhoseLookHangsIsUnresponsive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		fake.look = func(ctx context.Context) (State, error) { <-ctx.Done(); return Locked, ErrTimeout }
		k := NewKeyring(KeyringOptions{Backend: fake})
		begun := time.Now()
		if got := k.State(t.Context()); got != Unresponsive || time.Since(begun) != 2*time.Second {
			t.Errorf("got %s after %v, want unresponsive after 2 s", got, time.Since(begun))
		}
		synctest.Wait()
	})
}

func TestAKeyringStaysAsItIsWhileItsPromptStandsOpen(t *testing.T) {
	for _, state := range []State{Locked, NoCollection} {
		t.Run(string(state), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fake := newFake()
				fake.look = func(context.Context) (State, error) { return state, nil }
				fake.unlock = func(context.Context) error { time.Sleep(time.Hour); return ErrDismissed }
				k := NewKeyring(KeyringOptions{Backend: fake})
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				if err := k.Unlock(ctx); err == nil {
					t.Error("it was unlocked by nobody")
				}
				if got := k.State(t.Context()); got != state {
					t.Errorf("while the prompt stands open: got %s, want %s", got, state)
				}
				time.Sleep(2 * time.Hour) // Until it is dismissed.
				synctest.Wait()
				if got := k.State(t.Context()); got != state {
					t.Errorf("afterwards: got %s, want %s", got, state)
				}
			})
		})
	}
}

func TestAKeyringWhoseSearchHangsIsUnresponsiveAndTheResultDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		fake.stored = func(context.Context) (bool, error) { time.Sleep(time.Minute); return true, nil }
		k := NewKeyring(KeyringOptions{Backend: fake})
		if got := k.State(t.Context()); got != Unresponsive {
			t.Errorf("got %s, want unresponsive", got)
		}
		time.Sleep(2 * time.Minute) // On the test's own clock, in which the search returns.
		synctest.Wait()
		if got, err := k.Get(t.Context(), "n"); !errors.Is(err, ErrNotFound) {
			t.Errorf("afterwards: got %v, %v, want ErrNotFound", got, err)
		}
	})
}

func TestCallsAreMadeOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		fake.get = func(string) (string, error) { time.Sleep(100 * time.Millisecond); return "v", nil }
		k := NewKeyring(KeyringOptions{Backend: fake})
		begun := time.Now()
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				if _, err := k.Get(t.Context(), "n"); err != nil {
					t.Errorf("get: %v", err)
				}
			})
		}
		all.Wait()
		if fake.overlap.Load() || time.Since(begun) != time.Second {
			t.Errorf("got overlap %v in %v, want one after the other in 1 s", fake.overlap.Load(), time.Since(begun))
		}
	})
}

func TestWaitingForATurnCountsAgainstTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		fake.get = func(string) (string, error) { time.Sleep(30 * time.Second); return "v", nil }
		k := NewKeyring(KeyringOptions{Backend: fake})
		var first sync.WaitGroup
		first.Go(func() {
			if _, err := k.Get(Interactive(t.Context()), "n"); err != nil {
				t.Errorf("the first: got %v, want its value", err)
			}
		})
		synctest.Wait()
		begun := time.Now()
		_, err := k.Get(t.Context(), "n")
		wantState(t, "the second", err, Locked)
		if time.Since(begun) != 2*time.Second {
			t.Errorf("the second waited %v, want 2 s", time.Since(begun))
		}
		first.Wait()
	})
}

func TestACallerWhoGivesUpLeavesNoLockedKeyringBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := newFake()
		fake.get = func(string) (string, error) { time.Sleep(time.Second); return "v", nil }
		k := NewKeyring(KeyringOptions{Backend: fake})
		hasty, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		if _, err := k.Get(hasty, "n"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the hasty: got %v, want context.DeadlineExceeded", err)
		}
		got, err := k.Get(t.Context(), "n")
		if err != nil || got.Reveal() != "v" {
			t.Errorf("the next: got %v, want the value in its turn", err)
		}
	})
}

func TestSetReadsBack(t *testing.T) {
	errBus := errors.New("bus trouble")
	for _, c := range []struct {
		name string
		set  func(name, value string) error
		get  func(name string) (string, error)
		want error
	}{
		{"a keyring that drops it", func(string, string) error { return nil }, nil, ErrNotKept},
		{"a keyring that changes it", nil, func(string) (string, error) { return "cut", nil }, ErrNotKept},
		{"a keyring that cannot give it back", nil, func(string) (string, error) { return "", errBus }, errBus},
		{"a keyring that refuses it", func(string, string) error { return ErrTooLarge }, nil, ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := newFake()
			fake.set, fake.get = c.set, c.get
			err := NewKeyring(KeyringOptions{Backend: fake}).Set(t.Context(), "n", relay.NewSecret("value"))
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestAKeyringLockedInBetweenIsLocked(t *testing.T) {
	fake := newFake()
	looks := 0
	fake.look = func(context.Context) (State, error) {
		if looks++; looks > 1 {
			return Locked, nil
		}
		return Ready, nil
	}
	fake.get = func(string) (string, error) { return "", errors.New("failed to unlock correct collection") }
	_, err := NewKeyring(KeyringOptions{Backend: fake}).Get(t.Context(), "n")
	wantState(t, "get", err, Locked)
}

func TestNoErrorAndNoLogHoldsTheSecret(t *testing.T) {
	const planted = "planted-SECRET-value-0001"
	var logged bytes.Buffer
	fake := newFake()
	var answer error
	fake.set = func(string, string) error { return answer }
	k := NewKeyring(KeyringOptions{Backend: fake, Logger: slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	for _, answer = range []error{
		errors.New("cannot store " + planted),
		&StateError{State: Unavailable, Err: errors.New("cannot store " + planted)},
		fmt.Errorf("cannot store %s: %w", planted, ErrTooLarge),
	} {
		err := k.Set(t.Context(), "n", relay.NewSecret(planted))
		if err == nil || strings.Contains(err.Error(), planted) {
			t.Errorf("got %v, want an error without the secret", err)
		}
		if errors.Is(answer, ErrTooLarge) && !errors.Is(err, ErrTooLarge) {
			t.Errorf("got %v, want ErrTooLarge", err)
		}
		if errors.As(answer, new(*StateError)) {
			wantState(t, "set", err, Unavailable)
		}
	}
	if strings.Contains(logged.String(), planted) {
		t.Errorf("the log holds the secret: %s", logged.String())
	}
}

func TestUnlock(t *testing.T) {
	for _, c := range []struct {
		name   string
		before State
		unlock func(context.Context) error
		after  State
		asked  bool
		want   error // nil: unlocked, or a state error as below
		state  State // of the StateError; empty: none
	}{
		{name: "the person types the password", before: Locked, after: Ready, asked: true},
		{name: "the person creates a collection", before: NoCollection, after: Ready, asked: true},
		{name: "nothing to do", before: Ready, after: Ready},
		{name: "no keyring to unlock", before: Unavailable, after: Unavailable, state: Unavailable},
		{name: "the person declines to create a collection", before: NoCollection, unlock: func(context.Context) error { return ErrDismissed }, asked: true, want: ErrNotCreated},
		{name: "nobody answers whether to create one", before: NoCollection, unlock: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, asked: true, want: ErrTimeout, state: NoCollection},
		{name: "the person declines", before: Locked, unlock: func(context.Context) error { return ErrDismissed }, asked: true, want: ErrDismissed},
		{name: "it stays locked all the same", before: Locked, after: Locked, asked: true, state: Locked},
		{name: "nobody answers", before: Locked, unlock: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, asked: true, want: ErrTimeout, state: Locked},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				state, asked := c.before, false
				fake := newFake()
				fake.look = func(context.Context) (State, error) { return state, nil }
				fake.unlock = func(ctx context.Context) error {
					asked, state = true, c.after
					if c.unlock != nil {
						return c.unlock(ctx)
					}
					return nil
				}
				err := NewKeyring(KeyringOptions{Backend: fake}).Unlock(t.Context())
				synctest.Wait()
				if asked != c.asked {
					t.Errorf("got asked %v, want %v", asked, c.asked)
				}
				if c.want == nil && c.state == "" && err != nil {
					t.Errorf("got %v, want nil", err)
				}
				if c.want != nil && !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if c.state != "" {
					wantState(t, "unlock", err, c.state)
				}
			})
		})
	}
}

func TestWebhookSecretsHaveANameEach(t *testing.T) {
	if got, want := WebhookSecret(8101), "webhook-secret-8101"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

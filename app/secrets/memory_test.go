package secrets

import (
	"context"
	"errors"
	"testing"

	"vastrelay/relay"
)

// exerciseVault holds a Vault to what every Vault promises.
func exerciseVault(t *testing.T, v Vault) {
	t.Helper()
	ctx := t.Context()
	if _, err := v.Get(ctx, "absent"); !errors.Is(err, ErrNotFound) {
		t.Errorf("get of an absent name: got %v, want ErrNotFound", err)
	}
	if err := v.Delete(ctx, "absent"); err != nil {
		t.Errorf("delete of an absent name: got %v, want nil", err)
	}
	if err := v.Set(ctx, "name", relay.Secret{}); !errors.Is(err, ErrEmpty) {
		t.Errorf("set of an empty secret: got %v, want ErrEmpty", err)
	}
	for _, value := range []string{"first", "second\nline, süß, \"quoted\"\x00"} {
		if err := v.Set(ctx, "name", relay.NewSecret(value)); err != nil {
			t.Fatalf("set: %v", err)
		}
		got, err := v.Get(ctx, "name")
		if err != nil || got.Reveal() != value {
			t.Errorf("get: got %q, %v, want %q", got.Reveal(), err, value)
		}
	}
	if err := v.Set(ctx, "other", relay.NewSecret("kept")); err != nil {
		t.Fatalf("set other: %v", err)
	}
	if err := v.Delete(ctx, "name"); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := v.Get(ctx, "name"); !errors.Is(err, ErrNotFound) {
		t.Errorf("get after delete: got %v, want ErrNotFound", err)
	}
	if got, err := v.Get(ctx, "other"); err != nil || got.Reveal() != "kept" {
		t.Errorf("get of the other name: got %q, %v, want %q", got.Reveal(), err, "kept")
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := v.Get(cancelled, "other"); !errors.Is(err, context.Canceled) {
		t.Errorf("get under a cancelled context: got %v, want context.Canceled", err)
	}
	if err := v.Set(cancelled, "other", relay.NewSecret("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("set under a cancelled context: got %v, want context.Canceled", err)
	}
	if err := v.Delete(cancelled, "other"); !errors.Is(err, context.Canceled) {
		t.Errorf("delete under a cancelled context: got %v, want context.Canceled", err)
	}
}

func TestMemoryKeepsWhatEveryVaultPromises(t *testing.T) { exerciseVault(t, NewMemory()) }

package control

import (
	"errors"
	"testing"

	"vastrelay/relay/winetest"
)

func TestWineAloneHasNoSockets(t *testing.T) {
	if got, want := hasSockets(), !winetest.Running(); got != want {
		t.Errorf("got sockets: %v, want %v", got, want)
	}
	want := ErrNoAnswer
	if winetest.Running() {
		want = ErrNoSockets
	}
	if _, err := Ask(t.Context(), t.TempDir(), Seat{}); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
}

package control

import (
	"errors"
	"path/filepath"
	"strings"
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
	short := t.TempDir()
	for _, dir := range []string{short, filepath.Join(short, strings.Repeat("long", 30))} {
		if _, err := Ask(t.Context(), dir, Seat{}); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", dir, err, want)
		}
	}
}

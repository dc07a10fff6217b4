package app

import (
	"testing"

	"vastrelay/relay/store"
)

func TestNoticeOfTheHistory(t *testing.T) {
	const short = "the history is nearly full; the oldest events are removed first"
	for _, tt := range []struct {
		name, damage string
		bytes        int64
		want         string
	}{
		{"there is room", "", 79, ""},
		{"four fifths are full", "", 80, short},
		{"more than all is full", "", 120, short},
		{"damage is told", "it was damaged", 10, "it was damaged"},
		{"neither hides the other", "it was damaged", 90, "it was damaged; " + short},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := notice(tt.damage, store.Usage{Bytes: tt.bytes, Limit: 100}); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

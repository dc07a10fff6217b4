package app

import (
	"testing"

	"vastrelay/app/words"
	"vastrelay/relay/store"
)

func TestNoticeOfTheHistory(t *testing.T) {
	const (
		short = "the history is nearly full; the oldest events are removed first"
		over  = "the history is full of events that are not posted, which are never removed"
		lost  = "some events were damaged before they could be posted; look at the console of Vast.ai"
	)
	for _, tt := range []struct {
		name, damage string
		bytes        int64
		aside        int
		want         string
	}{
		{"there is room", "", 79, 0, ""},
		{"four fifths are full", "", 80, 0, short},
		{"more than all is full", "", 120, 0, over},
		{"damage is told", "it was damaged", 10, 0, "it was damaged"},
		{"neither hides the other", "it was damaged", 90, 0, "it was damaged; " + short},
		{"events that were set aside are told", "", 10, 2, lost},
		{"all at once", "it was damaged", 90, 1, "it was damaged; " + lost + "; " + short},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := notice(words.Verbatim(tt.damage), store.Usage{Bytes: tt.bytes, Limit: 100, SetAside: tt.aside}); got.String() != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

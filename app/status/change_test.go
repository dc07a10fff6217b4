package status

import (
	"testing"
	"time"

	"vastrelay/app/health"
	"vastrelay/app/words"
	"vastrelay/relay"
)

func TestDifference(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Input)
		want   Change
	}{
		{"nothing is new where nothing changed", func(*Input) {}, 0},
		{"counters are no change", func(v *Input) { v.Posting.Counters.Accepted = 7 }, 0},
		{"a hop with the same state and another detail is", func(v *Input) { v.Hops[4].Detail = words.Verbatim("posted") }, StatusChanged},
		{"so is the address", func(v *Input) { v.Address.URL = "https://relay.example" }, StatusChanged},
		{"a webhook with another type is", func(v *Input) { v.Webhooks = []Webhook{{ID: 1, Types: []string{"client:outbid"}}} }, StatusChanged},
		{"how far the clock is off is", func(v *Input) { off := time.Minute; v.ClockOffset = &off }, StatusChanged},
		{"one event more changes the counts and the sentence that tells them", func(v *Input) { v.Posting.Tally.Total++ }, StatusChanged | CountsChanged},
		{"a late delivery does as well", func(v *Input) { v.Posting.Tally.ByFate = map[relay.Fate]int{relay.FateLate: 1} }, StatusChanged | CountsChanged},
		{"while a hop fails the counts change alone", func(v *Input) {
			v.Posting.Waiting++
		}, CountsChanged},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := well()
			if tt.want == CountsChanged {
				v.Hops[1].State = health.HopFailing
			}
			before := v.Status()
			changed := v
			tt.change(&changed)
			if got := changed.Status().Difference(before); got != tt.want {
				t.Errorf("got %05b, want %05b", got, tt.want)
			}
		})
	}
}

package bridge

import (
	"slices"
	"testing"

	"vastrelay/vastapi"
)

func TestChosenTypesThatAreNotListedAreShownAndTicked(t *testing.T) {
	play(t, func(t *testing.T, r *rig) {
		s := r.settings.Settings()
		s.EventTypes = []string{"client:outbid", "client:from_the_future", "host:from_the_future"}
		if err := r.settings.Save(s); err != nil {
			t.Fatal(err)
		}
	}, func(t *testing.T, r *rig) {
		var chosen []string
		for _, topic := range catalogue(vastapi.Catalogue(), r.chosenNow(), true).Topics {
			for _, x := range topic.Types {
				if x.Chosen {
					chosen = append(chosen, string(topic.Role)+" "+x.Key)
				}
				if x.Name == "" {
					t.Errorf("%s has no name", x.Key)
				}
			}
		}
		want := []string{"client client:outbid", "client client:from_the_future", "host host:from_the_future"}
		if slices.Sort(chosen); !slices.Equal(chosen, slices.Sorted(slices.Values(want))) {
			t.Errorf("got %q, want each type that is chosen", chosen)
		}
	})
}
